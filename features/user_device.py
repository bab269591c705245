"""What users' wearables and home meters say."""

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.device_worsening import level_columns, level_flags, with_levels
from features.totals import total
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
    per_day = recent.groupBy("user_id", "event_date").agg(*(F.expr(total(m)).alias(m) for m in DEVICE_MEASURES))
    aged = per_day.withColumn("age", F.expr(f"CAST(date_diff(DATE'{as_of}', event_date) AS INT)"))
    derived = {
        "days_since_last_reading": days_since("reading_date", as_of, 90),
        "weight_kg_change_90d": "weight_kg_mean_30d - weight_kg_mean_before",
        **{f"{s}_days_{n}d": f"bit_count({s}_mask & {2**n - 1})" for s in DEVICE_SIGNALS for n in (7, 30)},
        **{f"{s}_run_days_30d": _longest_run(f"{s}_mask") for s in DEVICE_SIGNALS},
        "is_out_of_range_3_days": " OR ".join(_is_alert(f"coalesce({s}_mask, 0)") for s in _ALERTING),
    }
    return for_every_user(users, [_measured(with_levels(aged))], USER_DEVICE, as_of, derived | level_flags())


def _longest_run(mask: str) -> str:
    # Bit n is the day n days ago: the ones that stand together in the number's binary form are a run.
    return f"array_max(transform(split(bin({mask}), '0'), x -> length(x)))"


def _is_alert(mask: str) -> str:
    """A run of three days whose newest lies within 7."""
    return f"({mask} & shiftright({mask}, 1) & shiftright({mask}, 2) & 127) <> 0"


def _measured(aged: DataFrame) -> DataFrame:
    columns = {
        "reading_date": "max(event_date)",
        "reading_count_30d": "sum(CASE WHEN age < 30 THEN reading_count ELSE 0 END)",
        **{f"reading_days_{n}d": f"count(CASE WHEN age < {n} THEN 1 END)" for n in (7, 30, 90)},
        "weight_kg_mean_before": _mean("weight", "weight_kg", "age >= 30"),
        **level_columns(),
    }
    for metric, column in METRIC_COLUMNS.items():
        count = f"{metric}_reading_count"
        columns[f"{count}_30d"] = f"sum(CASE WHEN age < 30 THEN {count} ELSE 0 END)"
        day_value = f"{column}_sum" if metric == "steps" else f"{column}_sum / nullif({count}, 0)"
        columns[f"{column}_last"] = f"max_by({day_value}, CASE WHEN {count} > 0 THEN event_date END)"
        columns |= {f"{column}_mean_{n}d": _mean(metric, column, f"age < {n}") for n in (7, 30, 90)}
    for signal in DEVICE_SIGNALS:
        out = f"{signal}_reading_count > 0 AND age < 30"
        columns[f"{signal}_mask"] = f"bit_or(CASE WHEN {out} THEN shiftleft(CAST(1 AS BIGINT), age) END)"
    return aged.groupBy("user_id").agg(*(F.expr(sql).alias(name) for name, sql in columns.items()))


def _mean(metric: str, column: str, holds: str) -> str:
    count = f"{metric}_reading_count"
    over = f"count(CASE WHEN {holds} AND {count} > 0 THEN 1 END)" if metric == "steps" else (
        f"sum(CASE WHEN {holds} THEN {count} END)")  # fmt: skip
    return f"{total(f'{column}_sum', f'CASE WHEN {holds} THEN {column}_sum END')} / nullif({over}, 0)"
