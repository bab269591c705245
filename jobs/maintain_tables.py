"""maintain_tables: compaction, retention and VACUUM."""

from __future__ import annotations

from datetime import date, timedelta

from pydantic import BaseModel, ConfigDict, Field, field_validator

from jobs.runtime.conf_file import load
from jobs.runtime.job import Run, job
from jobs.runtime.trail.entry import Entry
from schemas.tables import TABLES
from schemas.trail import TRAIL

FIRST = date(1970, 1, 1)


class Retention(BaseModel):
    """conf/retention.yml."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    vacuum_hours: int = Field(ge=24)
    keep_days: dict[str, int]

    @field_validator("keep_days")
    @classmethod
    def _the_trail_stays(cls, keep_days: dict[str, int]) -> dict[str, int]:
        if TRAIL.name in keep_days:
            raise ValueError(f"{TRAIL.name} is kept for ever: without its first days the rest proves nothing")
        return keep_days


@job(alone=True)
def maintain_tables(run: Run) -> None:
    """Joins small files, takes out days beyond their retention and deletes versions nobody needs.

    What the rows say stays as it is, but for the days that conf/retention.yml gives up.
    """
    retention = load(run.settings.conf / "retention.yml", Retention)
    unknown = sorted(set(retention.keep_days) - set(TABLES))
    if unknown:
        raise ValueError(f"conf/retention.yml names tables that are not declared: {', '.join(unknown)}")
    given_up: dict[str, str] = {}
    for table in TABLES.values():
        if not run.lake.exists(table):
            continue
        keep = retention.keep_days.get(table.name)
        if keep is not None:
            until = run.day - timedelta(days=keep)
            run.lake.replace(table, run.lake.empty(table), FIRST, until, job=run.job.name)
            given_up[table.name] = str(until)
        run.lake.store.compact(table)
        run.lake.store.vacuum(table, retention.vacuum_hours)
    if given_up:
        run.trail.append(Entry("erasure", "retention", {"days_up_to": given_up}))
