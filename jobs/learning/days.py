"""On which days models are trained, calibrated and judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from jobs.learning.settings import Training, load_churn, load_ltv, load_training
from jobs.runtime.job import Run
from jobs.runtime.passage import told_of_all
from models.time_splits import TimeSplits, longest_label, time_splits
from schemas.feature.user_day import USER_DAY


@dataclass(frozen=True)
class LearningDays:
    """The first day with data, and the as-of days of each model by its name."""

    first: date
    splits: Mapping[str, TimeSplits]

    @property
    def all(self) -> tuple[date, ...]:
        """Every as-of day that features are needed of, ascending."""
        return tuple(sorted({d for s in self.splits.values() for d in (*s.train, s.calibration, s.test)}))

    def history(self, splits: TimeSplits) -> int:
        """Days of history behind the calibration day, that day itself among them."""
        return (splits.calibration - self.first).days + 1


def learning_days(run: Run) -> LearningDays:
    """The days for a training on `run.day`, by conf/models and the history there is.

    An as-of day's label begins on the day after, so a window of n days is complete when the as-of day lies n days back.
    Raises ValueError saying how many days of history are missing.
    """
    conf = run.settings.conf
    first = first_day(run)
    days = as_of_days(load_training(conf), run.day, first)
    labels = {"churn": load_churn(conf).label_days, "ltv": load_ltv(conf).label_days}
    return LearningDays(first, {model: _splits(days, of, run.day, model) for model, of in labels.items()})


def as_of_days(training: Training, day: date, first: date) -> tuple[date, ...]:
    """The days to learn from that have enough history behind them, ascending; ValueError when that are too few."""
    days = sorted(day - timedelta(days=n) for n in training.as_of_days_before)
    enough = tuple(d for d in days if (d - first).days + 1 >= training.fewest_days_of_history)
    if len(enough) < 3:
        third = sorted(training.as_of_days_before)[2]
        need, have = third + training.fewest_days_of_history, max((day - first).days + 1, 0)
        raise ValueError(
            f"not enough history to train on {day}: {need} days are needed (the third as-of day lies {third} days "
            f"back, with {training.fewest_days_of_history} days behind it), {have} are there, since {first}: load "
            f"{need - have} earlier days with history_load, or train on a later day"
        )
    return enough


def first_day(run: Run) -> date:
    """The first day that a feed was delivered."""
    first: date | None = told_of_all(run, "min", USER_DAY, "known_date", until=run.day)
    if first is None:
        raise ValueError(f"no facts until {run.day}: nothing to learn from; load history with history_load")
    return first


def _splits(days: Sequence[date], label_days: Sequence[int], day: date, model: str) -> TimeSplits:
    longest = longest_label(days, label_days, day, f"model {model}, {'/'.join(map(str, label_days))} days of label")
    return time_splits(days, longest, day)
