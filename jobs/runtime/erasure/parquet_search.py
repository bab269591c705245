"""Looking for tokens in Parquet files, in columns of any kind, and reading no more of them than it takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from functools import reduce
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

_AT_A_TIME = 1 << 16


def stands_in(path: Path, tokens: Collection[str]) -> bool:
    """Whether one of the tokens is a value of any column, or in a list, a map or a struct."""
    wanted = pa.array(sorted(tokens), pa.string())
    return any(_among(column, wanted) for batch in _batches(path, tokens, None) for column in batch.columns)


def rows_naming(path: Path, tokens: Collection[str], columns: Collection[str]) -> Counter[frozenset[str]]:
    """How many rows name which of the tokens in these columns of texts; rows that name none are not counted."""
    wanted, found = pa.array(sorted(tokens), pa.string()), Counter[frozenset[str]]()
    for stored in _batches(path, tokens, frozenset(columns)):
        batch = pa.RecordBatch.from_arrays([_texts(column) for column in stored.columns], stored.schema.names)
        theirs = batch.filter(names_one(batch, batch.schema.names, wanted))
        found.update(frozenset(row.values()) & frozenset(tokens) for row in theirs.to_pylist())
    return found


def names_one(batch: pa.RecordBatch, columns: Collection[str], wanted: pa.Array) -> pa.Array:
    """A mask: the row has one of the values in one of these columns of texts."""
    masks = [pc.is_in(_texts(batch[name]), wanted) for name in columns if name in batch.schema.names]
    return reduce(pc.or_, masks, pa.repeat(pa.scalar(False), batch.num_rows))


def _batches(path: Path, tokens: Collection[str], columns: frozenset[str] | None) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            names = _may_hold(file.metadata.row_group(group), tokens)
            names = [n for n in names if columns is None or n in columns]
            if names:
                yield from file.iter_batches(_AT_A_TIME, row_groups=[group], columns=names, use_threads=False)


def _may_hold(group: Any, tokens: Collection[str]) -> list[str]:
    """Columns of texts of a row group, but those whose least and greatest value leave no room for any token."""
    wanted = [token.encode() for token in tokens]
    names: dict[str, None] = {}
    for number in range(group.num_columns):
        column = group.column(number)
        if column.physical_type == "BYTE_ARRAY" and _spans(column.statistics, column.num_values, wanted):
            names[column.path_in_schema.split(".")[0]] = None
    return list(names)


def _spans(statistics: Any, values: int, wanted: Collection[bytes]) -> bool:
    if statistics is None:
        return True
    if not statistics.has_min_max:
        return not (statistics.has_null_count and statistics.null_count == values)
    low, high = (v.encode() if isinstance(v, str) else v for v in (statistics.min, statistics.max))
    # Of bytes that are no text, as decimals are, nothing is known that way.
    return not isinstance(low, bytes) or any(low <= token <= high for token in wanted)


def _among(column: pa.Array, wanted: pa.Array) -> bool:
    """Whether one of the texts is a value, or in a list, a key or a value of a map."""
    kind = column.type
    if pa.types.is_map(kind):
        return _among(column.keys, wanted) or _among(column.items, wanted)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _among(column.flatten(), wanted)
    if pa.types.is_struct(kind):
        return any(_among(part, wanted) for part in column.flatten())
    texts = _texts(column)
    return pa.types.is_string(texts.type) and bool(pc.any(pc.is_in(texts, wanted)).as_py())


def _texts(column: pa.Array) -> pa.Array:
    """Texts in the one kind that pyarrow can compare; anything else as it is."""
    kind = column.type
    odd = pa.types.is_string_view(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind)
    return column.cast(pa.string()) if odd else column
