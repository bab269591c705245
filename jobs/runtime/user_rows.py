"""One row per user as of a day, out of the feature and score tables, with no more columns than asked for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from pyspark.sql import DataFrame

from features.columns import FEATURE_TABLES, HOMES, SCORE_TABLES
from features.wide import all_features
from jobs.runtime.job import Run, all_jobs
from schemas.feature.user_profile import USER_PROFILE
from schemas.table import Table

USER_TABLES = (*FEATURE_TABLES, *SCORE_TABLES)


class DayMissingError(ValueError):
    """A table has no rows of the day that is asked for."""


def user_rows(run: Run, columns: Iterable[str], day: date | None = None) -> DataFrame:
    """user_id, as_of_date and the columns, of every user of the day (the run's, unless told otherwise).

    A user without a score has NULL there; a day without scores at all, where one is asked for, is an error.
    """
    wanted = sorted(set(columns) - {"user_id", "as_of_date"})
    homes = {HOMES[c].name: HOMES[c] for c in wanted} | {USER_PROFILE.name: USER_PROFILE}
    parts = {name: _slice(run, table, wanted, day or run.day) for name, table in homes.items()}
    themes = [parts[t.name] for t in FEATURE_TABLES if t.name in parts]
    rows = all_features(themes)
    for table in SCORE_TABLES:
        if table.name in parts:
            rows = rows.join(parts[table.name].drop("as_of_date"), "user_id", "left")
    return rows


def _slice(run: Run, table: Table, wanted: list[str], day: date) -> DataFrame:
    rows = run.read(table, since=day, until=day)
    if not rows.limit(1).collect():
        maker = next((j.name for j in all_jobs().values() if table in j.writes), None)
        how = f"`cameo run {maker} --day {day}` makes them" if maker else "run the jobs that make it for that day first"
        raise DayMissingError(f"{table.name} has no rows of {day}: {how}")
    return rows.select("user_id", "as_of_date", *[c for c in wanted if c in table.column_names])
