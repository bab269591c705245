"""Patients apart from accounts."""

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.accounts import family_members

MEMBER = "concat('p', substring(patient_token, 1, 31))"
# Stands for everyone of an account who was never told apart.
UNKNOWN_MEMBER = "concat('n', substring(account_token, 1, 31))"


def patients(
    state: DataFrame, family_binding: DataFrame, consultation: DataFrame, identity: DataFrame, as_of: date
) -> DataFrame:
    """silver.patient as of a day: holders, bound members, and members that only consultations name.

    `state` is what `account_state` gives of the accounts.
    A consultation that says neither who nor gives a member's token makes no patient: unknown is never the holder.
    """
    holders = state.selectExpr(
        "account_token", "CAST(NULL AS STRING) AS patient_token", "'self' AS relation",
        "year(birth_date) AS birth_year", "coalesce(sex, 'unknown') AS sex", "true AS is_bound", "false AS is_guardian",
    )  # fmt: skip
    bound = family_members(family_binding).selectExpr(
        "account_token", "member_token AS patient_token", "relation", "year(member_birth_date) AS birth_year",
        "coalesce(member_sex, 'unknown') AS sex", "true AS is_bound", "is_guardian",
    )  # fmt: skip
    named = _named_in_consultations(consultation).join(
        bound.select("account_token", "patient_token"), ["account_token", "patient_token"], "left_anti"
    )
    whose = identity.where("actor_kind = 'account'").selectExpr("actor_id AS account_token", "user_id")
    everyone = holders.unionByName(bound).unionByName(named.select(*bound.columns)).join(whose, "account_token")
    return everyone.selectExpr(
        f"DATE'{as_of}' AS as_of_date",
        f"CASE WHEN relation = 'self' AND patient_token IS NULL THEN user_id ELSE {MEMBER} END AS patient_id",
        "account_token", "user_id", "relation", "birth_year", "sex", "is_bound", "is_guardian",
    )  # fmt: skip


def _named_in_consultations(consultation: DataFrame) -> DataFrame:
    said = consultation.where("patient_token IS NOT NULL AND patient_relation <> 'self'")
    return said.groupBy("account_token", "patient_token").agg(
        F.expr("max(struct(asked_at, consultation_id, patient_relation)).patient_relation").alias("relation"),
        F.expr(
            "max(CASE WHEN patient_age IS NOT NULL THEN struct(asked_at, year(asked_at) - patient_age AS born) END)"
            ".born"
        ).alias("birth_year"),
        F.expr(
            "coalesce(max(CASE WHEN patient_sex IN ('female', 'male') THEN struct(asked_at, patient_sex) END)"
            ".patient_sex, 'unknown')"
        ).alias("sex"),
        F.lit(False).alias("is_bound"),
        F.lit(False).alias("is_guardian"),
    )
