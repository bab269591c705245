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
    shared = stage("shared", _shared(_keys(state, rules), hubs, rules))
    links = stage("links", shared.join(state.selectExpr("account_token", f"{LABEL} AS label"), "account_token"))
    lowest = links.groupBy("key").agg(F.expr("min(label)").alias("low"))
    edges = links.join(lowest, "key").selectExpr("label AS node", "low AS other")
    roots = components(edges, stage, rules.most_rounds).withColumnRenamed("node", "label")
    rank = " ".join(f"WHEN '{kind}' THEN {i}" for i, kind in enumerate(JOINS))
    kinds = ", ".join(f"'{kind}'" for kind in JOINS)
    strongest = links.groupBy("label").agg(F.expr(f"min(CASE link_kind {rank} END)").alias("rank"))
    return strongest.join(roots, "label").selectExpr(
        "substring(label, 21) AS account_token", "root AS label", f"element_at(array({kinds}), rank + 1) AS link_kind"
    )


def _keys(state: DataFrame, rules: IdentityRules) -> DataFrame:
    """account_token, key, link_kind, and the identifier that the key is made of: what each account states."""
    # An account merged into another, and the other, share what only they have.
    merged = state.where("merged_into_token IS NOT NULL").selectExpr(
        "explode(array(account_token, merged_into_token)) AS account_token",
        "concat('merge|', account_token) AS key", "'merge' AS link_kind",
        "CAST(NULL AS STRING) AS identifier_kind", "CAST(NULL AS STRING) AS identifier",
    )  # fmt: skip
    parts = [merged.join(state.select("account_token"), "account_token", "left_semi")]
    for kind in rules.used("strong", "supporting"):
        holds, more, link_kind = _SUPPORT.get(kind, ("true", "''", kind))
        parts.append(
            state.where(f"{kind}_token IS NOT NULL AND {holds}").selectExpr(
                "account_token", f"concat_ws('|', '{kind}', {kind}_token, {more}) AS key",
                f"'{link_kind}' AS link_kind", f"'{kind}' AS identifier_kind",
                f"concat({kind}_token, '') AS identifier",
            )
        )  # fmt: skip
    return reduce(DataFrame.unionByName, parts)


def _shared(keys: DataFrame, hubs: DataFrame, rules: IdentityRules) -> DataFrame:
    """Of keys that several accounts have, all rows but those of hubs; placeholders for names join nobody.

    Few are shared: whatever else is to be done is done with these.
    """
    per_key = keys.groupBy("key").agg(F.expr("count(1)").alias("degree"))
    namesakes = rules.identifiers["name"].most_accounts
    several = per_key.where(f"degree > 1 AND (degree <= {namesakes} OR NOT startswith(key, 'name|'))")
    shared = keys.join(several.select("key"), "key", "left_semi")
    free = shared.join(hubs.select("identifier_kind", "identifier"), ["identifier_kind", "identifier"], "left_anti")
    return free.select("account_token", "key", "link_kind")
