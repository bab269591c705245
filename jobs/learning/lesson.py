"""What a model is about to learn from: chosen features, users by time, and the mark of exactly this training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd
from pyspark.sql import DataFrame

from jobs.learning.days import learning_days
from jobs.learning.feature_choice import chosen_features, numeric_columns, within_history
from jobs.learning.fingerprint import fingerprint
from jobs.learning.frames import LearningFrames, learning_frames
from jobs.learning.settings import Churn, Ltv, load_training
from jobs.runtime.job import Run
from jobs.runtime.registry import Registry, StoredModel
from models.time_splits import TimeSplits

# As frames.Label, and for how many days.
WindowLabel = Callable[[DataFrame, DataFrame, date, int], DataFrame]


@dataclass(frozen=True)
class Lesson:
    """Everything that is settled before a model is trained.

    `mark` is the same when day, data, settings and code are; `done` tells that such a model is stored already.
    """

    splits: TimeSplits
    features: tuple[str, ...]
    frames: LearningFrames
    mark: str
    champion: StoredModel | None
    done: bool

    @property
    def askable_champion(self) -> StoredModel | None:
        """The champion, if the test users still have all the features that it asks for."""
        asked = set(self.champion.card["features"]) if self.champion else set()
        return self.champion if asked <= set(self.frames.test.columns) else None

    def parameters(self, conf: Churn | Ltv) -> dict[str, object]:
        """What MLflow is told of any training."""
        return {
            "train_days": " ".join(map(str, self.splits.train)),
            "calibration_day": self.splits.calibration,
            "test_day": self.splits.test,
            "label_days": self.splits.label_days,
            "seed": conf.seed,
            "train_rows": len(self.frames.train),
            **conf.boost.model_dump(),
        }


def prepare_lesson(
    run: Run,
    registry: Registry,
    model: str,
    conf: Churn | Ltv,
    label: tuple[str, WindowLabel],
    also: Sequence[str] = (),
    change: Callable[[pd.DataFrame], pd.DataFrame] | None = None,
) -> Lesson:
    """Reads users with the features that conf chooses, those that the champion asks for, and `also` those of rivals.

    `label` is the name of its column and what computes it, `change` is done to each frame.
    """
    training, champion, days = load_training(run.settings.conf), registry.find_champion(model), learning_days(run)
    splits, (name, label_of) = days.splits[model], label
    features = within_history(chosen_features(conf.features), days.history(splits))
    asked = [c for c in champion.card["features"] if c in numeric_columns()] if champion else []
    columns = list(dict.fromkeys([*features, *also, *asked]))

    def labelled(facts: DataFrame, identity: DataFrame, as_of: date) -> DataFrame:
        return label_of(facts, identity, as_of, splits.label_days)

    frames = learning_frames(run, splits, columns, {name: labelled}, training.most_users_per_day)
    frames = frames.changed(change) if change else frames
    mark = fingerprint(run.day, (frames.train, frames.calibration, frames.test), (conf, training))
    done = champion is not None and registry.version_of(model, mark) is not None
    return Lesson(splits, features, frames, mark, champion, done)
