"""What tells whether patients of different accounts are one human being."""

from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.accounts import family_members
from features.patients import MEMBER

_CONTACTS = ("phone", "device")


def comparable_patients(
    patient: DataFrame, state: DataFrame, family_binding: DataFrame, device_account: DataFrame, hubs: DataFrame
) -> DataFrame:
    """One row per patient: patient_id, birth_date, birth_year, sex, contacts, user_ids, is_holder.

    `patient` is a day's slice of silver.patient, the others as `identity` takes them. `contacts` are telephones and
    devices of the accounts that act for the patient, those of hubs left out; `user_ids` the persons who hold these
    accounts. A sex that is not known is NULL.
    """
    holder = state.where("birth_date IS NOT NULL").select("account_token", "birth_date")
    born = holder.join(patient.where("relation = 'self'").select("account_token", "patient_id"), "account_token")
    member = family_members(family_binding).where("member_birth_date IS NOT NULL")
    dates = born.selectExpr("patient_id", "birth_date").unionByName(
        member.withColumnRenamed("member_token", "patient_token").selectExpr(
            f"{MEMBER} AS patient_id", "member_birth_date AS birth_date"
        )
    )
    dated = dates.groupBy("patient_id").agg(F.expr("CAST(min(birth_date) AS STRING)").alias("birth_date"))
    reached = patient.select("patient_id", "account_token").join(
        _contacts(state, device_account, hubs), "account_token"
    )
    contacts = reached.groupBy("patient_id").agg(F.expr("array_sort(collect_set(contact))").alias("contacts"))
    stated = patient.groupBy("patient_id").agg(
        F.expr("min(birth_year)").alias("birth_year"),
        F.expr("min(CASE WHEN sex <> 'unknown' THEN sex END)").alias("sex"),
        F.expr("array_sort(collect_set(user_id))").alias("user_ids"),
        F.expr("max(relation = 'self' AND patient_id = user_id)").alias("is_holder"),
    )
    return stated.join(dated, "patient_id", "left").join(contacts, "patient_id", "left").selectExpr(
        "patient_id", "birth_date", "birth_year", "sex", "coalesce(contacts, array()) AS contacts", "user_ids",
        "is_holder",
    )  # fmt: skip


def _contacts(state: DataFrame, device_account: DataFrame, hubs: DataFrame) -> DataFrame:
    """account_token, contact: by what an account can be reached that is no hub."""
    parts = [
        rows.where(f"{kind}_token IS NOT NULL").selectExpr(
            "account_token", f"'{kind}' AS identifier_kind", f"concat({kind}_token, '') AS identifier"
        )
        for kind, rows in zip(_CONTACTS, (state, device_account), strict=True)
    ]
    named = ["identifier_kind", "identifier"]
    free = reduce(DataFrame.unionByName, parts).join(hubs.select(*named), named, "left_anti")
    return free.selectExpr("account_token", "concat(identifier_kind, identifier) AS contact")
