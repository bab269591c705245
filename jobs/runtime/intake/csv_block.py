"""One block of CSV into columns of text, with the true line of every record, whatever is wrong with some."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

# Columns of the good records, their lines, the lines of the broken ones.
_Parsed = tuple[list[pa.Array], np.ndarray, list[int]]


@dataclass(frozen=True)
class CsvBlock:
    """Records of the right width, column by column, with line and flaw; and the lines of broken ones."""

    columns: list[pa.Array]
    lines: pa.Array
    flaws: pa.Array
    broken: pa.Array
    next_line: int


@dataclass
class _Bad:
    rows: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)


def parse_csv(utf8: bytes, first_line: int, width: int, delimiter: str, damaged: bool, *, lines_above: int) -> CsvBlock:
    """The records of a block that begins at a record's start.

    Rows of nothing but empty values are what spreadsheets leave at the end: no records. A record of the
    wrong width that spans lines is a quote left open: each of its lines is then looked at alone.
    `lines_above`: so many at the beginning of the file are title and names. `damaged`: bytes were replaced by
    U+FFFD, and what holds one is broken.
    """
    next_line = first_line + utf8.count(b"\n") + (not utf8.endswith(b"\n"))
    columns, lines, broken = _parsed(utf8, first_line, width, delimiter)
    keep = np.ones(len(lines), dtype=bool)
    keep &= lines > lines_above
    keep &= ~_all_of(columns, lambda c: pc.equal(c, ""))
    taken = pa.array(keep)
    columns = [c.filter(taken) for c in columns]
    flaws = pa.nulls(int(keep.sum()), pa.string())
    if damaged:
        hurt = ~_all_of(columns, lambda c: pc.invert(pc.match_substring(c, "\ufffd")))
        flaws = pc.if_else(pa.array(hurt), "broken_line", flaws)
    broken = [n for n in broken if n > lines_above]
    return CsvBlock(columns, pa.array(lines[keep], pa.int64()), flaws, pa.array(broken, pa.int64()), next_line)


def _all_of(columns: list[pa.Array], test: object) -> np.ndarray:
    holds = np.ones(len(columns[0]), dtype=bool)
    for column in columns:
        if not holds.any():
            break
        holds &= test(column).to_numpy(zero_copy_only=False)  # type: ignore[operator]
    return holds


def _parsed(utf8: bytes, first_line: int, width: int, delimiter: str) -> _Parsed:
    bad = _Bad()
    try:
        table = _read(utf8, width, delimiter, bad)
    except pa.ArrowException:
        return _line_by_line(utf8, first_line, width, delimiter)
    columns = [c.combine_chunks() if c.num_chunks != 1 else c.chunk(0) for c in table.columns]
    total = table.num_rows + len(bad.rows)
    is_bad = np.zeros(total, dtype=bool)
    is_bad[np.array(bad.rows, dtype=int) - 1] = True
    heights = np.ones(total, dtype=np.int64)
    if utf8.count(b"\n") + (not utf8.endswith(b"\n")) != total:
        inside = np.zeros(table.num_rows, dtype=np.int64)
        for column in columns:
            inside += pc.count_substring(column, "\n").to_numpy()
        heights[~is_bad] += inside
        heights[is_bad] += np.array([text.count("\n") for text in bad.texts], dtype=np.int64)
    starts = first_line + np.concatenate(([0], np.cumsum(heights)[:-1])) if total else heights
    spanning = [i for i, text in enumerate(bad.texts) if "\n" in text]
    if not spanning:
        return columns, starts[~is_bad], starts[is_bad].tolist()
    return _rescued(columns, starts, is_bad, bad.texts, width, delimiter)


def _read(utf8: bytes, width: int, delimiter: str, bad: _Bad) -> pa.Table:
    names = [f"c{i}" for i in range(width)]

    def refuse(row: pacsv.InvalidRow) -> str:
        bad.rows.append(row.number)
        bad.texts.append(row.text)
        return "skip"

    return pacsv.read_csv(
        io.BytesIO(utf8),
        # One thread: only then are refused rows numbered. The engine reads pieces side by side anyway.
        read_options=pacsv.ReadOptions(use_threads=False, column_names=names, block_size=len(utf8) + 1),
        parse_options=pacsv.ParseOptions(
            delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=refuse
        ),
        convert_options=pacsv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
    )


def _rescued(
    columns: list[pa.Array], starts: np.ndarray, is_bad: np.ndarray, texts: list[str], width: int, delimiter: str
) -> _Parsed:
    lines = [starts[~is_bad]]
    found = [[c] for c in columns]
    broken: list[int] = []
    for start, text in zip(starts[is_bad].tolist(), texts, strict=True):
        if "\n" not in text:
            broken.append(start)
            continue
        more, at, worse = _line_by_line(text.encode(), start, width, delimiter)
        lines.append(at)
        broken += worse
        for have, column in zip(found, more, strict=True):
            have.append(column)
    return [pa.concat_arrays(c) for c in found], np.concatenate(lines), broken


def _line_by_line(utf8: bytes, first_line: int, width: int, delimiter: str) -> _Parsed:
    rows: list[list[str]] = []
    lines: list[int] = []
    broken: list[int] = []
    for number, line in enumerate(utf8.decode(errors="replace").split("\n"), first_line):
        try:
            parsed = list(csv.reader([line.removesuffix("\r")], delimiter=delimiter, strict=True))
        except csv.Error:
            parsed = []
        if len(parsed) == 1 and len(parsed[0]) == width:
            rows.append(parsed[0])
            lines.append(number)
        elif line.strip():
            broken.append(number)
    columns = [pa.array([row[i] for row in rows], pa.string()) for i in range(width)]
    return columns, np.array(lines, dtype=np.int64), broken
