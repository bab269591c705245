"""Likeness is judged out of fold, the same each time, and what it tells of somebody is found out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from models.boosting import BoostSettings
from models.evaluation import auc
from models.lookalike import (
    LookalikeSettings,
    TooFewMembers,
    carrier,
    curve,
    fit_lookalike,
    precision_at,
    tells,
    tells_alone,
    weights,
)

SETTINGS = LookalikeSettings(
    seed=1, boost=BoostSettings(rounds=60, learning_rate=0.1, leaves=7, min_rows_in_leaf=20, patience=10)
)
ROWS = 2000


def users(seed: int = 3) -> tuple[pd.DataFrame, NDArray[np.bool_], NDArray[np.bool_]]:
    """Members are more likely the more they search; a flag goes with how they pay; noise says nothing."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(ROWS, 3)), columns=["search", "pay", "noise"])
    chance = 1 / (1 + np.exp(-(2 * frame["search"] + 2 * frame["pay"] - 2.5)))
    flag = frame["pay"].to_numpy() + rng.normal(scale=0.5, size=ROWS) > 1
    return frame, rng.random(ROWS) < chance.to_numpy(), flag


EVERYBODY = np.ones(ROWS, dtype=bool)


def test_the_score_comes_near_to_the_best_that_can_be_known_and_noise_weighs_next_to_nothing() -> None:
    frame, member, _ = users()
    alike = fit_lookalike(frame, member, EVERYBODY, list(frame), SETTINGS)
    best = auc(member.astype(float), (frame["search"] + frame["pay"]).to_numpy())
    assert best - 0.03 < auc(member.astype(float), alike.score) <= best + 0.005
    heavy = weights(alike, EVERYBODY).set_index("feature")
    assert heavy["part"].idxmin() == "noise"
    assert heavy["part"]["noise"] < 0.1
    assert (heavy["direction"][["search", "pay"]] == 1).all()


def test_members_at_random_are_told_by_nothing() -> None:
    frame, _, _ = users()
    member = np.random.default_rng(9).random(ROWS) < 0.2
    alike = fit_lookalike(frame, member, EVERYBODY, list(frame), SETTINGS)
    assert abs(auc(member.astype(float), alike.score) - 0.5) < 0.05


def test_who_may_not_be_learned_from_is_scored_and_changes_no_score_of_others() -> None:
    frame, member, _ = users()
    learned = np.arange(ROWS) % 4 != 0
    first = fit_lookalike(frame, member, learned, list(frame), SETTINGS).score
    unlike = frame.where(np.tile(learned[:, None], 3), frame + 50)
    again = fit_lookalike(unlike, np.where(learned, member, ~member), learned, list(frame), SETTINGS).score
    assert np.array_equal(first[learned], again[learned])
    assert auc(member[~learned].astype(float), first[~learned]) > 0.8


def test_the_same_rows_give_the_same_score_and_another_seed_gives_others() -> None:
    frame, member, _ = users()
    first, again = (fit_lookalike(frame, member, EVERYBODY, list(frame), SETTINGS).score for _ in range(2))
    other = LookalikeSettings(seed=2, boost=SETTINGS.boost)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, fit_lookalike(frame, member, EVERYBODY, list(frame), other).score)


def test_what_carries_an_attribute_is_found_whichever_way_it_goes() -> None:
    frame, member, flag = users()
    alike = fit_lookalike(frame, member, EVERYBODY, list(frame), SETTINGS)
    assert tells(alike.score, flag) > 0.7
    assert (carrier(alike, flag, member, EVERYBODY), carrier(alike, ~flag, member, EVERYBODY)) == ("pay", "pay")
    without = fit_lookalike(frame, member, EVERYBODY, ["search", "noise"], SETTINGS)
    assert tells(without.score, flag) < 0.55


def test_a_feature_that_only_tells_members_is_no_carrier_of_what_they_have_oftener() -> None:
    rng = np.random.default_rng(5)
    member = rng.random(ROWS) < 0.4
    flag = rng.random(ROWS) < np.where(member, 0.6, 0.15)
    frame = pd.DataFrame({"honest": member * 3 + rng.normal(size=ROWS), "proxy": flag * 1.5 + rng.normal(size=ROWS)})
    alike = fit_lookalike(frame, member, EVERYBODY, ["honest", "proxy"], SETTINGS)
    assert weights(alike, EVERYBODY)["feature"][0] == "honest"
    assert carrier(alike, flag, member, EVERYBODY) == "proxy"


def test_a_feature_that_is_missing_for_just_the_members_tells_them() -> None:
    values = np.array([np.nan, np.nan, 5.0, 400.0, 90.0])
    assert tells_alone(values, np.array([True, True, False, False, False])) == 1


def test_fewer_than_fifty_members_are_refused() -> None:
    frame, member, _ = users()
    few = member & (np.cumsum(member) <= 49)
    with pytest.raises(TooFewMembers, match="at least 50 members"):
        fit_lookalike(frame, few, EVERYBODY, list(frame), SETTINGS)


def test_the_curve_is_by_tenths_with_members_rounded() -> None:
    score = np.arange(200) / 200
    member = score >= 0.86  # 28: all twenty of the first tenth, 8 of the second
    assert [(t.number, t.rows, t.precision, round(t.lift, 2)) for t in curve(score, member)][:3] == [
        (1, 20, 1.0, 7.14),
        (2, 20, 0.4, 2.86),
        (3, 20, 0.0, 0.0),
    ]
    assert [t.precision for t in curve(score, member, step=10)][:3] == [1.0, 0.5, 0.0]
    assert precision_at(score, member, 0.2) == pytest.approx(0.7)
    assert precision_at(score, member, 0.2, step=10) == pytest.approx(0.75)
