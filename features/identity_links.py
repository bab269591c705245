"""What accounts share, and which accounts that makes one person's."""

from __future__ import annotations

from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.components import Stage, components
from features.identity_rules import IdentityRules
from schemas.silver.identity import JOINS

# Sorts by registration, then token; an account whose registration is not known comes last.
LABEL = "concat(lpad(CAST(coalesce(unix_micros(registered_at), 99999999999999999) AS STRING), 20, '0'), account_token)"
_BORN = "birth_date IS NOT NULL"
# What must be known besides the token, and the key that accounts then share.
_SUPPORT = {
    "phone": (f"{_BORN} AND sex IS NOT NULL", "CAST(birth_date AS STRING), sex", "phone_birth_sex"),
    "hospital_card": (f"{_BORN} AND sex IS NOT NULL", "CAST(birth_date AS STRING), sex", "hospital_card_birth_sex"),
    "name": (
        f"{_BORN} AND address_token IS NOT NULL",
        "CAST(birth_date AS STRING), address_token",
        "name_birth_address",
    ),
}


def linked_accounts(state: DataFrame, hubs: DataFrame, rules: IdentityRules, stage: Stage) -> DataFrame:
    """account_token, label, link_kind of every account that shares something with another.

    `label` is that of the person's account which was opened first, `link_kind` the strongest reason. `state` is
    `account_state`, `hubs` what joins nobody.
    """
    links = stage("links", _shared(_keys(state, hubs, rules), rules))
    roots = components(links.selectExpr("label AS node", "low AS other"), stage, rules.most_rounds)
    rank = " ".join(f"WHEN '{kind}' THEN {i}" for i, kind in enumerate(JOINS))
    kinds = ", ".join(f"'{kind}'" for kind in JOINS)
    strongest = links.groupBy("label").agg(F.expr(f"min(CASE link_kind {rank} END)").alias("rank"))
    return strongest.join(roots.withColumnRenamed("node", "label"), "label").selectExpr(
        "substring(label, 21) AS account_token", "root AS label", f"element_at(array({kinds}), rank + 1) AS link_kind"
    )


def _keys(state: DataFrame, hubs: DataFrame, rules: IdentityRules) -> DataFrame:
    """label, key, link_kind: what each account states that is no hub."""
    parts = [_mergers(state)]
    for kind in rules.used("strong", "supporting"):
        holds, more, link_kind = _SUPPORT.get(kind, ("true", "''", kind))
        parts.append(
            state.where(f"{kind}_token IS NOT NULL AND {holds}").selectExpr(
                f"{LABEL} AS label",
                f"concat_ws('|', '{kind}', {kind}_token, {more}) AS key",
                f"'{link_kind}' AS link_kind",
                f"'{kind}' AS identifier_kind",
                f"concat({kind}_token, '') AS identifier",
            )
        )
    stated = reduce(DataFrame.unionByName, parts)
    return stated.join(hubs.select("identifier_kind", "identifier"), ["identifier_kind", "identifier"], "left_anti")


def _mergers(state: DataFrame) -> DataFrame:
    """An account merged into another, and the other, share what only they have."""
    sides = state.where("merged_into_token IS NOT NULL").selectExpr(
        "concat('merge|', account_token) AS key", "explode(array(account_token, merged_into_token)) AS account_token"
    )
    known = state.selectExpr("account_token", f"{LABEL} AS label")
    return sides.join(known, "account_token").selectExpr(
        "label", "key", "'merge' AS link_kind",
        "CAST(NULL AS STRING) AS identifier_kind", "CAST(NULL AS STRING) AS identifier",
    )  # fmt: skip


def _shared(keys: DataFrame, rules: IdentityRules) -> DataFrame:
    """Keys that several accounts have, with `low`, the smallest label of them; placeholders for names join nobody."""
    per_key = keys.groupBy("key").agg(F.expr("min(label)").alias("low"), F.expr("count(1)").alias("degree"))
    namesakes = rules.identifiers["name"].most_accounts
    several = per_key.where(f"degree > 1 AND (degree <= {namesakes} OR NOT startswith(key, 'name|'))")
    return keys.select("label", "key", "link_kind").join(several.select("key", "low"), "key")
