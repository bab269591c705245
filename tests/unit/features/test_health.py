"""A mother's account is not her child's health."""

from datetime import date
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from silver_rows import DAY, at, people, silver, told

from features.persons import of_users
from features.tags import health_tags, hold
from features.user_health import patient_health, user_health
from jobs.runtime.conform import conform
from jobs.runtime.declarations import load_tags
from jobs.runtime.settings import project_root
from schemas.feature.patient_health import PATIENT_HEALTH
from schemas.feature.user_health import USER_HEALTH


def health(spark: SparkSession, **feeds: list[dict[str, Any]]) -> list[dict[str, Any]]:
    persons = people(spark, [("a", "u1"), ("b", "u2")])
    users = spark.createDataFrame([("u1",), ("u2",)], "user_id string")

    def facts(feed: str) -> Any:
        said = ({"account_token": "a", "patient_relation": "self", **row} for row in feeds.get(feed, []))
        return of_users(silver(spark, feed, *said), persons)

    found = user_health(facts("diagnosis"), facts("prescription"), facts("health_record"), users, DAY)
    return told(conform(USER_HEALTH, found), "user_id")


def test_only_what_names_the_holder_as_patient_is_the_holders(spark: SparkSession) -> None:
    diagnoses = [
        {"icd10_code": "I10", "diagnosed_at": at("2025-01-05 01:00")},
        {"icd10_code": "i11.9", "diagnosed_at": at("2026-02-05 01:00"), "is_primary": True},
        {"icd10_code": "F32.9", "diagnosed_at": at("2026-02-05 01:00"), "is_primary": False},
        {"icd10_code": "E11.9", "diagnosed_at": at("2026-02-06 01:00"), "patient_relation": "parent"},
        {"icd10_code": "C50.9", "diagnosed_at": at("2026-02-06 01:00"), "patient_relation": "unknown"},
        {"icd10_code": "J10.1", "diagnosed_at": at("2026-02-06 01:00"), "patient_relation": "child"},
    ]
    ill, silent = health(spark, diagnosis=diagnoses)
    assert silent == {"user_id": "u2", "as_of_date": DAY, "days_since_last_prescription": 180}
    assert ill == {
        "user_id": "u1", "as_of_date": DAY, "has_hypertension": True, "hypertension_last_date": date(2026, 2, 5),
        "chronic_condition_count": 1, "has_mental_condition": True, "mental_condition_last_date": date(2026, 2, 5),
        "has_sensitive_condition": True, "last_icd10_code": "i11.9", "last_diagnosis_date": date(2026, 2, 5),
        "diagnosis_count_180d": 2, "icd10_categories_180d": ["F32", "I11"], "days_since_last_prescription": 180,
        "family_diagnosis_count_180d": 3, "has_child_patient_180d": True, "last_disease_180d": "I11",
        "hypertension_subtype": "with_heart_disease",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("code", "flag"),
    [("F51.0", "mental_condition"), ("B20", "hiv_or_std"), ("B24", "hiv_or_std"), ("A50.9", "hiv_or_std"),
     ("A64", "hiv_or_std"), ("C97", "cancer"), ("O08.9", "pregnancy_loss"), ("B19.9", None), ("A65", None),
     ("D00.1", None), ("O09", None)],
)  # fmt: skip
def test_what_may_never_be_marketed_to_is_known_by_its_code(spark: SparkSession, code: str, flag: str | None) -> None:
    found = health(spark, diagnosis=[{"icd10_code": code, "diagnosed_at": at("2026-02-05 01:00")}])[0]
    assert found.get("has_sensitive_condition", False) is (flag is not None)
    assert flag is None or found[f"has_{flag}"]


def test_a_medicine_tells_what_no_diagnosis_says(spark: SparkSession) -> None:
    lines = [{"drug_class": "antiretroviral", "prescribed_at": at("2025-01-05 01:00")}]
    found = health(spark, prescription=lines)[0]
    assert (found["has_sensitive_medicine"], found["has_sensitive_condition"]) == (True, True)


def line(when: str, days: int, kind: str = "antihypertensive") -> dict[str, Any]:
    return {"drug_class": kind, "days_supply": days, "prescribed_at": at(f"2026-{when} 01:00")}


@pytest.mark.parametrize(
    ("lines", "covered", "left"),
    [
        ([line("02-20", 10)], None, None),  # an acute medicine
        ([line("02-20", 14)], 1.0, 4),  # ten days lived, four left
        ([line("01-31", 15)], 0.5, -15),  # 15 of 30 days
        ([line("01-31", 15), line("02-05", 15)], 1.0, 0),  # refilled early: carried on to the last day
        ([line("01-01", 20), line("02-10", 20)], 40 / 60, 0),  # a gap of 20 days
        ([line("02-20", 14), line("01-31", 15, "antidiabetic")], 0.75, -15),  # mean of classes, first to run out
        ([line("01-01", 14)], 14 / 60, None),  # ended long ago
    ],
)
def test_days_covered(
    spark: SparkSession, lines: list[dict[str, Any]], covered: float | None, left: int | None
) -> None:
    found = health(spark, prescription=lines)[0]
    assert found.get("days_covered_share_180d") == covered
    assert found.get("medicine_days_left", 0) == (left or 0)


def test_the_last_record_of_each_kind_holds(spark: SparkSession) -> None:
    records = [
        {"kind": "allergy", "item": "penicillin"},
        {"kind": "allergy", "item": "penicillin", "recorded_at": at("2026-02-01 01:00")},
        {"kind": "fertility", "item": "pregnant", "recorded_at": at("2026-02-01 01:00")},
        {"kind": "fertility", "item": "trying", "recorded_at": at("2025-09-01 01:00")},
        {"kind": "check_up", "item": "fasting_glucose", "value": 6.5, "recorded_at": at("2026-02-01 01:00")},
        {"kind": "check_up", "item": "fasting_glucose", "value": 5.0, "recorded_at": at("2025-02-01 01:00")},
        {"kind": "check_up", "item": "fasting_glucose", "value": 9.9, "patient_relation": "parent"},
        {"kind": "operation", "item": "appendectomy", "recorded_at": at("2020-02-01 01:00")},
    ]
    assert health(spark, health_record=records)[0] == {
        "user_id": "u1", "as_of_date": DAY, "allergies": ["penicillin"], "has_allergy": True,
        "operations": ["appendectomy"], "last_operation_date": date(2020, 2, 1), "fertility_state": "pregnant",
        "fertility_state_date": date(2026, 2, 1), "fasting_glucose_mmol_l": 6.5,
        "last_check_up_date": date(2026, 2, 1), "is_pre_diabetic": True, "days_since_last_prescription": 180,
        "life_stage": "pregnant", "life_stage_date": date(2026, 2, 1),
    }  # fmt: skip


def stated(item: str, when: str, week: float | None = None) -> dict[str, Any]:
    told = {} if week is None else {"value": week, "unit": "week"}
    return {"kind": "fertility", "item": item, "recorded_at": at(f"{when} 01:00"), "record_id": when, **told}


# What was stated, what was diagnosed when, and the stage and week as of the day.
STAGES: list[tuple[list[dict[str, Any]], list[tuple[str, str]], str | None, int | None]] = [
    ([stated("trying", "2026-01-15")], [], "trying", None),
    ([stated("trying", "2025-10-01")], [], None, None),  # too long ago to be believed
    ([stated("pregnant", "2026-02-01", 8)], [], "pregnant", 12),  # 28 days on
    ([stated("pregnant", "2025-09-01", 8)], [], "pregnant", 33),
    ([stated("pregnant", "2025-07-06", 6)], [], "postnatal", None),  # 40 weeks were over on the day
    ([stated("pregnant", "2025-01-01", 8)], [], None, None),  # born and older than half a year
    ([stated("pregnant", "2026-02-01")], [], "pregnant", None),  # no week stated
    ([stated("trying", "2025-11-01")], [("Z34.9", "2026-01-20")], "pregnant", None),
    ([stated("pregnant", "2026-01-01", 8)], [("O03.9", "2026-02-01")], None, None),
    ([stated("pregnant", "2026-01-01", 8), stated("lost", "2026-02-01")], [], None, None),
    ([stated("pregnant", "2025-03-01", 8), stated("trying", "2026-02-01")], [], "trying", None),
    ([stated("pregnant", "2025-03-01", 8), stated("pregnant", "2026-02-15", 5)], [], "pregnant", 7),
    ([stated("pregnant", "2026-02-01", 8), stated("none", "2026-02-10")], [], None, None),
    ([], [("Z39.2", "2026-02-10")], "postnatal", None),
    # A pregnancy after a loss has no week yet; of a loss and a pregnancy told on one day the loss counts.
    ([stated("pregnant", "2025-12-01", 8), stated("lost", "2026-01-10")], [("Z34.9", "2026-02-20")], "pregnant",
     None),
    ([], [("Z34.9", "2026-02-20"), ("O03.9", "2026-02-20")], None, None),
    ([stated("pregnant", "2025-05-10", 1)], [("Z34.9", "2026-02-20")], "pregnant", None),  # another pregnancy
]  # fmt: skip


def test_a_stage_moves_on_with_the_calendar_and_with_news(spark: SparkSession) -> None:
    said = {f"u{i:02d}": case for i, case in enumerate(STAGES)}
    persons, users = (
        people(spark, [(u, u) for u in said]),
        spark.createDataFrame([(u,) for u in said], "user_id string"),
    )
    own = {"patient_relation": "self"}
    records = [{**own, **r, "account_token": u} for u, case in said.items() for r in case[0]]
    diagnoses = [
        {**own, "account_token": u, "icd10_code": code, "diagnosed_at": at(f"{day} 01:00")}
        for u, case in said.items() for code, day in case[1]
    ]  # fmt: skip
    facts = [("diagnosis", diagnoses), ("prescription", []), ("health_record", records)]
    rows = user_health(*(of_users(silver(spark, feed, *told_), persons) for feed, told_ in facts), users, DAY).collect()
    found = {r["user_id"]: (r["life_stage"], r["pregnancy_week"]) for r in rows}
    assert {u: (found[u], case) for u, case in said.items() if found[u] != case[2:]} == {}


def test_medicine_of_a_disease_is_a_source_of_its_own_and_covered_apart(spark: SparkSession) -> None:
    lines = [line("01-31", 15), line("02-05", 15), line("02-20", 14, "antidiabetic"), line("01-31", 15, "antigout")]
    found = health(spark, prescription=lines)[0]
    medicines = {name for name in found if name.startswith("has_") and name.endswith("_medicine")}
    assert medicines == {"has_hypertension_medicine"}  # one line of a class may be a trial
    shares = {name: found[name] for name in found if name.endswith("_days_covered_share_180d")}
    assert shares == {
        "hypertension_days_covered_share_180d": 1.0, "diabetes_days_covered_share_180d": 1.0,
        "gout_days_covered_share_180d": 0.5,
    }  # fmt: skip


def test_sub_types_and_complications_are_read_from_the_code_and_sensitive_ones_are_never_named(
    spark: SparkSession,
) -> None:
    codes = [("E11.4", 3), ("e10", 1), ("I10", 2), ("F32.9", 5), ("J00", 4)]
    diagnoses = [{"icd10_code": code, "diagnosed_at": at(f"2026-02-0{day} 01:00")} for code, day in codes]
    found = health(spark, diagnosis=diagnoses)[0]
    assert {
        "diabetes_subtype": "type_2", "has_diabetic_complication": True, "hypertension_subtype": "essential",
        "last_disease_180d": "J00", "last_icd10_code": "F32.9",
    }.items() <= found.items()  # fmt: skip
    plain = health(spark, diagnosis=[{"icd10_code": "E11.9", "diagnosed_at": at("2026-02-01 01:00")}])[0]
    assert "has_diabetic_complication" not in plain


def test_allergies_and_operations_are_told_by_kind(spark: SparkSession) -> None:
    records = [
        {"kind": "allergy", "item": "青霉素类"}, {"kind": "allergy", "item": "花生", "record_id": "b"},
        {"kind": "operation", "item": "冠脉支架植入术", "record_id": "c"},
        {"kind": "family_history", "item": "花粉过敏", "record_id": "d"},
    ]  # fmt: skip
    found = health(spark, health_record=records)[0]
    kinds = {name for name, value in found.items() if name.startswith("has_") and value}
    assert kinds == {"has_allergy", "has_drug_allergy", "has_food_allergy", "has_heart_operation"}


def test_check_up_values_in_the_range_of_diabetes_are_no_pre_diabetes(spark: SparkSession) -> None:
    records = [{"kind": "check_up", "item": "fasting_glucose", "value": 7.0}]
    found = health(spark, health_record=records)[0]
    assert (found["has_diabetic_check_up"], found.get("is_pre_diabetic", False)) == (True, False)
    ill = health(
        spark, health_record=records, diagnosis=[{"icd10_code": "E11", "diagnosed_at": at("2026-02-01 01:00")}]
    )
    assert "has_diabetic_check_up" not in ill[0]


def test_a_lost_pregnancy_in_the_record_is_sensitive_for_good(spark: SparkSession) -> None:
    records = [
        {"kind": "fertility", "item": "lost", "recorded_at": at("2025-02-01 01:00")},
        {"kind": "fertility", "item": "trying", "recorded_at": at("2026-02-01 01:00")},
    ]
    found = health(spark, health_record=records)[0]
    assert (found["fertility_state"], found["has_recorded_loss"], found["has_sensitive_condition"]) == (
        "trying", True, True,
    )  # fmt: skip


def test_a_childs_diagnosis_is_the_childs_and_never_the_mothers(spark: SparkSession) -> None:
    said = {"account_token": "a", "patient_relation": "child", "patient_token": "son"}
    diagnoses = [
        {**said, "icd10_code": "E11.9", "diagnosed_at": at("2026-02-06 01:00")},
        {**said, "patient_token": None, "icd10_code": "I10", "diagnosed_at": at("2026-02-06 01:00")},
        {**said, "patient_relation": "self", "patient_token": None, "icd10_code": "G47.0",
         "diagnosed_at": at("2026-02-07 01:00")},
    ]  # fmt: skip
    records = [{**said, "kind": "allergy", "item": "花生", "record_id": "r"}]
    persons = people(spark, [("a", "umum")])
    facts = [
        of_users(silver(spark, feed, *rows), persons)
        for feed, rows in (("diagnosis", diagnoses), ("prescription", []), ("health_record", records))
    ]
    son = conform(PATIENT_HEALTH, patient_health(*facts, DAY))
    assert [(r["patient_id"], r["has_diabetes"], r["has_hypertension"], r["allergies"]) for r in son.collect()] == [
        ("pson", True, False, ["花生"])
    ]
    mother = conform(USER_HEALTH, user_health(*facts, spark.createDataFrame([("umum",)], "user_id string"), DAY))
    tags = health_tags(load_tags(project_root() / "conf"))
    assert len(tags) >= 10

    def held(health: DataFrame, person: str) -> dict[str, str]:
        wide = health.withColumnRenamed(person, "user_id")
        return {r["tag_code"]: r["value"] for r in hold(wide, tags, {}).collect()}

    of_the_son, of_the_mother = held(son, "patient_id"), held(mother, "user_id")
    assert {"basic.diabetes", "basic.allergic"} <= set(of_the_son)
    both = {code for code, _ in of_the_son.items() & of_the_mother.items()}
    assert both <= {"need.newest_health_fact"}, "each was diagnosed something, of their own"
    assert of_the_mother
