"""Whatever a file is packed or written in, as a stream of lines: below this, everything is CSV or JSON lines."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, BinaryIO, cast

import ijson
import python_calamine as calamine

BLOCK_BYTES = 8 << 20
# U+FFFD in UTF-8: what stands for bytes that could not be decoded.
REPLACED = b"\xef\xbf\xbd"
# What stands for the rest of an array that cannot be read on: a record that no reader takes.
_BROKEN = b"{\n"
_WHOLE = 10**15


class CannotUnpack(OSError):
    """A packed file that cannot be opened; the message quotes nothing out of it."""


@dataclass(frozen=True)
class Form:
    """What a mapping says of how a file is written.

    `sheet`: of a workbook, the first where None. `records`: where in a JSON document the array is, as `data.list`.
    """

    format: str
    encoding: str = "utf-8"
    sheet: str | None = None
    records: str = ""

    @property
    def lines(self) -> str:
        """The format of the lines that come out."""
        return {"json_array": "json_lines", "excel": "csv"}.get(self.format, self.format)

    @property
    def is_transcoded(self) -> bool:
        """Whether the bytes are decoded before lines are looked for; ijson, too, knows UTF-8 only."""
        return self.encoding.startswith("utf-16") or (self.format == "json_array" and self.encoding != "utf-8")

    @property
    def is_rewritten(self) -> bool:
        """Whether the lines are ours: in UTF-8, and not at the places where the file has them."""
        return self.lines != self.format or self.is_transcoded

    @property
    def line_encoding(self) -> str:
        return "utf-8" if self.is_rewritten else self.encoding


def members(path: Path) -> list[str]:
    """The files in a zip archive, sorted; an empty name for a file that is none, or cannot be opened."""
    if path.suffix.lower() != ".zip":
        return [""]
    try:
        with zipfile.ZipFile(path) as archive:
            names = [i.filename for i in archive.infolist() if not i.is_dir()]
    except (zipfile.BadZipFile, OSError):
        return [""]
    return sorted(n for n in names if not n.startswith("__MACOSX/") and not Path(n).name.startswith("."))


def open_bytes(path: Path, member: str = "") -> BinaryIO:
    """The file's bytes, unpacked where it is packed."""
    suffix = path.suffix.lower()
    if suffix == ".gz":
        return cast(BinaryIO, gzip.open(path, "rb"))
    if suffix != ".zip":
        return path.open("rb")
    try:
        with zipfile.ZipFile(path) as archive:
            # The archive's file stays open as long as the member is.
            return cast(BinaryIO, archive.open(member))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, KeyError) as error:
        raise CannotUnpack(f"zip archive, {_why(error)}") from None


def is_packed(path: Path) -> bool:
    """Whether its bytes are not those of the file inside."""
    return path.suffix.lower() in (".gz", ".zip")


def parquet_source(path: Path, member: str = "") -> Path | BinaryIO:
    """What a Parquet reader can jump about in: the file, or all bytes of what is packed."""
    return io.BytesIO(open_bytes(path, member).read()) if is_packed(path) else path


def open_lines(path: Path, member: str, form: Form) -> BinaryIO:
    """The file as lines of `form.lines` in `form.line_encoding`."""
    raw = open_bytes(path, member)
    if form.format == "excel":
        return _stream(_sheet_lines(raw, form.sheet))
    if form.is_transcoded:
        raw = _stream(_transcoded(raw, form.encoding))
    return _stream(_array_lines(raw, form.records)) if form.format == "json_array" else raw


def whole_lines(file: BinaryIO, limit: int | None = None) -> Iterator[bytes]:
    """Blocks of whole lines; the last line may lack its end. `limit` is the bytes to read at most."""
    rest = b""
    left = limit
    while block := file.read(BLOCK_BYTES if left is None else min(BLOCK_BYTES, left)):
        left = None if left is None else left - len(block)
        end = block.rfind(b"\n") + 1
        if end == 0:
            rest += block
            continue
        yield rest + block[:end]
        rest = block[end:]
    if rest:
        yield rest


def _why(error: Exception) -> str:
    if isinstance(error, RuntimeError) and "password" in str(error):
        return "locked with a password"
    return "damaged" if isinstance(error, zipfile.BadZipFile) else "packed in a way that is not known"


class _Chunks(io.RawIOBase):
    """Pieces of bytes, made when they are asked for, as a file."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = memoryview(chunk)
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


def _stream(chunks: Iterable[bytes]) -> BinaryIO:
    return io.BufferedReader(_Chunks(chunks), 1 << 20)


def _transcoded(raw: BinaryIO, encoding: str) -> Iterator[bytes]:
    # What cannot be decoded becomes U+FFFD, which the reader takes for a broken record.
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    try:
        with raw:
            while block := raw.read(BLOCK_BYTES):
                yield decoder.decode(block).encode()
        yield decoder.decode(b"", final=True).encode()
    except UnicodeError:
        raise CannotUnpack(f"no mark of {encoding} at its beginning; say utf-16-le or utf-16-be if it is one") from None


def _array_lines(raw: BinaryIO, records: str) -> Iterator[bytes]:
    """One line per element; the line's number is the element's. What follows a mistake is one broken record."""
    try:
        with raw:
            for element in ijson.items(raw, f"{records}.item" if records else "item", use_float=True):
                yield json.dumps(element, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
    except (ijson.JSONError, UnicodeDecodeError, RecursionError):
        yield _BROKEN


def _sheet_lines(raw: BinaryIO, sheet: str | None) -> Iterator[bytes]:
    """One line per row of the sheet, empty ones too, so that a line's number is the row's."""
    with raw:
        content = io.BytesIO(raw.read())
    try:
        book = calamine.load_workbook(content)
        found = book.get_sheet_by_name(sheet) if sheet else book.get_sheet_by_index(0)
        rows = found.to_python(skip_empty_area=False)
    except calamine.WorksheetNotFound:
        raise CannotUnpack(f"the workbook has no sheet {sheet!r}; it has {', '.join(book.sheet_names)}") from None
    except (calamine.CalamineError, ValueError) as error:
        raise CannotUnpack(f"workbook, {type(error).__name__}") from None
    for row in rows:
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow([cell_text(value) for value in row])
        yield line.getvalue().encode()


def cell_text(value: object) -> str:
    """A cell as people read it: whole numbers without a fraction, days without a time, no line ends."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < _WHOLE else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return repr(value.total_seconds())
    return " ".join(str(value).splitlines()) if isinstance(value, str) else str(value)
