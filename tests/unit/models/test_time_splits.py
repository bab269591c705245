from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.time_splits import longest_label, time_splits

START = date(2025, 1, 1)


def days(*numbers: int) -> list[date]:
    return [START + timedelta(days=n) for n in numbers]


def test_the_latest_days_whose_labels_are_known_are_taken() -> None:
    splits = time_splits(days(0, 30, 60, 90, 120, 150, 180), 30, days(180)[0])
    assert splits.test == days(150)[0]
    assert splits.calibration == days(120)[0]
    assert splits.train == tuple(days(0, 30, 60, 90))


@given(
    numbers=st.sets(st.integers(0, 400), min_size=1, max_size=30),
    label_days=st.integers(1, 120),
    until=st.integers(0, 500),
)
def test_label_windows_never_overlap_those_of_training(numbers: set[int], label_days: int, until: int) -> None:
    window = timedelta(days=label_days)
    end = START + timedelta(days=until)
    try:
        splits = time_splits(days(*numbers), label_days, end)
    except ValueError:
        chain = [min(numbers)]
        for n in sorted(numbers):
            if n >= chain[-1] + label_days:
                chain.append(n)
        assert len(chain) < 3 or chain[2] + label_days > until
        return
    assert max(splits.train) + window <= splits.calibration
    assert splits.calibration + window <= splits.test
    assert splits.test + window <= end


def test_too_little_history_says_how_many_days_are_needed_there_and_lacking() -> None:
    with pytest.raises(ValueError, match=r"90-day labels .* need 270 days .* there are 180 .*: 90 more"):
        time_splits(days(0, 30, 60, 90, 120, 150), 90, days(180)[0])


def test_enough_history_with_as_of_days_in_the_wrong_places_says_that() -> None:
    with pytest.raises(ValueError, match="no as-of days lie 30 days apart"):
        time_splits(days(0, 5, 10), 30, days(180)[0])


def test_no_as_of_day_is_an_error() -> None:
    with pytest.raises(ValueError, match="no as-of day"):
        time_splits([], 30, START)


def test_the_longest_label_that_history_allows_is_found() -> None:
    candidates = days(*range(30, 180, 5))
    assert longest_label(candidates, (30, 45, 60, 90), days(180)[0]) == 45


def test_no_label_that_fits_is_an_error_about_the_shortest() -> None:
    with pytest.raises(ValueError, match="30-day labels"):
        longest_label(days(0, 30), (30, 90), days(40)[0])
