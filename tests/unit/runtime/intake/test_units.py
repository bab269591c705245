"""Their units become ours, those of measures as well."""

from __future__ import annotations

import pytest

from jobs.runtime.intake.units import UnknownUnit, conversion
from schemas.vocabulary import METRIC_UNITS

# Amounts of a substance need its molar mass, and a beat, a step or a percent is a bare number.
_NO_PLAIN_UNIT = {"glucose", "heart_rate", "steps", "spo2"}


@pytest.mark.parametrize(
    ("theirs", "ours", "expected"),
    [
        ("ms", "s", (0.001, 0.0)),
        ("分", "yuan", (0.01, 0.0)),
        ("元", "yuan", (1.0, 0.0)),
        ("分钟", "s", (60.0, 0.0)),
        ("小时", "s", (3600.0, 0.0)),
        ("℉", "degree Celsius", (5 / 9, -160 / 9)),
        ("斤", "kg", (0.5, 0.0)),
        ("岁", "years", (1.0, 0.0)),
    ],
)
def test_a_unit_becomes_ours_by_factor_and_shift(theirs: str, ours: str, expected: tuple[float, float]) -> None:
    assert conversion(theirs, ours) == pytest.approx(expected, rel=1e-11)


@pytest.mark.parametrize(
    ("theirs", "told"),
    [("kg", "can become s"), ("blink", "known unit"), ("", "name of one unit"), ("1/0", "name of one unit")],
)
def test_what_is_no_such_unit_is_told(theirs: str, told: str) -> None:
    with pytest.raises(UnknownUnit, match=told):
        conversion(theirs, "s")


@pytest.mark.parametrize("metric", sorted(set(METRIC_UNITS) - _NO_PLAIN_UNIT))
def test_factors_of_measures_are_those_of_the_library(metric: str) -> None:
    canonical, *others = METRIC_UNITS[metric]
    for unit in others:
        assert conversion(unit, canonical)[0] == pytest.approx(METRIC_UNITS[metric][unit], rel=2e-6)
