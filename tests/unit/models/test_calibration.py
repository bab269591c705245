from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from models.calibration import Calibrator, Method, fit_calibrator


def drawn(rows: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Margins that are twice too sure and one too high, and outcomes."""
    random = np.random.default_rng(seed)
    truth = random.normal(-0.5, 1.5, rows)
    return 2 * truth + 1, (random.random(rows) < expit(truth)).astype(float)


@pytest.mark.parametrize("method", ["platt", "isotonic"])
def test_an_overconfident_score_is_brought_back_to_the_rates_that_happen(method: Method) -> None:
    margin, label = drawn(8000)
    fresh = np.array([-3.0, 0.0, 3.0])
    said = fit_calibrator(margin, label, method).apply(fresh)
    assert np.allclose(said, expit((fresh - 1) / 2), atol=0.06)


def test_isotonic_follows_a_bend_that_a_sigmoid_cannot() -> None:
    methods: tuple[Method, ...] = ("isotonic", "platt")
    random = np.random.default_rng(3)
    margin = random.normal(0, 2, 8000)
    truth = np.where(margin < 0, 0.1, 0.6)
    label = (random.random(8000) < truth).astype(float)
    errors = {method: np.abs(fit_calibrator(margin, label, method).apply(margin) - truth).mean() for method in methods}
    assert errors["isotonic"] < 0.6 * errors["platt"]


def test_isotonic_keeps_users_apart_rather_than_on_a_few_steps() -> None:
    margin, label = drawn(4000)
    said = fit_calibrator(margin, label, "isotonic").apply(margin)
    assert len(np.unique(said)) > 0.99 * len(np.unique(margin))


def test_few_rows_take_the_sigmoid_and_many_the_curve() -> None:
    assert fit_calibrator(*drawn(300)).method == "platt"
    assert fit_calibrator(*drawn(4000)).method == "isotonic"


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 30),
    method=st.sampled_from(["platt", "isotonic"]),
    margins=st.lists(st.floats(-50, 50), min_size=2, max_size=20),
)
def test_a_larger_margin_never_gives_a_smaller_probability(seed: int, method: Method, margins: list[float]) -> None:
    margin, label = drawn(200, seed)
    said = fit_calibrator(margin, label, method).apply(np.sort(margins))
    assert ((said >= 0) & (said <= 1)).all()
    assert (np.diff(said) >= -1e-12).all()


def test_a_score_that_says_the_same_of_all_gives_the_overall_rate() -> None:
    label = np.repeat([0.0, 1.0], [750, 250])
    methods: tuple[Method, ...] = ("isotonic", "platt")
    for method in methods:
        said = fit_calibrator(np.zeros(1000), label, method).apply(np.zeros(1))
        assert said[0] == pytest.approx(0.25, abs=0.01)


def test_a_score_that_points_the_wrong_way_is_not_turned_round() -> None:
    margin, label = drawn(2000)
    said = fit_calibrator(-margin, label, "platt").apply(np.array([-5.0, 5.0]))
    assert said[0] == pytest.approx(said[1], abs=1e-6)


def test_one_class_is_an_error() -> None:
    with pytest.raises(ValueError, match="both classes"):
        fit_calibrator(np.zeros(5), np.ones(5))


def test_the_calibrator_comes_back_whole_from_json() -> None:
    made = fit_calibrator(*drawn(4000))
    assert Calibrator.from_dict(json.loads(json.dumps(made.to_dict()))) == made
