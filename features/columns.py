"""The columns that declared rules may name: one user's features and scores, side by side as of a day."""

from __future__ import annotations

from collections.abc import Iterable

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
    "feature.user_value": "value",
    "gold.churn_score": "behaviour",
    "gold.ltv_score": "value",
    "gold.user_segment": "behaviour",
    "gold.user_value_tier": "value",
}
DEVICE_TABLE = "feature.user_device"
_NOT_MEASURES = ("user_id", "as_of_date", "model_version", "reasons_zh", "reasons_en", "method", "distance")
_ORDER: tuple[Sensitivity, ...] = ("public", "low", "personal", "health", "secret")


def _collected() -> tuple[dict[str, Column], dict[str, Table]]:
    columns: dict[str, Column] = {}
    homes: dict[str, Table] = {}
    for name in _CLASS_OF_TABLE:
        for column in TABLES[name].columns:
            if column.name in _NOT_MEASURES:
                continue
            if column.name in columns:
                raise ValueError(f"column {column.name} is declared by {homes[column.name].name} and by {name}")
            columns[column.name], homes[column.name] = column, TABLES[name]
    columns["as_of_date"] = Column("as_of_date", "date", "Day as of which all columns hold.", nullable=False)
    return columns, homes


COLUMNS, HOMES = _collected()
FEATURE_TABLES = tuple(TABLES[n] for n in _CLASS_OF_TABLE if n.startswith("feature."))
SCORE_TABLES = tuple(TABLES[n] for n in _CLASS_OF_TABLE if n.startswith("gold."))


def data_classes(columns: Iterable[str]) -> tuple[str, ...]:
    """The data classes a consent must cover before these columns are used."""
    found = set()
    for name in columns:
        if name in HOMES:
            is_health = COLUMNS[name].sensitivity == "health"
            found.add("health" if is_health else _CLASS_OF_TABLE[HOMES[name].name])
    return tuple(sorted(found))


def most_sensitive(columns: Iterable[str]) -> Sensitivity:
    """The highest sensitivity among the columns."""
    return _ORDER[max((_ORDER.index(COLUMNS[c].sensitivity) for c in columns), default=1)]


def at_least(stated: Sensitivity, needed: Sensitivity) -> bool:
    return _ORDER.index(stated) >= _ORDER.index(needed)


def from_devices(columns: Iterable[str]) -> tuple[str, ...]:
    """Those of the columns that come from home readings, which marketing may never use."""
    return tuple(sorted(c for c in columns if c in HOMES and HOMES[c].name == DEVICE_TABLE))
