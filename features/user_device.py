"""What users' wearables and home meters say."""

from datetime import date

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from features.windows import days_since, for_every_user
from schemas.feature.user_day import METRIC_COLUMNS
from schemas.feature.user_device import DEVICE_SIGNALS, USER_DEVICE

DEVICE_MEASURES = (
    "reading_count",
    *(f"{metric}_reading_count" for metric in METRIC_COLUMNS),
    *(f"{column}_sum" for column in METRIC_COLUMNS.values()),
    *(f"{signal}_reading_count" for signal in DEVICE_SIGNALS),
)
# Signals that make a run of three days an alert to the care team.
_ALERTING = ("bp_high", "bp_low", "glucose_high", "glucose_low")


def user_device(days: DataFrame, users: DataFrame, as_of: date) -> DataFrame:
    """feature.user_device from the last 90 days of user_day, `of_users`; of its measures DEVICE_MEASURES are read."""
    recent = days.where(
        f"reading_count > 0 AND event_date <= DATE'{as_of}' AND event_date > date_sub(DATE'{as_of}', 90)"
    )
    per_day = recent.groupBy("user_id", "event_date").agg(*(F.expr(f"sum({m})").alias(m) for m in DEVICE_MEASURES))
    aged = per_day.withColumn("age", F.expr(f"date_diff(DATE'{as_of}', event_date)"))
    derived = {
        "days_since_last_reading": days_since("reading_date", as_of, 90),
        "is_out_of_range_3_days": " OR ".join(f"{signal}_is_alert" for signal in _ALERTING),
        "weight_kg_change_90d": "weight_kg_mean_30d - weight_kg_mean_before",
    }
    return for_every_user(users, [_measured(aged), _runs(aged)], USER_DEVICE, as_of, derived)


def _measured(aged: DataFrame) -> DataFrame:
    columns = {
        "reading_date": "max(event_date)",
        "reading_count_30d": "sum(CASE WHEN age < 30 THEN reading_count ELSE 0 END)",
        **{f"reading_days_{n}d": f"count(CASE WHEN age < {n} THEN 1 END)" for n in (7, 30, 90)},
        "weight_kg_mean_before": _mean("weight", "weight_kg", "age >= 30"),
    }
    for metric, column in METRIC_COLUMNS.items():
        count = f"{metric}_reading_count"
        columns[f"{count}_30d"] = f"sum(CASE WHEN age < 30 THEN {count} ELSE 0 END)"
        day_value = f"{column}_sum" if metric == "steps" else f"{column}_sum / nullif({count}, 0)"
        columns[f"{column}_last"] = f"max(CASE WHEN {count} > 0 THEN struct(-age AS at, {day_value} AS value) END).value"
        columns |= {f"{column}_mean_{n}d": _mean(metric, column, f"age < {n}") for n in (7, 30, 90)}
    for signal in DEVICE_SIGNALS:
        out = f"{signal}_reading_count > 0"
        columns |= {f"{signal}_days_{n}d": f"count(CASE WHEN {out} AND age < {n} THEN 1 END)" for n in (7, 30)}
    return aged.groupBy("user_id").agg(*(F.expr(sql).alias(name) for name, sql in columns.items()))


def _mean(metric: str, column: str, holds: str) -> str:
    count = f"{metric}_reading_count"
    over = f"count(CASE WHEN {holds} AND {count} > 0 THEN 1 END)" if metric == "steps" else (
        f"sum(CASE WHEN {holds} THEN {count} END)")  # fmt: skip
    return f"sum(CASE WHEN {holds} THEN {column}_sum END) / nullif({over}, 0)"


def _runs(aged: DataFrame) -> DataFrame:
    """Runs of days on end: days of one run keep age + rank the same."""
    long = aged.where("age < 30").selectExpr(
        "user_id",
        "age",
        "explode(filter(array("
        + ", ".join(f"CASE WHEN {s}_reading_count > 0 THEN '{s}' END" for s in DEVICE_SIGNALS)
        + "), x -> x IS NOT NULL)) AS signal",
    )
    rank = F.row_number().over(Window.partitionBy("user_id", "signal").orderBy("age"))
    runs = long.withColumn("run", F.col("age") - rank).groupBy("user_id", "signal", "run")
    lengths = runs.agg(F.expr("count(1)").alias("days"), F.expr("min(age)").alias("last_age"))
    return lengths.groupBy("user_id").agg(
        *(F.expr(f"max(CASE WHEN signal = '{s}' THEN days END)").alias(f"{s}_run_days_30d") for s in DEVICE_SIGNALS),
        *(
            F.expr(f"coalesce(bool_or(signal = '{s}' AND days >= 3 AND last_age < 7), false)").alias(f"{s}_is_alert")
            for s in _ALERTING
        ),
    )
