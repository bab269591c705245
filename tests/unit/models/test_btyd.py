from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.btyd import (
    AGE,
    FREQUENCY,
    RECENCY,
    SPEND,
    BtydModel,
    alive_probability,
    expected_purchases,
    fit_btyd,
    log_likelihood,
    predict_btyd,
)
from models.gamma_gamma import GammaGamma, expected_spend, fit_gamma_gamma

TRUE = BtydModel(0.6, 3.0, 0.8, 2.5, GammaGamma(6.0, 4.0, 30.0), 0, 0.0, 0.0)
FUTURE_WEEKS = 26.0


def simulate(buyers: int, seed: int) -> pd.DataFrame:
    """Buyers who follow MBG/NBD and Gamma-Gamma with TRUE's parameters, and what they bought in the 26 weeks after."""
    random = np.random.default_rng(seed)
    rate = random.gamma(TRUE.r, 1 / TRUE.alpha_weeks, buyers)
    leave = random.beta(TRUE.a, TRUE.b, buyers)
    age = random.integers(20, 60, buyers).astype(float)
    x, last, future = np.zeros(buyers), np.zeros(buyers), np.zeros(buyers)
    for i in range(buyers):
        t = 0.0
        while random.random() > leave[i]:
            t += random.exponential(1 / rate[i])
            if t > age[i] + FUTURE_WEEKS:
                break
            if t <= age[i]:
                x[i], last[i] = x[i] + 1, t
            else:
                future[i] += 1
    nu = random.gamma(TRUE.spend.q, 1 / TRUE.spend.v, buyers)
    mean = random.gamma(TRUE.spend.p * (x + 1), 1 / (nu * (x + 1)))
    return pd.DataFrame({FREQUENCY: x, RECENCY: last * 7, AGE: age * 7, SPEND: mean, "future": future})


@pytest.fixture(scope="module")
def buyers() -> pd.DataFrame:
    return simulate(3000, seed=1)


@pytest.fixture(scope="module")
def fitted(buyers: pd.DataFrame) -> BtydModel:
    return fit_btyd(buyers)


def test_the_parameters_that_made_the_data_are_found_again(fitted: BtydModel) -> None:
    assert fitted.r == pytest.approx(TRUE.r, rel=0.2)
    assert fitted.alpha_weeks == pytest.approx(TRUE.alpha_weeks, rel=0.2)
    assert fitted.a / (fitted.a + fitted.b) == pytest.approx(TRUE.a / (TRUE.a + TRUE.b), rel=0.1)
    assert fitted.spend.population_mean == pytest.approx(TRUE.spend.population_mean, rel=0.1)


def test_purchases_of_the_next_weeks_add_up_to_what_was_bought(fitted: BtydModel, buyers: pd.DataFrame) -> None:
    said = predict_btyd(fitted, buyers, FUTURE_WEEKS * 7)["expected_purchase_count"].sum()
    assert said == pytest.approx(buyers["future"].sum(), rel=0.1)


@pytest.mark.filterwarnings("ignore")
def test_likelihood_fit_and_forecasts_equal_those_of_lifetimes(fitted: BtydModel, buyers: pd.DataFrame) -> None:
    lifetimes = pytest.importorskip("lifetimes")
    x, recency, age = buyers[FREQUENCY], buyers[RECENCY] / 7, buyers[AGE] / 7
    peer = lifetimes.ModifiedBetaGeoFitter().fit(x, recency, age)
    assert list(peer.params_) == pytest.approx([fitted.r, fitted.alpha_weeks, fitted.a, fitted.b], rel=1e-3)
    peer.params_[:] = [fitted.r, fitted.alpha_weeks, fitted.a, fitted.b]
    loss = peer._negative_log_likelihood(np.log(peer.params_), x, recency, age, np.ones(len(x)), 0)
    assert log_likelihood(fitted, buyers) == pytest.approx(-loss * len(x), rel=1e-9)
    assert fitted.log_likelihood == pytest.approx(-loss * len(x), rel=1e-9)
    ours = predict_btyd(fitted, buyers, 90)
    theirs = peer.conditional_expected_number_of_purchases_up_to_time(90 / 7, x, recency, age)
    assert np.allclose(ours["expected_purchase_count"], theirs, rtol=1e-8)
    assert np.allclose(ours["alive_probability"], peer.conditional_probability_alive(x, recency, age), rtol=1e-9)


@pytest.mark.filterwarnings("ignore")
def test_spend_per_purchase_equals_that_of_lifetimes(buyers: pd.DataFrame) -> None:
    lifetimes = pytest.importorskip("lifetimes")
    n, mean = buyers[FREQUENCY] + 1, buyers[SPEND]
    peer = lifetimes.GammaGammaFitter().fit(n, mean)
    ours = fit_gamma_gamma(n.to_numpy(), mean.to_numpy())
    assert [ours.p, ours.q, ours.v] == pytest.approx(list(peer.params_), rel=1e-3)
    theirs = peer.conditional_expected_average_profit(n, mean)
    assert np.allclose(expected_spend(ours, n.to_numpy(), mean.to_numpy()), theirs, rtol=1e-3)


def test_expected_purchases_equal_the_mean_over_the_posterior_drawn_at_random() -> None:
    random = np.random.default_rng(7)
    x, recency, age, horizon = 4.0, 10.0, 14.0, 13.0
    leave = random.beta(TRUE.a, TRUE.b + x + 1, 400_000)
    rate = random.gamma(TRUE.r + x, 1 / (TRUE.alpha_weeks + age), 400_000)
    while_alive = ((1 - np.exp(-rate * leave * horizon)) / leave).mean()
    columns = (np.array([x]), np.array([recency]), np.array([age]))
    want = while_alive * alive_probability(TRUE, *columns)[0]
    assert expected_purchases(TRUE, *columns, horizon)[0] == pytest.approx(want, rel=0.005)


def test_a_of_one_where_the_formula_is_nought_over_nought_lies_between_its_neighbours() -> None:
    columns = (np.array([3.0]), np.array([10.0]), np.array([14.0]))
    below, at, above = (expected_purchases(replace(TRUE, a=a), *columns, 13.0)[0] for a in (0.999, 1.0, 1.001))
    assert above < at < below
    assert at == pytest.approx((below + above) / 2, rel=1e-5)


def test_a_hub_with_a_thousand_purchases_gets_a_finite_forecast_near_its_rate() -> None:
    columns = (np.array([1000.0]), np.array([100.0]), np.array([100.0]))
    loyal = replace(TRUE, a=0.01, b=50.0)
    assert expected_purchases(loyal, *columns, 52.0)[0] == pytest.approx(1000 / 103 * 52, rel=0.02)


rows = st.tuples(st.integers(0, 60), st.floats(0, 1), st.floats(0.2, 150)).map(
    lambda v: (float(v[0]), v[1] * v[2] if v[0] else 0.0, v[2])
)
parameter = st.floats(0.05, 20)


@settings(max_examples=150, deadline=None)
@given(
    row=rows, r=parameter, alpha=parameter, a=parameter, b=parameter, horizon=st.floats(0.5, 60), more=st.floats(0, 60)
)
def test_forecasts_never_fall_with_the_horizon_nor_grow_faster_than_it(
    row: tuple[float, float, float], r: float, alpha: float, a: float, b: float, horizon: float, more: float
) -> None:
    model = BtydModel(r, alpha, a, b, TRUE.spend, 0, 0.0, 0.0)
    x, last, age = (np.array([v]) for v in row)
    short = expected_purchases(model, x, last, age, horizon)[0]
    long = expected_purchases(model, x, last, age, horizon + more)[0]
    assert 0 <= short * (1 - 1e-6) <= long + 1e-9
    assert long <= short * (horizon + more) / horizon * (1 + 1e-5) + 1e-9
    assert 0 <= alive_probability(model, x, last, age)[0] <= 1


def test_a_long_silence_makes_a_frequent_buyer_less_alive_than_a_rare_one() -> None:
    x, last, age = np.array([30.0, 2.0]), np.array([20.0, 20.0]), np.array([52.0, 52.0])
    frequent, rare = alive_probability(TRUE, x, last, age)
    assert frequent < 0.01 < rare


def test_one_purchase_draws_spend_to_the_mean_of_all_and_many_leave_it_where_it_is() -> None:
    few, many = expected_spend(TRUE.spend, np.array([1.0, 500.0]), np.array([600.0, 600.0]))
    assert TRUE.spend.population_mean < few < many == pytest.approx(600, rel=0.01)


def test_the_unit_of_money_changes_only_the_scale(buyers: pd.DataFrame) -> None:
    n, mean = buyers[FREQUENCY].to_numpy() + 1, buyers[SPEND].to_numpy()
    yuan, fen = fit_gamma_gamma(n, mean), fit_gamma_gamma(n, mean * 100)
    assert (fen.p, fen.q, fen.v) == pytest.approx((yuan.p, yuan.q, yuan.v * 100), rel=1e-6)


def test_expected_spend_is_purchases_times_spend_per_purchase(fitted: BtydModel, buyers: pd.DataFrame) -> None:
    said = predict_btyd(fitted, buyers.head(20), 90)
    product = said["expected_purchase_count"] * said["expected_spend_per_purchase_yuan"]
    assert np.allclose(said["expected_spend_yuan"], product)
    assert said.index.equals(buyers.head(20).index)
    purchases = buyers.head(20)[FREQUENCY].to_numpy() + 1
    want = expected_spend(fitted.spend, purchases, buyers.head(20)[SPEND].to_numpy())
    assert np.allclose(said["expected_spend_per_purchase_yuan"], want)


def test_buyers_who_never_paid_are_left_out_of_the_spend_part_only(fitted: BtydModel, buyers: pd.DataFrame) -> None:
    free = buyers.head(30).assign(**{SPEND: [0.0] * 15 + [np.nan] * 15})
    both = fit_btyd(pd.concat([buyers, free], ignore_index=True))
    assert both.spend == fitted.spend
    assert both.buyers == fitted.buyers + 30


def test_impossible_rows_are_all_told_at_once_with_their_counts(buyers: pd.DataFrame) -> None:
    wrong = buyers.head(6).reset_index(drop=True)
    wrong.loc[0, FREQUENCY] = np.nan
    wrong.loc[1, [FREQUENCY, RECENCY, AGE]] = [3, 90, 40]
    wrong.loc[2:3, [FREQUENCY, RECENCY, AGE]] = [0, 5, 40]
    with pytest.raises(ValueError, match=r"missing values in 1 .* above .* in 1 .*one-time buyers with recency in 2"):
        predict_btyd(TRUE, wrong, 90)


def test_too_few_returning_buyers_is_an_error_that_says_how_many(buyers: pd.DataFrame) -> None:
    once = buyers[buyers[FREQUENCY] == 0].head(50)
    with pytest.raises(ValueError, match="of 50 buyers only 0 did"):
        fit_btyd(once)


def test_where_all_leave_at_the_same_rate_the_expectation_is_still_a_number() -> None:
    random = np.random.default_rng(2)
    x = np.minimum(random.geometric(0.1, 400) - 1, 20).astype(float)
    gaps = random.exponential(9, (400, 20)).cumsum(axis=1)
    last = np.where(x > 0, gaps[np.arange(400), np.maximum(x.astype(int) - 1, 0)], 0).round()
    frame = pd.DataFrame({FREQUENCY: x, RECENCY: last, AGE: last + random.integers(5, 80, 400), SPEND: 50 + x})
    said = predict_btyd(fit_btyd(frame), frame, 365)
    assert np.isfinite(said.to_numpy()).all()
    assert (said["expected_purchase_count"] >= 0).all()


def test_a_horizon_of_no_days_is_an_error(buyers: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="more than 0 days"):
        predict_btyd(TRUE, buyers, 0)


def test_the_model_comes_back_whole_from_json(fitted: BtydModel) -> None:
    assert BtydModel.from_dict(json.loads(json.dumps(fitted.to_dict()))) == fitted
