"""Tags that the hospital's own systems deliver: what was given last, while it is valid."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.newest import newest, stamp
from features.sql_text import literal
from features.tag import Tag
from features.tag_events import ImportTag

# What `imported` looks at, as layer.table.column.
IMPORTED_COLUMNS = tuple(
    f"silver.imported_tag.{c}" for c in ("given_on", "ingested_at", "tag_name", "valid_until", "value")
)


def import_tags(tags: Sequence[Tag]) -> tuple[ImportTag, ...]:
    return tuple(t for t in tags if isinstance(t, ImportTag))


def imported(given: DataFrame, tags: Sequence[ImportTag], as_of: date) -> DataFrame:
    """One row per user of whom anything was delivered, with each tag's `own_column`: its value or NULL.

    `given` is silver.imported_tag as known by the day, `of_users`. Of two that were given on one day the later
    delivery counts, then the larger value and the later end: the same on every run.
    """
    names = ", ".join(literal(t.delivered_as) for t in tags)
    until = "coalesce(valid_until, DATE'9999-12-31')"
    order = f"concat(CAST(given_on AS STRING), {stamp('ingested_at', 'value')}, CAST({until} AS STRING))"
    last = (
        given.where(f"tag_name IN ({names})")
        .groupBy("user_id", "tag_name")
        .agg(
            F.expr(newest("value", order)).alias("value"),
            F.expr(f"max_by({until}, {order})").alias("valid_until"),
            F.expr("max(given_on)").alias("given_on"),
        )
    )
    return last.groupBy("user_id").agg(*(F.expr(_value(t, as_of)).alias(t.own_column) for t in tags))


def strangers(given: DataFrame, tags: Sequence[ImportTag]) -> DataFrame:
    """How many rows no tag takes, by tag_name: the name is declared by none, or the value is not among its values."""
    known = [f"(tag_name = {literal(t.delivered_as)} AND value IN ({', '.join(map(literal, t.values))}))" for t in tags]
    return (
        given.where(f"NOT ({' OR '.join(known) or 'false'})")
        .groupBy("tag_name")
        .agg(F.expr("count(1)").alias("row_count"))
    )


def _value(tag: ImportTag, as_of: date) -> str:
    holds = [
        f"tag_name = {literal(tag.delivered_as)}",
        f"value IN ({', '.join(map(literal, tag.values))})",
        f"valid_until >= DATE'{as_of}'",
    ]
    if tag.expires_days is not None:
        holds.append(f"datediff(DATE'{as_of}', given_on) <= {tag.expires_days}")
    return f"max(CASE WHEN {' AND '.join(holds)} THEN value END)"
