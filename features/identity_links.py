"""What accounts share, and which accounts that makes one person's."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.components import Stage, components
from features.identity_rules import IdentityRules
from features.sql_text import literal
from schemas.silver.identity import JOINS

# Sorts by registration, then token; an account whose registration is not known comes last.
LABEL = "concat(lpad(CAST(coalesce(unix_micros(registered_at), 99999999999999999) AS STRING), 20, '0'), account_token)"


@dataclass(frozen=True)
class _Support:
    """What accounts that share a supporting identifier must both state alike, and may leave out but not contradict."""

    kind: str
    alike: tuple[str, ...]
    unopposed: tuple[str, ...]
    link_kind: str


# A family shares telephones and cards: what tells its members apart must not differ, twins' names included. What one of
# two accounts leaves out speaks neither for nor against. Devices join nobody, though the name would tell a family's
# members apart: a device is looked at for as long as it is in use, and persons must not part when it no longer is.
_PEOPLE_SHARE = ("phone", "hospital_card")
_SUPPORTS = (
    *(_Support(kind, ("birth", "name"), (), f"{kind}_name") for kind in _PEOPLE_SHARE),
    *(_Support(kind, ("birth", "sex"), ("name",), f"{kind}_birth_sex") for kind in _PEOPLE_SHARE),
    *(_Support(kind, ("name",), ("birth", "sex"), f"{kind}_name") for kind in _PEOPLE_SHARE),
    *(_Support(kind, ("birth",), ("sex", "name"), f"{kind}_birth") for kind in _PEOPLE_SHARE),
    _Support("name", (), (), "name_birth_address"),
)


def linked_accounts(state: DataFrame, hubs: DataFrame, rules: IdentityRules, stage: Stage) -> DataFrame:
    """account_token, label, link_kind of every account that shares something with another.

    `label` is that of the person's account which was opened first, `link_kind` the strongest reason. `state` is
    `account_state`, `hubs` what joins nobody.
    """
    shared = _shared(_identifiers(state, rules), hubs)
    said = stage("shared", shared.join(state.selectExpr("account_token", *_said(rules)), "account_token"))
    links = stage("links", _links(said, rules))
    lowest = links.groupBy("key").agg(F.expr("min(label)").alias("low"))
    edges = links.join(lowest, "key").selectExpr("label AS node", "low AS other")
    roots = components(edges, stage, rules.most_rounds).withColumnRenamed("node", "label")
    rank = " ".join(f"WHEN '{kind}' THEN {i}" for i, kind in enumerate(JOINS))
    kinds = ", ".join(f"'{kind}'" for kind in JOINS)
    strongest = links.groupBy("label").agg(F.expr(f"min(CASE link_kind {rank} END)").alias("rank"))
    return strongest.join(roots, "label").selectExpr(
        "substring(label, 21) AS account_token", "root AS label", f"element_at(array({kinds}), rank + 1) AS link_kind"
    )


def _identifiers(state: DataFrame, rules: IdentityRules) -> DataFrame:
    """account_token, identifier_kind, identifier: what accounts may share; a name only with address and birth date."""
    # An account merged into another, and the other, share what only they have.
    merged = state.where("merged_into_token IS NOT NULL").selectExpr(
        "explode(array(account_token, merged_into_token)) AS account_token",
        "'merge' AS identifier_kind", "concat(account_token, '') AS identifier",
    )  # fmt: skip
    parts = [merged]
    for kind in rules.used("strong", "supporting"):
        stated, identifier = f"{kind}_token IS NOT NULL", f"concat({kind}_token, '')"
        if kind == "name":
            stated = " AND ".join(f"{what} IS NOT NULL" for what in (_name(rules), "address_token", _birth(rules)))
            identifier = "concat_ws('|', name_token, address_token, CAST(birth_date AS STRING))"
        parts.append(
            state.where(stated).selectExpr(
                "account_token", f"'{kind}' AS identifier_kind", f"{identifier} AS identifier"
            )
        )
    return reduce(DataFrame.unionByName, parts)


def _shared(identifiers: DataFrame, hubs: DataFrame) -> DataFrame:
    """Of identifiers that several accounts have, all rows but those of hubs.

    Few are shared: whatever else is to be done is done with these.
    """
    named = ["identifier_kind", "identifier"]
    several = identifiers.groupBy(*named).agg(F.expr("count(1)").alias("degree")).where("degree > 1")
    free = several.select(*named).join(hubs.select(*named), named, "left_anti")
    return identifiers.join(free, named, "left_semi")


def _said(rules: IdentityRules) -> tuple[str, ...]:
    """SQL: an account's label, and what must fit besides the identifier."""
    return f"{LABEL} AS label", f"{_birth(rules)} AS birth", "sex", f"{_name(rules)} AS name"


def _birth(rules: IdentityRules) -> str:
    """SQL: the date of birth, unless a form fills it in by itself."""
    listed = ", ".join(f"DATE'{day}'" for day in rules.placeholder_birth_dates)
    return f"CASE WHEN birth_date NOT IN ({listed}) THEN birth_date END" if listed else "birth_date"


def _name(rules: IdentityRules) -> str:
    """SQL: the name, unless conf/identity.yml does not look at it or blocks it."""
    if "name" not in rules.used("supporting"):
        return "CAST(NULL AS STRING)"
    listed = ", ".join(literal(b.token) for b in rules.blocked if b.kind == "name")
    return f"CASE WHEN name_token NOT IN ({listed}) THEN name_token END" if listed else "name_token"


def _links(said: DataFrame, rules: IdentityRules) -> DataFrame:
    """label, key, link_kind: accounts with one key are one person's.

    Of accounts that share an identifier and state something alike, all are joined or none: one that leaves out what
    two others contradict each other in might be either's.
    """
    fits = " AND ".join(f"coalesce(min({what}) = max({what}), true)" for what in ("birth", "sex", "name"))
    few = f"(NOT max(named) OR count(1) <= {rules.identifiers['name'].most_accounts})"
    keys = reduce(DataFrame.unionByName, [_keys(said, support) for support in _supports(rules)])
    joining = keys.groupBy("key").agg(F.expr(f"count(1) > 1 AND {few} AND {fits}").alias("joins")).where("joins")
    return keys.join(joining.select("key"), "key", "left_semi").select("label", "key", "link_kind")


def _supports(rules: IdentityRules) -> list[_Support]:
    alone = [_Support(kind, (), (), kind) for kind in ("merge", *rules.used("strong"))]
    used = rules.used("supporting")
    return alone + [s for s in _SUPPORTS if s.kind in used]


def _keys(said: DataFrame, support: _Support) -> DataFrame:
    """The key of each account that states what the support asks for, and what must not differ within one key."""
    stated = " AND ".join(["true", *(f"{what} IS NOT NULL" for what in support.alike)])
    parts = ", ".join([f"'{support.link_kind}'", "identifier", *(f"CAST({what} AS STRING)" for what in support.alike)])
    may_differ = dict.fromkeys(("birth", "sex", "name"), "NULL")
    opposed = may_differ | {what: what for what in support.unopposed}
    return said.where(f"identifier_kind = '{support.kind}' AND {stated}").selectExpr(
        "label", f"concat_ws('|', {parts}) AS key", f"'{support.link_kind}' AS link_kind",
        f"{'name' in (support.kind, *support.alike)} AS named",
        *(f"CAST({sql} AS STRING) AS {what}" for what, sql in opposed.items()),
    )  # fmt: skip
