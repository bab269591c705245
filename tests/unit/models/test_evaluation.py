from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import log_loss as sklearn_log_loss
from sklearn.metrics import roc_auc_score

from models.evaluation import (
    auc,
    brier,
    calibration_table,
    capture,
    churn_metrics,
    expected_calibration_error,
    gini,
    log_loss,
    ltv_metrics,
    pr_auc,
    spearman,
    top_lift,
    total_bias,
)

ACTUAL = np.array([0.0, 0.0, 1.0, 1.0])


@settings(max_examples=50, deadline=None)
@given(score=arrays(float, 30, elements=st.integers(0, 6)), ones=st.integers(1, 29))
def test_auc_equals_scikit_learns_with_ties_too(score: np.ndarray, ones: int) -> None:
    actual = (np.arange(30) < ones).astype(float)
    assert auc(actual, score) == pytest.approx(roc_auc_score(actual, score))


def test_auc_of_one_class_does_not_exist() -> None:
    assert np.isnan(auc(np.ones(3), np.arange(3.0)))


def test_figures_that_can_be_worked_out_by_hand() -> None:
    said = np.array([0.1, 0.6, 0.4, 0.9])
    assert auc(ACTUAL, said) == 0.75
    assert pr_auc(ACTUAL, said) == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)
    assert brier(ACTUAL, said) == pytest.approx((0.01 + 0.36 + 0.36 + 0.01) / 4)
    assert log_loss(ACTUAL, said) == pytest.approx(sklearn_log_loss(ACTUAL, said))


def test_log_loss_of_a_sure_mistake_is_large_but_finite() -> None:
    assert 15 < log_loss(np.array([1.0]), np.array([0.0])) < 40


def test_lift_is_the_rate_at_the_top_over_the_rate_of_all() -> None:
    actual = np.array([1.0] * 10 + [0.0] * 90)
    score = np.arange(100.0)[::-1]
    assert top_lift(actual, score) == 10
    assert top_lift(actual, -score) == 0


@settings(max_examples=50, deadline=None)
@given(order=st.permutations(range(12)), share=st.sampled_from([0.1, 0.25, 0.5]))
def test_rows_that_tie_share_what_they_hold_whatever_their_order(order: list[int], share: float) -> None:
    actual = np.array([5.0, 0, 0, 1, 0, 0, 0, 7, 0, 2, 0, 0])[order]
    assert capture(actual, np.zeros(12), share) == pytest.approx(share)
    assert gini(actual, np.zeros(12)) == pytest.approx(0)


def test_deciles_hold_equal_rows_and_show_what_was_said_and_what_happened() -> None:
    said = np.linspace(0, 0.999, 1000)
    table = calibration_table((np.arange(1000) >= 500).astype(float), said)
    assert table["rows"].tolist() == [100] * 10
    assert table["observed_rate"].tolist() == [0] * 5 + [1] * 5
    assert table["mean_predicted"].is_monotonic_increasing


def test_one_probability_for_all_is_one_bin() -> None:
    table = calibration_table(ACTUAL, np.full(4, 0.5))
    assert table["rows"].tolist() == [4]


def test_calibration_error_is_nil_for_what_comes_true_and_the_gap_for_what_is_off() -> None:
    actual = np.tile([0.0, 0.0, 0.0, 1.0], 100)
    assert expected_calibration_error(actual, np.full(400, 0.25)) == pytest.approx(0)
    assert expected_calibration_error(actual, np.full(400, 0.55)) == pytest.approx(0.3)


def test_gini_is_one_for_the_right_order_minus_one_for_the_reverse() -> None:
    spend = np.array([0.0, 10, 20, 500])
    assert gini(spend, spend) == pytest.approx(1)
    assert gini(spend, -spend) == pytest.approx(-1)
    assert np.isnan(gini(np.ones(4), spend))


def test_bias_is_the_total_said_over_the_total_spent() -> None:
    assert total_bias(np.array([0.0, 100.0]), np.array([60.0, 60.0])) == 1.2


def test_a_rank_correlation_does_not_see_the_scale_and_does_not_exist_for_a_constant() -> None:
    spend = np.array([0.0, 1, 2, 900])
    assert spearman(spend, np.log1p(spend)) == pytest.approx(1)
    assert np.isnan(spearman(spend, np.ones(4)))


def test_probabilities_outside_nought_and_one_are_refused() -> None:
    with pytest.raises(ValueError, match="within 0 and 1"):
        churn_metrics(ACTUAL, np.array([0.1, 0.2, 0.3, 1.2]))


def test_missing_scores_are_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        ltv_metrics(ACTUAL, np.array([0.1, 0.2, 0.3, np.nan]))


def test_scores_of_other_rows_are_refused() -> None:
    with pytest.raises(ValueError, match="4 and 3"):
        ltv_metrics(ACTUAL, np.ones(3))
