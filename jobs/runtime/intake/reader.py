"""Files into rows of text, on the workers: every record with its file and its true line, the broken ones told apart."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyspark.sql import DataFrame, SparkSession

from jobs.runtime.intake.csv_block import CsvBlock, parse_csv
from jobs.runtime.intake.files import Delivery
from jobs.runtime.intake.look import Cut
from jobs.runtime.intake.mapping import Mapping, known_fields
from jobs.runtime.intake.other_fields import MAP, Known, of_columns, of_lines, unread
from jobs.runtime.intake.unpack import REPLACED, Form, open_lines, parquet_source, whole_lines
from schemas.feed import OTHER_FIELDS

BROKEN_LINE = "broken_line"
_LONGEST_RECORD = 64 << 20
# Lines that lenient JSON readers take and strict ones do not; these few are looked at in Python, so that
# both engines see the same: two records on a line, NaN, numbers beyond a double, half surrogates.
_SUSPICIOUS = r"\}\s*\{|[:\[,]\s*-?(NaN|Infinity|[0-9.]+[eE]\+?[0-9]{3})|\\u[dD][89a-fA-F]|[{,:]\s*\x27"

_LINEAGE = [
    ("known_date", pa.date32()),
    ("source_file", pa.string()),
    ("batch", pa.string()),
    ("source_line", pa.int64()),
    ("flaw", pa.string()),
    ("tally", pa.int64()),
    (OTHER_FIELDS.name, MAP),
]


@dataclass(frozen=True)
class Piece:
    """One cut of one file, with all a worker must know of it."""

    path: str
    source_file: str
    known_date: date | None
    batch: str
    flaw: str | None
    header: tuple[str, ...]
    cut: Cut | None
    member: str = ""


@dataclass(frozen=True)
class Dialect:
    """How the bytes are to be read; the part of a mapping that workers need."""

    form: Form
    delimiter: str
    columns: tuple[str, ...]
    lines_above: int
    known: Known

    @property
    def schema(self) -> pa.Schema:
        return pa.schema([*_LINEAGE, *[(f"raw{i}", pa.string()) for i in range(self.width)]])

    @property
    def width(self) -> int:
        return 1 if self.form.lines == "json_lines" else len(self.columns)


def read_records(
    spark: SparkSession, mapping: Mapping, deliveries: Sequence[Delivery], partitions: int, known: frozenset[str]
) -> DataFrame:
    """One row per record: lineage, `flaw` (why it cannot be taken, if so), other fields, and text columns raw0, raw1, …

    What is not among the `known` fields of theirs is put into `other_fields`, not yet hidden.
    For JSON lines raw0 is the whole line; otherwise raw<i> is the column `mapping.paths[i]`. Each piece of
    a file closes with a row that has only `tally`, the number of records the reader saw in it.
    """
    dialect = _dialect(mapping, known)
    shares = _shared_out(list(_pieces(deliveries)), partitions)

    def read(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for share in batch.column(0).to_pylist():
                for piece in shares[share]:
                    yield from read_piece(piece, dialect)

    ddl = "known_date date, source_file string, batch string, source_line bigint, flaw string, tally bigint"
    ddl += f", {OTHER_FIELDS.name} {OTHER_FIELDS.type}"
    columns = "".join(f", raw{i} string" for i in range(dialect.width))
    return spark.range(0, len(shares), 1, len(shares)).mapInArrow(read, ddl + columns)


def read_in_process(mapping: Mapping, deliveries: Sequence[Delivery]) -> Iterator[dict[str, Any]]:
    """The same records one by one, without an engine: for a look at few."""
    dialect = _dialect(mapping, known_fields(mapping, ()))
    for _, piece in _pieces(deliveries):
        for batch in read_piece(piece, dialect):
            yield from (row for row in batch.to_pylist() if row["tally"] is None)


def _dialect(mapping: Mapping, known: frozenset[str]) -> Dialect:
    return Dialect(mapping.form, mapping.delimiter, mapping.paths, mapping.lines_above, Known(known))


def _pieces(deliveries: Sequence[Delivery]) -> Iterator[tuple[int, Piece]]:
    for d in deliveries:
        if d.status not in ("taken", "rejected", "unreadable"):
            continue
        for cut in d.cuts or (None,):
            size = (cut.end - cut.start) if cut and cut.end and d.size > cut.end > cut.start + 1 else d.size
            yield size, Piece(str(d.path), d.source_file, d.known_date, d.batch, d.flaw, d.header, cut, d.member)


def _shared_out(pieces: list[tuple[int, Piece]], partitions: int) -> list[list[Piece]]:
    """The pieces in `partitions` shares of about the same size, in order within each."""
    shares: list[list[Piece]] = [[] for _ in range(max(1, min(partitions, len(pieces))))]
    sizes = [0] * len(shares)
    for size, piece in sorted(pieces, key=lambda p: -p[0]):
        least = sizes.index(min(sizes))
        shares[least].append(piece)
        sizes[least] += size + 4096
    return [sorted(s, key=lambda p: (p.source_file, p.cut.start if p.cut else 0)) for s in shares]


def read_piece(piece: Piece, dialect: Dialect) -> Iterator[pa.RecordBatch]:
    """The rows of one piece and its tally."""
    if piece.cut is None:
        yield _batch(piece, dialect, pa.array([0], pa.int64()), None, None)
        yield _tally(piece, dialect, 1)
        return
    readers: dict[str, Callable[[Piece, Cut, Dialect], Iterator[pa.RecordBatch]]] = {
        "json_lines": _json_lines,
        "csv": _csv,
        "parquet": _parquet,
    }
    rows = 0
    for batch in readers[dialect.form.lines](piece, piece.cut, dialect):
        rows += batch.num_rows
        yield batch
    yield _tally(piece, dialect, rows)


def _blocks(piece: Piece, cut: Cut, form: Form) -> Iterator[bytes]:
    with open_lines(Path(piece.path), piece.member, form) as file:
        if cut.start:
            file.seek(cut.start)
        for i, block in enumerate(whole_lines(file, None if cut.end is None else cut.end - cut.start)):
            yield block.removeprefix(b"\xef\xbb\xbf") if i == 0 and cut.start == 0 else block


def _text(block: bytes, form: Form) -> tuple[bytes, bool]:
    """The block in UTF-8, and whether bytes of it had to be replaced by U+FFFD."""
    encoding = form.line_encoding
    try:
        text = block.decode(encoding)
    except UnicodeDecodeError:
        return block.decode(encoding, errors="replace").encode(), True
    return (block if encoding.startswith("utf-8") else text.encode()), form.is_transcoded and REPLACED in block


def _json_lines(piece: Piece, cut: Cut, dialect: Dialect) -> Iterator[pa.RecordBatch]:
    line = cut.first_line
    for block in _blocks(piece, cut, dialect.form):
        utf8, damaged = _text(block, dialect.form)
        values = _lines(utf8)
        numbers = pa.array(np.arange(line, line + len(values)))
        line += len(values)
        filled = pc.not_equal(values, "")
        if not pc.all(filled).as_py():
            values, numbers = values.filter(filled), numbers.filter(filled)
        broken = pc.invert(pc.and_(pc.starts_with(values, "{"), pc.ends_with(values, "}")))
        if damaged:
            broken = pc.or_(broken, pc.match_substring(values, "\ufffd"))
        suspects = pc.indices_nonzero(pc.match_substring_regex(values, _SUSPICIOUS)).to_pylist()
        bad = [i for i in suspects if not _is_json(values[i].as_py())]
        if bad:
            broken = pc.or_(broken, pc.is_in(pa.array(np.arange(len(values))), pa.array(bad)))
        flaws = pc.if_else(broken, BROKEN_LINE, pa.scalar(None, pa.string()))
        yield _batch(piece, dialect, numbers, flaws, [values], of_lines(values, pc.is_null(flaws), dialect.known))


def _lines(utf8: bytes) -> pa.StringArray:
    data = np.frombuffer(utf8, dtype=np.uint8)
    ends = np.flatnonzero(data == 10) + 1
    if not utf8.endswith(b"\n"):
        ends = np.append(ends, len(data))
    offsets = np.concatenate(([0], ends)).astype(np.int32)
    # The lines lie end to end in the block: it becomes the column as it is, line ends and all.
    lines = pa.StringArray.from_buffers(len(ends), pa.py_buffer(offsets), pa.py_buffer(utf8))
    return pc.ascii_trim_whitespace(lines)


def _is_json(line: str) -> bool:
    def refuse(_: str) -> float:
        raise ValueError

    def number(text: str) -> float:
        value = float(text)
        return value if abs(value) != float("inf") else refuse(text)

    try:
        json.dumps(json.loads(line, parse_constant=refuse, parse_float=number), ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return False
    return True


def _csv(piece: Piece, cut: Cut, dialect: Dialect) -> Iterator[pa.RecordBatch]:
    places = [piece.header.index(c) if c in piece.header else None for c in dialect.columns]
    line = cut.first_line
    pending = b""
    blocks = _blocks(piece, cut, dialect.form)
    block = next(blocks, b"")
    while block:
        following = next(blocks, b"")
        pending += block
        utf8, damaged = _text(pending, dialect.form)
        # A block that ends inside of quotes goes on in the next, unless a quote was left open long ago.
        if not (following and utf8.count(b'"') % 2 and len(pending) < _LONGEST_RECORD):
            above = dialect.lines_above
            parsed = parse_csv(utf8, line, len(piece.header), dialect.delimiter, damaged, lines_above=above)
            line, pending = parsed.next_line, b""
            yield from _csv_batches(piece, dialect, parsed, places)
        block = following


def _csv_batches(
    piece: Piece, dialect: Dialect, parsed: CsvBlock, places: Sequence[int | None]
) -> Iterator[pa.RecordBatch]:
    nothing = pa.nulls(len(parsed.lines), pa.string())
    raw = [nothing if i is None else parsed.columns[i] for i in places]
    others = {name: parsed.columns[i] for name, i in unread(piece.header, dialect.known).items()}
    yield _batch(piece, dialect, parsed.lines, parsed.flaws, raw, of_columns(others, len(parsed.lines)))
    if len(parsed.broken):
        flaws = pa.array([BROKEN_LINE] * len(parsed.broken), pa.string())
        yield _batch(piece, dialect, parsed.broken, flaws, None)


def _parquet(piece: Piece, cut: Cut, dialect: Dialect) -> Iterator[pa.RecordBatch]:
    line = cut.first_line
    wanted = {name for c in dialect.columns for name in (c, c.split(".")[0])} & set(piece.header)
    others = {name: piece.header[i] for name, i in unread(piece.header, dialect.known).items()}
    try:
        with pq.ParquetFile(parquet_source(Path(piece.path), piece.member)) as file:
            for batch in file.iter_batches(row_groups=[cut.start], columns=sorted({*wanted, *others.values()})):
                batch.validate(full=True)
                numbers = pa.array(np.arange(line, line + batch.num_rows))
                texts = {name: _whatever_as_text(batch, column) for name, column in others.items()}
                raw = [_as_text(batch, c) for c in dialect.columns]
                yield _batch(piece, dialect, numbers, None, raw, of_columns(texts, batch.num_rows))
                line += batch.num_rows
    except (OSError, pa.ArrowException):
        # What its metadata promised is not there: one record stands for the rest of the row group.
        yield _batch(piece, dialect, pa.array([line], pa.int64()), pa.array(["unreadable_file"]), None)


def _whatever_as_text(batch: pa.RecordBatch, name: str) -> pa.Array:
    """A column that nobody wants must not cost the records that have it."""
    try:
        return _as_text(batch, name)
    except pa.ArrowException:
        return pa.array(["[unreadable]"] * batch.num_rows, pa.string())


def _as_text(batch: pa.RecordBatch, path: str) -> pa.Array:
    first, *inner = [path] if path in batch.schema.names else path.split(".")
    if first not in batch.schema.names:
        return pa.nulls(batch.num_rows, pa.string())
    column = batch.column(first)
    for name in inner:
        column = pc.struct_field(column, name)
    if pa.types.is_timestamp(column.type):
        zoned = column.type.tz is not None
        column = pc.cast(column, pa.timestamp("us", column.type.tz and "UTC"), safe=False)
        text = pc.cast(pc.cast(column, pa.timestamp("us")), pa.string())
        return pc.binary_join_element_wise(text, "Z", "") if zoned else text
    if pa.types.is_nested(column.type):
        values = [None if v is None else json.dumps(v, ensure_ascii=False, default=str) for v in column.to_pylist()]
        return pa.array(values, pa.string())
    return pc.cast(column, pa.string())


def _batch(
    piece: Piece,
    dialect: Dialect,
    lines: pa.Array,
    flaws: pa.Array | None,
    raw: Sequence[pa.Array] | None,
    others: pa.Array | None = None,
) -> pa.RecordBatch:
    rows = len(lines)
    if piece.flaw is not None:
        flaws, raw, others = pa.repeat(pa.scalar(piece.flaw), rows), None, None
    if others is None:
        others = pa.nulls(rows, MAP)
    if flaws is None:
        flaws = pa.nulls(rows, pa.string())
    if raw is None:
        raw = [pa.nulls(rows, pa.string())] * dialect.width
    known = pa.repeat(pa.scalar(piece.known_date, pa.date32()), rows)
    file, batch = pa.repeat(pa.scalar(piece.source_file), rows), pa.repeat(pa.scalar(piece.batch), rows)
    return pa.RecordBatch.from_arrays(
        [known, file, batch, lines, flaws, pa.nulls(rows, pa.int64()), others, *raw], schema=dialect.schema
    )


def _tally(piece: Piece, dialect: Dialect, rows: int) -> pa.RecordBatch:
    closing = [piece.known_date, piece.source_file, piece.batch, None, None, rows, None]
    values = [*closing, *[None] * dialect.width]
    arrays = [pa.array([v], f.type) for v, f in zip(values, dialect.schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=dialect.schema)
