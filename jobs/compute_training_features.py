"""Features of past days, to learn from."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from features.wide import THEMES
from jobs.compute_features import compute_features
from jobs.learning.days import learning_days
from jobs.learning.freshness import is_fresh
from jobs.link_identity import link_identity
from jobs.runtime.job import Run, find_job, job
from schemas.feature.user_day import USER_DAY
from schemas.silver.identity import IDENTITY

_STEPS = (link_identity, compute_features)
_MAKERS = tuple(find_job(step.__name__) for step in _STEPS)
_MADE = tuple(dict.fromkeys(t for maker in _MAKERS for t in maker.writes if t.slice_by == "as_of_date"))
_MADE_OF = tuple(dict.fromkeys(t for maker in _MAKERS for t in maker.reads if t not in _MADE))


@job(reads=(USER_DAY, *_MADE_OF), writes=_MADE)
def compute_training_features(run: Run) -> None:
    """Computes persons and features as of the past days that models learn from, where they are missing or stale.

    The same functions that make the features of a day; each past day is seen as it was known on its evening.
    """
    for as_of in learning_days(run).all:
        if not is_fresh(run.lake.store, (IDENTITY, *THEMES), _MADE_OF, as_of):
            _compute(run, as_of)


def _compute(run: Run, as_of: date) -> None:
    past = replace(run, day=as_of, since=as_of)
    for step in _STEPS:
        step(past)
