"""What the rows of gold.kpi_day are made with: a calendar, rolling sums, and rolling counts of people in one pass."""

from __future__ import annotations

from datetime import date

from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F


def calendar(spark: SparkSession, first: date, last: date) -> DataFrame:
    """One row per day, both ends included, as `kpi_date`."""
    return spark.sql(f"SELECT explode(sequence(DATE'{first}', DATE'{last}')) AS kpi_date")


def people_per_day(stretches: DataFrame, days: DataFrame) -> DataFrame:
    """`kpi_date`, `people`: users with a stretch from `first_date` to `last_date` that holds the day.

    Each user's stretches must end in the order in which they begin, as windows of one width do; they may
    overlap. A user enters where no earlier stretch still holds and leaves where no later one follows, so
    a rolling distinct count costs one row per stretch and never one per day of the window.
    """
    by_user = Window.partitionBy("user_id").orderBy("first_date")
    seen = stretches.withColumns(
        {"before": F.lag("last_date").over(by_user), "after": F.lead("first_date").over(by_user)}
    )
    enters = seen.where("before IS NULL OR before < first_date").selectExpr("first_date AS on_date", "1 AS change")
    leaves = seen.where("after IS NULL OR after > last_date").selectExpr(
        "date_add(last_date, 1) AS on_date", "-1 AS change"
    )
    changes = enters.unionByName(leaves).groupBy("on_date").agg(F.sum("change").alias("change"))
    return _up_to(days, changes, "on_date <= kpi_date", {"people": "change"})


def rolling_sum(daily: DataFrame, days: DataFrame, width: int, columns: tuple[str, ...]) -> DataFrame:
    """`kpi_date` and the sums of `columns` over the day and the `width - 1` days before it, by `event_date`."""
    within = f"event_date <= kpi_date AND event_date > date_sub(kpi_date, {width})"
    return _up_to(days, daily, within, {name: name for name in columns})


def told(df: DataFrame, kpi: str, value: str, base: str = "NULL", part: str = "''") -> DataFrame:
    """Rows of one figure, its value and what it rests on given as SQL over `df`, which has `kpi_date`."""
    columns = [f"'{kpi}' AS kpi", f"{part} AS part", f"CAST({value} AS DOUBLE) AS value"]
    return df.selectExpr("kpi_date", *columns, f"CAST({base} AS BIGINT) AS base_count")


def _up_to(days: DataFrame, rows: DataFrame, condition: str, sums: dict[str, str]) -> DataFrame:
    joined = days.join(rows, F.expr(condition), "left")
    return joined.groupBy("kpi_date").agg(*[F.expr(f"coalesce(sum({c}), 0)").alias(n) for n, c in sums.items()])
