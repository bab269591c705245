"""Identifiers that touch so many accounts that they say nothing about a person."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.identity_rules import Identifier, IdentityRules
from features.sql_text import literal

_IDENTIFIER = ["identifier_kind", "identifier"]


def hubs(state: DataFrame, device_account: DataFrame, rules: IdentityRules) -> DataFrame:
    """silver.identity_hub without its day: what is blocked by hand, touches too many accounts, or did so too fast.

    `state` is `account_state`. An account is new to a device on the day of the first event that names both, and to any
    other identifier on the day it was registered.
    """
    touches = _touches(state, device_account, rules)
    counted = touches.groupBy(*_IDENTIFIER).agg(F.expr("CAST(count(1) AS INT)").alias("account_count"))
    limit = _by_kind({kind: stated.most_accounts for kind, stated in _watched(rules).items()})
    counted = counted.withColumn("account_limit", F.expr(limit))
    measured = counted.join(_rates(touches, counted, rules), _IDENTIFIER, "left")
    told = measured.withColumn("hub_reason", F.expr(_reason(rules))).where("hub_reason IS NOT NULL")
    return told.selectExpr(
        *_IDENTIFIER, "account_count", "account_limit", "hub_reason",
        f"{_of_the_rate(rules, '')} AS new_account_count", f"{_of_the_rate(rules, '_limit')} AS new_account_limit",
    )  # fmt: skip


def _of_the_rate(rules: IdentityRules, what: str) -> str:
    """SQL: a figure of the rate that is the reason; NULL where none is."""
    cases = " ".join(f"WHEN hub_reason = 'new_accounts_{days}d' THEN new_{days}d{what}" for days in _days(rules))
    return f"CAST(CASE {cases} END AS INT)" if cases else "CAST(NULL AS INT)"


def _watched(rules: IdentityRules) -> Mapping[str, Identifier]:
    return {kind: rules.identifiers[kind] for kind in rules.used("strong", "supporting", "weak")}


def _days(rules: IdentityRules) -> list[int]:
    return sorted({days for stated in _watched(rules).values() for days, _ in stated.most_new_accounts.limits})


def _touches(state: DataFrame, device_account: DataFrame, rules: IdentityRules) -> DataFrame:
    """identifier_kind, identifier, first_date: a row for each account that an identifier touches.

    Strangers share names: of these only the ones that are blocked by hand.
    """
    # Said as expressions: Sail keeps a plain column's comment and then finds that a union's parts differ in it.
    parts = []
    for kind in _watched(rules):
        named = [f"'{kind}' AS identifier_kind", f"concat({kind}_token, '') AS identifier"]
        if kind == "device":
            seen = device_account.groupBy("device_token", "account_token").agg(
                F.expr("min(first_event_date)").alias("d")
            )
            parts.append(seen.selectExpr(*named, "d AS first_date"))
        elif kind != "name" or _blocked(rules, kind):
            stated = state.where(_blocked(rules, kind) if kind == "name" else f"{kind}_token IS NOT NULL")
            parts.append(stated.selectExpr(*named, "CAST(registered_at AS DATE) AS first_date"))
    return reduce(DataFrame.unionByName, parts)


def _rates(touches: DataFrame, counted: DataFrame, rules: IdentityRules) -> DataFrame:
    """Of identifiers that may be hubs by rate: most accounts first seen within so many days, and the limits."""
    limits = {
        days: {k: dict(i.most_new_accounts.limits)[days] for k, i in _watched(rules).items()
               if days in dict(i.most_new_accounts.limits)}
        for days in _days(rules)
    }  # fmt: skip
    least = min((most for by_kind in limits.values() for most in by_kind.values()), default=0)
    kinds = sorted({kind for by_kind in limits.values() for kind in by_kind})
    few = counted.where(f"account_count > {least} AND identifier_kind IN ({_texts(kinds)})")
    placed = touches.join(few.select(*_IDENTIFIER), _IDENTIFIER).selectExpr(
        *_IDENTIFIER, "CAST(date_diff(first_date, DATE'2000-01-01') AS INT) AS day"
    )
    for days in limits:
        within = "PARTITION BY identifier_kind, identifier ORDER BY day"
        placed = placed.withColumn(
            f"n{days}", F.expr(f"count(day) OVER ({within} RANGE BETWEEN {days - 1} PRECEDING AND CURRENT ROW)")
        )
    most = placed.groupBy(*_IDENTIFIER).agg(
        F.expr("count(1)").alias("touched"), *(F.expr(f"max(n{days})").alias(f"new_{days}d") for days in limits)
    )
    return most.drop("touched").selectExpr("*", *(f"{_by_kind(k)} AS new_{days}d_limit" for days, k in limits.items()))


def _reason(rules: IdentityRules) -> str:
    """SQL: why an identifier is a hub, the first that holds; NULL where it is none."""
    blocked = [f"({sql})" for kind in _watched(rules) if (sql := _blocked(rules, kind, "identifier"))]
    by_hand = f"WHEN {' OR '.join(blocked)} THEN 'blocked'" if blocked else ""
    by_rate = " ".join(f"WHEN new_{days}d > new_{days}d_limit THEN 'new_accounts_{days}d'" for days in _days(rules))
    too_many = "WHEN identifier_kind <> 'name' AND account_count > account_limit THEN 'accounts'"
    return f"CASE {by_hand} {too_many} {by_rate} END"


def _blocked(rules: IdentityRules, kind: str, column: str | None = None) -> str:
    """SQL: the token is one of those blocked by hand; empty where none is."""
    tokens = [b.token for b in rules.blocked if b.kind == kind]
    if not tokens:
        return ""
    listed = f"{column or f'{kind}_token'} IN ({_texts(tokens)})"
    return f"identifier_kind = '{kind}' AND {listed}" if column else listed


def _by_kind(values: Mapping[str, int]) -> str:
    cases = " ".join(f"WHEN '{kind}' THEN {n}" for kind, n in values.items())
    return f"CAST(CASE identifier_kind {cases or 'WHEN NULL THEN 0'} END AS INT)"


def _texts(values: list[str]) -> str:
    return ", ".join(literal(v) for v in values) or "NULL"
