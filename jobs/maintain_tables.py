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
    keep_days: dict[str, int | None]

    @field_validator("keep_days")
    @classmethod
    def _every_person_has_a_clock(cls, keep_days: dict[str, int | None]) -> dict[str, int | None]:
        if TRAIL.name in keep_days:
            raise ValueError(f"{TRAIL.name} is kept for ever: without its first days the rest proves nothing")
        unknown = sorted(set(keep_days) - set(TABLES))
        if unknown:
            raise ValueError(f"tables that are not declared: {', '.join(unknown)}")
        silent = sorted(t.name for t in TABLES.values() if t.is_about_persons and t.name not in keep_days)
        if silent:
            raise ValueError(f"tables about persons of which nobody said how long they are kept: {', '.join(silent)}")
        undated = sorted(name for name, days in keep_days.items() if days is not None and not TABLES[name].slice_by)
        if undated:
            raise ValueError(f"tables without days, of which none can be given up: {', '.join(undated)}")
        return keep_days


@job(alone=True)
def maintain_tables(run: Run) -> None:
    """Joins small files, takes out days beyond their retention and deletes versions nobody needs.

    What the rows say stays as it is, but for the days that conf/retention.yml gives up.
    """
    retention = load(run.settings.conf / "retention.yml", Retention)
    given_up: dict[str, dict[str, str | int]] = {}
    for table in TABLES.values():
        if not run.lake.exists(table):
            continue
        keep = retention.keep_days.get(table.name)
        if keep is not None:
            until = run.day - timedelta(days=keep)
            rows = run.lake.read(table, until=until).count()
            if rows:
                run.lake.replace(table, run.lake.empty(table), FIRST, until, job=run.job.name)
                given_up[table.name] = {"days_up_to": str(until), "rows": rows}
        run.lake.store.compact(table)
        run.lake.store.vacuum(table, retention.vacuum_hours)
    run.trail.append(Entry("erasure", "retention", {"as_of": str(run.day), "given_up": given_up}))
