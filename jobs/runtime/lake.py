"""The one place that reads and writes tables.

A table lies at `<root>/<layer>/<noun>` as Delta, so that any Delta reader finds its way.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from datetime import date
from types import TracebackType

from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from features.today import NOW_VIEWS
from jobs.runtime.commits import again_on_conflict
from jobs.runtime.conform import REFUSED, conform, differences, guard, only_once, schema_version
from jobs.runtime.staging import Staging
from jobs.runtime.store import Store, may_be_added, where
from schemas.table import Table

_NOTE = "spark.databricks.delta.commitInfo.userMetadata"


class LakeError(RuntimeError):
    """A table cannot be read or written as asked."""


class ReadAroundPolicy(LakeError):
    """A job whose purpose needs consent asked for rows about persons without the policy."""


class TableMissing(LakeError):
    """A table that nobody has written yet."""


class WriteRefused(LakeError):
    """Rows that may not be written: a NULL key, a day outside of the slice, a key that comes twice."""


@dataclass(frozen=True)
class Merged:
    """What a merge did: rows that came in new, were changed, were taken out."""

    inserted: int
    updated: int
    deleted: int

    @property
    def rows(self) -> int:
        return self.inserted + self.updated + self.deleted


class Lake:
    """Reads and writes declared tables under one root, a folder or a URI.

    `made_by` tells which job makes a table, for the error that is shown when it is missing. As a
    context manager it drops, at the end, what `stage` has put aside.
    """

    def __init__(
        self,
        spark: SparkSession,
        root: str,
        *,
        made_by: Mapping[str, str] | None = None,
        storage_options: Mapping[str, str] | None = None,
    ) -> None:
        self.spark = spark
        self.store = Store(root, storage_options)
        self._made_by = dict(made_by or {})
        self._staging = Staging(spark, self.store)
        self._open: Lake | None = None

    def guarded(self) -> Lake:
        """The same lake, but tables about persons cannot be read: their rows come through jobs.runtime.passage."""
        if self._open:
            return self
        lake = copy(self)
        lake._open = self
        return lake

    @property
    def behind_the_guard(self) -> Lake:
        """For jobs.runtime alone: the lake in which everything can be read."""
        return self._open or self

    def __enter__(self) -> Lake:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.drop_staged()

    def path(self, table: Table) -> str:
        return self.store.path(table)

    def exists(self, table: Table) -> bool:
        return self.store.exists(table)

    def read(self, table: Table, *, since: date | None = None, until: date | None = None) -> DataFrame:
        """The declared columns of a table, of the days from `since` to `until`, both included.

        A column that was declared after the last write reads as NULL.
        """
        self._refuse_persons(table)
        if not self.exists(table):
            made_by = self._made_by.get(table.name)
            how = f"; job {made_by} makes it: cameo run {made_by}" if made_by else ""
            raise TableMissing(f"table {table.name} does not exist at {self.path(table)}{how}")
        return self._ranged(table, self._load(table), since, until)

    def read_or_empty(self, table: Table, *, since: date | None = None, until: date | None = None) -> DataFrame:
        """As `read`, but a table that nobody has written yet has no rows."""
        self._refuse_persons(table)
        if not self.exists(table):
            return self.empty(table)
        return self._ranged(table, self._load(table), since, until)

    def empty(self, table: Table) -> DataFrame:
        """No rows, with the declared columns."""
        nulls = ", ".join(f"CAST(NULL AS {c.type}) AS `{c.name}`" for c in table.columns)
        return self.spark.sql(f"SELECT {nulls}").where("false")

    def replace(
        self,
        table: Table,
        df: DataFrame,
        since: date | None = None,
        until: date | None = None,
        *,
        job: str,
        of: Mapping[str, str] | None = None,
        known_at: date | None = None,
    ) -> int:
        """Replace exactly the days from `since` to `until` in one commit and return the rows written.

        `of` names the part that is ours in a table that several runs share, as {"feed": "event"}; its columns
        partition the table. No rows is fine: the slice is empty afterwards. A table without `slice_by` is
        replaced as a whole. A row outside of the slice, or a NULL in a key, fails the write and leaves the
        table as it was. `known_at` is noted on the commit of a single day.
        """
        slice_ = self._slice(table, since, until)
        ready = guard(table, conform(table, df), slice_, of)
        self.store.prepare(table)
        if slice_ is not None and table.partition_by and slice_[0] != slice_[1]:
            ready = ready.repartition(*table.partition_by)
        note = self._note(table, job, slice_, known_at)
        writer = ready.write.format("delta").mode("overwrite").option("userMetadata", note)
        if slice_ is not None:
            writer = writer.option("replaceWhere", where(table, *slice_, of))
        before = self.store.version(table)
        with _told_plainly():
            again_on_conflict(lambda: writer.save(self.path(table)))
        # Sail makes no commit of no rows over days without any, and the day would pass for one that was never written.
        again_on_conflict(lambda: self.store.noted_since(table, before, note))
        rows = self.store.rows(table, slice_, of)
        return self._count(table, slice_, of) if rows is None else rows

    def merge(
        self,
        table: Table,
        df: DataFrame,
        *,
        job: str,
        keys: Sequence[str] | None = None,
        delete_matched: str | None = None,
        delete_unmatched: str | None = None,
    ) -> Merged:
        """Insert or update by key in one commit; a row that says nothing new is not rewritten.

        Conditions are SQL over `t` (the table) and `s` (what comes): `delete_matched` takes out rows that
        match, `delete_unmatched` (over `t` alone) rows that nothing came for. A key that comes twice fails.
        """
        names = list(keys or table.key)
        self.store.prepare(table)
        source = only_once(table, guard(table, conform(table, df)), names)
        view = f"merge_{table.layer}_{table.noun}"
        source.createOrReplaceTempView(view)
        before = self.store.version(table)
        sql = _merge_sql(table, self.path(table), view, names, delete_matched, delete_unmatched)
        self.spark.conf.set(_NOTE, self._note(table, job, None))
        try:
            with _told_plainly():
                again_on_conflict(lambda: self.spark.sql(sql).collect())
        finally:
            self.spark.conf.unset(_NOTE)
            self.spark.catalog.dropTempView(view)
        return Merged(*self.store.merged(table, before))

    def stage(self, name: str, df: DataFrame, schema: str | None = None) -> DataFrame:
        """Compute a data frame once, put it aside as files and read it back; `drop_staged` takes it away.

        `schema`, where it is known, saves asking the data frame, which makes the engine plan the query once more.
        """
        return self._staging.put(name, df, schema)

    def drop_staged(self) -> None:
        """Take away what this lake has staged, and what killed runs have left."""
        self._staging.clear()

    def register_views(self, tables: Sequence[Table]) -> list[str]:
        """Make `SELECT … FROM gold.user_tag` work in this session, for the tables that exist; return their names.

        So do the views of what is so by day, where their tables exist.
        """
        there = [t for t in tables if self.exists(t)]
        for layer in sorted({t.layer for t in there}):
            self.spark.sql(f"CREATE SCHEMA IF NOT EXISTS {layer}")
        for table in there:
            self.spark.sql(f"CREATE TABLE IF NOT EXISTS {table.name} USING delta LOCATION '{self.path(table)}'")
        views = [view for view in NOW_VIEWS if {view.table, view.told} <= {*there}]
        for view in views:
            self.spark.sql(f"CREATE OR REPLACE VIEW {view.name} AS {view.sql(view.today in there)}")
        return [*(t.name for t in there), *(view.name for view in views)]

    def _refuse_persons(self, table: Table) -> None:
        if self._open and table.is_about_persons:
            raise ReadAroundPolicy(
                f"{table.name} has rows about persons: a job of this purpose reads them by run.read_permitted"
            )

    def _load(self, table: Table) -> DataFrame:
        stored = self.store.columns(table)
        added = {c.name for c in table.columns if c.name not in stored and may_be_added(table, c)}
        problems = differences(table, stored | {n: table.column(n).type for n in added})
        if problems:
            raise LakeError(f"stored table {table.name} is not as declared: " + "; ".join(problems))
        df = self.spark.read.format("delta").load(self.path(table))
        return df.select(
            *[
                F.expr(f"CAST(NULL AS {c.type})").alias(c.name) if c.name in added else F.col(f"`{c.name}`")
                for c in table.columns
            ]
        )

    def _ranged(self, table: Table, df: DataFrame, since: date | None, until: date | None) -> DataFrame:
        if since is None and until is None:
            return df
        if table.slice_by is None:
            raise LakeError(f"table {table.name} has no slice_by: it cannot be read by days")
        if since is not None:
            df = df.where(f"`{table.slice_by}` >= DATE'{since}'")
        return df if until is None else df.where(f"`{table.slice_by}` <= DATE'{until}'")

    def _slice(self, table: Table, since: date | None, until: date | None) -> tuple[date, date] | None:
        if table.slice_by is None:
            return None
        if since is None or until is None or since > until:
            raise LakeError(f"table {table.name} is replaced by days of {table.slice_by}: got {since}..{until}")
        return since, until

    def _note(self, table: Table, job: str, slice_: tuple[date, date] | None, known_at: date | None = None) -> str:
        days = [str(d) for d in slice_] if slice_ else None
        note: dict[str, object] = {"job": job, "slice": days, "schema_version": schema_version(table)}
        if known_at and slice_ and slice_[0] == slice_[1]:
            note["known_at"] = str(known_at)
        return json.dumps(note)

    def _count(self, table: Table, slice_: tuple[date, date] | None, of: Mapping[str, str] | None) -> int:
        return self._load(table).where(where(table, *slice_, of) if slice_ else "true").count()


@contextmanager
def _told_plainly() -> Iterator[None]:
    """An error that `guard` or `only_once` raised inside the engine, without the engine's pages around it."""
    try:
        yield
    except PySparkException as error:
        refused = re.search(rf"({REFUSED}[^\n]*?)( SQLSTATE.*)?$", str(error), re.MULTILINE)
        if refused:
            raise WriteRefused(refused.group(1)) from None
        raise


def _merge_sql(
    table: Table, path: str, view: str, keys: Sequence[str], delete_matched: str | None, delete_unmatched: str | None
) -> str:
    others = [c for c in table.columns if c.name not in keys]
    comparable = not any(c.type.startswith("map") for c in others)
    changed = " OR ".join(f"NOT (t.`{c.name}` <=> s.`{c.name}`)" for c in others)
    on = " AND ".join(f"t.`{k}` = s.`{k}`" for k in keys)
    sql = [f"MERGE INTO delta.`{path}` AS t USING {view} AS s ON {on}"]
    if delete_matched:
        sql.append(f"WHEN MATCHED AND ({delete_matched}) THEN DELETE")
    if others:
        only = f"AND ({changed}) " if comparable else ""
        sets = ", ".join(f"t.`{c.name}` = s.`{c.name}`" for c in others)
        sql.append(f"WHEN MATCHED {only}THEN UPDATE SET {sets}")
    names = ", ".join(f"`{c.name}`" for c in table.columns)
    values = ", ".join(f"s.`{c.name}`" for c in table.columns)
    sql.append(f"WHEN NOT MATCHED THEN INSERT ({names}) VALUES ({values})")
    if delete_unmatched:
        sql.append(f"WHEN NOT MATCHED BY SOURCE AND ({delete_unmatched}) THEN DELETE")
    return "\n".join(sql)
