"""Asks the jobs themselves where the columns of the tables that they write come from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from tempfile import TemporaryDirectory

from pyspark.sql import DataFrame, SparkSession

from jobs.runtime.job import Run, find_job
from jobs.runtime.lake import Lake
from jobs.runtime.lineage.plan import origins
from jobs.runtime.settings import Settings
from schemas.lineage import Origin, Traced
from schemas.table import Table
from schemas.tables import TABLES

# Models score in Python, where no plan tells what they look at: those tables are not among what these jobs write.
TRACED_JOBS = ("build_user_day", "compute_features", "assign_value_tiers")
_ANY_DAY = date(2026, 1, 1)


@dataclass
class TracedRun(Run):
    """A run in which every table has one empty row, and what is to be written is looked at instead."""

    seen: set[str] = field(default_factory=set)
    traced: dict[str, dict[str, Origin]] = field(default_factory=dict)

    def read(self, table: Table, since: date | None = None, until: date | None = None) -> DataFrame:
        self.seen.add(table.name)
        nulls = ", ".join(f"CAST(NULL AS {c.type}) AS `{c.name}`" for c in table.columns)
        return self.spark.sql(f"SELECT {nulls}").alias(table.name)

    def read_or_empty(self, table: Table, since: date | None = None, until: date | None = None) -> DataFrame:
        return self.read(table)

    def stage(self, name: str, df: DataFrame, schema: str | None = None) -> DataFrame:
        return df

    def write(self, table: Table, df: DataFrame, since: date | None = None, until: date | None = None) -> int:
        found = origins(df, {name: t.column_names for name, t in TABLES.items()})
        self.traced[table.name] = {name: found[name] for name in table.column_names}
        return 0


def trace(name: str, spark: SparkSession, settings: Settings) -> TracedRun:
    """Runs a job on tables with nothing in them; what it writes is not written but traced."""
    with _nowhere(spark) as lake:
        run = TracedRun(find_job(name), _ANY_DAY, _ANY_DAY, {}, settings, lake)
        run.job.function(run)
    return run


def trace_all(spark: SparkSession, settings: Settings) -> Traced:
    """Each column's origin of the tables that the traced jobs write, and what models may look at."""
    from jobs.learning.inputs import model_inputs

    found: dict[str, dict[str, Origin]] = {}
    for name in TRACED_JOBS:
        found |= trace(name, spark, settings).traced
    return Traced(found, model_inputs(settings.conf))


@contextmanager
def _nowhere(spark: SparkSession) -> Iterator[Lake]:
    with TemporaryDirectory() as folder, Lake(spark, folder) as lake:
        yield lake
