"""Texts that a model has placed, added up per user."""

from __future__ import annotations

from datetime import timedelta

from pyspark.sql import SparkSession
from silver_rows import DAY

from features.text_department import text_departments
from jobs.runtime.conform import conform
from schemas.gold.text_department import TEXT_DEPARTMENT

TEXTS = "user_id string, event_date date, text string, relation string, weighs double"
PLACED = "text string, about string, department string"
BLANK = (None, None, 0, "3")


def test_each_users_own_texts_lead_where_most_of_their_weight_does(engine: SparkSession) -> None:
    texts = [
        ("often", DAY, "rash", "unknown", 1.0), ("often", DAY, "rash", "unknown", 1.0),
        ("often", DAY, "pressure", "self", 3.0),
        ("long ago", DAY - timedelta(days=29), "pressure", "unknown", 3.0), ("long ago", DAY, "rash", "unknown", 1.0),
        ("for a child", DAY, "rash", "child", 3.0), ("of a child", DAY, "child's rash", "unknown", 1.0),
        ("of their own", DAY, "child's rash", "self", 3.0),
        ("unclear", DAY, "hm", "unknown", 1.0),
        ("a tie", DAY, "rash", "unknown", 1.0), ("a tie", DAY, "pressure", "unknown", 1.0),
    ]  # fmt: skip
    placed = [
        ("rash", "self", "dermatology"), ("pressure", "self", "cardiology"), ("child's rash", "child", "dermatology"),
        ("hm", "self", None),
    ]  # fmt: skip
    users = ["often", "long ago", "for a child", "of a child", "of their own", "unclear", "a tie", "silent"]
    given = engine.createDataFrame(texts, TEXTS)
    found = text_departments(
        given,
        engine.createDataFrame(placed, PLACED),
        engine.createDataFrame([(u,) for u in users], "user_id string"),
        DAY,
        "3",
    )
    rows = {r["user_id"]: tuple(r)[2:] for r in conform(TEXT_DEPARTMENT, found).collect()}
    assert rows == {
        "often": ("cardiology", 0.6, 3, "3"),
        "long ago": ("cardiology", rows["long ago"][1], 2, "3"),
        "for a child": BLANK,
        "of a child": BLANK,
        "of their own": ("dermatology", 1.0, 1, "3"),
        "unclear": BLANK,
        "a tie": ("dermatology", 0.5, 2, "3"),
        "silent": BLANK,
    }
    # Three times as much, but halved once in thirty days: 29 days ago it still weighs more than one search of today.
    assert 0.5 < rows["long ago"][1] < 0.75
