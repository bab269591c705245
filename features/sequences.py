"""What users did and did not follow up: all sequence tags in one pass over their days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.columns import DAY_COLUMNS
from features.tag import Tag
from features.tag_events import SequenceTag
from features.totals import total


def sequence_tags(tags: Sequence[Tag]) -> tuple[SequenceTag, ...]:
    return tuple(t for t in tags if isinstance(t, SequenceTag))


def days_looked_at(tags: Sequence[SequenceTag]) -> int:
    """How many days up to the as-of day the tags together need; 0 where there are none."""
    return max((t.expires_days + 1 for t in tags), default=0)


def unfollowed(days: DataFrame, tags: Sequence[SequenceTag], as_of: date) -> DataFrame:
    """One row per user who did the first thing of any tag, with each tag's `own_column`: `yes` or NULL.

    `days` is user_day `of_users`, several rows a day allowed: a day's deliveries add up before anything is asked of
    it. Only the last first thing that is due matters, and only whether the other came on that day or later.
    """
    names = sorted({c for t in tags for c in t.columns})
    kept = f"event_date <= DATE'{as_of}' AND event_date > date_sub(DATE'{as_of}', {days_looked_at(tags)})"
    any_of = " OR ".join(f"{n} <> 0" for n in names)
    summed = (
        days.where(f"{kept} AND ({any_of})")
        .groupBy("user_id", "event_date")
        .agg(*(F.expr(f"CAST({total(n)} AS {DAY_COLUMNS[n].type})").alias(n) for n in names))
    )
    last = [F.expr(sql).alias(name) for t in tags for name, sql in _last_days(t, as_of).items()]
    found = summed.groupBy("user_id").agg(*last)
    return found.selectExpr("user_id", *(f"CASE WHEN {_holds(t)} THEN 'yes' END AS {t.own_column}" for t in tags))


def _last_days(tag: SequenceTag, as_of: date) -> dict[str, str]:
    age = f"datediff(DATE'{as_of}', event_date)"
    due = f"({tag.began.sql}) AND {age} >= {tag.within_days} AND {age} <= {tag.expires_days}"
    return {
        f"{tag.own_column}_first": f"max(CASE WHEN {due} THEN event_date END)",
        f"{tag.own_column}_then": f"max(CASE WHEN {tag.followed.sql} THEN event_date END)",
    }


def _holds(tag: SequenceTag) -> str:
    first, then = f"{tag.own_column}_first", f"{tag.own_column}_then"
    return f"{first} IS NOT NULL AND ({then} IS NULL OR {then} < {first})"
