"""Spend in one horizon: the chance of spending at all times the amount if so, both LightGBM.

Most users spend nothing and a few spend a lot; one regression over both is drawn to either. The amount stage has a
gamma loss with a log link, so that it foresees the mean amount and needs no smearing back from logarithms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import lightgbm as lgb
import numpy as np
import pandas as pd

from models.boosting import BoostSettings, grow, raw_margin, two_halves
from models.calibration import Calibrator, fit_calibrator
from models.matrix import Floats, amount_label, feature_matrix

_FEWEST_SPENDERS = 20
_LEVEL_WEIGHT = 50


@dataclass(frozen=True)
class TwoStageModel:
    """`chance` foresees log odds of spending, `amount` the log of the amount given that; `level` corrects the total.

    `level` is the calibration rows' actual over foreseen total, drawn to 1 by the weight of 50 spenders and kept within
    0.5 and 2.
    """

    chance: lgb.Booster
    amount: lgb.Booster
    calibrator: Calibrator
    level: float
    features: tuple[str, ...]
    label: str

    def to_dict(self) -> dict[str, Any]:
        """Everything but the boosters, in JSON's types."""
        rest = {"level": self.level, "features": list(self.features), "label": self.label}
        return {**rest, "calibrator": self.calibrator.to_dict()}

    @classmethod
    def from_dict(cls, payload: Mapping[str, Any], chance: lgb.Booster, amount: lgb.Booster) -> Self:
        """Join what `to_dict` gave with its boosters; ValueError if they were trained on other features."""
        features, calibrator = tuple(payload["features"]), Calibrator.from_dict(payload["calibrator"])
        for booster in (chance, amount):
            if tuple(booster.feature_name()) != features:
                raise ValueError(f"booster and model card differ: {booster.feature_name()} against {list(features)}")
        return cls(chance, amount, calibrator, payload["level"], features, payload["label"])


def train_two_stage(
    train: pd.DataFrame,
    calibration: pd.DataFrame,
    features: Sequence[str],
    label: str,
    seed: int,
    settings: BoostSettings | None = None,
) -> TwoStageModel:
    """Train on `train` and calibrate on `calibration`, rows of a later as-of day; `label` is spend, >= 0, in any unit.

    Raises ValueError for lacking features, negative or missing labels, and where either frame (of calibration, either
    half) has fewer than 20 users who spent.
    """
    chosen = settings or BoostSettings()
    rows, spend = feature_matrix(train, features, "value training"), amount_label(train, label, "value training")
    later = feature_matrix(calibration, features, "value calibration")
    later_spend = amount_label(calibration, label, "value calibration")
    stop, judge = two_halves(len(later), seed)
    fewest_later = min(int((later_spend[half] > 0).sum()) for half in (stop, judge))
    counts = {"train": int((spend > 0).sum()), "calibration": 2 * fewest_later}
    if min(counts.values()) < _FEWEST_SPENDERS:
        raise ValueError(f"{label}: too few users with spend above 0: {counts}; {_FEWEST_SPENDERS} in each are needed")
    chance_stop = later[stop], (later_spend[stop] > 0).astype(np.float64)
    chance = grow("binary", (rows, (spend > 0).astype(np.float64)), chance_stop, features, chosen, seed)
    paid, paid_stop = spend > 0, stop[later_spend[stop] > 0]
    amount_fit, amount_stop = (rows[paid], spend[paid]), (later[paid_stop], later_spend[paid_stop])
    amount = grow("gamma", amount_fit, amount_stop, features, chosen, seed)
    margin = raw_margin(chance, later[judge], chosen.num_threads)
    calibrator = fit_calibrator(margin, (later_spend[judge] > 0).astype(np.float64))
    model = TwoStageModel(chance, amount, calibrator, 1.0, tuple(features), label)
    level = _level(later_spend[judge], _product(model, later[judge], chosen.num_threads))
    return TwoStageModel(chance, amount, calibrator, level, tuple(features), label)


def predict_two_stage(model: TwoStageModel, frame: pd.DataFrame, num_threads: int = 2) -> Floats:
    """Expected spend >= 0, one per row, in the label's unit."""
    return _product(model, feature_matrix(frame, model.features, "value prediction"), num_threads)


def _product(model: TwoStageModel, matrix: Floats, num_threads: int) -> Floats:
    chance = model.calibrator.apply(raw_margin(model.chance, matrix, num_threads))
    return np.asarray(chance * np.exp(raw_margin(model.amount, matrix, num_threads)) * model.level, dtype=np.float64)


def _level(actual: Floats, foreseen: Floats) -> float:
    pull = _LEVEL_WEIGHT * float(actual[actual > 0].mean())
    return float(np.clip((actual.sum() + pull) / (foreseen.sum() + pull), 0.5, 2.0))
