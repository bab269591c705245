"""Episodes of care: each is told once, on the day it begins, of those who agreed to care."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from features.care_events import CareEvent, Programme, begun, of_those_who_consent
from features.declaration import Bilingual
from features.policy import Known, Policy
from jobs.runtime.declarations import load_policy
from jobs.runtime.settings import project_root
from schemas.gold.audience import AUDIENCE_MEMBER
from schemas.gold.tag import USER_TAG
from schemas.silver.consent_state import CONSENT_STATE
from schemas.silver.identity_event import USER_ID_MAP

FIRST = date(2026, 3, 1)
GAP = 4
TEXT = Bilingual(zh="甲", en="A")
SUGAR = CareEvent(
    kind="need", causes=("basic.sugar", "basic.salt"), episode_gap_days=GAP,
    programme=Programme(code="sweet", name=TEXT), text=TEXT,
)  # fmt: skip
BOTH = {"basic.sugar", "basic.salt"}


def on(n: int) -> date:
    return FIRST + timedelta(days=n)


def history(spark: SparkSession, rows: Sequence[tuple[str, str, int, int | None]]) -> DataFrame:
    """Stretches as user, tag, first day, day on which it no longer held."""
    found = [(u, t, "basic", "yes", None, "v", on(a), None if b is None else on(b)) for u, t, a, b in rows]
    return spark.createDataFrame(found, USER_TAG.ddl)


def id_map(spark: SparkSession, *rows: tuple[str, str, int, int | None]) -> DataFrame:
    found = [(old, new, "merge", on(a), None if b is None else on(b)) for old, new, a, b in rows]
    return spark.createDataFrame(found, USER_ID_MAP.ddl)


def told(rows: DataFrame) -> set[tuple[str, str]]:
    return {(r["user_id"], r["cause_tag"]) for r in rows.collect()}


def test_over_any_history_each_episode_is_told_once_and_on_its_first_day(spark: SparkSession) -> None:
    dice, days, rows, expected = random.Random(3), 14, [], set()
    for n in range(300):
        held = [dice.random() < dice.choice((0.2, 0.5, 0.9)) for _ in range(days)]
        for day in range(days):
            if held[day] and not (day and held[day - 1]):
                until = next((d for d in range(day, days) if not held[d]), None)
                rows.append((f"u{n}", "basic.sugar", day, until))
            # The tag has been told from the first day on, and nobody came to it on that.
            lately = any(held[max(0, day - GAP) : day])
            if day and held[day] and not lately:
                expected.add((day, f"u{n}"))
    past, nobody = history(spark, rows), id_map(spark)
    found = [
        (day, r["user_id"])
        for day in range(1, days)
        for r in begun(past, [SUGAR], on(day), BOTH, nobody).select("user_id").collect()
    ]
    assert len(found) == len(set(found))
    assert set(found) == expected


def test_a_new_value_or_version_of_the_same_tag_is_no_new_episode(spark: SparkSession) -> None:
    past = history(spark, [("a", "basic.sugar", 0, 3), ("a", "basic.sugar", 3, None), ("b", "basic.sugar", 3, None)])
    assert told(begun(past, [SUGAR], on(3), BOTH, id_map(spark))) == {("b", "basic.sugar")}


def test_each_cause_has_its_own_episode(spark: SparkSession) -> None:
    past = history(spark, [("a", "basic.sugar", 0, None), ("a", "basic.salt", 3, None)])
    assert told(begun(past, [SUGAR], on(3), BOTH, id_map(spark))) == {("a", "basic.salt")}


def test_who_holds_a_tag_on_its_first_day_has_not_come_to_it(spark: SparkSession) -> None:
    past = history(spark, [("a", "basic.sugar", 3, None), ("a", "basic.salt", 3, None)])
    assert told(begun(past, [SUGAR], on(3), {"basic.salt"}, id_map(spark))) == {("a", "basic.salt")}
    assert begun(past, [SUGAR], on(3), set(), id_map(spark)).collect() == []


def test_what_a_person_held_under_an_id_that_was_merged_is_the_same_episode(spark: SparkSession) -> None:
    past = history(
        spark, [("old", "basic.sugar", 0, None), ("new", "basic.sugar", 3, None), ("c", "basic.sugar", 3, None)]
    )
    merged = id_map(spark, ("old", "mid", 1, None), ("mid", "new", 3, None), ("new", "c", 1, 2))
    assert told(begun(past, [SUGAR], on(3), BOTH, merged)) == {("c", "basic.sugar")}


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy(project_root() / "conf")


def test_only_who_agreed_to_care_for_all_that_the_cause_rests_on_is_told_of(
    spark: SparkSession, policy: Policy
) -> None:
    users = ["all", "none", "refused", "health alone", "marketing", "closed", "robot"]
    past = history(spark, [(u, "basic.sugar", 3, None) for u in users])
    events = begun(past, [SUGAR], on(3), BOTH, id_map(spark))

    def said(user: str, data_class: str, purpose: str = "care", granted: bool = True) -> dict[str, Any]:
        return {
            "as_of_date": on(3), "user_id": user, "purpose": purpose, "data_class": data_class, "channel": "none",
            "is_granted": granted, "reason": "x", "text_version": "v1", "stated_at": datetime(2026, 1, 1, tzinfo=UTC),
            "expires_at": None, "consent_id": f"{user}{data_class}",
        }  # fmt: skip

    classes = ("basic", "health")
    rows = [said(u, c) for u in ("all", "closed", "robot") for c in classes]
    rows += [said("refused", "basic"), said("refused", "health", granted=False), said("health alone", "health")]
    rows += [said("marketing", c, "marketing") for c in classes]
    consent = spark.createDataFrame([tuple(r[n] for n in CONSENT_STATE.column_names) for r in rows], CONSENT_STATE.ddl)
    accounts = spark.createDataFrame(
        [(u, f"acc {u}", u == "robot") for u in users], "user_id string, account_token string, is_excluded boolean"
    )
    flags = spark.createDataFrame([(u, u == "closed") for u in users], "user_id string, is_closed boolean")
    lists = spark.createDataFrame([], AUDIENCE_MEMBER.ddl)
    known = Known(on(3), consent, accounts, flags, lists)
    assert told(of_those_who_consent(events, {"basic.sugar": classes}, known, policy)) == {("all", "basic.sugar")}
    no_care = policy.model_copy(update={"purposes": {"marketing": policy.purposes["marketing"]}})
    assert of_those_who_consent(events, {"basic.sugar": classes}, known, no_care).collect() == []
