"""The tables of a lake under another key, each in one commit that says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake

from jobs.runtime.rotation.exchange import Exchange, refuse_others
from jobs.runtime.store import Store
from schemas.intake import INGEST_FILE
from schemas.table import Table
from schemas.tables import TABLES
from schemas.tokens import token_columns

Change = Callable[[pa.Array], pa.Array]
_LOOKED_AT = 1_000


def tables_with_tokens(store: Store) -> list[Table]:
    return [t for t in TABLES.values() if token_columns(t) and store.exists(t)]


def refuse_odd_tokens(store: Store, tables: list[Table]) -> None:
    """Before anything is changed: raises NotTokens where a column of tokens holds something else."""
    for table in tables:
        stored = store.open(table)
        names = _there(stored, token_columns(table))
        for batch in stored.to_pyarrow_dataset().to_batches(columns=names):
            for name, column in zip(names, batch.columns, strict=True):
                refuse_others(table.name, name, column)


def move_tokens(store: Store, table: Table, exchange: Exchange) -> bool:
    """Puts a table under the new key in one commit; False when it is already."""
    return _rewrite(store, table, dict.fromkeys(token_columns(table), exchange.column), exchange.new.key_id)


def restate_key(store: Store, key_id: str) -> None:
    """Says of every file that came that its rows are under this key now."""
    if store.exists(INGEST_FILE):
        _rewrite(store, INGEST_FILE, {"key_id": lambda column: pa.array([key_id] * len(column), column.type)}, key_id)


def some_tokens(store: Store, tables: list[Table]) -> set[str]:
    """Tokens out of each column of tokens: of the first rows, for a look whether any is left elsewhere."""
    found: set[str] = set()
    for table in tables:
        stored = store.open(table)
        rows = stored.to_pyarrow_dataset().head(_LOOKED_AT, columns=_there(stored, token_columns(table)))
        for column in rows.columns:
            found.update(value for value in column.unique().to_pylist() if value)
    return found


def _rewrite(store: Store, table: Table, changes: Mapping[str, Change], key_id: str) -> bool:
    stored, application = store.open(table), f"cameo.key.{key_id}"
    if stored.transaction_version(application) is not None:
        return False
    rows = stored.to_pyarrow_dataset()
    # The mark is part of the commit and stays with the table: a rerun cannot move a token twice.
    mark = CommitProperties(app_transactions=[Transaction(application, 1)])
    changed = pa.RecordBatchReader.from_batches(rows.schema, _changed(rows.to_batches(), changes))
    write_deltalake(stored, changed, mode="overwrite", commit_properties=mark)
    return True


def _changed(batches: Iterator[pa.RecordBatch], changes: Mapping[str, Change]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        columns = [
            changes[name](column) if name in changes else column
            for name, column in zip(batch.schema.names, batch.columns, strict=True)
        ]
        yield pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def _there(stored: DeltaTable, names: list[str]) -> list[str]:
    """Those that are stored already: a column may have been declared since the last write."""
    stored_names = {field.name for field in stored.schema().fields}
    return [name for name in names if name in stored_names]
