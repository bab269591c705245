"""For how many days prescriptions cover their takers."""

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

LONG_TERM_DAYS_SUPPLY = 14
_WINDOW_DAYS = 180
_STILL_TAKEN_DAYS = 30


def days_covered(prescription: DataFrame, as_of: date) -> DataFrame:
    """user_id, days_covered_share_180d, medicine_days_left of long-term medicines.

    Proportion of days covered as the Pharmacy Quality Alliance defines it: an early refill is begun when the
    supply before it is used up. A supply therefore ends at the running total of days supplied plus the longest
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
    return per_class.groupBy("user_id").agg(
        F.expr("avg(CAST(covered AS DOUBLE) / span)").alias("days_covered_share_180d"),
        F.expr(f"min(CASE WHEN days_left >= -{_STILL_TAKEN_DAYS} THEN days_left END)").alias("medicine_days_left"),
    )
