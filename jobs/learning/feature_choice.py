"""Which columns a model sees, and what they are called in its reasons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from jobs.learning.settings import FeatureChoice
from jobs.runtime.feature_names import WINDOW, FeatureNames
from models.reasons import FeatureMeaning
from schemas.table import Column, Table
from schemas.tables import TABLES

_NUMERIC = ("int", "bigint", "double", "boolean")


def feature_tables() -> tuple[Table, ...]:
    """The feature tables with one row per user and as-of day."""
    return tuple(t for t in TABLES.values() if t.layer == "feature" and t.key == ("user_id", "as_of_date"))


def numeric_columns() -> dict[str, tuple[Column, Table]]:
    """Every numeric or yes-or-no column of those tables, by name."""
    return {c.name: (c, t) for t in feature_tables() for c in t.columns if _is_numeric(c)}


def chosen_features(choice: FeatureChoice) -> tuple[str, ...]:
    """The columns a model sees, in the order they are declared.

    Raises ValueError for a table that does not exist and for a pattern that meets no column: most likely a column was
    renamed, and what should stay out would come in.
    """
    columns = numeric_columns()
    known = {t.name for t in feature_tables()}
    dead = [p for p in (*choice.keep, *choice.exclude) if not any(fnmatchcase(name, p) for name in columns)]
    wrong = [f"table {t} is no feature table" for t in choice.exclude_tables if t not in known]
    wrong += [f"pattern {p!r} meets no column" for p in dead]
    if wrong:
        raise ValueError(f"features of a model: {'; '.join(wrong)}")
    return tuple(name for name, (column, table) in columns.items() if _is_seen(column, table, choice))


def within_history(features: Sequence[str], days: int) -> tuple[str, ...]:
    """Those whose window is no longer than the history behind a training day.

    A longer one would grow with the history alone, and mean less on the training days than when it is scored.
    """
    windows = {f: WINDOW.match(f) for f in features}
    return tuple(f for f, w in windows.items() if w is None or int(w["days"]) * (2 if w["prior"] else 1) <= days)


def _is_numeric(column: Column) -> bool:
    return column.type in _NUMERIC or column.type.startswith("decimal")


def _is_seen(column: Column, table: Table, choice: FeatureChoice) -> bool:
    if _meets(column.name, choice.keep):
        return True
    if table.name in choice.exclude_tables or column.sensitivity in choice.exclude_sensitivities:
        return False
    return not _meets(column.name, choice.exclude)


def _meets(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def feature_meanings(names: FeatureNames, features: Sequence[str]) -> dict[str, FeatureMeaning]:
    """What each feature is called; one without a name goes by its declared meaning, in English."""
    columns = numeric_columns()
    return {f: _meaning(names, columns[f][0]) for f in features}


def _meaning(names: FeatureNames, column: Column) -> FeatureMeaning:
    said = column.meaning.rstrip(".")
    zh, en = names.full(column.name) or (said, said)
    if column.type == "boolean":
        return FeatureMeaning(zh, en, kind="flag")
    if "share" in column.name.split("_") and column.type == "double":
        return FeatureMeaning(zh, en, kind="share")
    unit_zh, unit_en = names.units.get(column.unit or "", ("次", "") if column.name.find("_count") > 0 else ("", ""))
    if column.name.startswith("days_since"):
        unit_en = ""
    whole = column.type in ("int", "bigint") or (column.unit in ("yuan", "min", "s") and "per" not in column.name)
    return FeatureMeaning(zh, en, unit_zh, unit_en, decimals=0 if whole else 1)
