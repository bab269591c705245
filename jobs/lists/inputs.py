"""Whether what lists are made of is of their day: tables as of a day, and feeds that must have come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date

from pyspark.sql import DataFrame

from features.policy import Policy
from jobs.runtime.commit_notes import written_at
from jobs.runtime.intake.arrival import last_came
from jobs.runtime.intake.mapping import mapped_feeds
from jobs.runtime.job import Run
from jobs.runtime.passage import newest_day
from jobs.runtime.user_rows import USER_TABLES
from schemas.gold.tag import TAG_DAY
from schemas.gold.user_portrait import USER_PORTRAIT
from schemas.silver.consent_state import CONSENT_STATE
from schemas.silver.identity import IDENTITY
from schemas.table import Table

LIST_TABLES = (IDENTITY, CONSENT_STATE, *USER_TABLES, TAG_DAY, USER_PORTRAIT)
_DAYS = Mapping[str, date | None]


class StaleInputError(ValueError):
    """Something that a list rests on is not of the list's day."""


@dataclass(kw_only=True)
class _OlderRun(Run):
    """A run that reads, of what is not of its day, the rows of the day it is of."""

    stale: Mapping[str, date]

    def read(self, table: Table, since: date | None = None, until: date | None = None) -> DataFrame:
        older = self.stale.get(table.name)
        if older is None or (since, until) != (self.day, self.day):
            return super().read(table, since, until)
        names = [f"DATE'{self.day}' AS `{n}`" if n == table.slice_by else f"`{n}`" for n in table.column_names]
        return super().read(table, older, older).selectExpr(*names)


def stale_inputs(run: Run, policy: Policy) -> dict[str, date]:
    """What the lists of the run's day rest on that is not of that day, with the day it is of.

    StaleInputError when the policy refuses such, or when there is nothing at all to make lists of.
    """
    stale = {**_stale_tables(run), **_stale_feeds(run, policy.required_feeds)}
    never = [name for name, day in stale.items() if day is None]
    if stale and (policy.stale_inputs == "refuse" or never):
        how = "" if never else ", or say `stale_inputs: mark` in conf/policy.yml"
        raise StaleInputError(
            f"lists of {run.day} would be made from stale data: {_told(stale)}. Run for {run.day} what makes it{how}"
        )
    return {name: day for name, day in stale.items() if day is not None}


def with_older(run: Run, stale: Mapping[str, date]) -> Run:
    """The run, reading the day's rows of what is stale from the day it is of."""
    return _OlderRun(**{f.name: getattr(run, f.name) for f in fields(run)}, stale=stale) if stale else run


def refuse_older_lists(run: Run, lists: Table) -> None:
    """StaleInputError when the day's lists have not been built, or were built before an input was written again."""
    built = written_at(run.lake.store, lists, run.day)
    if not built and not _has_rows(run, lists):
        raise StaleInputError(
            f"{_told({lists.name: newest_day(run, lists, until=run.day)})}: run build_audiences for {run.day}"
        )
    later = [t.name for t in LIST_TABLES if built and (written_at(run.lake.store, t, run.day) or 0) > built]
    if later:
        raise StaleInputError(
            f"the lists of {run.day} were built before {', '.join(later)} was written again: "
            "run build_audiences for that day again"
        )


def _stale_tables(run: Run) -> _DAYS:
    def is_of_day(table: Table) -> bool:
        return bool(written_at(run.lake.store, table, run.day)) or _has_rows(run, table)

    return {t.name: newest_day(run, t, until=run.day) for t in LIST_TABLES if not is_of_day(t)}


def _has_rows(run: Run, table: Table) -> bool:
    return newest_day(run, table, since=run.day, until=run.day) is not None


def _stale_feeds(run: Run, feeds: Iterable[str]) -> _DAYS:
    """Of the required feeds that the hospital has at all, those of which nothing was taken on the day."""
    mapped = mapped_feeds(run.settings.sources)
    days = {feed: last_came(run.lake.store, feed, run.day) for feed in feeds if feed in mapped}
    return {f"feed {feed}": day for feed, day in days.items() if day is None or day < run.day}


def _told(stale: _DAYS) -> str:
    return "; ".join(f"{name} is of {day}" if day else f"{name} has nothing yet" for name, day in stale.items())
