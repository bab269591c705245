"""Lifetime value of every user as of the day."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame

from features.wide import THEMES
from jobs.learning.frames import users_with_features
from jobs.learning.scoring import Scorer, score_users
from jobs.learning.value import BTYD_COLUMNS, ValueModel, only_buyers
from jobs.runtime.job import Run, job
from jobs.runtime.registry import Registry, StoredModel
from models.btyd import FREQUENCY, BtydModel, predict_btyd
from models.ltv import HORIZONS
from schemas.gold.ltv_score import LTV_SCORE

_COUNTED_DAYS = 90
_YUAN = tuple(f"ltv_{days}d_yuan" for days in HORIZONS)
_RAW = ", ".join(
    ["user_id string", *(f"{c} double" for c in (*_YUAN, "alive_probability", "expected_order_count_90d"))]
)


@job(reads=THEMES, writes=(LTV_SCORE,), takes_known_at=True)
def score_ltv(run: Run) -> None:
    """Foresees the spend of every user with an open account by the LTV champion."""
    stored = Registry(run.settings.mlflow).champion("ltv")
    columns = list(dict.fromkeys([*stored.card["features"], *BTYD_COLUMNS]))
    scored = score_users(users_with_features(run, run.day), columns, ltv_scorer(stored), _RAW)
    run.write(LTV_SCORE, as_declared(scored, stored, str(run.day)))


def ltv_scorer(stored: StoredModel) -> Scorer:
    """A function of feature rows, light enough to be sent to every worker: the models travel as text."""

    def score(batches: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        model = ValueModel.stored(stored)
        for batch in batches:
            rows = only_buyers(batch)
            said = model.spend(rows)
            alive = _buyers(model.btyd, rows)
            yield pd.concat([batch["user_id"], said[list(_YUAN)], alive], axis=1)

    return score


def as_declared(scored: DataFrame, stored: StoredModel, day: str) -> DataFrame:
    """Columns as gold.ltv_score has them, with the method of each horizon."""
    model = ValueModel.stored(stored)
    method = "; ".join(f"{h}d={model.method(h)}" for h in HORIZONS)
    return scored.selectExpr(
        "user_id",
        f"DATE'{day}' AS as_of_date",
        *(f"CAST(round({raw}, 2) AS DECIMAL(12,2)) AS ltv_yuan_{h}d" for raw, h in zip(_YUAN, HORIZONS, strict=True)),
        *(f"CASE WHEN NOT isnan({c}) THEN {c} END AS {c}" for c in ("alive_probability", "expected_order_count_90d")),
        f"'{method}' AS method",
        f"'{stored.version}' AS model_version",
    )


def _buyers(btyd: BtydModel | None, rows: pd.DataFrame) -> pd.DataFrame:
    bought = rows[FREQUENCY].notna().to_numpy()
    columns = {"alive_probability": np.full(len(rows), np.nan), "expected_order_count_90d": np.full(len(rows), np.nan)}
    if btyd and bought.any():
        said = predict_btyd(btyd, rows[bought], _COUNTED_DAYS)
        columns["alive_probability"][bought] = said["alive_probability"]
        columns["expected_order_count_90d"][bought] = said["expected_purchase_count"]
    return pd.DataFrame(columns, index=rows.index)
