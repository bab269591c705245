"""What lands during the day that cannot wait for the night, as conf/triggers.yml declares it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, reduce
from typing import Self

from pydantic import model_validator
from pyspark.sql import DataFrame

from features.columns import HOMES
from features.declaration import Bilingual, Declared
from features.persons import ACTOR
from features.rule import Rule, nearest, parse_rule
from features.tag import Tag
from features.tag_events import OutsideTag
from features.tag_ranks import RankTag
from schemas.feeds import FEEDS
from schemas.table import Table


class Trigger(Declared):
    """A feed whose new rows touch the users they are about; `when` names those rows that do, all without it."""

    feed: str
    meaning: Bilingual
    when: str | None = None

    @cached_property
    def condition(self) -> Rule | None:
        columns = {f.name: f.column for f in FEEDS[self.feed].fields}
        return parse_rule(self.when, columns) if self.when else None

    @model_validator(mode="after")
    def _fits_its_feed(self) -> Self:
        if self.feed not in FEEDS:
            raise ValueError(f"unknown feed {self.feed!r}{nearest(self.feed, FEEDS)}")
        if "account_token" not in FEEDS[self.feed].silver.column_names:
            raise ValueError(f"feed {self.feed} is about nobody: it can touch no user")
        _ = self.condition
        return self


def trigger_tags(tags: Iterable[Tag]) -> tuple[Tag, ...]:
    """The tags whose `refresh` is `trigger`."""
    return tuple(t for t in tags if t.refresh == "trigger")


def not_of_one_user(tag: Tag) -> str | None:
    """Why a tag cannot be told during the day, or None when it can: the night alone knows all users and the scores."""
    if isinstance(tag, RankTag | OutsideTag):
        return f"a {tag.kind} tag"
    scores = sorted(c for c in tag.columns if c in HOMES and HOMES[c].layer == "gold")
    return f"it rests on {', '.join(scores)}, which the night computes" if scores else None


def touched_users(landed: Mapping[Table, DataFrame], triggers: Sequence[Trigger], persons: DataFrame) -> DataFrame:
    """user_id of whom the triggers touch. `landed`: new silver rows by table; `persons`: a day of silver.identity."""
    parts = []
    for trigger in triggers:
        table = FEEDS[trigger.feed].silver
        if table in landed:
            rows = landed[table].where(trigger.condition.sql) if trigger.condition else landed[table]
            actor = ACTOR if "device_token" in table.column_names else "account_token"
            parts.append(rows.selectExpr(f"{actor} AS actor_id"))
    known = persons.where("user_id IS NOT NULL AND NOT is_excluded").select("actor_id", "user_id")
    if not parts:
        return known.where("false").select("user_id")
    return reduce(DataFrame.unionAll, parts).join(known, "actor_id").select("user_id").distinct()
