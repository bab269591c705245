"""One pass over a text file's bytes, before any record of it is read."""

from __future__ import annotations

import re
from dataclasses import dataclass

from jobs.runtime.intake.unpack import REPLACED

_HEAD = 1 << 16
_FILLED = re.compile(rb"^[ \t\xef\xbb\xbf]*[^ \t\r\n\xef\xbb\xbf]", re.MULTILINE)


@dataclass(frozen=True)
class Cut:
    """A part of a file that begins and ends at line ends; of a Parquet file, row groups from `start` to `end`."""

    start: int
    end: int | None
    first_line: int


class Look:
    """What one pass over a file's bytes tells: lines, encoding, quotes, and where it may be cut."""

    def __init__(self, encoding: str, *, quotes: bool, transcoded: bool) -> None:
        self.encoding = encoding
        self._transcoded = transcoded
        self._quotes = quotes
        self.other = "utf-8" if encoding == "gb18030" else ""
        self.lines = self.records = self.broken = self.other_lines = 0
        self.other_broken = False
        self.even_quotes = True
        self.first = b""
        self.cuts: list[Cut] = []
        self._start = 0

    def at(self, block: bytes) -> None:
        lines = block.count(b"\n") + (not block.endswith(b"\n"))
        if self.first == b"":
            self.first = block.split(b"\n", 1)[0]
        self.cuts.append(Cut(self._start, self._start + len(block), self.lines + 1))
        self._start += len(block)
        self.lines += lines
        if self.records < 2:
            self.records += len(_FILLED.findall(block[:_HEAD])) or len(_FILLED.findall(block))
        if self._quotes and self.even_quotes and b'"' in block:
            # Where each line has its quotes in pairs no line end is inside of quotes, and any may be cut at.
            self.even_quotes = all(line.count(b'"') % 2 == 0 for line in block.split(b"\n"))
        if self._transcoded:
            self.broken += sum(REPLACED in line for line in block.split(b"\n")) if REPLACED in block else 0
        else:
            self.broken += _broken_lines(block, self.encoding)
        if self.other and not self.other_broken:
            self.other_broken = _broken_lines(block, self.other) > 0
            self.other_lines += sum(1 for line in block.split(b"\n") if not line.isascii())


def _broken_lines(block: bytes, encoding: str) -> int:
    try:
        block.decode(encoding)
    except UnicodeDecodeError:
        return sum(1 for line in block.split(b"\n") if not decodes(line, encoding))
    return 0


def decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
