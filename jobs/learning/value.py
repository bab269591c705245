"""What the value model's jobs share: its columns, and the simpler ways to foresee spend."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from jobs.runtime.registry import StoredModel
from models.btyd import AGE, FREQUENCY, RECENCY, SPEND, BtydModel, predict_btyd
from models.ltv import HORIZONS, LtvModel, naive_ltv, predict_ltv
from models.matrix import Floats
from models.two_stage import predict_two_stage

BTYD_COLUMNS = (FREQUENCY, RECENCY, AGE, SPEND)
SPEND_COLUMN = "spend_yuan_90d"
SPEND_WINDOW = 90
TENURE = "tenure_days"


NAIVE = "naive_rate"
# Fewer than these teach nothing: see models.two_stage and models.btyd.
_FEWEST_SPENDERS = 60
_FEWEST_REPEATERS = 20


@dataclass(frozen=True)
class ValueModel:
    """The two-stage model and BTYD; without them, spend goes on at the rate of the last 90 days."""

    ltv: LtvModel | None
    btyd: BtydModel | None

    @classmethod
    def stored(cls, stored: StoredModel) -> ValueModel:
        if stored.card.get("kind") == NAIVE:
            return cls(None, None)
        return cls(LtvModel.from_dict(stored.card, stored.boosters()), BtydModel.from_dict(stored.card["btyd_alone"]))

    def method(self, horizon: int) -> str:
        return self.ltv.method(horizon) if self.ltv else NAIVE

    def spend(self, frame: pd.DataFrame) -> pd.DataFrame:
        """`ltv_<days>d_yuan` for every horizon; the frame as `only_buyers` gives it."""
        if self.ltv:
            return predict_ltv(self.ltv, frame)
        return pd.DataFrame({f"ltv_{h}d_yuan": naive_spend(frame, h) for h in HORIZONS}, index=frame.index)

    def spend_in(self, frame: pd.DataFrame, days: int) -> Floats:
        """Spend in any number of days, by the best that the model has for it."""
        if self.ltv and days in self.ltv.two_stage:
            return predict_two_stage(self.ltv.two_stage[days], frame)
        if days in HORIZONS:
            return self.spend(frame)[f"ltv_{days}d_yuan"].to_numpy(dtype=np.float64)
        return btyd_spend(self.btyd, frame, days) if self.btyd else naive_spend(frame, days)


def too_few(train: pd.DataFrame, calibration: pd.DataFrame, label: str) -> str | None:
    """Why nothing can be learned from these users, or None."""
    spenders = min(int((frame[label] > 0).sum()) for frame in (train, calibration))
    repeaters = int((calibration[FREQUENCY] > 0).sum())
    if spenders >= _FEWEST_SPENDERS and repeaters >= _FEWEST_REPEATERS:
        return None
    return (
        f"{spenders} users who spent and {repeaters} who bought again are too few to learn from "
        f"({_FEWEST_SPENDERS} and {_FEWEST_REPEATERS} are needed): the rate of the last {SPEND_WINDOW} days is in use"
    )


def only_buyers(frame: pd.DataFrame) -> pd.DataFrame:
    """The same rows, but BTYD's columns are missing for who never bought, as its models ask for."""
    bought = frame[AGE].notna() & frame[RECENCY].notna()
    return frame.assign(**{column: frame[column].where(bought) for column in BTYD_COLUMNS})


def btyd_spend(btyd: BtydModel, frame: pd.DataFrame, days: int) -> Floats:
    """Spend in the next days by BTYD alone; 0 for who never bought."""
    bought = frame[FREQUENCY].notna().to_numpy()
    spend = np.zeros(len(frame))
    if bought.any():
        spend[bought] = predict_btyd(btyd, frame[bought], days)["expected_spend_yuan"].to_numpy()
    return spend


def naive_spend(frame: pd.DataFrame, days: int) -> Floats:
    """Spend in the next days at the rate of the last 90, or since registration."""
    return naive_ltv(frame, SPEND_COLUMN, SPEND_WINDOW, TENURE, days)
