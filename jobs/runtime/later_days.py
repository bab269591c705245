"""How far a run of an earlier day reaches: what comes late can make repeats of rows that later days brought."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from jobs.runtime.job import Run
from schemas.feed import Feed
from schemas.table import Table


def last_day_to_mend(run: Run, table: Table, feeds: Iterable[Feed]) -> date:
    """The run's day, or the last later day that `table`, made of the feeds, has within their window."""
    after = run.day + timedelta(days=1)
    until = run.day + timedelta(days=max(feed.late_window_days for feed in feeds))
    later = run.read_or_empty(table, since=after, until=until).selectExpr("max(known_date) AS day").collect()
    return later[0].day or run.day
