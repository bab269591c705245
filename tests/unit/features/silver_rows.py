"""A few silver rows by hand: what a test does not say gets a plain value."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from schemas.feed import Feed, Field
from schemas.feeds import FEEDS
from schemas.table import Table

DAY = date(2026, 3, 1)
ZONE = "Asia/Shanghai"


def at(text: str) -> datetime:
    """A UTC time, as '2026-03-01 09:30'."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def silver(spark: SparkSession, feed: str, *rows: dict[str, Any]) -> DataFrame:
    """Rows of a silver table; event_date follows the event's time in UTC, known_date the event_date."""
    declared = FEEDS[feed]
    filled = [_filled(declared, row, number) for number, row in enumerate(rows, start=1)]
    values = [tuple(row[name] for name in declared.silver.column_names) for row in filled]
    return spark.createDataFrame(values, declared.silver.ddl)


def _filled(feed: Feed, row: dict[str, Any], number: int) -> dict[str, Any]:
    unknown = set(row) - set(feed.silver.column_names)
    assert not unknown, f"{feed.name} has no {unknown}"
    when = row.get(feed.event_time, row.get("event_date", DAY))
    if not isinstance(when, datetime) and feed.field(feed.event_time).type == "timestamp":
        when = datetime.combine(when, time(4), UTC)
    event_date = row.get("event_date", when.date() if isinstance(when, datetime) else when)
    known_date = row.get("known_date", event_date)
    plain = {f.name: _plain(f, number) for f in feed.fields} | {feed.event_time: when}
    lineage = {
        "event_date": event_date, "known_date": known_date, "source_file": "f", "source_line": number, "batch": "b",
        "ingested_at": datetime.combine(known_date, time(16), UTC), "is_late": False,
    }  # fmt: skip
    return plain | lineage | row


def _plain(field: Field, number: int) -> Any:
    if not field.required:
        return None
    if field.codes:
        return field.codes[0]
    if field.type == "string":
        return f"{field.name}-{number}"
    if field.type.startswith("decimal"):
        return Decimal("1.00")
    return {"boolean": True, "timestamp": at("2026-01-01"), "date": DAY}.get(field.type, 1)


def rows_of(table: Table, spark: SparkSession, *rows: dict[str, Any]) -> DataFrame:
    """Rows of any declared table: what is not said and may not be NULL is 0, false or empty."""
    empty = {"boolean": False, "string": "", "array<string>": [], "date": DAY, "int": 0, "bigint": 0, "double": 0.0}
    values = [
        tuple(
            row.get(c.name, None if c.nullable else Decimal(0) if c.type.startswith("decimal") else empty[c.type])
            for c in table.columns
        )
        for row in rows
    ]
    return spark.createDataFrame(values, table.ddl)


def told(df: DataFrame, *key: str) -> list[dict[str, Any]]:
    """All rows, sorted by key, without what is NULL, 0, false or empty."""
    rows = sorted((r.asDict() for r in df.collect()), key=lambda r: [str(r[k]) for k in key])
    return [{name: value for name, value in row.items() if value not in (None, 0, False, [], "")} for row in rows]


def people(spark: SparkSession, actors: Iterable[tuple[str, str]]) -> DataFrame:
    """Identity rows that say which account is whose."""
    from schemas.silver.identity import IDENTITY

    said = [
        {"as_of_date": DAY, "actor_id": a, "actor_kind": "account", "user_id": u, "link_kind": "own"} for a, u in actors
    ]
    return rows_of(IDENTITY, spark, *said)


def aside(name: str, df: DataFrame) -> DataFrame:
    """Stands in for `Run.stage`: the rows of a data frame, computed now."""
    return df.sparkSession.createDataFrame(df.collect(), df.schema)
