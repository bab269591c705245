"""Whoever takes consent back is taken out of every list that they were on and that rested on it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from pyspark.sql import DataFrame, SparkSession

from features.withdrawals import granted_by, withdrawals, without_consent

OLD, LAST = date(2026, 4, 1), date(2026, 4, 8)
CLASSES = {"a": ("basic", "health"), "b": ("basic",)}
Grant = tuple[str, str, str, str]
Listed = tuple[date, str, str, str, str]


def grant(account: str, *classes: str, channel: str = "sms", purpose: str = "marketing") -> list[Grant]:
    return [(account, purpose, c, channel) for c in classes]


def granted(spark: SparkSession, rows: Iterable[Grant]) -> DataFrame:
    return spark.createDataFrame(list(rows), "account_token string, purpose string, data_class string, channel string")


def listed(spark: SparkSession, *rows: tuple[date, str, str]) -> DataFrame:
    full: list[Listed] = [(day, audience, account, "marketing", "sms") for day, audience, account in rows]
    ddl = "as_of_date date, audience string, account_token string, purpose string, channel string"
    return spark.createDataFrame(full, ddl)


def gone(
    spark: SparkSession, lists: DataFrame, then: Iterable[Grant], now: Iterable[Grant]
) -> list[tuple[date, str, str]]:
    found = withdrawals(lists, granted(spark, then), granted(spark, now), CLASSES).collect()
    return sorted((r["as_of_date"], r["audience"], r["account_token"]) for r in found)


def test_every_earlier_list_that_needed_the_consent_is_named(spark: SparkSession) -> None:
    lists = listed(spark, (OLD, "a", "x"), (LAST, "a", "x"), (LAST, "b", "x"), (LAST, "a", "y"))
    then = [*grant("x", "basic", "health"), *grant("y", "basic", "health")]
    now = [*grant("x", "basic"), *grant("y", "basic", "health")]
    assert gone(spark, lists, then, now) == [(OLD, "a", "x"), (LAST, "a", "x")]
    assert gone(spark, lists, then, grant("y", "basic", "health"))[-1] == (LAST, "b", "x")


def test_another_channel_or_purpose_taken_back_is_no_withdrawal_from_the_list(spark: SparkSession) -> None:
    lists, needed = listed(spark, (LAST, "b", "x")), grant("x", "basic")
    other = [*grant("x", "basic", channel="push"), *grant("x", "basic", purpose="care")]
    assert gone(spark, lists, [*needed, *other], needed) == []


def test_consent_to_another_channel_or_purpose_that_stays_keeps_nobody_on_the_list(spark: SparkSession) -> None:
    lists, needed = listed(spark, (LAST, "b", "x")), grant("x", "basic")
    for other in (grant("x", "basic", channel="push"), grant("x", "basic", purpose="care"), grant("y", "basic")):
        assert gone(spark, lists, [*needed, *other], other) == [(LAST, "b", "x")]


def test_what_was_withdrawn_before_the_last_lists_was_told_then(spark: SparkSession) -> None:
    lists = listed(spark, (OLD, "b", "x"), (LAST, "b", "y"))
    assert gone(spark, lists, grant("y", "basic"), grant("y", "basic")) == []


def test_an_audience_that_is_no_longer_declared_asks_for_basic(spark: SparkSession) -> None:
    lists = listed(spark, (OLD, "gone", "x"))
    assert gone(spark, lists, grant("x", "basic", "health"), grant("x", "basic")) == []
    assert gone(spark, lists, grant("x", "basic"), []) == [(OLD, "gone", "x")]


def test_a_list_is_short_of_each_consent_that_is_missing(spark: SparkSession) -> None:
    lists = listed(spark, (LAST, "a", "x"), (LAST, "b", "y"), (LAST, "b", "z"))
    now = granted(spark, [*grant("x", "basic"), *grant("y", "basic")])
    found = without_consent(lists, now, CLASSES).collect()
    assert sorted((r["audience"], r["account_token"]) for r in found) == [("a", "x"), ("b", "z")]


def test_consent_is_the_person_s_on_each_of_their_accounts(spark: SparkSession) -> None:
    said = [("u", "marketing", "basic", "sms", True), ("u", "marketing", "health", "sms", False)]
    ddl = "user_id string, purpose string, data_class string, channel string, is_granted boolean"
    whose = [("a1", "account", "u"), ("a2", "account", "u"), ("d1", "device", "u"), ("a3", "account", "v")]
    persons = spark.createDataFrame(whose, "actor_id string, actor_kind string, user_id string")
    found = granted_by(spark.createDataFrame(said, ddl), persons).collect()
    assert sorted(tuple(r) for r in found) == [*grant("a1", "basic"), *grant("a2", "basic")]
