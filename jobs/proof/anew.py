"""Every table that holds the sample's users, computed anew by the jobs that write them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from pyspark.sql import DataFrame

from features.tags import columns_of, day_thresholds, hold, rank_tags
from jobs.build_user_day import build_user_day
from jobs.compute_features import compute_features
from jobs.proof.sample import Sample, without_comments
from jobs.resolve_consent import resolve_consent
from jobs.runtime.calibration.in_force import load_approved
from jobs.runtime.declarations import load_tags
from jobs.runtime.job import Run
from jobs.runtime.tag_rows import tag_rows
from jobs.runtime.user_rows import user_rows
from schemas.feature.user_invitation import USER_INVITATION
from schemas.feature.user_profile import USER_PROFILE
from schemas.feeds import FEEDS
from schemas.gold.tag import USER_TAG
from schemas.silver.identity import IDENTITY
from schemas.table import Table

# All but those about nobody.
PROVED_FEEDS = tuple(feed for feed in FEEDS.values() if "account_token" in feed.silver.column_names)
_SAID = ("layer", "value", "half_life_days", "rule_version")
TAGS_HELD = Table(
    USER_TAG.name,
    "The tags that users hold as of a day, whenever they began to.",
    ("user_id", "tag_code"),
    tuple(USER_TAG.column(name) for name in ("user_id", "tag_code", *_SAID)),
)
_T = TypeVar("_T")
_R = TypeVar("_R")


def two_at_a_time(function: Callable[[_T], _R], of: Iterable[_T]) -> list[_R]:
    """The function's results in order: planning a query keeps one core busy, not two."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        return list(pool.map(function, of))


@dataclass(kw_only=True)
class Again(Run):
    """Runs jobs over the sample alone: they read what was made anew, and what they would write is kept in `made`."""

    sample: Sample
    made: dict[Table, DataFrame]

    def read(self, table: Table, since: date | None = None, until: date | None = None) -> DataFrame:
        """What was made anew, with what the tables hold of before; what is about nobody (the weather) as it stands."""
        if table == IDENTITY:
            return self.sample.persons
        if table not in self.made:
            return super().read_or_empty(table, since, until)
        first = self.sample.first
        if table.slice_by != "known_date" or since == first:
            return self.made[table]
        if since is not None and since > first:
            return self.made[table].where(f"known_date >= DATE'{since}'")
        older = self.sample.rows_of(table, super().read_or_empty(table, since, first - timedelta(days=1)))
        return older.selectExpr(*without_comments(table.column_names)).unionByName(self.made[table])

    def read_or_empty(self, table: Table, since: date | None = None, until: date | None = None) -> DataFrame:
        return self.read(table, since, until)

    def write(self, table: Table, df: DataFrame, since: date | None = None, until: date | None = None) -> int:
        """Keeps the rows, in the table's declared types; a table that is not about users cannot be held to a sample."""
        if table.slice_by == "as_of_date" and "user_id" not in table.column_names:
            return 0
        # Whom somebody invited is seldom in the sample.
        if table == USER_INVITATION:
            return 0
        declared = df.selectExpr(*[f"CAST(`{c.name}` AS {c.type}) AS `{c.name}`" for c in table.columns])
        self.made[table] = self.stage(table.noun, declared, table.ddl)
        return 0

    def write_side_by_side(self, tables: Mapping[Table, DataFrame]) -> None:
        two_at_a_time(lambda table: self.write(table, tables[table]), tables)


def compute_again(sample: Sample) -> Again:
    """Everything up to features and consents, by the jobs themselves."""
    run, store = sample.run, sample.run.lake.store
    feeds = [f for f in PROVED_FEEDS if store.exists(f.bronze) or store.exists(f.silver)]
    made = dict(zip((f.silver for f in feeds), two_at_a_time(sample.silver, feeds), strict=True))
    again = Again(run.job, run.day, sample.first, {}, run.settings, run.lake, sample=sample, made=made)
    for job in (build_user_day, compute_features, resolve_consent):
        job(again)
    return again


def tags_again(again: Again) -> tuple[DataFrame, DataFrame]:
    """The tags that the history says the sample holds, and those that its features and the day's scores give anew.

    What a tier is measured by are the thresholds of all users: those are taken from the tables.
    """
    run = again.sample.run
    tags = load_tags(again.settings.conf, load_approved(again.settings).on(run.day))
    open_on = f"valid_from <= DATE'{run.day}' AND coalesce(valid_to > DATE'{run.day}', true)"
    history = run.read_or_empty(USER_TAG).where(again.sample.turn).where(open_on).select(*TAGS_HELD.column_names)
    if not again.made[USER_PROFILE].limit(1).collect():
        return history, history.where("false")
    everybody = user_rows(run, columns_of(rank_tags(tags)))
    wide = run.stage("wide", tag_rows(again, tags, run.day))
    return history, hold(wide, tags, day_thresholds(everybody, tags)).select(*TAGS_HELD.column_names)
