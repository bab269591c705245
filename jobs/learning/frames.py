"""Users with their features, and with what became of them: what models are trained on, judged by and asked about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.wide import THEMES, all_features
from jobs.runtime.job import Run
from models.time_splits import TimeSplits
from schemas.feature.user_day import USER_DAY
from schemas.silver.identity import IDENTITY

# From all facts (known by the day of training) and the identity of the as-of day to user_id and a label.
Label = Callable[[DataFrame, DataFrame, date], DataFrame]
_SHARES = 1_000_000
_CLOSED = "is_closed"


@dataclass(frozen=True)
class LearningFrames:
    """Labelled users of the training days together, of the calibration day and of the test day."""

    train: pd.DataFrame
    calibration: pd.DataFrame
    test: pd.DataFrame

    def changed(self, change: Callable[[pd.DataFrame], pd.DataFrame]) -> LearningFrames:
        """The same frames, each changed alike."""
        return LearningFrames(change(self.train), change(self.calibration), change(self.test))


def users_with_features(run: Run, as_of: date, used: Sequence[str] = ()) -> DataFrame:
    """Everyone with an open account, one row each with all features as of the day.

    A job that learns gets those only whose consent covers the columns it has `used`, and only these columns. Themes
    that have none of them are not read.
    """
    wanted = [t for t in THEMES if not used or _CLOSED in t.column_names or set(used) & set(t.column_names)]
    themes = [run.read_permitted(theme, used, since=as_of, until=as_of) for theme in wanted]
    return all_features(themes).where(f"NOT {_CLOSED}")


def learning_frames(
    run: Run, splits: TimeSplits, columns: Sequence[str], labels: Mapping[str, Label], most_users: int
) -> LearningFrames:
    """Reads what a model is trained and judged on: `columns`, and the labels by the names they are given."""

    def of_day(as_of: date) -> pd.DataFrame:
        return labelled_users(run, as_of, columns, labels, most_users)

    train = pd.concat([of_day(d) for d in splits.train], ignore_index=True)
    return LearningFrames(train, of_day(splits.calibration), of_day(splits.test))


def labelled_users(
    run: Run, as_of: date, columns: Sequence[str], labels: Mapping[str, Label], most_users: int
) -> pd.DataFrame:
    """As `users_drawn`, with what became of them: labels count all that is known on `run.day`."""
    used = (*columns, _CLOSED)
    identity = run.read_permitted(IDENTITY, used, since=as_of, until=as_of)
    facts = run.read_permitted(USER_DAY, used, until=run.day)
    rows = _drawn_rows(run, as_of, columns, most_users)
    for name, label in labels.items():
        found = label(facts, identity, as_of)
        value = next(c for c in found.columns if c != "user_id")
        rows = rows.join(found.selectExpr("user_id", f"CAST(`{value}` AS DOUBLE) AS `{name}`"), "user_id")
    return _collected(rows, as_of)


def users_drawn(run: Run, as_of: date, columns: Sequence[str], most_users: int) -> pd.DataFrame:
    """At most about `most_users` users of a day as float columns, the same ones each time, ordered by user_id.

    The user_id stays as a column, to order and to join by; nothing may learn from it.
    """
    return _collected(_drawn_rows(run, as_of, columns, most_users), as_of)


def _drawn_rows(run: Run, as_of: date, columns: Sequence[str], most_users: int) -> DataFrame:
    used = (*columns, _CLOSED)
    users = users_with_features(run, as_of, used)
    known = run.read_permitted(THEMES[0], used, since=as_of, until=as_of).count()
    if known > most_users:
        users = users.where(f"pmod(xxhash64(user_id), {_SHARES}) < {most_users * _SHARES // known}")
    return users.select("user_id", *(F.expr(f"CAST(`{c}` AS DOUBLE)").alias(c) for c in dict.fromkeys(columns)))


def _collected(rows: DataFrame, as_of: date) -> pd.DataFrame:
    frame = rows.toPandas()
    if frame.empty:
        raise ValueError(
            f"no users with features as of {as_of} whom conf/policy.yml lets models learn from: run "
            "compute_training_features, or compute_features; then see silver.consent_state"
        )
    return frame.sort_values("user_id", ignore_index=True)
