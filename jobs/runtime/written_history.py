"""Histories that several jobs keep alike: since when something holds, and the versions of what was declared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pyspark.sql import DataFrame

from jobs.runtime.job import Run
from schemas.table import Table

Row = Mapping[str, Any]


def remember(run: Run, table: Table, changed_of: Callable[[DataFrame], DataFrame]) -> None:
    """Writes what the run's day and those after it change in a history with valid_from, in one commit.

    `changed_of` gives, out of the history, the rows that are new or other. The first day of all is written whole, a
    merge would take longer.
    """
    history = run.read_or_empty(table)
    changed = run.stage("changed", changed_of(history))
    if not history.limit(1).collect():
        run.written[table.name] = run.lake.replace(table, changed, job=run.job.name)
    else:
        since = f"valid_from >= DATE'{run.day}'"
        was_applied = bool(history.where(since).limit(1).collect())
        gone = f"t.{since}" if was_applied else None
        merged = run.lake.merge(table, changed, job=run.job.name, delete_unmatched=gone)
        run.written[table.name] = merged.rows
    run.check(table, changed)


def write_versions(run: Run, table: Table, versions_of: Callable[[Sequence[Row]], Sequence[Row]]) -> None:
    """Writes a table of versions anew: `versions_of` gives all its rows out of those that are there."""
    known = [row.asDict() for row in run.read_or_empty(table).collect()]
    rows = [tuple(row[name] for name in table.column_names) for row in versions_of(known)]
    run.write(table, run.spark.createDataFrame(rows, table.ddl))
