"""What the value model's jobs share: its columns, and the simpler ways to foresee spend."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.runtime.registry import StoredModel
from models.btyd import AGE, FREQUENCY, RECENCY, SPEND, BtydModel, predict_btyd
from models.ltv import LtvModel, naive_ltv
from models.matrix import Floats

BTYD_COLUMNS = (FREQUENCY, RECENCY, AGE, SPEND)
SPEND_COLUMN = "spend_yuan_90d"
SPEND_WINDOW = 90
TENURE = "tenure_days"


def stored_ltv(stored: StoredModel) -> LtvModel:
    return LtvModel.from_dict(stored.card, stored.boosters())


def stored_btyd(stored: StoredModel) -> BtydModel:
    return BtydModel.from_dict(stored.card["btyd_alone"])


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
