"""What a user will spend in the next 90, 180 and 365 days, and by which method each figure was come by.

A horizon with complete labels is foreseen by a two-stage model of its own. A horizon longer than the history can label
takes the nearest labelled horizon's two-stage figure times a BTYD ratio: for a buyer, the BTYD model's expected spend
in the long over that in the labelled horizon, from the buyer's own purchases; for a user who never bought, the same
ratio over all buyers of the calibration day taken together. The ratio lies between 1 and long / labelled, since buyers
leave and never return in that model. It is an assumption that no label has confirmed; the method's name says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import lightgbm as lgb
import numpy as np
import pandas as pd

from models.boosting import BoostSettings
from models.btyd import AGE, FREQUENCY, RECENCY, SPEND, BtydModel, fit_btyd, predict_btyd
from models.matrix import Floats, feature_matrix, require_columns
from models.two_stage import TwoStageModel, predict_two_stage, train_two_stage

HORIZONS = (90, 180, 365)
_BUYER_COLUMNS = (FREQUENCY, RECENCY, AGE, SPEND)


@dataclass(frozen=True)
class LtvModel:
    """Two-stage models by labelled days, and what stretches them to the other horizons.

    `anchors` maps every horizon to the labelled days it rests on; `population_ratio` maps a stretched horizon to the
    ratio used for users who never bought. `btyd` is None if no horizon is stretched.
    """

    two_stage: dict[int, TwoStageModel]
    anchors: dict[int, int]
    btyd: BtydModel | None
    population_ratio: dict[int, float]

    @property
    def horizons(self) -> tuple[int, ...]:
        return tuple(sorted(self.anchors))

    def method(self, horizon: int) -> str:
        """`two_stage`, or `two_stage_<days>d_times_btyd_ratio` for a horizon that was never labelled."""
        anchor = self.anchors[horizon]
        return "two_stage" if anchor == horizon else f"two_stage_{anchor}d_times_btyd_ratio"

    def boosters(self) -> dict[str, lgb.Booster]:
        """The boosters to log, named `chance_<days>d` and `amount_<days>d`."""
        chances = {f"chance_{days}d": model.chance for days, model in self.two_stage.items()}
        return chances | {f"amount_{days}d": model.amount for days, model in self.two_stage.items()}

    def to_dict(self) -> dict[str, Any]:
        """Everything but the boosters, in JSON's types (keys are strings)."""
        return {
            "two_stage": {str(days): model.to_dict() for days, model in self.two_stage.items()},
            "anchors": {str(horizon): days for horizon, days in self.anchors.items()},
            "btyd": self.btyd.to_dict() if self.btyd else None,
            "population_ratio": {str(horizon): ratio for horizon, ratio in self.population_ratio.items()},
        }

    @classmethod
    def from_dict(cls, payload: Mapping[str, Any], boosters: Mapping[str, lgb.Booster]) -> Self:
        """Join what `to_dict` and `boosters` gave, after JSON and MLflow."""
        stages = {
            int(days): TwoStageModel.from_dict(card, boosters[f"chance_{days}d"], boosters[f"amount_{days}d"])
            for days, card in payload["two_stage"].items()
        }
        btyd = BtydModel.from_dict(payload["btyd"]) if payload["btyd"] else None
        anchors = {int(horizon): days for horizon, days in payload["anchors"].items()}
        ratios = {int(horizon): ratio for horizon, ratio in payload["population_ratio"].items()}
        return cls(stages, anchors, btyd, ratios)


def train_ltv(
    train: pd.DataFrame,
    calibration: pd.DataFrame,
    features: Sequence[str],
    labels: Mapping[int, str],
    seed: int,
    horizons: Sequence[int] = HORIZONS,
    settings: BoostSettings | None = None,
) -> LtvModel:
    """Train for every horizon by the best method that the labels allow.

    `labels` maps days to the column holding the spend of that many days after the as-of day, complete windows only; it
    may hold days that are no horizon (45 where history is short) and must hold at least one. Rows of `calibration` are
    of one later as-of day, one per user. If a horizon has no label, `calibration` needs the columns of
    `models.btyd.fit_btyd` as well, missing in the rows of users who never bought; BTYD is fitted on its history.
    """
    if not labels or min(horizons, default=0) <= 0:
        raise ValueError(f"LTV needs a label of some days and horizons above 0: {dict(labels)}, {list(horizons)}")
    anchors = {horizon: _anchor(horizon, sorted(labels)) for horizon in sorted(horizons)}
    stretched = [horizon for horizon, anchor in anchors.items() if horizon != anchor]
    btyd, ratios = None, {}
    if stretched:
        buyers = _buyers(calibration, f"LTV for {stretched} days without labels")
        btyd = fit_btyd(buyers)
        for horizon in stretched:
            ratio = _ratio(btyd, buyers, horizon, anchors[horizon], pooled=True)
            ratios[horizon] = float(ratio[0])
    needed = sorted(set(anchors.values()))
    stages = {d: train_two_stage(train, calibration, features, labels[d], seed, settings) for d in needed}
    return LtvModel(stages, anchors, btyd, ratios)


def predict_ltv(model: LtvModel, frame: pd.DataFrame, num_threads: int = 2) -> pd.DataFrame:
    """Columns `ltv_<days>d_yuan` and `ltv_<days>d_method` for every horizon; index as in `frame`.

    Amounts are >= 0 and never fall with the horizon: where models of two horizons disagree the longer takes the
    shorter's figure. Needs the BTYD columns only if a horizon is stretched.
    """
    base = {days: predict_two_stage(stage, frame, num_threads) for days, stage in model.two_stage.items()}
    result = pd.DataFrame(index=frame.index)
    floor = np.zeros(len(frame))
    for horizon in model.horizons:
        anchor = model.anchors[horizon]
        amount = base[anchor]
        if horizon != anchor:
            amount = amount * _stretch(model, frame, horizon, anchor)
        floor = np.maximum(floor, amount)
        result[f"ltv_{horizon}d_yuan"] = floor
        result[f"ltv_{horizon}d_method"] = model.method(horizon)
    return result


def naive_ltv(
    frame: pd.DataFrame, spend_column: str, window_days: int, observed_days_column: str, horizon_days: int
) -> Floats:
    """The baseline: past spend per day times the horizon.

    `spend_column` is spend in the last `window_days`; a user known for fewer days (`observed_days_column`) is divided
    by those, but by no fewer than 30, so that one order on the first day is not taken for a daily habit. Missing spend
    is 0, missing days are the whole window.
    """
    spend, observed = feature_matrix(frame, [spend_column, observed_days_column], "naive LTV").T
    days = np.clip(np.nan_to_num(observed, nan=window_days), min(30, window_days), window_days)
    return np.asarray(np.maximum(np.nan_to_num(spend), 0) / days * horizon_days, dtype=np.float64)


def _anchor(horizon: int, labelled: Sequence[int]) -> int:
    """The longest labelled days up to the horizon, or the shortest there are."""
    return max((days for days in labelled if days <= horizon), default=labelled[0])


def _buyers(frame: pd.DataFrame, purpose: str) -> pd.DataFrame:
    require_columns(frame, _BUYER_COLUMNS, purpose)
    return frame[frame[FREQUENCY].notna()]


def _ratio(btyd: BtydModel, buyers: pd.DataFrame, horizon: int, anchor: int, pooled: bool) -> Floats:
    """Expected spend of `horizon` days over that of `anchor` days, by buyer or of all together (one number)."""
    long = predict_btyd(btyd, buyers, horizon)["expected_spend_yuan"].to_numpy()
    short = predict_btyd(btyd, buyers, anchor)["expected_spend_yuan"].to_numpy()
    if pooled:
        long, short = long.sum(keepdims=True), short.sum(keepdims=True)
    lowest, highest = sorted((1.0, horizon / anchor))
    ratio = np.divide(long, short, out=np.full(len(long), lowest), where=short > 0)
    return np.asarray(np.clip(ratio, lowest, highest), dtype=np.float64)


def _stretch(model: LtvModel, frame: pd.DataFrame, horizon: int, anchor: int) -> Floats:
    if model.btyd is None:
        raise ValueError(f"the model card has a horizon of {horizon} days without labels and no BTYD parameters")
    buyers = _buyers(frame, f"LTV for {horizon} days")
    ratio = np.full(len(frame), model.population_ratio[horizon])
    if len(buyers):
        ratio[frame[FREQUENCY].notna().to_numpy()] = _ratio(model.btyd, buyers, horizon, anchor, pooled=False)
    return ratio
