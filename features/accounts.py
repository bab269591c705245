"""What accounts and families are, out of their versions."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.newest import newest

IDENTIFIERS = ("id_card", "unionid", "openid", "phone", "hospital_card", "name")
_TOKENS = tuple(f"{kind}_token" for kind in (*IDENTIFIERS, "address"))
_STATED = ("registered_at", "status", "merged_into_token", "birth_date", "sex", *_TOKENS)
_HOLDS = {"sex": "sex <> 'unknown'"}


def account_state(account: DataFrame) -> DataFrame:
    """One row per account out of the versions known: newest status and merger, newest stated identifiers.

    An identifier or attribute that a later version leaves out still holds; a merger that a later version leaves
    out is undone.
    """
    several = account.groupBy("account_token").agg(F.expr("count(1)").alias("n")).where("n > 1").select("account_token")
    # Most accounts have one version: looking for the newest of it would take most of the time.
    once = account.join(several, "account_token", "left_anti").selectExpr(
        "concat(account_token, '') AS account_token", *(f"{_said(name)} AS {name}" for name in _STATED)
    )
    often = account.join(several, "account_token", "left_semi").groupBy("account_token").agg(
        *(F.expr(_newest(name)).alias(name) for name in _STATED)
    )  # fmt: skip
    return once.unionByName(often)


def _said(name: str) -> str:
    """SQL: what one version says; never a plain column, whose comment a union on Sail would stumble over."""
    return f"CASE WHEN {name} IS NOT NULL AND {_HOLDS.get(name, 'true')} THEN {name} END"


def _newest(name: str) -> str:
    how = {"registered_at": "min(registered_at)", "merged_into_token": "max_by(merged_into_token, updated_at)"}
    return how.get(name) or newest(name, "updated_at", _HOLDS.get(name))


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
