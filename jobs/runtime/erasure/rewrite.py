"""A data file written anew without the rows of some people.

One file becomes one file: what is left holds the days that the old one held, so that readers still skip it by them. And
without the engine or deltalake's DELETE: the first needs all of a table's columns in memory, the second leaves texts of
a kind that pyarrow cannot compare.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake.transaction import AddAction, RemoveAction

from jobs.runtime.erasure.parquet_search import names_one

_AT_A_TIME = 1 << 16
# Engines keep the least and greatest values of short texts only.
_LONGEST = 32


def rewritten(
    root: Path, file: Mapping[str, Any], tokens: Collection[str], columns: Collection[str]
) -> list[AddAction | RemoveAction]:
    """What a commit is to say: the file is gone, and a new one, already written, holds the rows that name nobody.

    `file` is a row of `get_add_actions(flatten=True)` of the table at `root`. A file without rows left has no new one.
    """
    parts = {key.removeprefix("partition."): value for key, value in file.items() if key.startswith("partition.")}
    values = {name: None if value is None else str(value) for name, value in parts.items()}
    now = time.time_ns() // 1_000_000
    gone = RemoveAction(file["path"], True, now, size=file["size_bytes"], partition_values=values)
    name = str(Path(file["path"]).with_name(f"part-{uuid.uuid4()}.snappy.parquet"))
    new = root / unquote(name)
    _write_without(root / unquote(file["path"]), new, columns, pa.array(sorted(tokens), pa.string()))
    metadata = pq.read_metadata(new)
    if metadata.num_rows == 0:
        new.unlink()
        return [gone]
    return [gone, AddAction(name, new.stat().st_size, values, now, True, json.dumps(_statistics(metadata)))]


def _write_without(old: Path, new: Path, columns: Collection[str], wanted: pa.Array) -> None:
    with pq.ParquetFile(old, coerce_int96_timestamp_unit="us") as source:
        schema = pa.schema([f.with_type(_usual(f.type)) for f in source.schema_arrow])
        # Without pyarrow's own schema in it: it would hand on the kinds of texts that only some readers compare.
        with pq.ParquetWriter(new, schema, compression="snappy", store_schema=False) as target:
            for stored in source.iter_batches(_AT_A_TIME, use_threads=False):
                batch = stored.cast(schema)
                theirs = names_one(batch, columns, wanted)
                target.write_batch(batch.filter(pc.invert(theirs)) if theirs.true_count else batch)


def _usual(kind: pa.DataType) -> pa.DataType:
    """The kind that the table's other files have.

    deltalake's DELETE has texts that pyarrow can neither compare nor move about. Spark may write times as INT96, which
    says no zone: all of ours are UTC.
    """
    if pa.types.is_map(kind):
        return pa.map_(_usual(kind.key_type), _usual(kind.item_type))
    if pa.types.is_list(kind):
        return pa.list_(_usual(kind.value_type))
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us", "UTC")
    return pa.string() if pa.types.is_string_view(kind) else kind


def _statistics(metadata: pq.FileMetaData) -> dict[str, Any]:
    """What the log tells of a file: rows, and least and greatest of the whole numbers, days and short texts."""
    least: dict[str, Any] = {}
    greatest: dict[str, Any] = {}
    nulls: dict[str, int] = {}
    for number in range(metadata.num_columns):
        found = [metadata.row_group(group).column(number) for group in range(metadata.num_row_groups)]
        name, told = found[0].path_in_schema, [c.statistics for c in found]
        if "." in name or any(s is None or not s.has_null_count for s in told):
            continue
        nulls[name] = sum(s.null_count for s in told)
        bounds = [s for s in told if s.has_min_max]
        # A row group of nothing but NULLs has no bounds; any other without them leaves the file's unknown.
        if not bounds or any(s.num_values for s in told if not s.has_min_max):
            continue
        low, high = min(s.min for s in bounds), max(s.max for s in bounds)
        if _is_told(low) and _is_told(high):
            least[name], greatest[name] = _plain(low), _plain(high)
    return {"numRecords": metadata.num_rows, "minValues": least, "maxValues": greatest, "nullCount": nulls}


def _is_told(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= _LONGEST
    return type(value) in (int, date)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
