"""Profiles, patients, labels and the calendar."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql import SparkSession
from silver_rows import DAY, ZONE, at, people, rows_of, silver, told

from features.accounts import account_state
from features.calendar import calendar_rows
from features.labels import churn_label, spend_label
from features.patients import patients
from features.persons import of_users, registered_users
from features.user_profile import user_profile
from jobs.runtime.conform import conform
from schemas.feature.user_day import USER_DAY
from schemas.feature.user_profile import USER_PROFILE
from schemas.silver.patient import PATIENT


def test_the_newest_statement_of_any_account_makes_the_profile(spark: SparkSession) -> None:
    persons = people(spark, [("a", "u1"), ("b", "u1"), ("c", "u2")])
    accounts = [
        {"account_token": "a", "registered_at": at("2026-01-30 17:00"), "updated_at": at("2026-01-30 17:00"),
         "channel": "referral", "birth_date": date(1996, 3, 2), "sex": "female", "region_code": "440305",
         "membership_level": "gold", "phone_token": "p", "status": "closed"},
        {"account_token": "b", "registered_at": at("2026-02-10 01:00"), "updated_at": at("2026-02-10 01:00"),
         "channel": "wechat", "sex": "unknown", "occupation": "teacher", "membership_level": "silver"},
    ]  # fmt: skip
    bound = {
        "account_token": "a",
        "relation": "child",
        "member_birth_date": date(2020, 1, 1),
        "bound_at": at("2026-02-01"),
    }
    family = [
        {**bound, "member_token": "m1", "is_guardian": True},
        {**bound, "member_token": "m1", "account_token": "b"},  # bound by the other account too
        {**bound, "member_token": "m2"},
        {**bound, "member_token": "m2", "action": "unbind", "bound_at": at("2026-02-02")},
    ]
    weather = [
        {"region_code": "44", "observed_date": DAY, "temperature_c": 20.0, "epidemic": "none", "alert_level": 0},
        {"region_code": "44", "observed_date": DAY - timedelta(2), "temperature_c": 9.0, "epidemic": "dengue",
         "alert_level": 2},
    ]  # fmt: skip
    found = user_profile(
        of_users(silver(spark, "account", *accounts), persons),
        of_users(silver(spark, "family_binding", *family), persons),
        silver(spark, "environment", *weather),
        registered_users(persons),
        DAY,
        ZONE,
    )
    known, unknown = told(conform(USER_PROFILE, found), "user_id")
    assert unknown == {"user_id": "u2", "as_of_date": DAY, "sex": "unknown", "membership_level": "ordinary",
                       "solar_term": "雨水"}  # fmt: skip
    assert known == {
        "user_id": "u1", "as_of_date": DAY, "registered_at": datetime(2026, 1, 30, 17), "tenure_days": 29,
        "registration_channel": "referral", "account_count": 2, "birth_year": 1996, "age_years": 29,
        "age_band": "25-34", "generation": "millennial", "sex": "female", "occupation": "teacher",
        "membership_level": "silver", "region_code": "440300", "province_code": "44", "province_name": "广东省",
        "city_tier": "first", "climate": "south_tropical", "solar_term": "雨水", "has_phone": True,
        "family_member_count": 1, "child_count": 1, "youngest_child_birth_year": 2020, "is_guardian": True,
        "temperature_c": 20.0, "epidemic_alert_level": 2, "epidemic": "dengue",
    }  # fmt: skip


def test_patients_are_the_holder_bound_members_and_members_consulted_for(spark: SparkSession) -> None:
    consulted = [
        {"account_token": "a", "patient_relation": "parent", "patient_token": "m9", "patient_age": 70,
         "patient_sex": "male", "asked_at": at("2026-02-01 01:00")},
        {"account_token": "a", "patient_relation": "unknown", "patient_token": None},
        {"account_token": "a", "patient_relation": "self", "patient_token": None},
        {"account_token": "a", "patient_relation": "child", "patient_token": "m1"},
    ]  # fmt: skip
    bound = {"account_token": "a", "member_token": "m1", "relation": "child", "member_birth_date": date(2020, 1, 1),
             "member_sex": "female", "is_guardian": True}  # fmt: skip
    found = patients(
        account_state(
            silver(spark, "account", {"account_token": "a", "birth_date": date(1985, 1, 1), "sex": "female"})
        ),
        silver(spark, "family_binding", bound),
        silver(spark, "consultation", *consulted),
        people(spark, [("a", "u1")]),
        DAY,
    )
    row = {"as_of_date": DAY, "account_token": "a", "user_id": "u1"}
    assert told(conform(PATIENT, found), "patient_id") == [
        {**row, "patient_id": "pm1", "relation": "child", "birth_year": 2020, "sex": "female", "is_bound": True,
         "is_guardian": True},
        {**row, "patient_id": "pm9", "relation": "parent", "birth_year": 1956, "sex": "male"},
        {**row, "patient_id": "u1", "relation": "self", "birth_year": 1985, "sex": "female", "is_bound": True},
    ]  # fmt: skip


def test_patients_are_never_the_holder_twice_and_stand_to_them_as_was_said_last(spark: SparkSession) -> None:
    about = {"account_token": "a", "patient_token": "m"}
    consulted = [
        {**about, "patient_relation": "spouse", "asked_at": at("2026-02-02 01:00")},
        {**about, "patient_relation": "other", "asked_at": at("2026-02-01 01:00")},
        {**about, "patient_token": "own", "patient_relation": "self"},
    ]
    found = patients(
        account_state(silver(spark, "account", {"account_token": "a"})),
        silver(spark, "family_binding"),
        silver(spark, "consultation", *consulted),
        people(spark, [("a", "u1")]),
        DAY,
    )
    assert {r["patient_id"]: r["relation"] for r in found.collect()} == {"u1": "self", "pm": "spouse"}


def test_labels_look_at_what_comes_after_the_day_for_everyone(spark: SparkSession) -> None:
    def day(actor: str, after: int, **more: Any) -> dict[str, Any]:
        when = DAY + timedelta(days=after)
        return {"actor_id": actor, "event_date": when, "known_date": when + timedelta(days=40), **more}

    persons = people(spark, [("a", "u1"), ("b", "u2"), ("c", "u3")])
    days = rows_of(
        USER_DAY, spark, day("a", 30, active_event_count=1, spend_yuan=Decimal(10)), day("b", 0, active_event_count=1),
        day("b", 31, active_event_count=1, spend_yuan=Decimal(99)), day("c", 5, event_count=1),
    )  # fmt: skip
    churned = {r["user_id"]: r["is_churned"] for r in churn_label(days, persons, DAY).collect()}
    spent = {r["user_id"]: r["future_spend_yuan"] for r in spend_label(days, persons, DAY, 30).collect()}
    assert churned == {"u1": 0, "u2": 1, "u3": 1}
    assert spent == {"u1": 10.0, "u2": 0.0, "u3": 0.0}


def calendar_of(day: date, *alerts: dict[str, Any]) -> dict[str, Any]:
    return calendar_rows(day, day, alerts)[0]


def test_a_day_of_the_spring_festival() -> None:
    alert = {"observed_date": date(2026, 2, 18), "epidemic": "influenza", "alert_level": 2}
    assert calendar_of(date(2026, 2, 18), alert, {**alert, "epidemic": "pollen", "alert_level": 1}) == {
        "calendar_date": date(2026, 2, 18), "weekday": 3, "is_weekend": False, "is_workday": False,
        "holiday": "Spring Festival", "season": "winter", "solar_term": "雨水", "is_solar_term_start": True,
        "epidemics": ["influenza", "pollen"], "epidemic_alert_level": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("day", "works", "holiday"),
    [
        (date(2026, 2, 14), True, "Spring Festival"),  # a Saturday worked for the holiday
        (date(2026, 3, 2), True, None),
        (date(2027, 1, 1), None, None),  # not announced to the library: not guessed
    ],
)
def test_workdays_are_the_announced_ones(day: date, works: bool | None, holiday: str | None) -> None:
    found = calendar_of(day)
    assert (found["is_workday"], found["holiday"]) == (works, holiday)
