"""Default is no; the last word holds."""

from datetime import date
from typing import Any

from pyspark.sql import SparkSession
from silver_rows import DAY, ZONE, at, people, silver

from features.consent import but_own_guardians, consent_state
from features.persons import as_known, of_users
from jobs.runtime.conform import conform
from schemas.silver.consent_state import CONSENT_STATE


def said(number: str, when: str, granted: bool = True, **more: Any) -> dict[str, Any]:
    return {"consent_id": number, "account_token": "a", "purpose": "marketing", "data_class": "basic",
            "channel": "sms", "stated_at": at(when), "is_granted": granted, "text_version": "v1", **more}  # fmt: skip


def state(
    spark: SparkSession, statements: list[dict[str, Any]], day: date = DAY, born: date | None = None
) -> list[Any]:
    persons = people(spark, [("a", "u"), ("b", "u")])
    heard = but_own_guardians(of_users(as_known(silver(spark, "consent", *statements), day), persons), persons)
    accounts = of_users(silver(spark, "account", {"account_token": "a", "birth_date": born}), persons)
    found = conform(CONSENT_STATE, consent_state(heard, accounts, day, ZONE)).collect()
    return [(r["consent_id"], r["is_granted"], r["reason"]) for r in sorted(found, key=lambda r: r["channel"])]


def test_a_later_refusal_withdraws_on_any_account_and_each_channel_is_its_own(spark: SparkSession) -> None:
    statements = [
        said("1", "2026-02-01 01:00"),
        said("2", "2026-02-02 01:00", granted=False, account_token="b"),
        said("3", "2026-01-01 01:00", channel="wechat"),
    ]
    assert state(spark, statements) == [("2", False, "refused"), ("3", True, "granted")]


def test_of_two_statements_in_one_moment_the_refusal_holds(spark: SparkSession) -> None:
    statements = [said("1", "2026-02-01 01:00", granted=False), said("2", "2026-02-01 01:00")]
    assert state(spark, statements) == [("1", False, "refused")]


def test_a_statement_counts_from_the_day_it_is_known(spark: SparkSession) -> None:
    statements = [
        said("1", "2026-02-01 01:00"),
        said("2", "2026-02-02 01:00", granted=False, known_date=date(2026, 3, 2)),
    ]
    assert state(spark, statements) == [("1", True, "granted")]
    assert state(spark, statements, date(2026, 3, 2)) == [("2", False, "refused")]


def test_what_expires_within_the_day_is_expired_at_its_end(spark: SparkSession) -> None:
    # The first of March ends at 16:00 UTC in Shanghai.
    assert state(spark, [said("1", "2026-02-01 01:00", expires_at=at("2026-03-01 15:59"))]) == [("1", False, "expired")]
    assert state(spark, [said("1", "2026-02-01 01:00", expires_at=at("2026-03-01 16:00"))]) == [("1", True, "granted")]


def test_a_child_needs_a_guardian_until_its_14th_birthday(spark: SparkSession) -> None:
    alone, guided = said("1", "2026-02-01 01:00"), said("1", "2026-02-01 01:00", guardian_token="g")
    assert state(spark, [alone], born=date(2012, 3, 2)) == [("1", False, "no_guardian")]
    assert state(spark, [guided], born=date(2012, 3, 2)) == [("1", True, "granted")]
    assert state(spark, [alone], born=date(2012, 3, 1)) == [("1", True, "granted")]


def test_nothing_said_is_no_row(spark: SparkSession) -> None:
    assert state(spark, []) == []


def test_a_child_is_not_its_own_guardian_under_another_account(spark: SparkSession) -> None:
    born, day = date(2014, 1, 1), DAY
    assert state(spark, [said("1", "2026-02-01 01:00", guardian_token="b")], day, born) == [("1", False, "no_guardian")]
    assert state(spark, [said("1", "2026-02-01 01:00", guardian_token="g")], day, born) == [("1", True, "granted")]
