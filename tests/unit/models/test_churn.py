from __future__ import annotations

import json

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest

from models.boosting import BoostSettings
from models.churn import ChurnModel, ChurnSettings, predict_churn, train_churn
from models.churn_baselines import LastSeenRule, LogSkewed, last_seen_rule, logistic_churn
from models.evaluation import auc

FEATURES = ["days_since_last_active", "active_day_count_30d", "spend_yuan_90d"]
SMALL = ChurnSettings(BoostSettings(rounds=60, min_rows_in_leaf=20, num_threads=1))


def users(rows: int, seed: int, shift: float = 0.0) -> pd.DataFrame:
    """Users whose chance of leaving turns on two features together, with gaps; a tenth were never active."""
    random = np.random.default_rng(seed)
    days = random.integers(0, 120, rows).astype(float)
    active = random.poisson(4, rows).astype(float)
    odds = 0.02 * (days - 60) + 1.5 * np.where(active >= 4, 1, -1) * np.where(days < 60, -1, 1) + shift
    frame = pd.DataFrame({"days_since_last_active": days, "active_day_count_30d": active})
    frame["spend_yuan_90d"] = random.lognormal(3, 1, rows)
    frame["churned"] = (random.random(rows) < 1 / (1 + np.exp(-odds))).astype(int)
    never = random.random(rows) < 0.1
    frame.loc[never, "days_since_last_active"] = np.nan
    frame.loc[never, "churned"] = 1
    frame.loc[random.random(rows) < 0.1, "spend_yuan_90d"] = np.nan
    return frame


@pytest.fixture(scope="module")
def model() -> ChurnModel:
    return train_churn(users(3000, 1), users(2000, 2, shift=0.8), FEATURES, "churned", 5, SMALL)


def test_it_ranks_later_users_better_than_both_baselines(model: ChurnModel) -> None:
    train, later = users(3000, 1), users(3000, 3)
    actual = later["churned"].to_numpy(float)
    ours = auc(actual, predict_churn(model, later))
    rule = last_seen_rule(train, "days_since_last_active", "churned").predict(later)
    logistic = logistic_churn(train, FEATURES, "churned", 5).predict(later)
    assert ours > auc(actual, rule) + 0.01
    assert ours > auc(actual, logistic) + 0.003
    assert auc(actual, rule) > 0.7
    assert auc(actual, logistic) > 0.7


def test_its_probabilities_are_those_of_the_calibration_day_not_of_the_training_day(model: ChurnModel) -> None:
    later = users(4000, 4, shift=0.8)
    said = predict_churn(model, later)
    uncalibrated = np.asarray(model.booster.predict(later[FEATURES]))
    rate = later["churned"].mean()
    assert abs(said.mean() - rate) < 0.02 < abs(uncalibrated.mean() - rate)


def test_every_user_gets_a_probability_the_silent_ones_too(model: ChurnModel) -> None:
    silent = pd.DataFrame({name: [np.nan, None, 1e9] for name in FEATURES})
    said = predict_churn(model, silent)
    assert said.shape == (3,)
    assert ((said >= 0) & (said <= 1)).all()


def test_no_rows_give_no_scores(model: ChurnModel) -> None:
    assert len(predict_churn(model, users(5, 1).head(0))) == 0


def test_the_same_seed_gives_the_same_scores_and_the_order_of_columns_does_not_matter(model: ChurnModel) -> None:
    again = train_churn(users(3000, 1), users(2000, 2, shift=0.8), FEATURES, "churned", 5, SMALL)
    later = users(50, 9)
    assert np.array_equal(predict_churn(again, later), predict_churn(model, later[later.columns[::-1]]))


def test_all_lacking_features_are_named_at_once(model: ChurnModel) -> None:
    with pytest.raises(ValueError, match=r"lacks 2 .*active_day_count_30d, spend_yuan_90d"):
        predict_churn(model, users(5, 1)[["days_since_last_active"]])


def test_a_label_with_one_class_is_an_error() -> None:
    with pytest.raises(ValueError, match="both 0 and 1"):
        train_churn(users(100, 1).assign(churned=1), users(100, 2), FEATURES, "churned", 5, SMALL)


def test_the_model_comes_back_from_its_booster_text_and_json(model: ChurnModel) -> None:
    booster = lgb.Booster(model_str=model.booster.model_to_string())
    back = ChurnModel.from_dict(json.loads(json.dumps(model.to_dict())), booster)
    later = users(50, 9)
    assert np.array_equal(predict_churn(back, later), predict_churn(model, later))


def test_a_booster_of_other_features_is_refused(model: ChurnModel) -> None:
    payload = model.to_dict() | {"features": FEATURES[::-1]}
    with pytest.raises(ValueError, match="differ"):
        ChurnModel.from_dict(payload, model.booster)


def test_the_last_seen_rule_never_falls_with_more_days() -> None:
    random = np.random.default_rng(0)
    noise = pd.DataFrame({"days": random.integers(0, 400, 300), "y": random.integers(0, 2, 300)})
    rule = last_seen_rule(noise, "days", "y")
    assert (np.diff(rule.rates) >= 0).all()


def test_the_last_seen_rule_says_the_rate_of_the_span_and_its_own_of_the_never_seen() -> None:
    train = pd.DataFrame({"days": [0.0] * 1000 + [50.0] * 1000 + [np.nan] * 1000})
    train["y"] = [0] * 900 + [1] * 100 + [0] * 200 + [1] * 800 + [0] * 500 + [1] * 500
    said = last_seen_rule(train, "days", "y").predict(pd.DataFrame({"days": [0.0, 50.0, np.nan]}))
    assert said == pytest.approx([0.1, 0.8, 0.5], abs=0.01)


def test_the_last_seen_rule_comes_back_from_json() -> None:
    rule = last_seen_rule(users(300, 1), "days_since_last_active", "churned")
    assert LastSeenRule.from_dict(json.loads(json.dumps(rule.to_dict()))) == rule


def test_only_skewed_columns_are_bent() -> None:
    random = np.random.default_rng(0)
    matrix = np.column_stack([random.normal(5, 1, 500), random.lognormal(0, 2, 500)])
    bent = LogSkewed().fit(matrix).transform(matrix)
    assert np.array_equal(bent[:, 0], matrix[:, 0])
    assert np.allclose(bent[:, 1], np.log1p(matrix[:, 1]))


def test_logistic_regression_takes_a_column_without_any_value() -> None:
    frame = users(300, 1).assign(empty=np.nan)
    assert logistic_churn(frame, [*FEATURES, "empty"], "churned", 1).predict(frame).shape == (300,)
