"""Readings that left somebody's own level, held apart from meters that say what cannot be.

A worsening shows on the last three days measured, each well away from the mean of the 11 weeks before. A meter is
taken for faulty when it jumped further than a body does from one day to the next, or stands still.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


@dataclass(frozen=True)
class Level:
    """How far the mean of a day must be from the usual to matter, and how far is more than a body does."""

    column: str
    matters: float
    impossible: float
    sign: int = 1


LEVELS = {
    "systolic": Level("systolic_mmhg", 15, 48),
    "glucose": Level("glucose_mmol_l", 2, 6.5),
    "heart_rate": Level("heart_rate_bpm", 15, 42),
    "spo2": Level("spo2_percent", 3, 9, -1),
}
# The usual level is that of the days before the last fortnight.
_RECENT_DAYS = 14
_DAYS_RUNNING = 3


def with_levels(aged: DataFrame) -> DataFrame:
    """The days of readings (one row per user and day, `age` days ago) with what `level_columns` adds up."""
    columns: dict[str, str] = {}
    for metric, level in LEVELS.items():
        count = f"{metric}_reading_count"
        mean = f"CASE WHEN {count} > 0 THEN {level.column}_sum / {count} END"
        columns |= {
            f"{metric}_moved": f"{level.sign} * (({mean}) - avg(CASE WHEN age >= {_RECENT_DAYS} THEN {mean} END) "
            "OVER (PARTITION BY user_id))",
            f"{metric}_place": f"CASE WHEN {count} > 0 THEN count(CASE WHEN {count} > 0 THEN 1 END) "
            "OVER (PARTITION BY user_id ORDER BY age ROWS UNBOUNDED PRECEDING) END",
        }
    return aged.select("*", *(F.expr(sql).alias(name) for name, sql in columns.items()))


def level_columns() -> dict[str, str]:
    """Aggregates per user over `with_levels`, for `level_flags`."""
    out: dict[str, str] = {}
    for metric, level in LEVELS.items():
        last = f"{metric}_place <= {_DAYS_RUNNING} AND age < {_RECENT_DAYS}"
        out |= {
            f"{metric}_worse_days": f"count(CASE WHEN {last} AND {metric}_moved >= {level.matters} THEN 1 END)",
            f"{metric}_impossible_days": f"count(CASE WHEN {last} AND {metric}_moved >= {level.impossible} THEN 1 END)",
            f"{metric}_spread": f"max(CASE WHEN {last} THEN {metric}_moved END) "
            f"- min(CASE WHEN {last} THEN {metric}_moved END)",
        }
    return out


def level_flags() -> dict[str, str]:
    """is_worsening_3_days and is_meter_faulty, in SQL over `level_columns`."""
    faulty = {
        m: f"({m}_impossible_days >= 2 OR ({m}_worse_days >= {_DAYS_RUNNING} AND {m}_spread < 0.01))" for m in LEVELS
    }
    worse = {m: f"({m}_worse_days >= {_DAYS_RUNNING} AND NOT {faulty[m]})" for m in LEVELS}
    return {"is_worsening_3_days": " OR ".join(worse.values()), "is_meter_faulty": " OR ".join(faulty.values())}
