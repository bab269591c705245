"""Which symptoms users name in their own words."""

from collections.abc import Mapping
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.windows import for_every_user
from schemas.feature.user_symptom import USER_SYMPTOM

_HALF_LIFE_DAYS = 30
_COMPLAINT_WEIGHS = 3
_OWN = "about = 'self'"


def user_symptom(symptom_days: DataFrame, departments: Mapping[str, str], users: DataFrame, as_of: date) -> DataFrame:
    """feature.user_symptom from 90 days of user_symptom_day, `of_users`; `departments`: where each symptom leads."""
    recent = symptom_days.where(f"event_date <= DATE'{as_of}' AND event_date > date_sub(DATE'{as_of}', 90)")
    per_symptom = recent.groupBy("user_id", "symptom").agg(
        *(F.expr(sql).alias(name) for name, sql in _per_symptom(f"date_diff(DATE'{as_of}', event_date)").items())
    )
    cases = " ".join(f"WHEN '{code}' THEN '{department}'" for code, department in departments.items())
    placed = per_symptom.withColumn("department", F.expr(f"CASE symptom {cases} END"))
    derived = {"top_symptom_90d": "nullif(array_join(slice(top_symptoms_90d, 1, 1), ''), '')"}
    return for_every_user(users, [_symptoms(placed), _departments(placed)], USER_SYMPTOM, as_of, derived)


def _per_symptom(ago: str) -> dict[str, str]:
    named = f"(symptom_search_count + {_COMPLAINT_WEIGHS} * symptom_complaint_count)"
    weight = f"{named} * pow(0.5D, {ago} / {_HALF_LIFE_DAYS}.0D)"
    times = "symptom_search_count + symptom_complaint_count"
    lately = f"{ago} < 30"
    # Rounded, so that the order of adding up does not decide between equals.
    return {
        "own": f"round(sum(CASE WHEN {_OWN} THEN {weight} ELSE 0D END), 6)",
        "others": f"round(sum(CASE WHEN {_OWN} THEN 0D ELSE {weight} END), 6)",
        "times_90": f"sum(CASE WHEN {_OWN} THEN {times} ELSE 0 END)",
        "times_30": f"sum(CASE WHEN {_OWN} AND {lately} THEN {times} ELSE 0 END)",
        "severe": f"max(CASE WHEN {_OWN} AND {lately} THEN severe_symptom_count ELSE 0 END)",
        "duration": f"max(CASE WHEN {_OWN} THEN symptom_duration_days ELSE 0 END)",
        "child": f"max(CASE WHEN about = 'child' AND {lately} THEN 1 ELSE 0 END)",
        "parent": f"max(CASE WHEN about = 'parent' AND {lately} THEN 1 ELSE 0 END)",
    }


def _symptoms(per_symptom: DataFrame) -> DataFrame:
    columns = {
        "symptom_count_30d": "sum(times_30)",
        "symptom_count_90d": "sum(times_90)",
        "top_symptoms_90d": _first_three("own"),
        "family_symptoms_90d": _first_three("others"),
        "has_severe_symptom_30d": "max(severe) > 0",
        "symptom_duration_days_90d": "max(duration)",
        "has_child_symptom_30d": "max(child) > 0",
        "has_parent_symptom_30d": "max(parent) > 0",
    }
    return per_symptom.groupBy("user_id").agg(*(F.expr(sql).alias(name) for name, sql in columns.items()))


def _departments(per_symptom: DataFrame) -> DataFrame:
    weighed = per_symptom.where("own > 0").groupBy("user_id", "department").agg(F.expr("round(sum(own), 6)").alias("w"))
    order = "concat(lpad(CAST(CAST(round(w * 1000000) AS BIGINT) AS STRING), 15, '0'), department)"
    return weighed.groupBy("user_id").agg(F.expr(f"max_by(department, {order})").alias("symptom_department_90d"))


def _first_three(weight: str) -> str:
    ranked = f"array_sort(collect_list(CASE WHEN {weight} > 0 THEN struct(-{weight} AS w, symptom AS symptom) END))"
    return f"slice(transform({ranked}, x -> x.symptom), 1, 3)"
