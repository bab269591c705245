"""What has been done already, read from the audit tables."""

from __future__ import annotations

from datetime import date, timedelta

from jobs.runtime.audit import read_rows
from jobs.runtime.settings import Settings
from jobs.runtime.store import Store
from schemas.audit import JOB_RUN


def _done(settings: Settings, job: str) -> list[tuple[date, date]]:
    rows = read_rows(Store(str(settings.lake)), JOB_RUN)
    return sorted((r["since"], r["day"]) for r in rows if r["job"] == job and r["status"] == "done")


def last_done(settings: Settings, job: str) -> date | None:
    """The latest day the job has been done for."""
    return max((day for _, day in _done(settings, job)), default=None)


def loaded_until(settings: Settings, start: date) -> date | None:
    """The last day up to which facts are there without a gap from `start` on; None when there are none."""
    reached: date | None = None
    for since, day in _done(settings, "build_user_day"):
        expected = start if reached is None else reached + timedelta(days=1)
        if since <= expected:
            reached = max(day, reached or day)
    return reached
