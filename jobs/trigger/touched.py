"""Some users' facts, features and consents as of a day, by the jobs that make them for all at night."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.columns import SCORE_TABLES
from features.user_value import VALUE_WINDOW_DAYS
from jobs.build_user_day import build_user_day
from jobs.compute_features import compute_themes
from jobs.proof.anew import two_at_a_time
from jobs.proof.sample import actor_of, without_comments
from jobs.resolve_consent import resolve_consent
from jobs.runtime.job import Run
from schemas.feature.user_day import USER_DAY
from schemas.silver.identity import IDENTITY
from schemas.table import Table

_ACTORS = {"account_token", "actor_id"}


@dataclass(kw_only=True)
class Touched(Run):
    """Runs jobs over some users alone: they read what landed on top of what the last night knew, and write nothing.

    `persons` are the users' rows of silver.identity of the last night; what landed, and what the jobs would write, is
    in `made`; `known_before` is what was found of theirs in the tables, and from which day on. Of what the tables hold
    of days after the last night nothing is read: a night may be at work.
    """

    night: date
    persons: DataFrame
    made: dict[Table, DataFrame]
    known_before: dict[Table, tuple[date | None, DataFrame]] = field(default_factory=dict)

    def read(self, table: Table, since: date | None = None, until: date | None = None) -> DataFrame:
        """The users' rows; what is about nobody, and the scores, as the last night left them."""
        if table == IDENTITY:
            return _dated(self.persons, self.day)
        if table in SCORE_TABLES:
            return _dated(super().read(table, self.night, self.night), self.day)
        if table.slice_by == "known_date":
            return self._delivered(table, since, until)
        return self.made[table] if table in self.made else super().read_or_empty(table, since, until)

    def read_or_empty(self, table: Table, since: date | None = None, until: date | None = None) -> DataFrame:
        return self.read(table, since, until)

    def _delivered(self, table: Table, since: date | None, until: date | None) -> DataFrame:
        if not _ACTORS & set(table.column_names):
            return super().read_or_empty(table, since, min(until or self.night, self.night))
        rows = self._known(table, since)
        if table in self.made:
            rows = rows.unionByName(self.made[table])
        if since is not None:
            rows = rows.where(f"known_date >= DATE'{since}'")
        return rows.where(f"known_date <= DATE'{until or self.day}'")

    def _known(self, table: Table, since: date | None) -> DataFrame:
        """What the last night knew of the users, from `since` on at least: looked for once among all users' rows."""
        first, rows = self.known_before.get(table, (None, None))
        if rows is None or (first is not None and (since is None or since < first)):
            known = super().read_or_empty(table, since, self.night)
            actors = self.persons.selectExpr("actor_id AS touched_actor")
            theirs = known.join(F.broadcast(actors), F.expr(f"{actor_of(table)} = touched_actor"), "left_semi")
            plain = theirs.selectExpr(*without_comments(table.column_names))
            rows = self.stage(f"known_{table.noun}", plain, table.ddl)
            self.known_before[table] = (since, rows)
        return rows

    def write(self, table: Table, df: DataFrame, since: date | None = None, until: date | None = None) -> int:
        """Keeps the rows in `made`, in the table's declared types."""
        declared = df.selectExpr(*[f"CAST(`{c.name}` AS {c.type}) AS `{c.name}`" for c in table.columns])
        self.made[table] = self.stage(table.noun, declared, table.ddl)
        return 0

    def write_side_by_side(self, tables: Mapping[Table, DataFrame]) -> None:
        two_at_a_time(lambda table: self.write(table, tables[table]), tables)


def _dated(rows: DataFrame, day: date) -> DataFrame:
    names = [f"DATE'{day}' AS as_of_date" if name == "as_of_date" else name for name in rows.columns]
    return rows.selectExpr(*names)


def facts_of(run: Run, night: date, persons: DataFrame, landed: dict[Table, DataFrame]) -> Touched:
    """The users' facts of the days after the last night."""
    made, first = dict(landed), night + timedelta(days=1)
    found = Touched(
        run.job, run.day, first, {}, run.settings, run.lake, run.run_id, night=night, persons=persons, made=made
    )
    build_user_day(found)
    return found


def as_of(facts: Touched, day: date) -> Touched:
    """Features and consents as of one of the days."""
    found = replace(facts, day=day, since=day, made=dict(facts.made))
    # The longest of the windows first: the others are parts of it.
    found.read(USER_DAY, day - timedelta(days=VALUE_WINDOW_DAYS - 1))
    compute_themes(found)
    resolve_consent(found)
    return found
