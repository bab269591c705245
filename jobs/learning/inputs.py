"""Which columns the tables that models write rest on: no query plan tells, since models look at them in Python."""

from __future__ import annotations

from pathlib import Path

from jobs.learning.feature_choice import chosen_features
from jobs.learning.settings import load_churn, load_ltv, load_segments
from jobs.learning.value import BTYD_COLUMNS
from schemas.gold.churn_score import CHURN_SCORE
from schemas.gold.ltv_score import LTV_SCORE
from schemas.gold.user_segment import USER_SEGMENT


def model_inputs(conf: Path) -> dict[str, tuple[str, ...]]:
    """Of each such table the features that conf/models lets its model see; which of them it uses, its card says."""
    return {
        CHURN_SCORE.name: chosen_features(load_churn(conf).features),
        LTV_SCORE.name: tuple(dict.fromkeys([*chosen_features(load_ltv(conf).features), *BTYD_COLUMNS])),
        USER_SEGMENT.name: tuple(axis.column for axis in load_segments(conf).axes),
    }
