"""Key figures of service, public opinion and channels, each from its own feed's facts."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.kpi_rows import rolling_sum, told

_COMMUNITY = {
    "join": "group_join_count",
    "post": "post_count",
    "answer": "community_answer_count",
    "check_in": "check_in_count",
    "like": "like_count",
}
# Topics on which a single hostile mention can harm patients' trust for good weigh threefold.
_GRAVE_TOPICS = ("medical_accident", "privacy_leak")
_GRAVE_WEIGHT = 3
# (level, points at least, times the topic's usual points at least): small noise stays below the first floor.
_ALERT_LEVELS = ((3, 60, 6), (2, 30, 4), (1, 12, 2.5))
_USUAL_DAYS = 28


def _on(df: DataFrame, days: DataFrame) -> DataFrame:
    """The rows whose event lies on one of the days, as `kpi_date`."""
    return df.withColumnRenamed("event_date", "kpi_date").join(days, "kpi_date")


def community_kpis(facts: DataFrame, days: DataFrame) -> DataFrame:
    """`community_act_count` by action, a row for each day."""
    daily = facts.groupBy("event_date").agg(*[F.sum(c).alias(c) for c in _COMMUNITY.values()])
    listed = ", ".join(f"'{action}', {column}" for action, column in _COMMUNITY.items())
    wide = rolling_sum(daily, days, 1, tuple(_COMMUNITY.values()))
    tall = wide.selectExpr("kpi_date", f"stack({len(_COMMUNITY)}, {listed}) AS (action, acts)")
    return told(tall, "community_act_count", "acts", part="action")


def first_reply_kpis(consultations: DataFrame, days: DataFrame) -> DataFrame:
    """Median and ninetieth percentile of the wait for a first reply, by the day of the question.

    Consultations that got no reply are not in it; a reply before its question is a wrong clock and is left out.
    """
    waited = (
        consultations.where("first_reply_at IS NOT NULL")
        .selectExpr("event_date", "CAST(unix_timestamp(first_reply_at) - unix_timestamp(asked_at) AS DOUBLE) AS wait")
        .where("wait >= 0")
    )
    daily = (
        _on(waited, days)
        .groupBy("kpi_date")
        .agg(
            F.expr("percentile(wait, 0.5)").alias("median"),
            F.expr("percentile(wait, 0.9)").alias("p90"),
            F.count("*").alias("replies"),
        )
    )
    return told(daily, "first_reply_seconds_median", "median", "replies").unionByName(
        told(daily, "first_reply_seconds_p90", "p90", "replies")
    )


def nps_kpi(answers: DataFrame, days: DataFrame) -> DataFrame:
    """`nps_90d` of each day that has an answer within its 90 days."""
    daily = answers.groupBy("event_date").agg(
        F.count("*").alias("answers"),
        F.expr("sum(CASE WHEN score >= 9 THEN 1 WHEN score <= 6 THEN -1 ELSE 0 END)").alias("balance"),
    )
    rolled = rolling_sum(daily, days, 90, ("answers", "balance")).where("answers > 0")
    return told(rolled, "nps_90d", "100.0 * CAST(balance AS DOUBLE) / answers", "answers")


def complaint_kpis(complaints: DataFrame, days: DataFrame) -> DataFrame:
    """`complaint_count` by kind; a day without complaints of a kind has no row."""
    daily = _on(complaints, days).groupBy("kpi_date", "kind").agg(F.count("*").alias("complaints"))
    return told(daily, "complaint_count", "complaints", part="kind")


def mention_kpis(mentions: DataFrame, days: DataFrame) -> DataFrame:
    """Count, mean sentiment and alert level by topic; a day without mentions of a topic has no row.

    Volume alone is no alert: a harmless joke that goes round is not hostile. Points are hostile mentions
    times the topic's weight; a level asks for enough points and for a multiple of the topic's usual ones.
    """
    grave = f"topic IN {_GRAVE_TOPICS}"
    daily = mentions.groupBy("event_date", "topic").agg(
        F.count("*").alias("mentions"),
        F.avg("sentiment").alias("sentiment"),
        F.count("sentiment").alias("judged"),
        F.expr(f"sum(CASE WHEN sentiment < 0 THEN CASE WHEN {grave} THEN {_GRAVE_WEIGHT} ELSE 1 END ELSE 0 END)").alias(
            "points"
        ),
    )
    before = daily.selectExpr("event_date AS earlier", "topic", "points AS earlier_points")
    usual = (
        _on(daily, days)
        .join(before, "topic", "left")
        .groupBy("kpi_date", "topic", "mentions", "sentiment", "judged", "points")
        .agg(F.expr(f"sum(CASE WHEN earlier < kpi_date AND earlier >= date_sub(kpi_date, {_USUAL_DAYS}) "
                    f"THEN earlier_points ELSE 0 END) / {_USUAL_DAYS}.0E0").alias("usual"))
    )  # fmt: skip
    cases = " ".join(f"WHEN points >= {p} AND points >= {m} * usual THEN {level}" for level, p, m in _ALERT_LEVELS)
    levels = usual.withColumn("level", F.expr(f"CASE {cases} ELSE 0 END"))
    return (
        told(levels, "mention_count", "mentions", part="topic")
        .unionByName(told(levels.where("judged > 0"), "mention_sentiment", "sentiment", "judged", "topic"))
        .unionByName(told(levels, "mention_alert_level", "level", "mentions", "topic"))
    )


def channel_kpis(touches: DataFrame, days: DataFrame) -> DataFrame:
    """Touches, clicks and cost by channel, anonymous ones too; a day without a channel's touches has no row."""
    daily = (
        _on(touches, days)
        .groupBy("kpi_date", "channel")
        .agg(
            F.expr("count_if(action <> 'clicked')").alias("touches"),
            F.expr("count_if(action = 'clicked')").alias("clicks"),
            F.expr("coalesce(CAST(sum(cost_yuan) AS DOUBLE), 0)").alias("cost"),
        )
    )
    return (
        told(daily, "channel_touch_count", "touches", part="channel")
        .unionByName(told(daily, "channel_click_count", "clicks", part="channel"))
        .unionByName(told(daily, "channel_cost_yuan", "cost", part="channel"))
    )
