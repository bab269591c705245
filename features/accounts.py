"""What accounts and families are, out of their versions."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.newest import newest

IDENTIFIERS = ("id_card", "unionid", "openid", "phone", "hospital_card", "name")


def account_state(account: DataFrame) -> DataFrame:
    """One row per account out of the versions known: newest status and merger, newest stated identifiers.

    An identifier or attribute that a later version leaves out still holds; a merger that a later version leaves
    out is undone.
    """
    columns = {
        "registered_at": "min(registered_at)",
        "status": newest("status", "updated_at"),
        "merged_into_token": "max_by(merged_into_token, updated_at)",
        "birth_date": newest("birth_date", "updated_at"),
        "sex": newest("sex", "updated_at", "sex <> 'unknown'"),
        **{f"{kind}_token": newest(f"{kind}_token", "updated_at") for kind in (*IDENTIFIERS, "address")},
    }
    return account.groupBy("account_token").agg(*(F.expr(sql).alias(name) for name, sql in columns.items()))


def family_members(family_binding: DataFrame) -> DataFrame:
    """Members bound when last heard of: account_token, member_token, relation, birth date, sex, guardianship."""
    last = family_binding.groupBy("account_token", "member_token").agg(
        F.expr(
            "max(struct(bound_at, action, relation, member_birth_date, member_sex, "
            "coalesce(is_guardian, false) AS is_guardian))"
        ).alias("last")
    )
    said = ("relation", "member_birth_date", "member_sex", "is_guardian")
    return last.where("last.action = 'bind'").select(
        "account_token", "member_token", *(f"last.{name}" for name in said)
    )
