"""Pictures that MLflow keeps with a model. Aggregates only: no point is a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from models.matrix import Floats

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def calibration_curve(table: pd.DataFrame, title: str) -> Figure:
    """What was foreseen against what happened, by decile; `table` is of models.evaluation.calibration_table."""
    figure, axes = _axes(title, "Mean foreseen chance", "Observed rate")
    axes.plot([0, 1], [0, 1], color="0.7", linestyle="--", label="perfect")
    axes.plot(table["mean_predicted"], table["observed_rate"], marker="o", label="model")
    axes.legend()
    return figure


def gain_curve(actual: Floats, scores: Mapping[str, Floats], title: str) -> Figure:
    """Which part of all that happened is among the best-scored part of users, for several scores, in 50 steps."""
    figure, axes = _axes(title, "Share of users, best scored first", "Share of the total found")
    steps = np.linspace(0, 1, 51)
    for name, score in scores.items():
        found = np.cumsum(actual[np.argsort(-score, kind="stable")]) / max(actual.sum(), 1e-12)
        axes.plot(steps, np.interp(steps, np.linspace(0, 1, len(found) + 1), np.r_[0, found]), label=name)
    axes.plot([0, 1], [0, 1], color="0.7", linestyle="--", label="by chance")
    axes.legend()
    return figure


def _axes(title: str, x: str, y: str) -> tuple[Figure, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4.5), layout="constrained")
    axes = figure.subplots()
    axes.set(title=title, xlabel=x, ylabel=y)
    return figure, axes
