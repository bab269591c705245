"""What a user's wearables and home meters say."""

from schemas.feature.user_day import METRIC_COLUMNS
from schemas.table import Check, Column, Table
from schemas.vocabulary import METRIC_UNITS
from schemas.windows import USER_KEY, days_since

# Alerts of care: a day counts as out of range when one reading of it is.
DEVICE_SIGNALS = {
    "bp_high": "blood pressure high at home (>= 135 or >= 85 mmHg)",
    "bp_low": "blood pressure low (< 90 or < 60 mmHg)",
    "glucose_high": "glucose >= 11.1 mmol/L",
    "glucose_low": "glucose < 3.9 mmol/L",
    "heart_rate_odd": "heart rate > 120 or < 45 bpm",
    "spo2_low": "oxygen saturation < 94 %",
}


def _metric(metric: str, column: str) -> tuple[Column, ...]:
    unit = next(iter(METRIC_UNITS[metric]))
    # Steps come in pieces through the day, the rest are single measurements.
    what = "Steps per day with readings" if metric == "steps" else f"Mean {metric.replace('_', ' ')}"
    return (
        Column(f"{column}_last", "double", f"{what}: of the last day with readings in 90.", unit, sensitivity="health"),
        *(Column(f"{column}_mean_{n}d", "double", f"{what}, last {n} days.", unit, sensitivity="health")
          for n in (7, 30, 90)),
        Column(f"{metric}_reading_count_30d", "int", f"Readings of {metric.replace('_', ' ')}, last 30 days.",
               "readings", nullable=False, sensitivity="health"),
    )  # fmt: skip


def _signal(signal: str, text: str) -> tuple[Column, ...]:
    return (
        *(Column(f"{signal}_days_{n}d", "int", f"Days with {text}, last {n} days.", "days", nullable=False,
                 sensitivity="health") for n in (7, 30)),
        Column(f"{signal}_run_days_30d", "int", f"Longest run of calendar days, each with {text}, last 30 days.",
               "days", nullable=False, sensitivity="health"),
    )  # fmt: skip


USER_DEVICE = Table(
    "feature.user_device",
    "What a user's wearables and home meters say. A family may share a device: readings are the account's.",
    ("user_id", "as_of_date"),
    (
        *USER_KEY,
        *(c for metric, column in METRIC_COLUMNS.items() for c in _metric(metric, column)),
        *(c for signal, text in DEVICE_SIGNALS.items() for c in _signal(signal, text)),
        Column("is_out_of_range_3_days", "boolean", "Blood pressure high or low, or glucose high or low, on three days "
               "running, the last of them within 7 days.", nullable=False, sensitivity="health"),
        Column("is_worsening_3_days", "boolean", "Pressure, glucose, heart rate or oxygen well away from the user's "
               "own level on each of the last three days measured, within 14 days, and no faulty meter.",
               nullable=False, sensitivity="health"),
        Column("is_meter_faulty", "boolean", "A meter's last days jumped further than a body does, or stand still away "
               "from the user's level.", nullable=False, sensitivity="health"),
        Column("reading_count_30d", "int", "Readings of any metric, last 30 days.", "readings", nullable=False,
               sensitivity="health"),
        *(Column(f"reading_days_{n}d", "int", f"Days with a reading of any metric, last {n} days.", "days",
                 nullable=False, sensitivity="health") for n in (7, 30, 90)),
        days_since("reading", "Days since the last reading of any metric", 90, "health"),
        Column("weight_kg_change_90d", "double", "Mean weight of the last 30 days less that of 31 to 90 days ago.",
               "kg", sensitivity="health"),
    ),
    slice_by="as_of_date",
    partition_by=("as_of_date",),
    checks=(
        Check("between", "systolic_mmhg_mean_30d", min=40, max=300),
        Check("between", "glucose_mmol_l_mean_30d", min=0.5, max=50),
        Check("between", "reading_days_30d", min=0, max=30),
    ),
)  # fmt: skip
