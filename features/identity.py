"""Which person stands behind an account or a device."""

from __future__ import annotations

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.components import Stage
from features.identity_links import LABEL, linked_accounts
from features.identity_rules import IdentityRules, Robots


def device_accounts(event: DataFrame) -> DataFrame:
    """silver.device_account: devices and accounts named together in one event, once per delivery day."""
    both = event.where("device_token IS NOT NULL AND account_token IS NOT NULL")
    return both.groupBy("device_token", "account_token", "known_date").agg(
        F.expr("min(event_date)").alias("first_event_date")
    )


def busy_actors(user_day: DataFrame, robots: Robots) -> DataFrame:
    """Who acts at all, and whether as only a robot does; small, so worth putting aside."""
    # A day's events may have come in several deliveries.
    days = user_day.groupBy("actor_id", "actor_kind", "event_date").agg(F.sum("event_count").alias("event_count"))
    actors = days.groupBy("actor_id", "actor_kind").agg(
        F.expr("max(event_count)").alias("busiest"),
        F.expr(f"count_if(event_count > {robots.busy_events_per_day})").alias("busy_days"),
    )
    is_robot = f"busiest > {robots.events_per_day} OR busy_days >= {robots.busy_days}"
    return actors.selectExpr("actor_id", "actor_kind", f"{is_robot} AS is_robot")


def identity(
    state: DataFrame,
    device_account: DataFrame,
    actors: DataFrame,
    hubs: DataFrame,
    rules: IdentityRules,
    as_of: date,
    stage: Stage,
) -> DataFrame:
    """silver.identity as of a day, from the `account_state` and what else was known by then.

    Accounts are one person's when they share what conf/identity.yml says joins and is no hub, or when one was merged
    into the other and not parted again. A device is its person's when one person only logged in on it. The person is
    named after the account opened first, so that the name lasts. `busy_actors` tell robots, and accounts that act
    though no registration is known: each is a person too.
    """
    everyone = state.unionByName(stage("strangers", _strangers(state, actors)), allowMissingColumns=True)
    linked = linked_accounts(everyone, hubs, rules, stage)
    persons = stage("persons", _persons(everyone, linked, _excluded(state, actors)))
    devices = _devices(device_account, persons, hubs, rules)
    return persons.unionByName(devices).select(F.expr(f"DATE'{as_of}'").alias("as_of_date"), "*")


def user_id_of(account: str) -> str:
    """SQL: the id of a person that is named after an account."""
    return f"concat('u', substring({account}, 1, 31))"


def _strangers(state: DataFrame, actors: DataFrame) -> DataFrame:
    """Accounts that act though no registration is known: another may be merged into one."""
    acting = actors.where("actor_kind = 'account'").selectExpr("actor_id AS account_token")
    return acting.join(state, "account_token", "left_anti")


def _excluded(state: DataFrame, actors: DataFrame) -> DataFrame:
    """account_token and excluded_reason of test accounts and robots."""
    tests = state.where("status = 'test'").selectExpr("account_token", "'test_account' AS excluded_reason")
    robots = actors.where("is_robot").selectExpr("actor_id AS account_token", "'robot' AS excluded_reason")
    return (
        tests.unionByName(robots).groupBy("account_token").agg(F.expr("max(excluded_reason)").alias("excluded_reason"))
    )


def _persons(state: DataFrame, linked: DataFrame, excluded: DataFrame) -> DataFrame:
    joined = state.join(linked, "account_token", "left").join(excluded, "account_token", "left")
    return joined.select(
        F.col("account_token").alias("actor_id"),
        F.lit("account").alias("actor_kind"),
        F.expr(user_id_of(f"substring(coalesce(label, {LABEL}), 21)")).alias("user_id"),
        F.expr("coalesce(link_kind, 'own')").alias("link_kind"),
        F.col("registered_at"),
        F.expr("excluded_reason IS NOT NULL").alias("is_excluded"),
        F.col("excluded_reason"),
    )


def _devices(device_account: DataFrame, persons: DataFrame, hubs: DataFrame, rules: IdentityRules) -> DataFrame:
    whose = persons.selectExpr("actor_id AS account_token", "user_id", "is_excluded", "excluded_reason")
    logged_in = device_account.select("device_token", "account_token").join(whose, "account_token")
    per_device = logged_in.groupBy("device_token").agg(
        F.expr("min(user_id)").alias("user_id"),
        F.expr("min(user_id) = max(user_id)").alias("is_one"),
        F.expr("bool_or(is_excluded)").alias("is_excluded"),
        F.expr("max(excluded_reason)").alias("excluded_reason"),
    )
    hub = hubs.where("identifier_kind = 'device'").selectExpr("identifier AS device_token", "true AS is_hub")
    single = "is_one AND is_hub IS NULL" if rules.identifiers["device"].strength == "weak" else "false"
    return per_device.join(hub, "device_token", "left").select(
        F.col("device_token").alias("actor_id"),
        F.lit("device").alias("actor_kind"),
        F.expr(f"CASE WHEN {single} THEN user_id END").alias("user_id"),
        F.expr(f"CASE WHEN {single} THEN 'log_in' ELSE 'shared_device' END").alias("link_kind"),
        F.expr("CAST(NULL AS TIMESTAMP)").alias("registered_at"),
        F.expr(f"{single} AND is_excluded").alias("is_excluded"),
        F.expr(f"CASE WHEN {single} THEN excluded_reason END").alias("excluded_reason"),
    )
