from __future__ import annotations

import numpy as np
import pytest

from models.evaluation import auc, brier
from models.promotion import better, bootstrap_difference

RANDOM = np.random.default_rng(11)
TRUTH = RANDOM.beta(1, 2, 1500)
ACTUAL = (RANDOM.random(1500) < TRUTH).astype(float)


def blurred(noise: float, seed: int = 0) -> np.ndarray:
    """The true chances seen through noise."""
    return np.clip(TRUTH + np.random.default_rng(seed).normal(0, noise, len(TRUTH)), 0, 1)


def test_a_clearly_better_challenger_takes_over() -> None:
    decision = better(ACTUAL, TRUTH, blurred(0.3), blurred(0.6), seed=1)
    assert decision.promote
    assert decision.gains["auc over champion"].low > 0
    assert "over the champion" in decision.reason


def test_a_worse_challenger_does_not() -> None:
    decision = better(ACTUAL, blurred(0.4), TRUTH, blurred(0.8), seed=1)
    assert not decision.promote
    assert "no sure gain over the champion" in decision.reason


def test_a_gain_that_chance_may_have_made_keeps_the_champion() -> None:
    decision = better(ACTUAL, TRUTH, blurred(0.03), blurred(0.6), seed=1, guards=())
    gain = decision.gains["auc over champion"]
    assert gain.low < 0 < gain.point
    assert not decision.promote


def test_a_tie_keeps_the_champion() -> None:
    assert not better(ACTUAL, TRUTH, TRUTH, blurred(0.6), seed=1).promote


def test_beating_the_champion_is_not_enough_without_beating_the_baseline() -> None:
    decision = better(ACTUAL, blurred(0.3), blurred(0.8), TRUTH, seed=1)
    assert not decision.promote
    assert "over the baseline" in decision.reason


def test_a_first_model_has_only_the_baseline_to_beat() -> None:
    assert better(ACTUAL, TRUTH, None, blurred(0.6), seed=1).promote
    assert not better(ACTUAL, blurred(0.6), None, TRUTH, seed=1).promote


def test_a_better_ranking_with_worse_probabilities_is_stopped_by_the_guard() -> None:
    squeezed = 0.9 + TRUTH / 10
    decision = better(ACTUAL, squeezed, blurred(0.3), blurred(0.6), seed=1)
    assert not decision.promote
    assert "brier is surely worse" in decision.reason


def test_a_metric_where_less_is_better_is_turned_round() -> None:
    decision = better(ACTUAL, TRUTH, blurred(0.3), blurred(0.6), seed=1, metric="brier", guards=())
    assert decision.promote
    assert decision.gains["brier over champion"].point == pytest.approx(
        brier(ACTUAL, blurred(0.3)) - brier(ACTUAL, TRUTH)
    )


def test_the_interval_is_repeatable_and_holds_the_difference_measured() -> None:
    made = [bootstrap_difference(auc, ACTUAL, TRUTH, blurred(0.3), seed=4) for _ in range(2)]
    assert made[0] == made[1]
    assert made[0].low < made[0].point < made[0].high


def test_too_few_of_one_class_for_a_bootstrap_is_an_error() -> None:
    with pytest.raises(ValueError, match="more rows needed"):
        bootstrap_difference(auc, np.zeros(4), np.arange(4.0), np.ones(4), seed=1)
