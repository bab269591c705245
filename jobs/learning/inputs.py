"""Which columns the tables that models write rest on: no query plan tells, since models look at them in Python."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from features.columns import HOMES
from jobs.learning.feature_choice import chosen_features
from jobs.learning.settings import load_churn, load_ltv, load_segments
from jobs.learning.value import BTYD_COLUMNS
from schemas.gold.churn_score import CHURN_SCORE
from schemas.gold.ltv_score import LTV_SCORE
from schemas.gold.text_department import TEXT_DEPARTMENT
from schemas.gold.user_segment import USER_SEGMENT

# What people wrote, and of whom.
_TEXTS = frozenset(
    {"silver.event.search_words", "silver.consultation.chief_complaint", "silver.consultation.patient_relation"}
)


def model_inputs(conf: Path) -> dict[str, frozenset[str]]:
    """Of each such table the columns that conf/models lets its model see; which of them it uses, its card says."""
    return {
        CHURN_SCORE.name: _full(chosen_features(load_churn(conf).features)),
        LTV_SCORE.name: _full([*chosen_features(load_ltv(conf).features), *BTYD_COLUMNS]),
        USER_SEGMENT.name: _full(axis.column for axis in load_segments(conf).axes),
        TEXT_DEPARTMENT.name: _TEXTS,
    }


def _full(names: Iterable[str]) -> frozenset[str]:
    return frozenset(f"{HOMES[name].name}.{name}" for name in names)
