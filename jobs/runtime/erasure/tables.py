"""Taking rows out of tables, out of their older versions and out of their logs."""

from __future__ import annotations

from collections.abc import Collection

from deltalake import DeltaTable
from pyspark.sql import SparkSession

from jobs.runtime.commits import again_on_conflict
from jobs.runtime.erasure.person import columns_of, names_anyone
from jobs.runtime.store import Store
from schemas.table import Table
from schemas.tables import TABLES

_LOG = "delta.logRetentionDuration"


def tables_with_persons(store: Store) -> list[Table]:
    """The tables that may hold somebody. Those of the layer audit are kept, and hold nobody but on purpose."""
    return [t for t in TABLES.values() if t.layer != "audit" and columns_of(t) and store.exists(t)]


def remove_rows(spark: SparkSession, store: Store, table: Table, tokens: Collection[str]) -> int:
    """Deletes every row that names one of the tokens in one commit; returns how many.

    By the engine: files that deltalake's own DELETE writes hold texts of a kind that pyarrow cannot filter.
    """
    named = names_anyone(table, tokens)
    before = store.version(table)
    again_on_conflict(lambda: spark.sql(f"DELETE FROM delta.`{store.path(table)}` WHERE {named}").collect())
    stored = store.open(table)
    if stored.version() == before:
        return 0
    return int(stored.history(1)[0].get("operationMetrics", {}).get("numDeletedRows", 0))


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
    _set(store.open(table), kept or "interval 30 days")


def _set(stored: DeltaTable, duration: str) -> None:
    stored.alter.set_table_properties({_LOG: duration})
