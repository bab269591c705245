"""maintain_tables: compaction, retention and VACUUM."""

from __future__ import annotations

from datetime import date, timedelta

from pydantic import BaseModel, ConfigDict, Field

from jobs.runtime.conf_file import load
from jobs.runtime.job import Run, job
from schemas.tables import TABLES

FIRST = date(1970, 1, 1)


class Retention(BaseModel):
    """conf/retention.yml."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    vacuum_hours: int = Field(ge=24)
    keep_days: dict[str, int]


@job()
def maintain_tables(run: Run) -> None:
    """Joins small files, takes out days beyond their retention and deletes versions nobody needs.

    What the rows say stays as it is, but for the days that conf/retention.yml gives up.
    """
    retention = load(run.settings.conf / "retention.yml", Retention)
    unknown = sorted(set(retention.keep_days) - set(TABLES))
    if unknown:
        raise ValueError(f"conf/retention.yml names tables that are not declared: {', '.join(unknown)}")
    for table in TABLES.values():
        if not run.lake.exists(table):
            continue
        keep = retention.keep_days.get(table.name)
        if keep is not None:
            until = run.day - timedelta(days=keep)
            run.lake.replace(table, run.lake.empty(table), FIRST, until, job=run.job.name)
        run.lake.store.compact(table)
        run.lake.store.vacuum(table, retention.vacuum_hours)
