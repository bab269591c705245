"""Whom a consultation was about is told, or nobody is named; the holder is never guessed."""

from __future__ import annotations

from typing import Any

from pyspark.sql import SparkSession
from silver_rows import DAY, at, rows_of, silver

from features.consultation_patients import consultation_patients
from jobs.runtime.conform import conform
from schemas.silver.consultation_patient import CONSULTATION_PATIENT
from schemas.silver.patient import PATIENT

FAMILY = [
    {"patient_id": "umum", "relation": "self", "birth_year": 1988, "sex": "female"},
    {"patient_id": "pson", "relation": "child", "birth_year": 2018, "sex": "male"},
    {"patient_id": "pgran", "relation": "parent", "birth_year": 1960, "sex": "female"},
    {"patient_id": "pgrandpa", "relation": "parent", "birth_year": 1958, "sex": "male"},
]


def told(
    spark: SparkSession,
    asked: dict[str, Any],
    records: list[dict[str, Any]] = (),
    family: list[dict[str, Any]] = FAMILY,
) -> tuple[str, str, str]:  # type: ignore[assignment]
    plain = {"account_token": "mum", "consultation_id": "c", "asked_at": at("2026-02-01 01:00"),
             "patient_sex": "unknown"}  # fmt: skip
    found = consultation_patients(
        silver(spark, "consultation", {**plain, **asked}),
        [silver(spark, "diagnosis", *({"account_token": "mum", "consultation_id": "c", **r} for r in records)),
         silver(spark, "prescription")],
        rows_of(PATIENT, spark, *({"account_token": "mum", "user_id": "umum", **f} for f in family)),
        DAY,
    )  # fmt: skip
    row = conform(CONSULTATION_PATIENT, found).collect()[0]
    return row["patient_id"], row["relation"], row["told_by"]


def test_what_the_consultation_says_counts_before_the_record_and_any_guess(spark: SparkSession) -> None:
    doctor = [{"patient_relation": "child", "patient_token": "son"}]
    assert told(spark, {"patient_relation": "self"}, doctor) == ("umum", "self", "consultation")
    named = {"patient_relation": "parent", "patient_token": "aunt"}
    assert told(spark, named, doctor) == ("paunt", "parent", "consultation")


def test_a_record_tells_unless_two_of_them_name_two(spark: SparkSession) -> None:
    child, self_ = {"patient_relation": "child", "patient_token": "son"}, {"patient_relation": "self"}
    unsaid = {"patient_relation": "unknown"}
    assert told(spark, unsaid, [child]) == ("pson", "child", "record")
    assert told(spark, unsaid, [self_]) == ("umum", "self", "record")
    assert told(spark, unsaid, [child, self_]) == ("nmum", "unknown", "nothing")
    assert told(spark, unsaid, [child, {**child, "patient_token": "girl"}]) == ("nmum", "unknown", "nothing")


def test_a_relation_without_a_name_is_the_only_such_member_of_a_fitting_age(spark: SparkSession) -> None:
    assert told(spark, {"patient_relation": "child"}) == ("pson", "child", "only_member")
    assert told(spark, {"patient_relation": "child", "patient_age": 12}) == ("pson", "child", "only_member")
    assert told(spark, {"patient_relation": "child", "patient_age": 25}) == ("nmum", "child", "nothing")
    assert told(spark, {"patient_relation": "parent"}) == ("nmum", "parent", "nothing")
    assert told(spark, {"patient_relation": "spouse"}) == ("nmum", "spouse", "nothing")


def test_ages_nine_years_apart_may_be_one_and_ten_are_two(spark: SparkSession) -> None:
    assert told(spark, {"patient_relation": "child", "patient_age": 17})[2] == "only_member"
    assert told(spark, {"patient_relation": "child", "patient_age": 18})[2] == "nothing"


def test_an_age_alone_fits_within_a_year_one_member_only_and_never_who_is_of_the_holders(spark: SparkSession) -> None:
    unsaid = {"patient_relation": "unknown"}
    found = {age: told(spark, {**unsaid, "patient_age": age})[2] for age in (6, 7, 9, 10)}
    assert found == {6: "nothing", 7: "age_and_sex", 9: "age_and_sex", 10: "nothing"}
    assert told(spark, {**unsaid, "patient_age": 67})[2] == "nothing", "born 1959: both parents"
    assert told(spark, {**unsaid, "patient_age": 67, "patient_sex": "female"})[0] == "pgran"
    family = [*FAMILY, {"patient_id": "pspouse", "relation": "spouse", "birth_year": 1989, "sex": "male"}]
    assert told(spark, {**unsaid, "patient_age": 37}, family=family)[2] == "nothing", "the holder is from 1988"


def test_nobody_named_and_no_age_is_the_unknown_member_and_never_the_holder(spark: SparkSession) -> None:
    unsaid = {"patient_relation": "unknown"}
    assert told(spark, unsaid) == ("nmum", "unknown", "nothing")
    assert told(spark, unsaid, family=FAMILY[:1]) == ("nmum", "unknown", "nothing")
    assert told(spark, {**unsaid, "patient_sex": "male"}) == ("nmum", "unknown", "nothing")
    assert told(spark, {**unsaid, "patient_age": 38}) == ("nmum", "unknown", "nothing")


def test_an_age_that_fits_one_member_and_not_the_holder_tells(spark: SparkSession) -> None:
    assert told(spark, {"patient_relation": "unknown", "patient_age": 8}) == ("pson", "child", "age_and_sex")
    girl = {"patient_relation": "unknown", "patient_age": 8, "patient_sex": "female"}
    assert told(spark, girl) == ("nmum", "unknown", "nothing")
    no_year = [{**FAMILY[0], "birth_year": None}, *FAMILY[1:]]
    assert told(spark, {"patient_relation": "unknown", "patient_age": 8}, family=no_year)[2] == "nothing"
