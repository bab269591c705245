"""Rates and levels of points are read whole, or refused."""

from typing import Any

import pytest
from pydantic import ValidationError

from features.member_points import EARNED_BY, MemberPoints
from jobs.runtime.declarations import load_member_points
from jobs.runtime.settings import project_root
from schemas.feature.user_day import USER_DAY

RATES: dict[str, Any] = {"net_spend_yuan": 1, **dict.fromkeys(EARNED_BY, 2)}


def test_the_declared_rates_are_those_of_measures_there_are() -> None:
    stated = load_member_points(project_root() / "conf")
    assert set(EARNED_BY) <= set(USER_DAY.column_names)
    assert set(type(stated).model_fields) == {"net_spend_yuan", "levels", *EARNED_BY}


@pytest.mark.parametrize(
    ("levels", "says"),
    [
        ({"silver": 500}, "expected the levels silver, gold in this order"),
        ({"gold": 500, "silver": 100}, "expected the levels silver, gold in this order"),
        ({"silver": 500, "gold": 500}, "each level must begin above the one before"),
        ({"silver": 0, "gold": 500}, "each level must begin above the one before"),
    ],
)
def test_levels_that_nobody_could_tell_apart_are_refused(levels: dict[str, int], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        MemberPoints(**RATES, levels=levels)


def test_a_rate_below_nothing_is_refused() -> None:
    with pytest.raises(ValidationError, match="check_in_count"):
        MemberPoints(**{**RATES, "check_in_count": -1}, levels={"silver": 1, "gold": 2})
