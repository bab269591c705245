"""Users as the tests state them: a few columns each, the rest 0, false, empty or NULL as declared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from features.columns import COLUMNS, HOMES, SCORE_TABLES
from schemas.table import Column

_BLANKS: dict[str, Any] = {"boolean": False, "int": 0, "bigint": 0, "double": 0.0}


def blank(column: Column) -> Any:
    """What a column holds for somebody of whom nothing is known."""
    if column.type.startswith("array"):
        return []
    if column.nullable or column.type == "string" or HOMES.get(column.name) in SCORE_TABLES:
        return None
    if column.type.startswith("decimal"):
        return Decimal(0)
    return _BLANKS.get(column.type, date(2026, 1, 1) if column.type == "date" else datetime(2026, 1, 1))


def as_stored(column: Column, value: Any) -> Any:
    """A value of YAML or a test in the column's own Python type."""
    if value is None or column.type.startswith("array"):
        return value
    if column.type.startswith("decimal"):
        return Decimal(str(value))
    if column.type == "date" and isinstance(value, str):
        return date.fromisoformat(value)
    return float(value) if column.type == "double" else value


def users(spark: SparkSession, stated: Mapping[str, Mapping[str, Any]], columns: Sequence[str]) -> DataFrame:
    """One row per user_id of `stated`, with `columns`."""
    names = [c for c in columns if c != "user_id"]
    rows = [
        (user, *[as_stored(COLUMNS[n], given[n]) if n in given else blank(COLUMNS[n]) for n in names])
        for user, given in stated.items()
    ]
    return spark.createDataFrame(rows, "user_id string, " + ", ".join(f"`{n}` {COLUMNS[n].type}" for n in names))
