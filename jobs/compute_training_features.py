"""Features of past days, to learn from."""

from __future__ import annotations

from dataclasses import replace

from features.wide import THEMES
from jobs.compute_features import compute_features, compute_themes
from jobs.learning.days import learning_days
from jobs.learning.freshness import is_fresh
from jobs.link_identity import PERSONS_READ, tell_persons
from jobs.runtime.job import Run, find_job, job
from schemas.silver.identity import IDENTITY

_MADE = (IDENTITY, *THEMES)
_READ = (*PERSONS_READ, *find_job(compute_features.__name__).reads)
_MADE_OF = tuple(table for table in dict.fromkeys(_READ) if table not in _MADE)


@job(reads=_MADE_OF, writes=_MADE)
def compute_training_features(run: Run) -> None:
    """Computes persons and features as of the past days that models learn from, where they are missing or stale.

    The same functions that make the features of a day; each past day is seen as it was known on its evening.
    """
    for as_of in learning_days(run).all:
        if not is_fresh(run.lake.store, _MADE, _MADE_OF, as_of):
            past = replace(run, day=as_of, since=as_of)
            tell_persons(past)
            compute_themes(past)
