"""Made-up features and scores of very many users, for the tag part alone: no job of before is needed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from pyspark.sql import DataFrame

from features.columns import FEATURE_TABLES, SCORE_TABLES
from features.tag import Tag
from features.tags import columns_of
from jobs.runtime.declarations import load_tags
from jobs.runtime.lake import Lake
from jobs.runtime.settings import Settings
from schemas.gold.tag import USER_TAG
from schemas.silver.identity import IDENTITY
from schemas.table import Column, Table

LAST = date(2026, 6, 29)
# One user in so many is another from one day to the next; and how many stretches end in a month for each user.
_MOVING = 250
STRETCHES_PER_MONTH = 6
_WORDS = ("gen_z", "silver", "female", "first", "other", "gold", "high", "low", "tcm", "push", "night", "trying")


def write_features(lake: Lake, settings: Settings, users: int, day: date) -> None:
    """Feature and score rows of the day with what the declared tags ask for, and who there is."""
    asked = set(columns_of(load_tags(settings.conf)))
    everybody = lake.spark.range(0, users, 1, 4)
    for table in (*FEATURE_TABLES, *SCORE_TABLES):
        lake.replace(table, everybody.selectExpr(*_columns(table, asked, day)), day, day, job="bench")
    known = {
        "as_of_date": f"DATE'{day}'",
        "actor_id": f"concat('a', {_USER})",
        "actor_kind": "'account'",
        "user_id": _USER,
    }
    known |= {"link_kind": "'own'", "is_excluded": "false"}
    lake.replace(IDENTITY, everybody.selectExpr(*_told(IDENTITY, known)), day, day, job="bench")


def write_history(lake: Lake, tags: Sequence[Tag], users: int, days: int, until: date) -> DataFrame:
    """What `days` of history leave in gold.user_tag: stretches that ended, so many a month for each user."""
    closed = max(1, STRETCHES_PER_MONTH * days // 30)
    low = [t for t in tags if t.half_life_days]
    codes = ", ".join(f"'{t.code}'" for t in low)
    said = {
        "user_id": _USER,
        "tag_code": f"element_at(array({codes}), CAST(pmod(hash(id, n), {len(low)}) AS INT) + 1)",
        "layer": "'behaviour'",
        "value": "'yes'",
        "half_life_days": "60",
        "rule_version": "'000000000000'",
        # No two of one tag begin on one day: the key.
        "valid_from": f"date_sub(DATE'{until}', CAST({days} - (n * {days}) DIV {closed} AS INT))",
        "valid_to": f"date_sub(DATE'{until}', CAST({days} - (n * {days}) DIV {closed} - 3 AS INT))",
    }
    rows = lake.spark.range(0, users * closed, 1, 4).selectExpr(f"id DIV {closed} AS id", f"id % {closed} AS n")
    return rows.selectExpr(*_told(USER_TAG, said))


_USER = "concat('u', lpad(CAST(id AS STRING), 8, '0'))"


def _columns(table: Table, asked: set[str], day: date) -> list[str]:
    known = {"user_id": _USER, "as_of_date": f"DATE'{day}'"}
    made = {c.name: _value(c, day) for c in table.columns if c.name in asked and c.name not in known}
    return _told(table, {**made, **known})


def _told(table: Table, said: dict[str, str]) -> list[str]:
    return [
        f"CAST(coalesce({said.get(c.name, 'NULL')}, {_nothing(c)}) AS {c.type}) AS {c.name}"
        if not c.nullable
        else f"CAST({said.get(c.name, 'NULL')} AS {c.type}) AS {c.name}"
        for c in table.columns
    ]


def _nothing(column: Column) -> str:
    if column.type.startswith(("array", "map")):
        return "array()"
    return {
        "string": "'x'",
        "boolean": "false",
        "date": "DATE'2026-01-01'",
        "timestamp": "TIMESTAMP'2026-01-01 00:00:00'",
    }.get(column.type, "0")


def _value(column: Column, day: date) -> str:
    """SQL: most users have nothing of most things; one in `_MOVING` has something else each day."""
    today = day.toordinal()
    seed = f"hash(id, '{column.name}', CASE WHEN id % {_MOVING} = {today % _MOVING} THEN {today} ELSE 0 END)"
    if column.type == "boolean":
        return f"pmod({seed}, 20) = 0"
    if column.type in ("int", "bigint") or column.type.startswith("decimal"):
        return f"CASE WHEN pmod({seed}, 10) = 0 THEN pmod({seed}, 97) ELSE 0 END"
    if column.type == "double":
        return f"CASE WHEN pmod({seed}, 10) = 0 THEN pmod({seed}, 97) / 97.0 END"
    if column.type == "date":
        return f"CASE WHEN pmod({seed}, 10) = 0 THEN date_sub(DATE'{day}', CAST(pmod({seed}, 200) AS INT)) END"
    words = ", ".join(f"'{w}'" for w in _WORDS)
    if column.type == "string":
        some = f"element_at(array({words}), CAST(pmod({seed}, {len(_WORDS)}) AS INT) + 1)"
        return f"CASE WHEN pmod({seed}, 3) = 0 THEN {some} END"
    return "array()" if column.type.startswith("array") else "NULL"


def days_of(count: int) -> list[date]:
    """The last days, oldest first."""
    return [LAST - timedelta(days=i) for i in reversed(range(count))]
