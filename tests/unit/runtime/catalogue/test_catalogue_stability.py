"""The population stability index, and which values are told."""

from __future__ import annotations

from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.runtime.catalogue.figures import Value, told_values
from jobs.runtime.catalogue.stability import psi

COUNTS = st.dictionaries(st.sampled_from(["low", "middle", "high", "none"]), st.integers(0, 500), max_size=4)


def users_of(counts: dict[str, int], without: int) -> int:
    return sum(counts.values()) + without + 1


@given(COUNTS, COUNTS, st.integers(0, 500), st.integers(0, 500))
def test_it_is_never_negative_and_the_same_both_ways_round(
    now: dict[str, int], before: dict[str, int], without: int, without_before: int
) -> None:
    users, users_before = users_of(now, without), users_of(before, without_before)
    moved = psi(now, before, users, users_before)
    assert moved >= 0
    assert moved == pytest.approx(psi(before, now, users_before, users))


@given(COUNTS, st.integers(0, 500), st.integers(1, 9))
def test_equal_shares_have_not_moved_however_many_users_there_are(
    counts: dict[str, int], without: int, times: int
) -> None:
    users = users_of(counts, without)
    more = {value: times * count for value, count in counts.items()}
    assert psi(counts, more, users, times * users) == pytest.approx(0, abs=1e-12)


def test_the_formula_by_hand() -> None:
    expected = (0.3 - 0.2) * log(0.3 / 0.2) + (0.7 - 0.8) * log(0.7 / 0.8)
    assert psi({"yes": 30}, {"yes": 40}, 100, 200) == pytest.approx(expected)


def test_a_value_that_nobody_had_before_is_no_infinity() -> None:
    assert 0.25 < psi({"new": 50}, {}, 100, 100) < 10


def test_values_are_told_by_size_and_few_users_only_together_with_others() -> None:
    counts = {"a": 50, "b": 30, "c": 7, "d": 6}
    assert told_values(counts, smallest=10) == (
        Value("a", 50, 50 / 93),
        Value("b", 30, 30 / 93),
        Value(None, 13, 13 / 93),
    )


def test_one_small_value_hides_the_next_so_that_it_cannot_be_subtracted() -> None:
    assert told_values({"a": 50, "b": 30, "c": 3}, smallest=10) == (Value("a", 50, 50 / 83), Value(None, 33, 33 / 83))


def test_of_a_tag_that_few_hold_no_value_is_told() -> None:
    assert told_values({"a": 5, "b": 4}, smallest=10) == ()


@given(st.dictionaries(st.text(min_size=1, max_size=3), st.integers(1, 40), max_size=12))
def test_no_value_of_fewer_users_is_ever_told_nor_left_over(counts: dict[str, int]) -> None:
    told = told_values(counts, smallest=10)
    assert all(v.users is not None and v.users >= 10 for v in told)
    if told:
        assert sum(v.users or 0 for v in told) == sum(counts.values())
