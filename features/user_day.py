"""One row of additive measures per actor, day and delivery day."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.day_measures import (
    SOCIAL_SUMS,
    campaign_touch_sums,
    consultation_sums,
    device_reading_sums,
    order_line_sums,
)
from features.persons import ACTOR, ACTOR_KIND
from features.totals import total
from features.visits import DAY_KEY, visit_measures
from schemas.feature.user_day import USER_DAY, USER_DAY_MEASURES


def user_day(feeds: Mapping[str, DataFrame], zone: str) -> DataFrame:
    """feature.user_day from the silver tables of `USER_DAY_FEEDS`, by feed, for whatever delivery days they hold.

    A late event makes a row of its own delivery day, so that a day's job never touches what earlier days wrote.
    """
    sums: dict[str, dict[str, str]] = {
        "consultation": consultation_sums(zone),
        "order_line": order_line_sums(),
        "campaign_touch": campaign_touch_sums(zone),
        "device_reading": device_reading_sums(),
        **SOCIAL_SUMS,
    }
    parts = [visit_measures(feeds["event"], zone), *(_summed(feeds[feed], said) for feed, said in sums.items())]
    rows = _padded(parts[0])
    for part in parts[1:]:
        rows = rows.unionByName(_padded(part))
    added = rows.groupBy(*DAY_KEY).agg(
        *(F.expr(f"CAST({total(c.name)} AS {c.type})").alias(c.name) for c in USER_DAY_MEASURES)
    )
    return added.select(*USER_DAY.column_names)


USER_DAY_FEEDS = ("event", "consultation", "order_line", "campaign_touch", "device_reading", *SOCIAL_SUMS)


def _summed(facts: DataFrame, sums: Mapping[str, str]) -> DataFrame:
    actor = ACTOR if "device_token" in facts.columns else "account_token"
    named = facts.selectExpr("*", f"{actor} AS actor_id", f"{ACTOR_KIND} AS actor_kind").where("actor_id IS NOT NULL")
    return named.groupBy(*DAY_KEY).agg(*(F.expr(sql).alias(name) for name, sql in sums.items()))


def _padded(part: DataFrame) -> DataFrame:
    have = set(part.columns)
    return part.select(
        *DAY_KEY,
        *(F.expr(f"CAST({c.name if c.name in have else 0} AS {c.type})").alias(c.name) for c in USER_DAY_MEASURES),
    )
