"""The hospital's key figures for a run of days, all as known by the last of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.kpi_rows import calendar, people_per_day, rolling_sum, told
from features.kpi_service import (
    channel_kpis,
    community_kpis,
    complaint_kpis,
    first_reply_kpis,
    mention_kpis,
    nps_kpi,
)
from features.persons import ACTED
from schemas.gold.kpi_day import FUNNEL_STEPS, RETENTION_DAYS

# Days that are told, and how far back the longest window of the first of them reaches.
KPI_DAYS = 60
HISTORY_DAYS = KPI_DAYS + 90
COHORT_WEEKS = 12

_SUMS = (
    "active_event_count", "order_count", "consultation_count", "left_at_home_session_count",
    "left_at_search_session_count", "left_at_doctor_session_count", "left_at_payment_session_count",
    "paid_session_count", "group_join_count", "post_count", "community_answer_count", "check_in_count", "like_count",
)  # fmt: skip
# Visits end at one step each; who came to a step is who ended there or at a later one.
_ENDS = dict(zip(FUNNEL_STEPS, _SUMS[3:8], strict=True))


@dataclass(frozen=True)
class KpiSources:
    """What the figures are computed from, as known by the day; `facts` is made by user_facts, `people` by people."""

    facts: DataFrame
    people: DataFrame
    consultations: DataFrame
    nps_answers: DataFrame
    complaints: DataFrame
    mentions: DataFrame
    touches: DataFrame


def user_facts(user_day: DataFrame, identity: DataFrame) -> DataFrame:
    """One row per person and day of what the figures need; robots, test accounts and shared devices are out."""
    persons = identity.where("NOT is_excluded AND user_id IS NOT NULL").select("actor_id", "user_id")
    sums = [F.sum(name).cast("bigint").alias(name) for name in _SUMS]
    net = F.expr("sum(spend_yuan - refund_yuan)").alias("net_spend_yuan")
    return user_day.join(persons, "actor_id").groupBy("user_id", "event_date").agg(*sums, net)


def people(identity: DataFrame, zone: str) -> DataFrame:
    """One row per person with an account: the day of the first registration, in the hospital's zone."""
    accounts = identity.where("NOT is_excluded AND actor_kind = 'account' AND user_id IS NOT NULL")
    local = F.expr(f"CAST(from_utc_timestamp(min(registered_at), '{zone}') AS DATE)")
    return accounts.groupBy("user_id").agg(local.alias("registered_date")).where("registered_date IS NOT NULL")


def kpi_day(sources: KpiSources, day: date) -> DataFrame:
    """All figures of the last KPI_DAYS days and COHORT_WEEKS weeks, as rows of gold.kpi_day.

    A day's figure is what is known by `day`, so yesterday's may differ from what was told yesterday.
    """
    days = calendar(sources.facts.sparkSession, day - timedelta(days=KPI_DAYS - 1), day)
    parts = [
        *_activity(sources.facts, days),
        _new_users(sources.people, days),
        *_spend(sources.facts, days),
        _first_orders(sources.people, sources.facts, days),
        _repeat_buyers(sources.facts, days),
        _funnel(sources.facts, days),
        _retention(sources.people, sources.facts, day),
        community_kpis(sources.facts, days),
        first_reply_kpis(sources.consultations, days),
        nps_kpi(sources.nps_answers, days),
        complaint_kpis(sources.complaints, days),
        mention_kpis(sources.mentions, days),
        channel_kpis(sources.touches, days),
    ]
    return reduce(DataFrame.unionByName, parts).selectExpr(f"DATE'{day}' AS as_of_date", "*")


def _activity(facts: DataFrame, days: DataFrame) -> list[DataFrame]:
    active = facts.where(ACTED).select("user_id", "event_date")
    daily = active.groupBy("event_date").agg(F.count("*").alias("dau"))
    monthly = active.selectExpr("user_id", "event_date AS first_date", "date_add(event_date, 29) AS last_date")
    both = rolling_sum(daily, days, 1, ("dau",)).join(people_per_day(monthly, days), "kpi_date")
    return [
        told(both, "dau", "dau"),
        told(both, "mau", "people"),
        told(both.where("people > 0"), "stickiness", "CAST(dau AS DOUBLE) / people", "people"),
    ]


def _new_users(people: DataFrame, days: DataFrame) -> DataFrame:
    daily = people.groupBy(F.col("registered_date").alias("event_date")).agg(F.count("*").alias("people"))
    return told(rolling_sum(daily, days, 1, ("people",)), "new_user_count", "people")


def _spend(facts: DataFrame, days: DataFrame) -> list[DataFrame]:
    daily = facts.groupBy("event_date").agg(
        F.sum("net_spend_yuan").alias("spend"), F.sum("consultation_count").alias("asked")
    )
    one, month = (rolling_sum(daily, days, width, ("spend", "asked")) for width in (1, 30))
    active = facts.where(ACTED).selectExpr(
        "user_id", "event_date AS first_date", "date_add(event_date, 29) AS last_date"
    )
    per_head = month.join(people_per_day(active, days), "kpi_date").where("people > 0")
    return [
        told(one, "net_spend_yuan", "spend"),
        told(one, "consultation_count", "asked"),
        told(per_head, "arpu_yuan_30d", "CAST(spend AS DOUBLE) / people", "people"),
    ]


def _first_orders(people: DataFrame, facts: DataFrame, days: DataFrame) -> DataFrame:
    """Whoever registered counts for 30 days, and as a buyer from the later of registration and first order."""
    bought = facts.where("order_count > 0").groupBy("user_id").agg(F.min("event_date").alias("first_order_date"))
    new = people.selectExpr("user_id", "registered_date AS first_date", "date_add(registered_date, 29) AS last_date")
    buyers = (
        new.join(bought, "user_id")
        .selectExpr("user_id", "greatest(first_date, first_order_date) AS first_date", "last_date")
        .where("first_date <= last_date")
    )
    counts = people_per_day(new, days).withColumnRenamed("people", "registered")
    both = counts.join(people_per_day(buyers, days), "kpi_date").where("registered > 0")
    return told(both, "first_order_share_30d", "CAST(people AS DOUBLE) / registered", "registered")


def _repeat_buyers(facts: DataFrame, days: DataFrame) -> DataFrame:
    """A buyer counts for 90 days from an order day, a repeat buyer only while two order days lie within 90."""
    bought = facts.where("order_count > 0").select("user_id", "event_date")
    once = bought.selectExpr("user_id", "event_date AS first_date", "date_add(event_date, 89) AS last_date")
    twice = bought.selectExpr(
        "user_id",
        "event_date AS first_date",
        "date_add(lag(event_date) OVER (PARTITION BY user_id ORDER BY event_date), 89) AS last_date",
    ).where("last_date >= first_date")
    counts = people_per_day(once, days).withColumnRenamed("people", "buyers")
    both = counts.join(people_per_day(twice, days), "kpi_date").where("buyers > 0")
    return told(both, "repeat_buyer_share_90d", "CAST(people AS DOUBLE) / buyers", "buyers")


def _funnel(facts: DataFrame, days: DataFrame) -> DataFrame:
    daily = facts.groupBy("event_date").agg(*[F.sum(column).alias(column) for column in _ENDS.values()])
    ends = list(_ENDS.values())
    reached = [f"'{step}', {' + '.join(ends[i:])}" for i, step in enumerate(_ENDS)]
    steps = rolling_sum(daily, days, 1, tuple(ends)).selectExpr(
        "kpi_date", f"stack({len(_ENDS)}, {', '.join(reached)}) AS (step, visits)"
    )
    return told(steps, "funnel_visit_count", "visits", part="step")


def _retention(people: DataFrame, facts: DataFrame, day: date) -> DataFrame:
    """By week of registration; only users whose day n is already over count, so a young week rests on fewer."""
    monday = day - timedelta(days=day.weekday() + 7 * (COHORT_WEEKS - 1))
    new = people.where(f"registered_date BETWEEN DATE'{monday}' AND DATE'{day}'").selectExpr(
        "user_id",
        "registered_date",
        "date_sub(registered_date, (dayofweek(registered_date) + 5) % 7) AS kpi_date",
        f"explode(array({', '.join(map(str, RETENTION_DAYS))})) AS n",
    )
    due = new.selectExpr("user_id", "kpi_date", "n", "date_add(registered_date, n) AS event_date").where(
        f"event_date <= DATE'{day}'"
    )
    active = facts.where(ACTED).selectExpr("user_id", "event_date", "1 AS came")
    shares = (
        due.join(active, ["user_id", "event_date"], "left")
        .groupBy("kpi_date", "n")
        .agg(F.count("*").alias("base"), F.expr("coalesce(sum(came), 0)").alias("came"))
    )
    named = shares.withColumn("kpi", F.expr("concat('retention_share_day_', CAST(n AS STRING))"))
    return named.selectExpr(
        "kpi_date", "kpi", "'' AS part", "CAST(came AS DOUBLE) / base AS value", "CAST(base AS BIGINT) AS base_count"
    )
