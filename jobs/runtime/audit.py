"""Append-only tables about what ran, written without an engine so that a failed one can still be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

from jobs.runtime.commits import again_on_conflict
from jobs.runtime.store import Store
from schemas.table import Table


def append_rows(store: Store, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Adds rows, given as one mapping each with every declared column, in one commit."""
    if not rows:
        return
    store.prepare(table)

    def append() -> None:
        stored = store.open(table)
        write_deltalake(stored, as_stored(stored, rows), mode="append")

    again_on_conflict(append)


def replace_rows(store: Store, table: Table, rows: Sequence[Mapping[str, Any]], replaced: str) -> None:
    """Puts rows in the place of those for which the SQL condition `replaced` holds, in one commit."""
    store.prepare(table)

    def replace() -> None:
        stored = store.open(table)
        # Never by DELETE, see docs/engines.md.
        if rows or stored.file_uris(file_pruning_predicate=replaced):
            write_deltalake(stored, as_stored(stored, rows), mode="overwrite", predicate=replaced)

    again_on_conflict(replace)


def as_stored(stored: DeltaTable, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Rows in the types of the stored table."""
    return pa.Table.from_pylist(list(rows), schema=pa.schema(stored.schema().to_arrow()))


def read_rows(store: Store, table: Table, *wanted: tuple[str, str, Any]) -> list[dict[str, Any]]:
    """The rows for which all of `wanted` holds, as ("feed", "=", "event"); none when nobody has written the table."""
    if not store.exists(table):
        return []
    found = store.open(table).to_pyarrow_table(filters=list(wanted) or None)
    rows: list[dict[str, Any]] = pa.table(found).to_pylist()
    return rows
