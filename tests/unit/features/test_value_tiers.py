"""Value tiers: shares of all users, equals never parted, the worth keeping set apart."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

from example_users import users
from pyspark.sql import SparkSession

from features.value_tiers import value_tiers
from jobs.runtime.declarations import load_value_tiers

STATED = load_value_tiers(Path(__file__).parents[3] / "conf")
DAY = date(2026, 4, 10)


def tiers(spark: SparkSession, stated: dict[str, dict[str, Any]]) -> dict[str, str]:
    found = value_tiers(users(spark, stated, STATED.columns), STATED, DAY).collect()
    return {r["user_id"]: r["value_tier"] for r in found}


def person(value: float, churn: float = 0.1, is_buyer: bool = True) -> dict[str, Any]:
    return {"spend_yuan_365d": value, "ltv_yuan_365d": value, "churn_probability": churn, "is_buyer": is_buyer}


def test_shares_are_met_where_values_differ(spark: SparkSession) -> None:
    stated = {f"u{i:03d}": person(i + 1, churn=0.9 if i % 2 else 0.1) for i in range(400)}
    found = Counter(tiers(spark, stated).values())
    assert {t: n / 400 for t, n in found.items()} == {
        "churn_risk": 0.15, "high": 0.15, "potential": 0.30, "ordinary": 0.40,
    }  # fmt: skip


def test_those_with_most_at_stake_are_the_churn_risk(spark: SparkSession) -> None:
    stated = {f"u{i:03d}": person(i + 1, churn=0.9 if i % 2 else 0.1) for i in range(100)}
    found = tiers(spark, stated)
    assert {u for u, t in found.items() if t == "churn_risk"} == {f"u{i:03d}" for i in range(71, 100, 2)}
    assert found["u098"] == "high"


def test_who_has_no_value_is_ordinary_and_equals_stay_together(spark: SparkSession) -> None:
    stated = {f"z{i:02d}": person(0, is_buyer=False) for i in range(60)} | {f"e{i:02d}": person(50) for i in range(40)}
    found = tiers(spark, stated)
    assert {found[f"z{i:02d}"] for i in range(60)} == {"ordinary"}
    assert len({found[f"e{i:02d}"] for i in range(40)}) == 1


def test_a_user_without_scores_has_a_tier(spark: SparkSession) -> None:
    assert set(tiers(spark, {"new": {}, "old": person(10)})) == {"new", "old"}


def test_nobody_at_all_is_no_error(spark: SparkSession) -> None:
    assert tiers(spark, {}) == {}
