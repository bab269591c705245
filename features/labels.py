"""What happened after a day: what models learn to foresee. For training and evaluation only."""

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.persons import ACTED, of_users, registered_users


def churn_label(user_day: DataFrame, identity: DataFrame, as_of: date, days: int = 30) -> DataFrame:
    """user_id, is_churned: 1 for every registered person who does nothing in the `days` after `as_of`.

    `identity` is the slice of `as_of`. Late deliveries count: the truth is what happened, not what was known.
    """
    active = _after(user_day, identity, as_of, days).where(ACTED).select("user_id").distinct()
    known = registered_users(identity).join(active.withColumn("came", F.lit(1)), "user_id", "left")
    return known.selectExpr("user_id", "CAST(came IS NULL AS INT) AS is_churned")


def spend_label(user_day: DataFrame, identity: DataFrame, as_of: date, days: int) -> DataFrame:
    """user_id, future_spend_yuan: paid for lines sold in the `days` after `as_of`, for every registered person."""
    spent = _after(user_day, identity, as_of, days).groupBy("user_id").agg(F.expr("sum(spend_yuan)").alias("spent"))
    known = registered_users(identity).join(spent, "user_id", "left")
    return known.selectExpr("user_id", "CAST(coalesce(spent, 0) AS DOUBLE) AS future_spend_yuan")


def _after(user_day: DataFrame, identity: DataFrame, as_of: date, days: int) -> DataFrame:
    within = user_day.where(f"event_date > DATE'{as_of}' AND event_date <= date_add(DATE'{as_of}', {days})")
    return of_users(within, identity, "actor_id")
