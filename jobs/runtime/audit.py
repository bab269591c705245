"""Append-only tables about what ran, written without an engine so that a failed one can still be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
from deltalake import write_deltalake

from jobs.runtime.store import Store
from schemas.table import Table


def append_rows(store: Store, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Adds rows, given as one mapping each with every declared column, in one commit."""
    if not rows:
        return
    store.prepare(table)
    schema = pa.schema(store.open(table).schema().to_arrow())
    write_deltalake(
        store.path(table), pa.Table.from_pylist(list(rows), schema=schema), mode="append", storage_options=store.options
    )


def read_rows(store: Store, table: Table) -> list[dict[str, Any]]:
    """All rows of an audit table; none when nobody has written it."""
    if not store.exists(table):
        return []
    rows: list[dict[str, Any]] = pa.table(store.open(table).to_pyarrow_table()).to_pylist()
    return rows
