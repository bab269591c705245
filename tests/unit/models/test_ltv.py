from __future__ import annotations

import json

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.boosting import BoostSettings
from models.btyd import AGE, FREQUENCY, RECENCY, SPEND
from models.evaluation import gini, total_bias
from models.ltv import LtvModel, naive_ltv, predict_ltv, train_ltv
from models.two_stage import predict_two_stage, train_two_stage

FEATURES = ["purchase_rate", "basket_yuan", "noise"]
SMALL = BoostSettings(rounds=60, min_rows_in_leaf=20, num_threads=1)
BUYER_COLUMNS = [FREQUENCY, RECENCY, AGE, SPEND]


def users(rows: int, seed: int) -> pd.DataFrame:
    """Users with a buying rate and a basket; what they bought in some 200 days before, and in 45 and 90 days after."""
    random = np.random.default_rng(seed)
    rate = random.gamma(0.5, 0.02, rows)
    basket = random.lognormal(4, 0.6, rows)
    age = random.integers(30, 200, rows).astype(float)
    bought = random.poisson(rate * age)
    frame = pd.DataFrame({"purchase_rate": rate, "basket_yuan": basket, "noise": random.normal(size=rows)})
    frame[FREQUENCY] = np.where(bought > 0, bought - 1, np.nan)
    frame[AGE] = np.where(bought > 0, age, np.nan)
    frame[RECENCY] = np.where(bought > 1, age * random.beta(5, 1, rows), 0) * np.where(bought > 0, 1, np.nan)
    frame[SPEND] = np.where(bought > 0, basket * random.lognormal(0, 0.2, rows), np.nan)
    first = random.poisson(rate * 45)
    frame["spend_45"] = first * basket * random.lognormal(0, 0.2, rows)
    frame["spend_90"] = frame["spend_45"] + random.poisson(rate * 45) * basket
    frame["future_yuan"] = rate * basket * 90
    return frame


@pytest.fixture(scope="module")
def stretched() -> LtvModel:
    """History too short for anything but 45-day labels."""
    return train_ltv(users(3000, 1), users(3000, 2), FEATURES, {45: "spend_45"}, 3, settings=SMALL)


@pytest.fixture(scope="module")
def labelled() -> LtvModel:
    labels = {45: "spend_45", 90: "spend_90"}
    return train_ltv(users(3000, 1), users(3000, 2), FEATURES, labels, 3, horizons=(45, 90), settings=SMALL)


def test_two_stages_rank_and_total_later_spend_nearly_as_well_as_the_truth(labelled: LtvModel) -> None:
    later = users(4000, 5)
    actual = later["spend_90"].to_numpy()
    said = predict_ltv(labelled, later)["ltv_90d_yuan"].to_numpy()
    assert gini(actual, said) > 0.9 * gini(actual, later["future_yuan"].to_numpy())
    assert total_bias(actual, said) == pytest.approx(1, abs=0.15)


def test_a_labelled_horizon_says_two_stage_and_needs_no_purchase_columns(labelled: LtvModel) -> None:
    said = predict_ltv(labelled, users(5, 1)[FEATURES])
    assert set(said["ltv_90d_method"]) == {"two_stage"}
    assert labelled.btyd is None


def test_a_horizon_without_labels_says_what_it_was_stretched_from(stretched: LtvModel) -> None:
    said = predict_ltv(stretched, users(5, 1))
    assert set(said["ltv_365d_method"]) == {"two_stage_45d_times_btyd_ratio"}
    assert stretched.horizons == (90, 180, 365)


def test_stretching_to_90_days_is_near_the_spend_that_came(stretched: LtvModel) -> None:
    later = users(4000, 5)
    said = predict_ltv(stretched, later)["ltv_90d_yuan"].to_numpy()
    assert total_bias(later["spend_90"].to_numpy(), said) == pytest.approx(1, abs=0.2)


def test_a_user_who_never_bought_gets_the_ratio_of_all_buyers_together(stretched: LtvModel) -> None:
    frame = users(50, 6).assign(**dict.fromkeys(BUYER_COLUMNS, np.nan))
    base = predict_two_stage(stretched.two_stage[45], frame)
    said = predict_ltv(stretched, frame)["ltv_180d_yuan"]
    assert (said > 0).all()
    assert np.allclose(said, base * stretched.population_ratio[180])
    assert 1 < stretched.population_ratio[180] <= 4


def test_a_buyer_who_fell_silent_is_stretched_as_far_as_the_model_thinks_him_alive_in_rate(stretched: LtvModel) -> None:
    frame = users(500, 6).dropna()
    base = predict_two_stage(stretched.two_stage[45], frame)
    ratio = predict_ltv(stretched, frame)["ltv_180d_yuan"].to_numpy() / base
    assert ratio.std() > 1e-4
    assert ((ratio >= 1) & (ratio <= 4)).all()


@pytest.fixture(scope="module")
def both() -> LtvModel:
    labels = {90: "spend_90", 180: "spend_45"}
    return train_ltv(users(2000, 1), users(2000, 2), FEATURES, labels, 3, settings=SMALL)


amounts = st.one_of(st.none(), st.floats(-1e6, 1e6))


@settings(max_examples=25, deadline=None)
@given(
    rows=st.lists(st.tuples(amounts, amounts, amounts, st.integers(0, 20), st.floats(1, 900)), min_size=1, max_size=8)
)
def test_no_value_is_negative_nor_falls_with_the_horizon(both: LtvModel, rows: list[tuple[float, ...]]) -> None:
    frame = pd.DataFrame(rows, columns=[*FEATURES, FREQUENCY, AGE]).astype(float)
    frame[RECENCY] = np.where(frame[FREQUENCY] > 0, frame[AGE] / 2, 0)
    frame[SPEND] = 50.0
    said = predict_ltv(both, frame, num_threads=1)[["ltv_90d_yuan", "ltv_180d_yuan", "ltv_365d_yuan"]].to_numpy()
    assert (said[:, 0] >= 0).all()
    assert (np.diff(said, axis=1) >= 0).all()


def test_the_total_of_the_calibration_day_corrects_the_level() -> None:
    train, later = users(3000, 1), users(3000, 2)
    dearer = later.assign(spend_45=later["spend_45"] * 1.5)
    model = train_two_stage(train, later, FEATURES, "spend_45", 3, SMALL)
    raised = train_two_stage(train, dearer, FEATURES, "spend_45", 3, SMALL)
    assert raised.level / model.level == pytest.approx(1.5, rel=0.15)
    assert predict_two_stage(raised, later).sum() / predict_two_stage(model, later).sum() == pytest.approx(
        1.5, rel=0.15
    )


def test_too_few_spenders_is_an_error_with_counts() -> None:
    poor = users(200, 1).assign(spend_45=0.0)
    with pytest.raises(ValueError, match=r"too few users with spend above 0.*'train': 0"):
        train_two_stage(poor, users(200, 2), FEATURES, "spend_45", 3, SMALL)


def test_no_label_at_all_is_an_error() -> None:
    with pytest.raises(ValueError, match="needs a label"):
        train_ltv(users(100, 1), users(100, 2), FEATURES, {}, 3, settings=SMALL)


def test_a_stretched_horizon_names_the_purchase_columns_it_lacks() -> None:
    bare = users(100, 2).drop(columns=BUYER_COLUMNS)
    with pytest.raises(ValueError, match=rf"lacks 4 .*{FREQUENCY}"):
        train_ltv(users(100, 1), bare, FEATURES, {45: "spend_45"}, 3, settings=SMALL)


def test_the_model_comes_back_from_boosters_and_json(stretched: LtvModel) -> None:
    boosters = {name: lgb.Booster(model_str=b.model_to_string()) for name, b in stretched.boosters().items()}
    back = LtvModel.from_dict(json.loads(json.dumps(stretched.to_dict())), boosters)
    later = users(50, 9)
    pd.testing.assert_frame_equal(predict_ltv(back, later), predict_ltv(stretched, later))


def test_the_naive_rate_divides_by_the_days_known_but_by_no_fewer_than_30() -> None:
    frame = pd.DataFrame({"spend": [180.0, 60.0, 30.0, np.nan], "days": [500.0, 60.0, 1.0, 40.0]})
    assert naive_ltv(frame, "spend", 180, "days", 90).tolist() == [90.0, 90.0, 90.0, 0.0]
