"""One way to grow LightGBM trees here: repeatable to the bit, stopped on later data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np

from models.matrix import Floats


@dataclass(frozen=True)
class BoostSettings:
    """How trees are grown. The defaults suit 2,000 to 2,000,000 rows and 10 to 300 features.

    `rounds` is an upper bound: growth stops after `patience` rounds without gain on the stopping rows. `depth` bounds
    the cost of reasons, which grows with its square. Results are the same for any `num_threads` on the same machine and
    LightGBM build (deterministic mode); on cores that others keep busy, fewer threads are faster.
    """

    rounds: int = 400
    learning_rate: float = 0.05
    leaves: int = 31
    depth: int = 6
    min_rows_in_leaf: int = 40
    feature_fraction: float = 0.8
    ridge: float = 5.0
    patience: int = 30
    num_threads: int = 2

    def parameters(self, objective: str, seed: int) -> dict[str, Any]:
        """The settings in LightGBM's own words."""
        return {
            "objective": objective,
            "learning_rate": self.learning_rate,
            "num_leaves": self.leaves,
            "max_depth": self.depth,
            "min_data_in_leaf": self.min_rows_in_leaf,
            "feature_fraction": self.feature_fraction,
            "lambda_l2": self.ridge,
            "num_threads": self.num_threads,
            "seed": seed,
            "deterministic": True,
            "force_row_wise": True,
            "verbosity": -1,
        }


def grow(
    objective: str,
    fit: tuple[Floats, Floats],
    stop: tuple[Floats, Floats],
    features: Sequence[str],
    settings: BoostSettings,
    seed: int,
) -> lgb.Booster:
    """Grow trees on `fit` (matrix, target) until the loss on `stop` no longer falls; only the best trees are kept.

    The booster that comes back holds exactly the trees that count, so that predicting, explaining and logging it need
    no `best_iteration` beside it.
    """
    parameters = settings.parameters(objective, seed)
    train_set = lgb.Dataset(fit[0], label=fit[1], feature_name=list(features), params=parameters)
    stop_set = lgb.Dataset(stop[0], label=stop[1], reference=train_set, params=parameters)
    booster = lgb.train(
        parameters,
        train_set,
        num_boost_round=settings.rounds,
        valid_sets=[stop_set],
        callbacks=[lgb.early_stopping(settings.patience, verbose=False)],
    )
    return lgb.Booster(model_str=booster.model_to_string(num_iteration=booster.best_iteration))


def raw_margin(booster: lgb.Booster, matrix: Floats, num_threads: int) -> Floats:
    """The trees' sum before the link function, one number per row; no rows give an empty array."""
    if not len(matrix):
        return np.empty(0)
    return np.asarray(booster.predict(matrix, raw_score=True, num_threads=num_threads), dtype=np.float64)


def two_halves(rows: int, seed: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Row numbers 0..rows-1 parted at random into two sorted halves: one to stop growth on, one to calibrate on."""
    order = np.random.default_rng(seed).permutation(rows)
    return np.sort(order[: rows // 2]), np.sort(order[rows // 2 :])
