"""Training days have history behind them, and too little of it is told with a number."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from jobs.learning.days import as_of_days
from jobs.learning.settings import Training
from models.time_splits import longest_label, time_splits

DAY = date(2026, 6, 29)
TRAINING = Training(
    as_of_days_before=(30, 45, 60, 90, 120, 135, 180, 270, 360), fewest_days_of_history=45, most_users_per_day=1000
)


def back(n: int) -> date:
    return DAY - timedelta(days=n)


def test_180_days_give_churn_30_and_value_45_days_of_label() -> None:
    days = as_of_days(TRAINING, DAY, back(179))
    assert days == tuple(back(n) for n in (135, 120, 90, 60, 45, 30))
    churn = time_splits(days, 30, DAY)
    assert (churn.train, churn.calibration, churn.test) == ((back(135), back(120), back(90)), back(60), back(30))
    assert longest_label(days, (90, 45, 30), DAY) == 45
    value = time_splits(days, 45, DAY)
    assert (value.train, value.calibration, value.test) == ((back(135),), back(90), back(45))


def test_a_year_gives_90_days_of_label() -> None:
    assert longest_label(as_of_days(TRAINING, DAY, back(364)), (90, 45, 30), DAY) == 90


def test_no_label_window_reaches_into_a_later_one() -> None:
    for history in (135, 180, 365, 730):
        days = as_of_days(TRAINING, DAY, back(history - 1))
        splits = time_splits(days, longest_label(days, (90, 45, 30), DAY), DAY)
        window = timedelta(days=splits.label_days)
        assert max(splits.train) + window <= splits.calibration
        assert splits.calibration + window <= splits.test
        assert splits.test + window <= DAY


def test_too_little_history_is_told_in_days() -> None:
    with pytest.raises(ValueError, match=r"105 days are needed .*, 100 are there, since .*: load 5 earlier days"):
        as_of_days(TRAINING, DAY, back(99))
