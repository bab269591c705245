"""Churn scores of the day, with reasons."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from pyspark.sql import DataFrame

from features.wide import THEMES
from jobs.learning.feature_choice import feature_meanings
from jobs.learning.frames import users_with_features
from jobs.learning.scoring import Scorer, score_users
from jobs.learning.settings import RiskTiers, load_churn
from jobs.runtime.feature_names import load_feature_names
from jobs.runtime.job import Run, job
from jobs.runtime.registry import Registry, StoredModel
from models.churn import ChurnModel, predict_churn
from models.reasons import FeatureMeaning, explain
from schemas.gold.churn_score import CHURN_SCORE

_RAW = "user_id string, churn_probability double, reasons_zh array<string>, reasons_en array<string>"


@job(reads=THEMES, writes=(CHURN_SCORE,), takes_known_at=True)
def score_churn(run: Run) -> None:
    """Scores every user with an open account by the churn champion, and says why."""
    conf = load_churn(run.settings.conf)
    stored = Registry(run.settings.mlflow).champion("churn")
    meanings = feature_meanings(load_feature_names(run.settings.conf), stored.card["features"])
    scorer = churn_scorer(stored, meanings, conf.reasons)
    scored = score_users(users_with_features(run, run.day), stored.card["features"], scorer, _RAW)
    run.write(CHURN_SCORE, with_tiers(scored, conf.risk_tiers, stored.version, str(run.day)))


def churn_scorer(stored: StoredModel, meanings: dict[str, FeatureMeaning], reasons: int) -> Scorer:
    """A function of feature rows, light enough to be sent to every worker: the model travels as text."""
    card, text = stored.card, stored.booster_texts["churn"]

    def score(batches: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        import lightgbm as lgb

        model = ChurnModel.from_dict(card, lgb.Booster(model_str=text))
        for batch in batches:
            said = explain(model.booster, batch, meanings, reasons)
            yield pd.DataFrame(
                {
                    "user_id": batch["user_id"],
                    "churn_probability": predict_churn(model, batch),
                    "reasons_zh": _listed(said, "zh"),
                    "reasons_en": _listed(said, "en"),
                }
            )

    return score


def with_tiers(scored: DataFrame, tiers: RiskTiers, version: str, day: str) -> DataFrame:
    """Deciles over all users of the day, and tiers by fixed chances."""
    return scored.selectExpr(
        "user_id",
        f"DATE'{day}' AS as_of_date",
        "churn_probability",
        "CAST(ntile(10) OVER (ORDER BY churn_probability, user_id) AS INT) AS risk_decile",
        f"CASE WHEN churn_probability >= {tiers.high} THEN 'high' "
        f"WHEN churn_probability >= {tiers.middle} THEN 'middle' ELSE 'low' END AS risk_tier",
        "reasons_zh",
        "reasons_en",
        f"'{version}' AS model_version",
    )


def _listed(said: pd.DataFrame, language: str) -> list[list[str]]:
    columns = [said[c] for c in said.columns if c.endswith(f"_{language}")]
    return [[text for text in row if text is not None] for row in zip(*columns, strict=True)]
