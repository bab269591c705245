"""What users consult for, for whom, and how it went."""

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.newest import newest, stamp
from features.windows import Measures, days_since, for_every_user, name_of_largest, name_of_second, share, spread
from schemas.feature.user_consultation import USER_CONSULTATION
from schemas.vocabulary import FORMS, RELATIONS

_LONG = (30, 90, 180)
_SUMS = {
    "consultation_count": (7, 30, 90, 180),
    **{f"{form}_consultation_count": (90, 180) for form in FORMS},
    **{f"{who}_consultation_count": _LONG for who in RELATIONS},
    **{f"{how}_consultation_count": _LONG for how in (
        "cancelled", "long", "deep", "night", "slow_reply", "low_rating", "closed", "replied", "rated")},
    "question_count": _LONG,
    "consultation_minutes": _LONG,
    "first_reply_seconds": _LONG,
    "rating_stars": _LONG,
}  # fmt: skip


CONSULTATION = Measures(
    _SUMS,
    lasts={"consultation": "consultation_count > 0", "self_consultation": "self_consultation_count > 0"},
)


def user_consultation(spans: DataFrame, consultation: DataFrame, users: DataFrame, as_of: date) -> DataFrame:
    """feature.user_consultation from CONSULTATION `add_up`ped and 180 days of silver.consultation, `of_users`.

    Counts come from user_day; which department and which doctor, from the consultations themselves.
    """
    recent = consultation.where(f"event_date <= DATE'{as_of}' AND event_date > date_sub(DATE'{as_of}', 180)")
    forms = {form: f"{form}_consultation_count_90d" for form in FORMS}
    derived = {
        "consultation_minutes_mean_90d": share("consultation_minutes_90d", "closed_consultation_count_90d"),
        "question_count_mean_90d": share("question_count_90d", "consultation_count_90d"),
        "rating_mean_180d": share("rating_stars_180d", "rated_consultation_count_180d"),
        **{
            f"first_reply_seconds_mean_{n}d": share(f"first_reply_seconds_{n}d", f"replied_consultation_count_{n}d")
            for n in (30, 90)
        },
        "days_since_last_consultation": days_since("consultation_date", as_of, 180),
        "days_since_last_self_consultation": days_since("self_consultation_date", as_of, 180),
        "second_form_90d": name_of_second(forms, "top_form_90d"),
        "department_count_180d": "size(departments_180d)",
    }
    counted = spread(spans, CONSULTATION).selectExpr("*", f"{name_of_largest(forms)} AS top_form_90d")
    parts = [counted, _departments(recent), _doctors(recent, as_of), _last_rating(recent)]
    return for_every_user(users, parts, USER_CONSULTATION, as_of, derived)


def _departments(recent: DataFrame) -> DataFrame:
    own = "patient_relation = 'self'"
    per_department = recent.groupBy("user_id", "department").agg(
        F.expr(_ranked("count(1)", "max(asked_at)", "department")).alias("rank"),
        F.expr(stamp("max(asked_at)", "department")).alias("at"),
        F.expr(_ranked(f"count_if({own})", f"max(CASE WHEN {own} THEN asked_at END)", "department")).alias("self_rank"),
        F.expr(stamp(f"max(CASE WHEN {own} THEN asked_at END)", "department")).alias("self_at"),
    )
    return per_department.groupBy("user_id").agg(
        F.expr("max_by(department, rank)").alias("top_department_180d"),
        F.expr("max_by(department, at)").alias("last_department"),
        F.expr("max_by(department, self_rank)").alias("top_self_department_180d"),
        F.expr("max_by(department, self_at)").alias("last_self_department"),
        F.expr("array_sort(collect_list(department))").alias("departments_180d"),
    )


def _ranked(count: str, last: str, name: str) -> str:
    """SQL: a text that sorts by count, then by time; NULL where there is no time."""
    return f"concat(lpad(CAST({count} AS STRING), 6, '0'), {stamp(last, name)})"


def _doctors(recent: DataFrame, as_of: date) -> DataFrame:
    seen = recent.where(f"doctor_id IS NOT NULL AND status = 'closed' AND event_date > date_sub(DATE'{as_of}', 90)")
    per_doctor = seen.groupBy("user_id", "doctor_id").agg(
        F.expr("count(1)").alias("n"), F.expr(_ranked("count(1)", "max(asked_at)", "doctor_id")).alias("rank")
    )
    return per_doctor.groupBy("user_id").agg(
        F.expr("max(n)").alias("same_doctor_count_90d"),
        F.expr("max_by(doctor_id, rank)").alias("top_doctor_id_90d"),
        F.expr("count(1)").alias("doctor_count_90d"),
    )


def _last_rating(recent: DataFrame) -> DataFrame:
    rated = recent.where("rating IS NOT NULL")
    return rated.groupBy("user_id").agg(
        F.expr(newest("rating", stamp("asked_at", "consultation_id"))).alias("last_rating")
    )
