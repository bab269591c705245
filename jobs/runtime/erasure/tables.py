"""Taking rows out of tables, out of their older versions and out of their logs; without an engine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.transaction import AddAction, RemoveAction

from jobs.runtime.erasure.parquet_search import rows_naming
from jobs.runtime.erasure.person import columns_of
from jobs.runtime.erasure.rewrite import rewritten
from jobs.runtime.store import Store
from schemas.table import Table
from schemas.tables import TABLES

_LOG = "delta.logRetentionDuration"


@dataclass(frozen=True)
class Named:
    """Where in a table somebody is named: its files, and how many rows name which of the tokens."""

    table: Table
    stored: DeltaTable
    files: tuple[dict[str, Any], ...]
    rows: Counter[frozenset[str]]


def tables_with_persons(store: Store) -> list[Table]:
    """The tables that may hold somebody. Those of the layer audit are kept, and hold nobody but on purpose."""
    return [t for t in TABLES.values() if t.layer != "audit" and columns_of(t) and store.exists(t)]


def find_rows(
    pool: ThreadPoolExecutor, store: Store, tables: Collection[Table], tokens: Collection[str]
) -> list[Named]:
    """The tables that name one of the tokens; nothing is read of them but the columns that may."""
    opened = [(table, store.open(table)) for table in tables]
    files = [pa.table(stored.get_add_actions(flatten=True)).to_pylist() for _, stored in opened]
    looked = [
        [pool.submit(rows_naming, _place(store, table, file), tokens, columns_of(table)) for file in of_table]
        for (table, _), of_table in zip(opened, files, strict=True)
    ]
    found = []
    for (table, stored), of_table, waiting in zip(opened, files, looked, strict=True):
        rows = [one.result() for one in waiting]
        touched = tuple(file for file, there in zip(of_table, rows, strict=True) if there)
        if touched:
            found.append(Named(table, stored, touched, sum(rows, Counter[frozenset[str]]())))
    return found


def remove_rows(
    pool: ThreadPoolExecutor, store: Store, found: Collection[Named], tokens: Collection[str]
) -> Iterator[Table]:
    """Writes the files anew that name somebody, and none but those, in one commit a table; tells which one is done."""
    writing = [[pool.submit(_without, store, named.table, file, tokens) for file in named.files] for named in found]
    for named, files in zip(found, writing, strict=True):
        stored = named.stored
        actions = [action for file in files for action in file.result()]
        parts = stored.metadata().partition_columns
        stored.create_write_transaction(actions, "append", stored.schema(), partition_by=parts)
        yield named.table


def _without(
    store: Store, table: Table, file: dict[str, Any], tokens: Collection[str]
) -> list[AddAction | RemoveAction]:
    return rewritten(Path(store.path(table)), file, tokens, columns_of(table))


def _place(store: Store, table: Table, file: dict[str, Any]) -> Path:
    return Path(store.path(table), unquote(file["path"]))


def forget_versions(store: Store, table: Table) -> None:
    """Deletes all files but those of the newest version, and all of the log but a checkpoint of it.

    The log, too, tells of persons: the least and greatest value of a file, and what was deleted.
    """
    store.vacuum(table, 0)
    kept = store.open(table).metadata().configuration.get(_LOG)
    _set(store.open(table), "interval 0 seconds")
    stored = store.open(table)
    stored.create_checkpoint()
    stored.cleanup_metadata()
    store.drop_checksums(table)
    _set(store.open(table), kept or "interval 30 days")


def _set(stored: DeltaTable, duration: str) -> None:
    stored.alter.set_table_properties({_LOG: duration})
