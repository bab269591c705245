"""How far scores, persons and tags are from the truth: only where the hospital is simulated and its truth is known."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from features.declaration import version
from features.labels import churn_label
from features.wide import THEMES
from jobs.learning.days import learning_days
from jobs.learning.frames import labelled_users
from jobs.learning.judging import Figure, write_figures
from jobs.learning.settings import load_training
from jobs.learning.truth import CHURN, expected_of_users, true_spend
from jobs.learning.truth_identity import IDENTITY_READ, identity_figures
from jobs.learning.truth_tags import TAGS_READ, write_tag_truth
from jobs.runtime.declarations import load_identity_rules
from jobs.runtime.job import Run, job
from jobs.runtime.registry import Registry
from models.churn import ChurnModel, predict_churn
from models.evaluation import auc, brier, spearman
from models.ltv import HORIZONS
from schemas.feature.user_day import USER_DAY
from schemas.gold.churn_score import CHURN_SCORE
from schemas.gold.ltv_score import LTV_SCORE
from schemas.model_quality import MODEL_QUALITY
from schemas.tag_truth import TAG_TRUTH

_LABEL = "is_churned"
_BEST = "true_hazard"


@job(reads=(CHURN_SCORE, LTV_SCORE, *THEMES, USER_DAY, *IDENTITY_READ, *TAGS_READ), writes=(MODEL_QUALITY, TAG_TRUTH))
def evaluate_against_truth(run: Run) -> None:
    """Compares persons, scores and tags with the simulated hospital's hidden truth; does nothing for one without it."""
    if not run.settings.truth.is_dir():
        return
    rules = load_identity_rules(run.settings.conf)
    write_figures(run, "identity", version(rules.model_dump()), True, identity_figures(run))
    registry = Registry(run.settings.mlflow)
    versions = {model: registry.champion(model).version for model in ("churn", "ltv")}
    write_figures(run, "churn", versions["churn"], True, [*_on_the_test_day(run, registry), *_churn_today(run)])
    write_figures(run, "ltv", versions["ltv"], True, _value_today(run))
    write_tag_truth(run)


def _on_the_test_day(run: Run, registry: Registry) -> list[Figure]:
    """The champion and the true hazard, both against what then happened."""
    splits, stored = learning_days(run).splits["churn"], registry.champion("churn")
    truth = expected_of_users(run, splits.test)
    if truth is None:
        return []
    days, most = splits.label_days, load_training(run.settings.conf).most_users_per_day
    users = labelled_users(
        run, splits.test, stored.card["features"], {_LABEL: lambda f, i, day: churn_label(f, i, day, days)}, most
    )
    model = ChurnModel.from_dict(stored.card, stored.boosters()["churn"])
    both = users.assign(own=predict_churn(model, users)).merge(truth[0], on="user_id")
    if both.empty:
        return []
    actual, own, best = (both[c].to_numpy(dtype=np.float64) for c in (_LABEL, "own", CHURN))
    note = f"{len(both)} users; truth as of {truth[1]}"
    measures = {"auc": auc, "brier": brier}
    return [
        Figure(name, measure(actual, own), _BEST, measure(actual, best), "truth", splits.test, note)
        for name, measure in measures.items()
    ]


def _churn_today(run: Run) -> list[Figure]:
    """The day's probabilities beside the true ones."""
    both = _beside_truth(run, CHURN_SCORE.name, run.day)
    if both is None:
        return []
    own, best = both["churn_probability"].to_numpy(dtype=np.float64), both[CHURN].to_numpy(dtype=np.float64)
    told = {
        "correlation": (float(np.corrcoef(own, best)[0, 1]), None),
        "rank_correlation": (spearman(best, own), None),
        "mean_probability": (float(own.mean()), float(best.mean())),
        "mean_absolute_error": (float(np.abs(own - best).mean()), None),
    }
    return [Figure(n, value, _BEST, other, "truth", run.day, both.attrs["note"]) for n, (value, other) in told.items()]


def _value_today(run: Run) -> list[Figure]:
    """Totals foreseen beside the true expectations, and whether the same users come first."""
    both = _beside_truth(run, LTV_SCORE.name, run.day)
    if both is None:
        return []
    figures = []
    for days in HORIZONS:
        own = both[f"ltv_yuan_{days}d"].to_numpy(dtype=np.float64)
        best = both[true_spend(days)].to_numpy(dtype=np.float64)
        told = {
            f"total_yuan_{days}d": (float(own.sum()), float(best.sum())),
            f"rank_correlation_{days}d": (spearman(best, own), None),
        }
        figures += [
            Figure(n, v, "true_expectation", b, "truth", run.day, both.attrs["note"]) for n, (v, b) in told.items()
        ]
    return figures


def _beside_truth(run: Run, table: str, as_of: date) -> pd.DataFrame | None:
    """Scores of the day with the truth of the same users; None where the truth was not written for it."""
    truth = expected_of_users(run, as_of)
    if truth is None:
        return None
    scored = next(t for t in run.job.reads if t.name == table)
    both = run.read(scored, since=as_of, until=as_of).toPandas().merge(truth[0], on="user_id")
    both.attrs["note"] = f"{len(both)} users; truth as of {truth[1]}"
    return None if both.empty else both
