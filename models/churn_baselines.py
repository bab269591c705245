"""What a churn model has to beat: a table of days since last seen, and logistic regression."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.impute import SimpleImputer
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from models.matrix import Floats, binary_label, feature_matrix

DAY_EDGES = (1, 2, 3, 4, 5, 7, 10, 14, 21, 30, 45, 60, 75, 90, 120, 150, 180, 270, 365)
_SKEWED = 1.0


@dataclass(frozen=True)
class LastSeenRule:
    """A table from days since last active to churn rate, never falling with more days.

    `rates[i]` holds from `edges[i-1]` (inclusive) to `edges[i]` (exclusive) days; `never_rate` is for rows without a
    last active day.
    """

    column: str
    edges: tuple[float, ...]
    rates: tuple[float, ...]
    never_rate: float

    def predict(self, frame: pd.DataFrame) -> Floats:
        """Churn rates in [0, 1], one per row."""
        days = feature_matrix(frame, [self.column], "last-seen rule")[:, 0]
        rates = np.asarray(self.rates)[np.searchsorted(self.edges, days, side="right").clip(0, len(self.edges))]
        return np.where(np.isnan(days), self.never_rate, rates)

    def to_dict(self) -> dict[str, Any]:
        """The whole, in JSON's types."""
        return {
            "column": self.column,
            "edges": list(self.edges),
            "rates": list(self.rates),
            "never_rate": self.never_rate,
        }

    @classmethod
    def from_dict(cls, payload: dict[str, Any]) -> Self:
        """Undo `to_dict`."""
        edges, rates = tuple(payload["edges"]), tuple(payload["rates"])
        return cls(payload["column"], edges, rates, payload["never_rate"])


def last_seen_rule(
    train: pd.DataFrame, days_column: str, label: str, edges: Sequence[float] = DAY_EDGES
) -> LastSeenRule:
    """Learn the churn rate of each span of days on `train`.

    Rates are shrunk to the overall rate by the weight of ten rows and made monotone by isotonic regression weighted by
    rows; an empty span takes what lies between its neighbours.
    """
    y = binary_label(train, label, "last-seen rule")
    days = feature_matrix(train, [days_column], "last-seen rule")[:, 0]
    overall, never = float(y.mean()), np.isnan(days)
    span = np.searchsorted(edges, days[~never], side="right")
    rows = np.bincount(span, minlength=len(edges) + 1)
    gone = np.bincount(span, weights=y[~never], minlength=len(edges) + 1)
    seen = np.flatnonzero(rows)
    if len(seen):
        shrunk = (gone[seen] + 10 * overall) / (rows[seen] + 10)
        monotone = IsotonicRegression(out_of_bounds="clip").fit(seen, shrunk, sample_weight=rows[seen])
        rates = tuple(map(float, monotone.predict(np.arange(len(edges) + 1))))
    else:
        rates = (overall,) * (len(edges) + 1)
    never_rate = float((y[never].sum() + 10 * overall) / (never.sum() + 10))
    return LastSeenRule(days_column, tuple(map(float, edges)), rates, never_rate)


@dataclass(frozen=True)
class LogisticChurn:
    """A fitted scikit-learn pipeline and the features it reads."""

    pipeline: Pipeline
    features: tuple[str, ...]

    def predict(self, frame: pd.DataFrame) -> Floats:
        """Churn probabilities in [0, 1], one per row."""
        matrix = feature_matrix(frame, self.features, "logistic churn")
        return np.asarray(self.pipeline.predict_proba(matrix)[:, 1], dtype=np.float64)


def signed_log1p(matrix: Floats) -> Floats:
    """log(1 + |x|) with the sign of x: tames long tails, keeps 0 and order."""
    return np.asarray(np.sign(matrix) * np.log1p(np.abs(matrix)), dtype=np.float64)


class LogSkewed(TransformerMixin, BaseEstimator):  # type: ignore[misc, unused-ignore]
    """Signed log1p on the columns whose skewness on the training rows is above 1 in size; others pass unchanged."""

    def fit(self, matrix: Floats, y: Floats | None = None) -> LogSkewed:
        centred = matrix - matrix.mean(axis=0)
        spread = centred.std(axis=0)
        skew = (centred**3).mean(axis=0) / np.where(spread > 0, spread, 1.0) ** 3
        self.skewed_ = np.abs(skew) > _SKEWED
        return self

    def transform(self, matrix: Floats) -> Floats:
        return np.where(self.skewed_, signed_log1p(matrix), matrix)


def logistic_churn(train: pd.DataFrame, features: Sequence[str], label: str, seed: int) -> LogisticChurn:
    """Train the classical baseline: median imputation with flags for missing, log1p where skewed, scaling, L2.

    Columns with no value at all in `train` count as 0.
    """
    matrix = feature_matrix(train, features, "logistic churn")
    y = binary_label(train, label, "logistic churn")
    steps = [
        ("impute", SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)),
        ("tame", LogSkewed()),
        ("scale", StandardScaler()),
        ("regress", LogisticRegression(C=1.0, max_iter=1000, random_state=seed)),
    ]
    return LogisticChurn(Pipeline(steps).fit(matrix, y), tuple(features))
