"""The chance that a user is not active in the next 30 days: LightGBM, calibrated on a later day.

Nothing here knows what the features mean or how many days the label looks ahead: both come with the frame. Simple
rivals that every model has to beat are in `models.churn_baselines`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Self

import lightgbm as lgb
import pandas as pd

from models.boosting import BoostSettings, grow, raw_margin, two_halves
from models.calibration import Calibrator, fit_calibrator
from models.matrix import Floats, binary_label, feature_matrix


@dataclass(frozen=True)
class ChurnModel:
    """A booster (what mlflow.lightgbm logs) and the small rest, which `to_dict` makes fit for JSON.

    `label` is the column it was trained to foresee. The booster's own output is an uncalibrated log odds: always ask
    `predict_churn`.
    """

    booster: lgb.Booster
    calibrator: Calibrator
    features: tuple[str, ...]
    label: str

    def to_dict(self) -> dict[str, Any]:
        """Everything but the booster, in JSON's types."""
        return {"features": list(self.features), "label": self.label, "calibrator": self.calibrator.to_dict()}

    @classmethod
    def from_dict(cls, payload: dict[str, Any], booster: lgb.Booster) -> Self:
        """Join what `to_dict` gave with its booster; ValueError if the booster was trained on other features."""
        features = tuple(payload["features"])
        if tuple(booster.feature_name()) != features:
            raise ValueError(f"booster and model card differ: {booster.feature_name()} against {list(features)}")
        return cls(booster, Calibrator.from_dict(payload["calibrator"]), features, payload["label"])


@dataclass(frozen=True)
class ChurnSettings:
    """How to train: the trees, and `isotonic`, `platt` or `auto` for the calibration."""

    boost: BoostSettings = field(default_factory=BoostSettings)
    calibration: Literal["auto", "isotonic", "platt"] = "auto"


def train_churn(
    train: pd.DataFrame,
    calibration: pd.DataFrame,
    features: Sequence[str],
    label: str,
    seed: int,
    settings: ChurnSettings | None = None,
) -> ChurnModel:
    """Train on `train` and calibrate on `calibration`, rows of a later as-of day whose label train's never overlaps.

    One row per user and as-of day; `label` is 1 for users who were not active in the window. One half of the
    calibration rows says when the trees stop, the other half maps margins to probabilities. Raises ValueError naming
    all features that either frame lacks, and for a label with one class.
    """
    chosen = settings or ChurnSettings()
    fit = feature_matrix(train, features, "churn training"), binary_label(train, label, "churn training")
    later = feature_matrix(calibration, features, "churn calibration")
    later_label = binary_label(calibration, label, "churn calibration")
    stop, judge = two_halves(len(later), seed)
    booster = grow("binary", fit, (later[stop], later_label[stop]), features, chosen.boost, seed)
    margin = raw_margin(booster, later[judge], chosen.boost.num_threads)
    calibrator = fit_calibrator(margin, later_label[judge], chosen.calibration)
    return ChurnModel(booster, calibrator, tuple(features), label)


def predict_churn(model: ChurnModel, frame: pd.DataFrame, num_threads: int = 2) -> Floats:
    """Calibrated probabilities in [0, 1], one per row in the frame's order; extra columns are ignored."""
    matrix = feature_matrix(frame, model.features, "churn prediction")
    return model.calibrator.apply(raw_margin(model.booster, matrix, num_threads))
