"""What tells whether patients of different accounts are one human being."""

from collections.abc import Sequence
from datetime import date
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.accounts import family_members
from features.patients import MEMBER

_CONTACTS = ("phone", "device")


def comparable_patients(
    patient: DataFrame,
    state: DataFrame,
    family_binding: DataFrame,
    device_account: DataFrame,
    hubs: DataFrame,
    placeholders: Sequence[date] = (),
) -> DataFrame:
    """One row per patient: patient_id, birth_date, birth_year, sex, contacts, user_ids, is_holder.

    `patient` is a day's slice of silver.patient, the others as `identity` takes them. `contacts` are telephones and
    devices of the accounts that act for the patient, those of hubs left out; `user_ids` the persons who hold these
    accounts. A sex that is not known is NULL; a date of birth that is one of `placeholders` is not known.
    """
    born = _born(patient, state, family_binding, placeholders)
    reached = patient.select("patient_id", "account_token").join(
        _contacts(state, device_account, hubs), "account_token"
    )
    contacts = reached.groupBy("patient_id").agg(F.expr("array_sort(collect_set(contact))").alias("contacts"))
    stated = patient.groupBy("patient_id").agg(
        F.expr("min(birth_year)").alias("year"),
        F.expr("min(CASE WHEN sex <> 'unknown' THEN sex END)").alias("sex"),
        F.expr("array_sort(collect_set(user_id))").alias("user_ids"),
        F.expr("max(relation = 'self' AND patient_id = user_id)").alias("is_holder"),
    )
    return stated.join(born, "patient_id", "left").join(contacts, "patient_id", "left").selectExpr(
        "patient_id", "CAST(birth_date AS STRING) AS birth_date",
        "CASE WHEN has_date THEN year(birth_date) ELSE year END AS birth_year", "sex",
        "coalesce(contacts, array()) AS contacts", "user_ids", "is_holder",
    )  # fmt: skip


def _born(patient: DataFrame, state: DataFrame, family_binding: DataFrame, placeholders: Sequence[date]) -> DataFrame:
    """patient_id, birth_date, has_date of everyone of whom a date was stated, be it only a placeholder."""
    holder = patient.where("relation = 'self'").select("patient_id", "account_token")
    of_holders = holder.join(state, "account_token").selectExpr("patient_id", "birth_date AS stated")
    member = family_members(family_binding).withColumnRenamed("member_token", "patient_token")
    of_members = member.selectExpr(f"{MEMBER} AS patient_id", "member_birth_date AS stated")
    listed = ", ".join(f"DATE'{day}'" for day in placeholders)
    known = f"CASE WHEN stated NOT IN ({listed}) THEN stated END" if listed else "stated"
    dates = of_holders.unionByName(of_members).where("stated IS NOT NULL")
    return dates.groupBy("patient_id").agg(
        F.expr(f"min({known})").alias("birth_date"), F.expr("count(1) > 0").alias("has_date")
    )


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
