"""For how many days prescriptions cover their takers."""

from collections.abc import Iterable
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from schemas.feature.user_health import CONDITION_DRUG_CLASSES

LONG_TERM_DAYS_SUPPLY = 14
_WINDOW_DAYS = 180
_STILL_TAKEN_DAYS = 30


def days_covered(prescription: DataFrame, as_of: date) -> DataFrame:
    """user_id, days_covered_share_180d, the same for each of CONDITION_DRUG_CLASSES, medicine_days_left.

    Proportion of days covered as the Pharmacy Quality Alliance defines it (PQA, Adherence: PDC measures; 80 % or more
    is adherent): the days of the period, from the first line to its end, on which a class is at hand; an early refill
    is begun when the supply before it is used up. Of long-term medicines only; PQA also wants two fills, here one
    line will do. A supply therefore ends at the running total of days supplied plus the longest
    delay of any line so far over the total before it, which windows can say without going line by line.
    """
    lines = prescription.where(
        f"days_supply >= {LONG_TERM_DAYS_SUPPLY} AND drug_class IS NOT NULL AND event_date <= DATE'{as_of}' "
        f"AND event_date > date_sub(DATE'{as_of}', {_WINDOW_DAYS})"
    )
    # Day numbers: the as-of day is 0, the first day not lived yet is 1.
    lines = lines.withColumn("day", F.expr(f"date_diff(event_date, DATE'{as_of}')"))
    in_order = "(PARTITION BY user_id, drug_class ORDER BY day, prescription_line_id ROWS UNBOUNDED PRECEDING)"
    totals = lines.withColumn("total", F.expr(f"sum(days_supply) OVER {in_order}"))
    ends = totals.withColumn("end", F.expr(f"total + max(day - (total - days_supply)) OVER {in_order}"))
    per_class = ends.groupBy("user_id", "drug_class").agg(
        F.expr("sum(greatest(0, least(end, 1) - (end - days_supply)))").alias("covered"),
        F.expr("1 - min(day)").alias("span"),
        F.expr("max(end) - 1").alias("days_left"),
    )
    share = "CAST(covered AS DOUBLE) / span"
    return per_class.groupBy("user_id").agg(
        F.expr(f"avg({share})").alias("days_covered_share_180d"),
        *(
            F.expr(f"avg(CASE WHEN {of_classes(classes)} THEN {share} END)").alias(f"{c}_days_covered_share_180d")
            for c, classes in CONDITION_DRUG_CLASSES.items()
        ),
        F.expr(f"min(CASE WHEN days_left >= -{_STILL_TAKEN_DAYS} THEN days_left END)").alias("medicine_days_left"),
    )


def of_classes(classes: Iterable[str]) -> str:
    """SQL: whether a line's drug is of one of the classes."""
    return f"drug_class IN ({', '.join(repr(c) for c in classes)})"
