"""Whom a consultation was about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.patients import MEMBER, UNKNOWN_MEMBER

CONSULTED_DAYS = 180
# Ages are often a few years off; so many years apart it is somebody else.
_YEARS_OFF = 9


def consultation_patients(
    consultation: DataFrame, records: Sequence[DataFrame], patient: DataFrame, as_of: date
) -> DataFrame:
    """silver.consultation_patient from recent consultations, what was diagnosed or prescribed, and silver.patient.

    What the consultation says counts first, then the doctors' records of it, which are better kept. A relation without
    a name is the only member of that relation, unless the age stated speaks against it; no relation at all, the only
    member of that age and sex, if the holder is not of that age. Whoever is left is an unknown member.
    """
    said = consultation.join(_recorded(records), ["consultation_id", "account_token"], "left")
    own = patient.where("relation = 'self'").selectExpr("account_token", "user_id", "birth_year AS own_year")
    held = said.join(own, "account_token").withColumn("said_year", F.expr("year(asked_at) - patient_age"))
    guessed = held.join(_fitting(held, patient), "consultation_id", "left")
    told_by = (
        "CASE WHEN patient_relation = 'self' OR patient_token IS NOT NULL THEN 'consultation' "
        "WHEN recorded_relation = 'self' OR recorded_token IS NOT NULL THEN 'record' "
        "WHEN patient_relation <> 'unknown' AND members = 1 THEN 'only_member' "
        "WHEN patient_relation = 'unknown' AND near_members = 1 AND abs(said_year - own_year) > 1 THEN 'age_and_sex' "
        "ELSE 'nothing' END"
    )
    patient_id = (
        f"CASE told_by WHEN 'consultation' THEN CASE patient_relation WHEN 'self' THEN user_id ELSE {MEMBER} END "
        "WHEN 'record' THEN coalesce(concat('p', substring(recorded_token, 1, 31)), user_id) "
        f"WHEN 'only_member' THEN member_id WHEN 'age_and_sex' THEN near_id ELSE {UNKNOWN_MEMBER} END"
    )
    relation = (
        "CASE told_by WHEN 'record' THEN recorded_relation WHEN 'age_and_sex' THEN near_relation "
        "ELSE patient_relation END"
    )
    return guessed.withColumn("told_by", F.expr(told_by)).selectExpr(
        f"DATE'{as_of}' AS as_of_date", "consultation_id", "account_token", "user_id",
        f"{patient_id} AS patient_id", f"{relation} AS relation", "told_by",
    )  # fmt: skip


def _recorded(records: Sequence[DataFrame]) -> DataFrame:
    """Whom the records of a consultation name, where all of them name the same."""
    whose = ["consultation_id", "account_token"]
    said = "patient_relation = 'self' OR patient_token IS NOT NULL"
    named = [r.where(f"consultation_id IS NOT NULL AND ({said})") for r in records]
    rows = [
        r.selectExpr(*(f"concat({c}, '') AS {c}" for c in whose), "coalesce(patient_token, '') AS token",
                     "concat(patient_relation, '') AS relation")
        for r in named
    ]  # fmt: skip
    every = rows[0]
    for more in rows[1:]:
        every = every.unionByName(more)
    one = every.groupBy(*whose).agg(
        F.expr("min(token)").alias("token"),
        F.expr("max(token)").alias("other"),
        F.expr("min(relation)").alias("relation"),
    )
    return one.where("token = other").selectExpr(
        *whose, "nullif(token, '') AS recorded_token", "relation AS recorded_relation"
    )


def _fitting(held: DataFrame, patient: DataFrame) -> DataFrame:
    """How many members of its account a consultation may be about, and who it is where that is one only."""
    open_ones = held.where("patient_relation <> 'self' AND patient_token IS NULL").select(
        "consultation_id", "account_token", "patient_relation", "patient_sex", "said_year"
    )
    members = patient.where("relation <> 'self'").selectExpr(
        "account_token", "patient_id AS member_id", "relation", "birth_year", "sex"
    )
    apart = "abs(said_year - birth_year)"
    near = f"{apart} <= 1 AND NOT (patient_sex <> 'unknown' AND sex <> 'unknown' AND patient_sex <> sex)"
    may_be = f"coalesce(relation = patient_relation AND NOT coalesce({apart} > {_YEARS_OFF}, false), false)"
    pairs = open_ones.join(members, "account_token").selectExpr(
        "consultation_id", "member_id", "relation", f"{may_be} AS may_be", f"coalesce({near}, false) AS is_near"
    )
    return pairs.groupBy("consultation_id").agg(
        F.expr("count(DISTINCT CASE WHEN may_be THEN member_id END)").alias("members"),
        F.expr("min(CASE WHEN may_be THEN member_id END)").alias("member_id"),
        F.expr("count(DISTINCT CASE WHEN is_near THEN member_id END)").alias("near_members"),
        F.expr("min(CASE WHEN is_near THEN member_id END)").alias("near_id"),
        F.expr("min(CASE WHEN is_near THEN relation END)").alias("near_relation"),
    )
