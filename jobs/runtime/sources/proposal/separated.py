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

from jobs.runtime.sources.proposal import SourceUnreadable
from jobs.runtime.sources.proposal.moments import moments_of
from jobs.runtime.sources.proposal.profile import ID_CARD, NUMBER, PHONE
from jobs.runtime.sources.proposal.records import Found

_DELIMITERS = (",", "\t", ";", "|", "\x01", "^")
_NAMED = {"\t": "a tab", "\x01": "Hive's sign \\x01"}
_LOOKED_AT = 200
Rows = list[list[str]]


def read_separated(path: Path, text: str, whole: bool, most: int, usual: Callable[[str], bool]) -> Found:
    """The first records of CSV by whatever sign it is cut at."""
    delimiter, told = _delimiter(text)
    rows = _rows(text, delimiter, most + 1)
    if not whole and rows and len(rows) <= most:
        rows.pop()
    width = _width(rows)
    fitting = [r for r in rows if len(r) == width]
    if not fitting:
        raise SourceUnreadable(f"{path}: it has no records to guess from; take a file of a day with some")
    if len(fitting) < len(rows):
        told += f"; {len(rows) - len(fitting):,} rows have another number of values and are left out here"
    header, columns, said = named_columns(fitting, most, usual)
    name = _NAMED.get(delimiter, f"'{delimiter}'")
    why = {"format": "it is text, and no JSON", "delimiter": f"cut at {name}: {told}", "header": said}
    return Found("csv", columns, header, delimiter, why=why)


def _rows(text: str, delimiter: str, most: int) -> Rows:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: Rows = []
    # A field beyond the module's limit is a quote left open; what came before it is enough to guess from.
    with contextlib.suppress(csv.Error):
        for row in islice((r for r in reader if any(v.strip() for v in r)), most):
            rows.append(row)
    return rows


def _width(rows: Rows) -> int:
    return Counter(map(len, rows)).most_common(1)[0][0] if rows else 0


def _delimiter(text: str) -> tuple[str, str]:
    """The sign at which most rows are cut into equally many values, more than one."""
    best, best_rank, told = ",", (0.0, 0), "every row is one value"
    for sign in _DELIMITERS:
        rows = _rows(text[: 1 << 20], sign, _LOOKED_AT)
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
