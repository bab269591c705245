"""From users to lists: candidates in one pass, the policy over all of them, then rank, cap and hold-out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.audience import Audience
from features.policy import NO_CONSENT, Policy
from features.sql_text import as_text, literal, texts

OVER_CAP = "over_size_cap"
_BUCKETS = 10_000


def candidates(users: DataFrame, audiences: Sequence[Audience]) -> DataFrame:
    """One row for each audience whose rule a user meets and each channel it may use, best channel first.

    `users`: one row per user with `columns_of(audiences)`, tag_codes and tag_values.
    """
    structs = ", ".join(
        f"CASE WHEN {a.rule.sql} THEN struct('{a.code}' AS audience, {a.stated.priority} AS priority, "
        f"'{a.stated.purpose}' AS purpose, {texts(a.data_classes)} AS data_classes, "
        f"{texts(a.stated.channels)} AS channels, CAST({a.stated.order_by} AS DOUBLE) AS order_value, "
        f"{_details(a)} AS details) END"
        for a in audiences
    )
    chosen = users.selectExpr(
        "user_id", "top_channel_90d", f"explode(filter(array({structs}), a -> a IS NOT NULL)) AS a"
    )
    names = ("audience", "priority", "purpose", "data_classes", "order_value", "details")
    ways = chosen.selectExpr(
        "user_id", "top_channel_90d", *[f"a.{n}" for n in names], "posexplode(a.channels) AS (place, channel)"
    )
    best = "CASE WHEN channel = top_channel_90d THEN -1 ELSE place END AS place"
    return ways.selectExpr("user_id", *names, "channel", best)


def decide(judged: DataFrame) -> DataFrame:
    """One row per audience and user of what `permitted` judged: the best way that passed, or why none did."""
    # Text, not a struct: on Sail the least of structs that are all NULL may come out as a struct of NULLs.
    way = "min(CASE WHEN refused IS NULL THEN concat(lpad(CAST(place + 1 AS STRING), 2, '0'), channel) END)"
    decided = judged.groupBy("audience", "user_id").agg(
        F.expr(way).alias("way"),
        F.expr("max(account_token)").alias("account_token"),
        F.expr("min(refused)").alias("refused"),
        F.expr("max(order_value)").alias("order_value"),
        F.expr("max(purpose)").alias("purpose"),
        F.expr("min_by(details, CASE WHEN refused IS NULL THEN place END)").alias("details"),
    )
    return decided.selectExpr(
        "audience", "user_id", "purpose", "order_value", "details", "substr(way, 3) AS channel", "account_token",
        f"CASE WHEN way IS NULL THEN coalesce(refused, '{NO_CONSENT}') END AS refused",
    )  # fmt: skip


def rank(decided: DataFrame, audiences: Sequence[Audience], policy: Policy) -> DataFrame:
    """Adds `rank` and `outcome`: `list`, `holdout`, `over_size_cap` or the reason of the refusal.

    Held out by a hash of user and audience, so the same people stay out day after day.
    """
    caps = " ".join(f"WHEN '{a.code}' THEN {a.stated.size_cap}" for a in audiences)
    shares = " ".join(f"WHEN '{a.code}' THEN {round(a.holdout_share * _BUCKETS)}" for a in audiences)
    bucket = f"pmod(xxhash64(concat_ws('|', user_id, audience, '{policy.holdout_salt}')), {_BUCKETS})"
    order = "PARTITION BY audience, refused IS NULL ORDER BY order_value DESC NULLS LAST, user_id"
    ranked = decided.selectExpr("*", f"row_number() OVER ({order}) AS rank")
    outcome = (
        f"CASE WHEN refused IS NOT NULL THEN refused WHEN rank > CASE audience {caps} END THEN '{OVER_CAP}' "
        f"WHEN {bucket} < CASE audience {shares} END THEN 'holdout' ELSE 'list' END AS outcome"
    )
    return ranked.selectExpr("*", outcome)


def members(ranked: DataFrame, audiences: Sequence[Audience], policy: Policy, day: date) -> DataFrame:
    """The rows of gold.audience_member."""
    return ranked.where("outcome IN ('list', 'holdout')").selectExpr(
        f"DATE'{day}' AS as_of_date", "audience", "user_id", "account_token", "outcome AS arm", "channel",
        "CAST(rank AS INT) AS rank", "purpose",
        f"{_by_audience({a.code: a.stated.offer.zh for a in audiences})} AS offer_zh",
        f"{_by_audience({a.code: a.stated.offer.en for a in audiences})} AS offer_en",
        "details", f"'{policy.version}' AS policy_version",
        f"{_by_audience({a.code: a.version for a in audiences})} AS audience_version",
    )  # fmt: skip


def outcomes(ranked: DataFrame, day: date) -> DataFrame:
    """The rows of gold.audience_day."""
    counted = ranked.groupBy("audience", "outcome").agg(F.expr("count(1)").alias("user_count"))
    return counted.selectExpr(f"DATE'{day}' AS as_of_date", "audience", "outcome", "user_count")


def changes(today: DataFrame, earlier: DataFrame, day: date) -> DataFrame:
    """The rows of gold.audience_change: lists of the day against each audience's last list before it."""
    lists = earlier.where(f"arm = 'list' AND as_of_date < DATE'{day}'")
    last = lists.groupBy("audience").agg(F.expr("max(as_of_date)").alias("as_of_date"))
    previous = lists.join(last, ["audience", "as_of_date"]).selectExpr(
        "audience", "user_id", "account_token AS old_token"
    )
    now = today.where("arm = 'list'").select("audience", "user_id", "account_token")
    both = now.join(previous, ["audience", "user_id"], "full").where("account_token IS NULL OR old_token IS NULL")
    dated = both.join(last.selectExpr("audience", "as_of_date AS previous_date"), "audience", "left")
    return dated.selectExpr(
        f"DATE'{day}' AS as_of_date", "audience", "user_id", "coalesce(account_token, old_token) AS account_token",
        "CASE WHEN old_token IS NULL THEN 'added' ELSE 'removed' END AS change", "previous_date",
    )  # fmt: skip


def _details(audience: Audience) -> str:
    pairs = ", ".join(f"'{name}', {as_text(name)}" for name in audience.stated.columns)
    return f"map({pairs})"


def _by_audience(values: dict[str, str]) -> str:
    branches = " ".join(f"WHEN '{code}' THEN {literal(text)}" for code, text in values.items())
    return f"CASE audience {branches} END"
