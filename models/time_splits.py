"""Days to train, calibrate and judge on, so that nothing judged was seen in training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class TimeSplits:
    """As-of days: rows of all `train` days together, one later `calibration` day, one later still `test` day.

    Features of an as-of day look back before it; its label window is [day, day + label_days).
    """

    train: tuple[date, ...]
    calibration: date
    test: date
    label_days: int


def time_splits(as_of_days: Sequence[date], label_days: int, data_until: date) -> TimeSplits:
    """Choose the latest test day whose label is complete, before it calibration, before that all training days.

    `as_of_days` are the days with features, in any order. `data_until` is the first day without data: a label window
    that ends on it is complete. Windows never overlap: every train window ends by the calibration day, the calibration
    window by the test day. Raises ValueError saying how many days of data are needed and are there if that cannot be.
    """
    if label_days < 1:
        raise ValueError(f"label window must be at least 1 day, not {label_days}")
    days, window = sorted(set(as_of_days)), timedelta(days=label_days)
    test = _latest(days, data_until - window)
    calibration = _latest(days, test - window) if test else None
    train = tuple(d for d in days if calibration and d + window <= calibration)
    if test is None or calibration is None or not train:
        raise ValueError(_too_short(days, label_days, data_until))
    return TimeSplits(train, calibration, test, label_days)


def longest_label(as_of_days: Sequence[date], wanted: Sequence[int], data_until: date, purpose: str = "labels") -> int:
    """The longest of `wanted` label windows (days) for which `time_splits` works; ValueError if none does."""
    for label_days in sorted(set(wanted), reverse=True):
        try:
            time_splits(as_of_days, label_days, data_until)
        except ValueError:
            continue
        return label_days
    raise ValueError(f"{purpose}: {_too_short(sorted(set(as_of_days)), min(wanted), data_until)}")


def _latest(days: Sequence[date], until: date) -> date | None:
    return max((d for d in days if d <= until), default=None)


def _too_short(days: Sequence[date], label_days: int, data_until: date) -> str:
    need = 3 * label_days
    if not days:
        return f"no as-of day with features; {need} days of data after the first as-of day are needed"
    have = max((data_until - days[0]).days, 0)
    told = f"{label_days}-day labels for train, calibration and test need {need} days of data from the first as-of day"
    if have >= need:
        return (
            f"{told} {days[0]}; there are {have}, but no as-of days lie {label_days} days apart: "
            f"add some between {days[0]} and {data_until}"
        )
    return f"{told} {days[0]} on; there are {have} (until {data_until}): {need - have} more or a shorter label window"
