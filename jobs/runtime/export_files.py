"""The bytes of one export: values as text, lines, encoding."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from models.hospital import Delivery
from models.hospital.columns import MISSING, Coded, Column, Flag, Moment, Number, Numbered, Patched, Texts

ZONE_MS = 8 * 3_600_000
"""Asia/Shanghai has had no other offset since 1991."""


LINES_AT_ONCE = 100_000


def text(column: Column) -> pa.Array:
    """Values as text, null where absent."""
    match column:
        case Patched():
            return _patch(text(column.base), column, quoted=False)
        case Coded():
            return _words(column.pool, False).take(pa.array(column.index, mask=column.index < 0))
        case Numbered():
            number = pc.utf8_lpad(_integers(column.number).cast(pa.string()), column.digits, "0")
            return pc.binary_join_element_wise(pa.scalar(column.prefix), number, "")
        case Number():
            return _number(column)
        case Moment():
            return _moment(column)
        case Flag():
            return pc.if_else(pa.array(column.value), "Y", "N")
        case Texts():
            return pa.array(column.value, type=pa.string(), from_pandas=True)


def token(column: Column) -> pa.Array:
    """Values as JSON tokens, null where absent."""
    match column:
        case Patched():
            return _patch(token(column.base), column, quoted=True)
        case Coded():
            return _words(column.pool, True).take(pa.array(column.index, mask=column.index < 0))
        case Number() | Moment() if not isinstance(column, Moment) or column.style.startswith("epoch"):
            return text(column)
        case Flag():
            return pc.if_else(pa.array(column.value), "true", "false")
        case Texts():
            quoted = [None if v is None else json.dumps(v, ensure_ascii=False) for v in column.value]
            return pa.array(quoted, type=pa.string())
        case _:
            return pc.binary_join_element_wise(pa.scalar('"'), text(column), pa.scalar('"'), "")


@lru_cache(maxsize=256)
def _words(pool: tuple[str, ...], quoted: bool) -> pa.Array:
    """A pool of texts, made into JSON tokens once if so wanted."""
    words = [json.dumps(word, ensure_ascii=False) for word in pool] if quoted else list(pool)
    return pa.array(words, type=pa.string())


def _integers(values: np.ndarray) -> pa.Array:
    values = np.asarray(values)
    if values.dtype.kind == "f":
        missing = np.isnan(values)
        return pa.array(np.where(missing, 0, np.round(values)).astype(np.int64), mask=missing)
    return pa.array(values, mask=values == MISSING)


def _number(column: Number) -> pa.Array:
    if column.decimals == 0:
        return _integers(column.value).cast(pa.string())
    scaled = _integers(np.asarray(column.value, dtype=np.float64) * 10**column.decimals)
    return pc.multiply(scaled.cast(pa.decimal128(19, 0)), _unit(column.decimals)).cast(pa.string())


def _unit(decimals: int) -> pa.Scalar:
    return pa.scalar("1").cast(pa.decimal128(10, 0)) if decimals == 0 else _decimal(decimals)


def _decimal(decimals: int) -> pa.Scalar:
    return pa.scalar(f"0.{'0' * (decimals - 1)}1").cast(pa.decimal128(decimals + 1, decimals))


def _moment(column: Moment) -> pa.Array:
    missing = column.millis == MISSING
    local = np.where(missing, 0, column.millis)
    if column.style == "epoch_ms":
        return pa.array(local - ZONE_MS, mask=missing).cast(pa.string())
    if column.style == "epoch_s":
        return pa.array((local - ZONE_MS) // 1000, mask=missing).cast(pa.string())
    seconds = pa.array(local // 1000, type=pa.int64(), mask=missing).cast(pa.timestamp("s"))
    return pc.strftime(seconds, format=column.style)


def _patch(values: pa.Array, column: Patched, quoted: bool) -> pa.Array:
    rows = sorted(column.patches)
    mask = np.zeros(len(column), dtype=bool)
    mask[rows] = True
    texts = [column.patches[row] for row in rows]
    if quoted:
        texts = [None if t is None else json.dumps(t, ensure_ascii=False) for t in texts]
    return pc.replace_with_mask(values, pa.array(mask), pa.array(texts, type=pa.string()))


def file_bytes(delivery: Delivery) -> bytes:
    """A text file: one record a line, broken ones as they are."""
    if delivery.empty:
        return b""
    shape = delivery.shape
    head = "" if shape.format == "json_lines" else shape.delimiter.join(delivery.columns) + "\n"
    lines = _json_lines(delivery) if shape.format == "json_lines" else _csv_lines(delivery)
    body = _cut(lines, delivery.broken)
    parts = [head.encode(shape.encoding)]
    # A byte-order mark belongs to the head alone.
    plain = "utf-8" if shape.encoding == "utf-8-sig" else shape.encoding
    for at in range(0, len(body), LINES_AT_ONCE):
        parts.append("".join(f"{line}\n" for line in body.slice(at, LINES_AT_ONCE).to_pylist()).encode(plain))
    return b"".join(parts)


def _cut(lines: pa.Array, broken: dict[int, int]) -> pa.Array:
    """Break lines off after so many characters."""
    if not broken:
        return lines
    rows = sorted(broken)
    mask = np.zeros(len(lines), dtype=bool)
    mask[rows] = True
    short = [lines[row].as_py()[: broken[row]] for row in rows]
    return pc.replace_with_mask(lines, pa.array(mask), pa.array(short, type=pa.string()))


def _csv_lines(delivery: Delivery) -> pa.Array:
    special = f'[{delivery.shape.delimiter}"\n]'
    cells = []
    for column in delivery.columns.values():
        cell = pc.fill_null(text(column), "")
        if isinstance(column, Texts | Patched | Coded):
            odd = pc.match_substring_regex(cell, special)
            if pc.any(odd).as_py():
                doubled = pc.replace_substring(cell, '"', '""')
                cell = pc.if_else(odd, pc.binary_join_element_wise('"', doubled, '"', ""), cell)
        cells.append(cell)
    return pc.binary_join_element_wise(*cells, delivery.shape.delimiter)


def _json_lines(delivery: Delivery) -> pa.Array:
    """Objects; columns `a.b` are gathered in an object `a`; sparse ones are left out where absent."""
    pieces: list[pa.Array | str] = ["{"]
    group = ""
    names = sorted(delivery.columns, key=lambda name: name not in delivery.shape.sparse)
    for at, name in enumerate(names):
        outer, _, inner = name.rpartition(".")
        if outer != group:
            pieces[-1] = pieces[-1] + "}" if group and isinstance(pieces[-1], str) else pieces[-1]
            group = outer
            opening = f'"{outer}":{{' if outer else ""
        else:
            opening = ""
        value, last = token(delivery.columns[name]), at == len(names) - 1
        leaves = group and (last or names[at + 1].rpartition(".")[0] != group)
        closing = ("}" if leaves else "") + ("}" if last else ",")
        if leaves:
            group = ""
        if name in delivery.shape.sparse:
            filled = pc.binary_join_element_wise(f'"{inner}":', value, ",", "")
            pieces.append(pc.fill_null(filled, ""))
        else:
            pieces += [f'{opening}"{inner}":', pc.fill_null(value, "null"), closing]
    return pc.binary_join_element_wise(*pieces, "")


def write_parquet(path: Path, delivery: Delivery) -> None:
    """Integers stay integers; everything else, and what was spoilt, is text."""
    arrays = {name: _typed(column) for name, column in delivery.columns.items()}
    pq.write_table(pa.table(arrays), path, compression="zstd", store_schema=False)


def _typed(column: Column) -> pa.Array:
    match column:
        case Number() if column.decimals == 0:
            return _integers(column.value)
        case Moment() if column.style.startswith("epoch"):
            return text(column).cast(pa.int64())
        case _:
            return text(column)
