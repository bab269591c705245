"""Text cut into columns by a sign, and whether its first row is names; sheets of Excel ask the latter, too."""

from __future__ import annotations

import contextlib
import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from statistics import median

from jobs.runtime.sources.proposal import SourceUnreadable
from jobs.runtime.sources.proposal.moments import moments_of
from jobs.runtime.sources.proposal.profile import ID_CARD, NUMBER, PHONE
from jobs.runtime.sources.proposal.records import Found

_DELIMITERS = (",", "\t", ";", "|", "\x01", "^")
_NAMED = {"\t": "a tab", "\x01": "Hive's sign \\x01"}
_LOOKED_AT = 200
_LONGEST_TITLE = 10
Rows = list[list[str]]
Numbered = list[tuple[int, list[str]]]


def read_separated(path: Path, text: str, whole: bool, most: int, usual: Callable[[str], bool]) -> Found:
    """The first records of CSV by whatever sign it is cut at."""
    delimiter, told = _delimiter(text)
    numbered = _numbered(text, delimiter, most + 1)
    if not whole and numbered and len(numbered) <= most:
        numbered.pop()
    width = _width([row for _, row in numbered])
    wide = [(line, row) for line, row in numbered if len(row) == width]
    rows = below_title(wide)
    if not rows:
        raise SourceUnreadable(f"{path}: it has no records to guess from; take a file of a day with some")
    first = rows[0][0]
    others = sum(line > first and len(row) != width for line, row in numbered)
    if others:
        told += f"; {others:,} rows have another number of values and are left out here"
    header, columns, said = named_columns([row for _, row in rows], most, usual)
    name = _NAMED.get(delimiter, f"'{delimiter}'")
    why = {"format": "it is text, and no JSON", "delimiter": f"cut at {name}: {told}", "header": said}
    why |= why_below(first, header)
    return Found("csv", columns, header, delimiter, lines_above=first if header else first - 1, why=why)


def below_title(rows: Numbered) -> Numbered:
    """The rows without those at the top that have a value or two where the others have many: a title, a date."""
    filled = [sum(bool(v.strip()) for v in row) for _, row in rows]
    usual = median(filled[:_LOOKED_AT]) if filled else 0
    title = 0
    while title < min(_LONGEST_TITLE, len(rows) - 1) and filled[title] <= usual / 3:
        title += 1
    return rows[title:]


def why_below(first: int, header: tuple[str, ...] | None) -> dict[str, str]:
    """The reason for `header_line`."""
    if first == 1:
        return {}
    what = "the names are" if header else "the records begin"
    return {"header_line": f"{what} below a title: what stands above line {first} is no record"}


def _numbered(text: str, delimiter: str, most: int) -> Numbered:
    """Rows that are not empty, with the line that each ends on."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: Numbered = []
    # A field beyond the module's limit is a quote left open; what came before it is enough to guess from.
    with contextlib.suppress(csv.Error):
        for row in islice((r for r in reader if any(v.strip() for v in r)), most):
            rows.append((reader.line_num, row))
    return rows


def _width(rows: Rows) -> int:
    return Counter(map(len, rows)).most_common(1)[0][0] if rows else 0


def _delimiter(text: str) -> tuple[str, str]:
    """The sign at which most rows are cut into equally many values, more than one."""
    best, best_rank, told = ",", (0.0, 0), "every row is one value"
    for sign in _DELIMITERS:
        rows = [row for _, row in _numbered(text[: 1 << 20], sign, _LOOKED_AT)]
        width = _width(rows)
        share = sum(len(r) == width for r in rows) / len(rows) if rows else 0.0
        # In rounded shares: one broken row must not make another sign win that cuts next to nothing.
        rank = (round(share, 1), width)
        if width > 1 and rank > best_rank:
            best, best_rank = sign, rank
            told = f"{share:.0%} of the first rows have {width} values"
    return best, told


def named_columns(
    rows: Rows, most: int, usual: Callable[[str], bool]
) -> tuple[tuple[str, ...] | None, dict[str, list[str | None]], str]:
    """Header (None without one), columns, and why. A name that comes twice counts the first time only."""
    has_header, told = _has_header(rows, usual)
    header = tuple(v.strip() for v in rows[0]) if has_header else None
    names = header or tuple(f"column_{i + 1}" for i in range(len(rows[0])))
    records = rows[1:] if has_header else rows[:most]
    columns: dict[str, list[str | None]] = {}
    for i, name in enumerate(names):
        if name and name not in columns:
            columns[name] = [r[i] for r in records]
    return header, columns, told


def _has_header(rows: Rows, usual: Callable[[str], bool]) -> tuple[bool, str]:
    """Whether the first row is names. In doubt it is not: a record taken for names would be shown to people."""
    first, below = [v.strip() for v in rows[0]], rows[1 : _LOOKED_AT + 1]
    filled = [v for v in first if v]
    if any(_is_value(v) for v in filled):
        return False, "the first row has numbers or dates in it: it is a record, and the file has no names"
    if len(set(filled)) < len(filled) and not any(usual(v) for v in filled):
        return False, "the first row repeats itself: it is a record, and the file has no names"
    known = sum(usual(v) for v in filled)
    if known * 2 >= len(filled):
        return True, f"{known} of the {len(filled)} words of the first row are usual names of columns"
    columns = [[r[i].strip() for r in below if r[i].strip()] for i in range(len(first))]
    unlike = sum(1 for v, values in zip(first, columns, strict=True) if v and values and _is_unlike(v, values))
    repeated = sum(1 for v, values in zip(first, columns, strict=True) if v and v in values)
    if repeated == 0 and (unlike or known):
        return True, f"the first row has words only, and {unlike} columns below it look otherwise"
    if not below and all(re.fullmatch(r"[A-Za-z_]\w*", v) for v in filled):
        return True, "there is one row, and it looks like names"
    return False, "the first row looks like the rows below it: it is taken for a record, and the file has no names"


def _is_value(text: str) -> bool:
    signs = (NUMBER, PHONE, ID_CARD)
    return any(s.fullmatch(text) for s in signs) or moments_of([text]) is not None


def _is_unlike(name: str, values: Sequence[str]) -> bool:
    """Whether most values are numbers or dates, or all are longer or all shorter than the word above them."""
    formed = sum(1 for v in values if any(s.fullmatch(v) for s in (NUMBER, PHONE, ID_CARD)))
    if formed > 0.8 * len(values) or moments_of(values) is not None:
        return True
    lengths = sorted(len(v) for v in values)
    return len(values) >= 5 and (len(name) * 2 < lengths[len(lengths) // 20] or len(name) > 2 * lengths[-1])
