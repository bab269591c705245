"""Default is no; the last word holds."""

from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession
from silver_rows import DAY, ZONE, at, people, silver

from features.consent import but_own_guardians, consent_at, consent_state
from features.persons import as_known, of_users
from jobs.runtime.conform import conform
from schemas.silver.consent_state import CONSENT_STATE


def said(number: str, when: str, granted: bool = True, **more: Any) -> dict[str, Any]:
    return {"consent_id": number, "account_token": "a", "purpose": "marketing", "data_class": "basic",
            "channel": "sms", "stated_at": at(when), "is_granted": granted, "text_version": "v1", **more}  # fmt: skip


def state(
    spark: SparkSession,
    statements: list[dict[str, Any]],
    day: date = DAY,
    born: date | None = None,
    outdated: tuple[str, ...] = (),
) -> list[Any]:
    persons = people(spark, [("a", "u"), ("b", "u")])
    heard = but_own_guardians(of_users(as_known(silver(spark, "consent", *statements), day), persons), persons)
    accounts = of_users(silver(spark, "account", {"account_token": "a", "birth_date": born}), persons)
    found = conform(CONSENT_STATE, consent_state(heard, accounts, day, ZONE, outdated)).collect()
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
    itself = said("1", "2026-02-01 01:00", guardian_token="a")
    assert state(spark, [itself], born=date(2012, 3, 2)) == [("1", False, "no_guardian")]
    assert state(spark, [alone], born=date(2012, 3, 2)) == [("1", False, "no_guardian")]
    assert state(spark, [guided], born=date(2012, 3, 2)) == [("1", True, "granted")]
    assert state(spark, [alone], born=date(2012, 3, 1)) == [("1", True, "granted")]


def test_the_birth_date_stated_last_tells_who_is_a_child(spark: SparkSession) -> None:
    persons = people(spark, [("a", "u")])
    heard = of_users(silver(spark, "consent", said("1", "2026-02-01 01:00")), persons)
    child, grown = date(2020, 1, 1), date(1990, 1, 1)
    for first, last, reason in ((child, grown, "granted"), (grown, child, "no_guardian")):
        versions = [
            {"account_token": "a", "birth_date": born, "updated_at": at(f"2026-01-0{n} 01:00")}
            for n, born in ((1, first), (2, last))
        ]
        accounts = of_users(silver(spark, "account", *versions), persons)
        assert [r["reason"] for r in consent_state(heard, accounts, DAY, ZONE).collect()] == [reason]


def test_an_account_that_names_itself_has_no_guardian_whoever_it_is_known_as(spark: SparkSession) -> None:
    persons = people(spark, [("a", "u")])
    heard = of_users(silver(spark, "consent", said("1", "2026-02-01 01:00", guardian_token="a")), persons)
    accounts = of_users(silver(spark, "account", {"account_token": "a", "birth_date": date(2020, 1, 1)}), persons)
    assert [r["reason"] for r in consent_state(heard, accounts, DAY, ZONE).collect()] == ["no_guardian"]


def test_nothing_said_is_no_row(spark: SparkSession) -> None:
    assert state(spark, []) == []


def test_what_was_agreed_to_in_a_text_that_no_longer_counts_is_no(spark: SparkSession) -> None:
    statements = [said("1", "2026-02-01 01:00"), said("2", "2026-02-01 01:00", channel="wechat", text_version="v2")]
    assert state(spark, statements, outdated=("v1",)) == [("1", False, "outdated_text"), ("2", True, "granted")]


def moment_state(spark: SparkSession, statements: list[dict[str, Any]], moment: datetime) -> dict[str, bool]:
    """User -> agreed, just before the moment."""
    heard = of_users(silver(spark, "consent", *statements), people(spark, [(a, f"u_{a}") for a in "abc"]))
    accounts = of_users(silver(spark, "account"), people(spark, []))
    return {r["user_id"]: r["is_granted"] for r in consent_at(heard, accounts, moment, ZONE).collect()}


def test_a_moment_has_heard_what_was_said_before_it(spark: SparkSession) -> None:
    statements = [said("1", "2026-02-01 01:00"), said("2", "2026-02-01 02:00", granted=False)]
    found = [
        moment_state(spark, statements, datetime(2026, 2, 1, hour, minute, tzinfo=UTC))
        for hour, minute in ((1, 0), (1, 1), (2, 0), (2, 1))
    ]
    assert found == [{}, {"u_a": True}, {"u_a": True}, {"u_a": False}]
    with pytest.raises(ValueError, match="needs its zone"):
        moment_state(spark, statements, datetime(2026, 2, 1))


def test_a_moment_is_one_in_any_zone_and_its_day_is_the_hospitals(spark: SparkSession) -> None:
    persons = people(spark, [("a", "u")])
    heard = of_users(silver(spark, "consent", said("1", "2026-02-01 02:00")), persons)
    accounts = of_users(silver(spark, "account", {"account_token": "a", "birth_date": date(2012, 2, 2)}), persons)

    def reasons(hour: int, zone: tzinfo) -> list[str]:
        moment = datetime(2026, 2, 1, hour, tzinfo=zone)
        return [r["reason"] for r in consent_at(heard, accounts, moment, ZONE).collect()]

    assert reasons(9, timezone(timedelta(hours=8))) == [], "an hour before it was said"
    # The hospital's second of February, on which the child turns 14, begins at 16:00 UTC.
    assert [reasons(hour, UTC) for hour in (15, 17)] == [["no_guardian"], ["granted"]]


STATEMENTS = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(0, 4), st.booleans()), max_size=12
)  # fmt: skip


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STATEMENTS, st.randoms(use_true_random=False), st.integers(0, 5))
def test_the_state_of_a_moment_does_not_depend_on_the_order_of_arrival_a_refusal_wins_and_silence_is_no(
    spark: SparkSession, drawn: list[tuple[str, int, bool]], order: Random, hour: int
) -> None:
    rows = [
        said(str(i), f"2026-02-01 0{at}:30", granted=granted, account_token=account)
        for i, (account, at, granted) in enumerate(drawn)
    ]
    expected: dict[str, bool] = {}
    for account in {a for a, _, _ in drawn}:
        mine = [(at, not granted) for a, at, granted in drawn if a == account and at < hour]
        if mine:
            expected[f"u_{account}"] = not max(mine)[1]
    order.shuffle(rows)
    assert moment_state(spark, rows, datetime(2026, 2, 1, hour, tzinfo=UTC)) == expected


def test_a_child_is_not_its_own_guardian_under_another_account(spark: SparkSession) -> None:
    born, day = date(2014, 1, 1), DAY
    assert state(spark, [said("1", "2026-02-01 01:00", guardian_token="b")], day, born) == [("1", False, "no_guardian")]
    assert state(spark, [said("1", "2026-02-01 01:00", guardian_token="g")], day, born) == [("1", True, "granted")]
