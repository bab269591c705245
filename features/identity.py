"""Which person stands behind an account or a device."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.accounts import IDENTIFIERS
from schemas.silver.identity import LINK_KINDS

# A robot: so many events on one day, or not so many on each of several days.
ROBOT_EVENTS_PER_DAY = 300
BUSY_EVENTS_PER_DAY, BUSY_DAYS = 120, 3
# As many accounts may share name, address and birth date before they are taken for a form's placeholders.
_NAMESAKES = 5
# A chain of more accounts than this, each sharing something with the next only, stays in pieces.
_ROUNDS = 12
# Sorts by registration, then token; an account whose registration is not known comes last.
_LABEL = "concat(lpad(CAST(coalesce(unix_micros(registered_at), 99999999999999999) AS STRING), 20, '0'), account_token)"


@dataclass(frozen=True)
class Caps:
    """More accounts than this on one identifier, and it says nothing about a person."""

    accounts: Mapping[str, int] = field(default_factory=lambda: {"phone": 5, "id_card": 5, "unionid": 5, "device": 8})


def device_accounts(event: DataFrame) -> DataFrame:
    """silver.device_account: devices and accounts named together in one event, once per delivery day."""
    both = event.where("device_token IS NOT NULL AND account_token IS NOT NULL")
    return both.groupBy("device_token", "account_token", "known_date").agg(
        F.expr("min(event_date)").alias("first_event_date")
    )


def busy_actors(user_day: DataFrame) -> DataFrame:
    """Who acts at all, with the busiest day and the number of busy days; small, so worth putting aside."""
    # A day's events may have come in several deliveries.
    days = user_day.groupBy("actor_id", "actor_kind", "event_date").agg(F.sum("event_count").alias("event_count"))
    return days.groupBy("actor_id", "actor_kind").agg(
        F.expr("max(event_count)").alias("busiest"),
        F.expr(f"count_if(event_count > {BUSY_EVENTS_PER_DAY})").alias("busy_days"),
    )


def identity(
    state: DataFrame, device_account: DataFrame, actors: DataFrame, as_of: date, caps: Caps | None = None
) -> DataFrame:
    """silver.identity as of a day, from the `account_state` and what else was known by then.

    Accounts are one person's when they share an ID card, a unionid, telephone with birth date and sex, or name with
    address and birth date, or when one was merged into the other and not parted again. A device is its person's when
    one person only logged in on it. The person is named after the account opened first, so that the name lasts.
    `busy_actors` tell robots, and accounts that act though no registration is known: each is a person too.
    """
    caps = caps or Caps()
    pairs = device_account.select("device_token", "account_token").distinct()
    components = _components(_links(state, _blocked(state, pairs, caps)))
    persons = _persons(_with_strangers(state, actors), components, _excluded(state, actors))
    devices = _devices(pairs, persons, caps)
    return persons.unionByName(devices).select(F.expr(f"DATE'{as_of}'").alias("as_of_date"), "*")


def identity_hubs(state: DataFrame, device_account: DataFrame, as_of: date, caps: Caps | None = None) -> DataFrame:
    """silver.identity_hub: identifiers that touch more accounts than their cap."""
    pairs = device_account.select("device_token", "account_token").distinct()
    hubs = _blocked(state, pairs, caps or Caps())
    return hubs.select(F.expr(f"DATE'{as_of}'").alias("as_of_date"), "*")


def _blocked(state: DataFrame, device_pairs: DataFrame, caps: Caps) -> DataFrame:
    # Said as an expression: Sail keeps a plain column's comment and then finds that a union's parts differ in it.
    pairs = device_pairs.selectExpr("'device' AS identifier_kind", _plain("device_token"), "account_token")
    for kind in IDENTIFIERS:
        stated = state.where(f"{kind}_token IS NOT NULL")
        pairs = pairs.unionByName(
            stated.selectExpr(f"'{kind}' AS identifier_kind", _plain(f"{kind}_token"), "account_token")
        )
    touched = pairs.groupBy("identifier_kind", "identifier").agg(
        F.expr("CAST(count(DISTINCT account_token) AS INT)").alias("account_count")
    )
    limits = " ".join(f"WHEN '{kind}' THEN {n}" for kind, n in caps.accounts.items())
    limit = F.expr(f"CASE identifier_kind {limits} END")
    return touched.withColumn("account_limit", limit).where("account_count > account_limit")


def _with_strangers(state: DataFrame, actors: DataFrame) -> DataFrame:
    acting = actors.where("actor_kind = 'account'").selectExpr("actor_id AS account_token")
    return state.unionByName(acting.join(state, "account_token", "left_anti"), allowMissingColumns=True)


def _plain(token: str) -> str:
    return f"concat({token}, '') AS identifier"


def _excluded(state: DataFrame, actors: DataFrame) -> DataFrame:
    """account_token and excluded_reason of test accounts and robots."""
    tests = state.where("status = 'test'").selectExpr("account_token", "'test_account' AS excluded_reason")
    robots = actors.where(f"busiest > {ROBOT_EVENTS_PER_DAY} OR busy_days >= {BUSY_DAYS}").selectExpr(
        "actor_id AS account_token", "'robot' AS excluded_reason"
    )
    return (
        tests.unionByName(robots).groupBy("account_token").agg(F.expr("max(excluded_reason)").alias("excluded_reason"))
    )


def _persons(state: DataFrame, components: DataFrame, excluded: DataFrame) -> DataFrame:
    joined = state.join(components, "account_token", "left").join(excluded, "account_token", "left")
    return joined.select(
        F.col("account_token").alias("actor_id"),
        F.lit("account").alias("actor_kind"),
        F.expr(f"concat('u', substring(coalesce(label, {_LABEL}), 21, 31))").alias("user_id"),
        F.expr("coalesce(link_kind, 'own')").alias("link_kind"),
        F.col("registered_at"),
        F.expr("excluded_reason IS NOT NULL").alias("is_excluded"),
        F.col("excluded_reason"),
    )


def _links(state: DataFrame, blocked: DataFrame) -> DataFrame:
    """account_token, key, label, link_kind: accounts with one key are one person's; only keys that join any."""
    hubs = blocked.where("identifier_kind <> 'device'").select("identifier_kind", "identifier")
    both_sides = "explode(array(account_token, merged_into_token))"
    keys = {
        "id_card": ("id_card_token IS NOT NULL", "id_card_token"),
        "unionid": ("unionid_token IS NOT NULL", "unionid_token"),
        "phone": (
            "phone_token IS NOT NULL AND birth_date IS NOT NULL AND sex IS NOT NULL",
            "concat_ws('|', phone_token, CAST(birth_date AS STRING), sex)",
        ),
        "name": (
            "name_token IS NOT NULL AND address_token IS NOT NULL AND birth_date IS NOT NULL",
            "concat_ws('|', name_token, address_token, CAST(birth_date AS STRING))",
        ),
    }
    links = state.where("merged_into_token IS NOT NULL").selectExpr(
        f"{both_sides} AS account_token", "concat('merge|', account_token) AS key", "'merge' AS link_kind"
    )
    for kind, (holds, value) in keys.items():
        link_kind = {"phone": "phone_birth_sex", "name": "name_birth_address"}.get(kind, kind)
        stated = state.where(holds).selectExpr(
            "account_token",
            f"concat('{kind}|', {value}) AS key",
            f"'{link_kind}' AS link_kind",
            f"'{kind}' AS identifier_kind",
            f"{kind}_token AS identifier",
        )
        free = stated.join(hubs, ["identifier_kind", "identifier"], "left_anti")
        links = links.unionByName(free.select("account_token", "key", "link_kind"))
    named = links.join(state.selectExpr("account_token", f"{_LABEL} AS label"), "account_token")
    shared = named.withColumn("degree", F.expr("count(1) OVER (PARTITION BY key)"))
    return shared.where(f"degree > 1 AND (link_kind <> 'name_birth_address' OR degree <= {_NAMESAKES})").drop("degree")


def _components(links: DataFrame) -> DataFrame:
    """account_token, label, link_kind: the smallest label that reaches the account over shared keys.

    Labels travel one account further per round. Each round is two windows over one small table, so the plan grows
    in a line and needs neither a checkpoint nor a look at the data in between.
    """
    for _ in range(_ROUNDS):
        links = links.withColumn("label", F.expr("min(label) OVER (PARTITION BY key)"))
        links = links.withColumn("label", F.expr("min(label) OVER (PARTITION BY account_token)"))
    rank = " ".join(f"WHEN '{kind}' THEN {i}" for i, kind in enumerate(LINK_KINDS))
    return links.groupBy("account_token").agg(
        F.expr("min(label)").alias("label"),
        F.expr(f"min(struct(CASE link_kind {rank} END AS at, link_kind)).link_kind").alias("link_kind"),
    )


def _devices(device_pairs: DataFrame, persons: DataFrame, caps: Caps) -> DataFrame:
    whose = persons.selectExpr("actor_id AS account_token", "user_id", "is_excluded", "excluded_reason")
    per_device = (
        device_pairs.join(whose, "account_token")
        .groupBy("device_token")
        .agg(
            F.expr("min(user_id)").alias("user_id"),
            F.expr("min(user_id) = max(user_id)").alias("is_one"),
            F.expr("count(1)").alias("accounts"),
            F.expr("bool_or(is_excluded)").alias("is_excluded"),
            F.expr("max(excluded_reason)").alias("excluded_reason"),
        )
    )
    single = f"is_one AND accounts <= {caps.accounts['device']}"
    return per_device.select(
        F.col("device_token").alias("actor_id"),
        F.lit("device").alias("actor_kind"),
        F.expr(f"CASE WHEN {single} THEN user_id END").alias("user_id"),
        F.expr(f"CASE WHEN {single} THEN 'log_in' ELSE 'shared_device' END").alias("link_kind"),
        F.expr("CAST(NULL AS TIMESTAMP)").alias("registered_at"),
        F.expr(f"{single} AND is_excluded").alias("is_excluded"),
        F.expr(f"CASE WHEN {single} THEN excluded_reason END").alias("excluded_reason"),
    )
