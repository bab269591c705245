"""The columns that declared rules may name: one user's features and scores, side by side as of a day."""

from __future__ import annotations

from collections.abc import Iterable

from schemas.feature.user_day import METRIC_COLUMNS, USER_DAY_MEASURES
from schemas.table import Column, Sensitivity, Table
from schemas.tables import TABLES

# Data class, as consent knows them, of each feature table; a health column is `health` wherever it stands.
_CLASS_OF_TABLE = {
    "feature.user_profile": "basic",
    "feature.user_activity": "behaviour",
    "feature.user_consultation": "behaviour",
    "feature.user_engagement": "behaviour",
    "feature.user_funnel": "behaviour",
    "feature.user_social": "behaviour",
    "feature.user_health": "health",
    "feature.user_device": "health",
    "feature.user_symptom": "health",
    "feature.user_value": "value",
    "feature.user_invitation": "value",
    "gold.churn_score": "behaviour",
    "gold.ltv_score": "value",
    "gold.text_department": "health",
    "gold.user_segment": "behaviour",
    "gold.user_value_tier": "value",
}
TABLE_NAMES = tuple(_CLASS_OF_TABLE)
DEVICE_TABLE = "feature.user_device"
_KEYS_AND_NOTES = ("user_id", "as_of_date", "model_version", "method", "distance")
_NOT_FOR_RULES = ("reasons_zh", "reasons_en")
_ORDER: tuple[Sensitivity, ...] = ("public", "low", "personal", "health", "secret")


def _homes() -> dict[str, Table]:
    homes: dict[str, Table] = {}
    for table in map(TABLES.__getitem__, _CLASS_OF_TABLE):
        for name in table.column_names:
            if name in _KEYS_AND_NOTES:
                continue
            if name in homes:
                raise ValueError(f"column {name} is declared by {homes[name].name} and by {table.name}")
            homes[name] = table
    return homes


# Where each column is kept, and the columns that rules may name.
HOMES = _homes()
COLUMNS = {n: t.column(n) for n, t in HOMES.items() if n not in _NOT_FOR_RULES} | {
    "as_of_date": Column("as_of_date", "date", "Day as of which all columns hold.", nullable=False)
}
# What one of a user's days holds, for tags of what followed what. No name stands for both a day and a user.
DAY_COLUMNS = {c.name: c for c in USER_DAY_MEASURES}
_OF_BOTH = {**COLUMNS, **DAY_COLUMNS}
_MONEY_UNITS = ("yuan", "orders", "refunds")
_DEVICE_DAYS = {
    n for n in DAY_COLUMNS if n.endswith("reading_count") or n.removesuffix("_sum") in METRIC_COLUMNS.values()
}
FEATURE_TABLES = tuple(TABLES[n] for n in _CLASS_OF_TABLE if n.startswith("feature."))
SCORE_TABLES = tuple(TABLES[n] for n in _CLASS_OF_TABLE if n.startswith("gold."))


def data_classes(columns: Iterable[str]) -> tuple[str, ...]:
    """The data classes a consent must cover before these columns are used."""
    found = set()
    for name in columns:
        if name in HOMES or name in DAY_COLUMNS:
            is_health = _OF_BOTH[name].sensitivity == "health"
            found.add("health" if is_health else _class_of(name))
    return tuple(sorted(found))


def _class_of(name: str) -> str:
    if name in HOMES:
        return _CLASS_OF_TABLE[HOMES[name].name]
    return "value" if DAY_COLUMNS[name].unit in _MONEY_UNITS else "behaviour"


def most_sensitive(columns: Iterable[str]) -> Sensitivity:
    """The highest sensitivity among the columns."""
    return _ORDER[max((_ORDER.index(_OF_BOTH[c].sensitivity) for c in columns), default=1)]


def at_least(stated: Sensitivity, needed: Sensitivity) -> bool:
    return _ORDER.index(stated) >= _ORDER.index(needed)


def from_devices(columns: Iterable[str]) -> tuple[str, ...]:
    """Those of the columns that come from home readings, which marketing may never use."""
    return tuple(sorted(c for c in columns if c in _DEVICE_DAYS or (c in HOMES and HOMES[c].name == DEVICE_TABLE)))
