"""From a data frame to the plain matrix a model reads, with every misfit named at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def require_columns(frame: pd.DataFrame, columns: Sequence[str], purpose: str) -> None:
    """Raise ValueError naming every one of `columns` that `frame` lacks; `purpose` says who needs them."""
    missing = [name for name in dict.fromkeys(columns) if name not in frame.columns]
    if missing:
        raise ValueError(f"{purpose}: the frame lacks {len(missing)} column(s): {', '.join(missing)}")


def feature_matrix(frame: pd.DataFrame, features: Sequence[str], purpose: str = "features") -> Floats:
    """The columns `features` as float64, one row per row of `frame`, in the order asked for.

    Booleans become 0/1, Decimal becomes float, None, pd.NA and NaN become NaN (missing values are allowed). Raises
    ValueError for an empty or doubled list and, all at once, for columns that are absent, not numeric or infinite.
    """
    names = list(features)
    doubled = sorted({name for name in names if names.count(name) > 1})
    if not names or doubled:
        raise ValueError(f"{purpose}: the feature list is empty or names a column twice: {doubled}")
    require_columns(frame, names, purpose)
    matrix = np.empty((len(frame), len(names)), dtype=np.float64)
    bad: list[str] = []
    for j, name in enumerate(names):
        try:
            matrix[:, j] = frame[name].astype("float64").to_numpy()
        except (TypeError, ValueError):
            bad.append(f"{name} ({frame[name].dtype}, not numeric)")
            continue
        if np.isinf(matrix[:, j]).any():
            bad.append(f"{name} (infinite values)")
    if bad:
        raise ValueError(f"{purpose}: {len(bad)} column(s) cannot be used: {', '.join(bad)}")
    return matrix


def binary_label(frame: pd.DataFrame, label: str, purpose: str) -> Floats:
    """The column `label` as 0.0 / 1.0; ValueError if it holds anything else or one class only."""
    values = feature_matrix(frame, [label], purpose)[:, 0]
    if set(np.unique(values)) != {0.0, 1.0}:
        found = ", ".join(f"{v:g}" for v in np.unique(values)[:5])
        raise ValueError(
            f"{purpose}: label {label} must hold both 0 and 1 and nothing else; found: {found or 'no rows'}"
        )
    return values


def amount_label(frame: pd.DataFrame, label: str, purpose: str) -> Floats:
    """The column `label` as amounts; ValueError for missing or negative values or no rows."""
    values = feature_matrix(frame, [label], purpose)[:, 0]
    wrong = int((~(values >= 0)).sum())
    if wrong or not len(values):
        raise ValueError(f"{purpose}: label {label} must be >= 0 in every row; {wrong} of {len(values)} rows are not")
    return values
