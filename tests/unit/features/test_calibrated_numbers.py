"""Which numbers may be calibrated at all, how far one may go, and which value is taken."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from features.calibration import Reach, chosen, place_in_rule, says_itself
from features.tag import Tag

REACH: dict[str, Any] = {"between": [3, 9], "largest_step": 2, "rounded_to": 1}
TAG: dict[str, Any] = {
    "code": "behaviour.a", "name": {"zh": "甲", "en": "A"}, "meaning": {"zh": "比别人多", "en": "More than most"},
    "kind": "rule", "rule": "view_content_count_30d >= 8", "owner": "data", "sensitivity": "low",
    "purposes": ["care"], "evidence": "observed", "holds": {}, "holds_not": {}, "half_life_days": 60,
}  # fmt: skip
BY = {"view_content_count_30d": {"among": "view_content_count_30d >= 1", "quantile": 0.75, **REACH}}


def made(**other: Any) -> Any:
    return TypeAdapter(Tag).validate_json(json.dumps(TAG | other), strict=True)


def test_a_tag_names_the_numbers_that_may_be_calibrated_and_all_others_may_not() -> None:
    half = {"between": [30, 120], "largest_step": 10, "rounded_to": 5, "within_days": 90}
    assert made(calibrate={"thresholds": BY, "half_life": half}).calibrated_numbers == {
        "rule.view_content_count_30d": 8,
        "half_life_days": 60,
    }
    assert made().calibrated_numbers == {}
    assert made(calibrate={"thresholds": BY}).rule_version == made().rule_version, "how it is found decides nothing yet"


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"rule": "hba1c_percent >= 6.5", "sensitivity": "health", "legal_basis": "separate_consent",
          "calibrate": {"half_life": {"between": [30, 90], "largest_step": 10, "rounded_to": 5, "within_days": 90}}},
         "numbers of tags about health are medicine"),
        ({"calibrate": {"thresholds": {"hba1c_percent": {**BY["view_content_count_30d"]}}}},
         "hba1c_percent is about health: medicine says such a number"),
        ({"calibrate": {"thresholds": BY}, "meaning": {"zh": "看了八篇", "en": "A lot"}},
         "its words say rule.view_content_count_30d to be 8: a promise"),
        ({"calibrate": {"thresholds": BY}, "rule": "view_content_count_30d >= 2"}, "is 2, not between"),
        ({"calibrate": {"thresholds": BY}, "rule": "view_content_count_30d >= 8 * active_days_30d"},
         "must compare view_content_count_30d with a number once, found 0"),
        ({"calibrate": {"percentiles": {"high": {**REACH, "between": [0.5, 0.9], "rounded_to": 0.1, "holds": 0.5}}}},
         "names percentiles.high, which a tag of this kind does not have"),
        ({"calibrate": {}}, "expected thresholds, percentiles or half_life"),
        ({"calibrate": {"thresholds": {"view_content_count_30d": {**BY["view_content_count_30d"], "held_by": 0.1}}}},
         "either `quantile` or `held_by`"),
    ],
)  # fmt: skip
def test_a_number_that_is_medicine_a_promise_or_not_there_cannot_be_calibrated(
    other: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValidationError, match=re.escape(said)):
        made(**other)


@pytest.mark.parametrize(
    ("number", "text", "is_said"),
    [
        (2000, "Over 2,000 yuan a year", True), (2000, "年消费超 2000", True), (200, "over 2000", False),
        (0.5, "Half or more", True), (0.5, "占一半以上", True), (0.3, "三成以上", True), (0.3, "Three tenths", True),
        (0.3, "far more than most", False), (8, "30 天内看了八篇", True), (10, "Ten pages", True), (0.15, "15 %", True),
    ],
)  # fmt: skip
def test_words_that_say_a_number_are_seen(number: float, text: str, is_said: bool) -> None:
    assert says_itself(number, text) == is_said


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ("a_1 >= 5 AND x > 2", "5"), ("x > 2 OR a_1<0.25", "0.25"), ("a_1 > 2 * x", None), ("2 * a_1 > 3", None),
        ("a_1 > 1 AND a_1 < 9", None), ("a_10 > 3", None), ("a_1 >= 8 AND a_1 >= 8 * x", "8"),
    ],
)  # fmt: skip
def test_the_one_number_that_a_column_is_compared_with_is_found(rule: str, found: str | None) -> None:
    if found is None:
        with pytest.raises(ValueError, match="with a number once"):
            place_in_rule(rule, "a_1")
    else:
        start, end = place_in_rule(rule, "a_1")
        assert rule[start:end] == found


@given(st.data())
def test_no_candidate_leaves_its_bounds_or_goes_further_than_the_largest_step(data: st.DataObject) -> None:
    rounded = data.draw(st.sampled_from((0.01, 0.05, 0.25, 1.0, 5.0)))
    low = round(data.draw(st.integers(0, 40)) * rounded, 4)
    high = round(low + data.draw(st.integers(1, 40)) * rounded, 4)
    step = round(data.draw(st.integers(1, 12)) * rounded, 4)
    now = data.draw(st.floats(low, high).map(lambda x: round(x, 3)).filter(lambda x: low <= x <= high))
    found = Reach(between=(low, high), largest_step=step, rounded_to=rounded).candidates(now)
    assert now in found
    assert list(found) == sorted(set(found))
    assert all(low <= c <= high and abs(c - now) <= step + 1e-9 for c in found)
    target = data.draw(st.floats(low - 5, high + 5))
    best = chosen({c: c for c in found}, target, now)
    assert all(abs(best - target) <= abs(c - target) for c in found)


def test_of_two_that_fit_as_well_the_present_number_stays() -> None:
    assert chosen({7.0: 0.2, 8.0: 0.2, 9.0: 0.2}, 0.25, 8.0) == 8.0
