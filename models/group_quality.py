"""How well groups part users: to compare a new grouping with the one in use and with a simple one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import silhouette_score

from models.group_space import Space
from models.groups import GroupModel, assign

Labels = NDArray[np.integer[Any]]


def drawn_users(frame: pd.DataFrame, rows: int, seed: int) -> pd.DataFrame:
    """At most `rows` users drawn at random: a silhouette's cost grows with their square."""
    return frame if len(frame) <= rows else frame.sample(rows, random_state=seed)


def silhouette(space: Space, frame: pd.DataFrame, labels: Labels) -> float:
    """Mean silhouette of the labels in the space, -1 to 1; NaN when fewer than two groups are met."""
    met = len(np.unique(labels))
    if not 2 <= met < len(frame):
        return float("nan")
    return float(silhouette_score(space.place(frame), labels))


def group_silhouette(model: GroupModel, frame: pd.DataFrame, space: Space | None = None) -> float:
    """Mean silhouette of the model's own assignment; in another space if one is given, so that two models compare."""
    return silhouette(space or model.space, frame, assign(model, frame)[0])


def quantile_silhouette(space: Space, frame: pd.DataFrame, column: str, groups: int) -> float:
    """The baseline: as many groups of equal size, cut along one column."""
    ranks = frame[column].rank(method="average", pct=True, na_option="bottom").to_numpy()
    return silhouette(space, frame, np.minimum((ranks * groups).astype(np.int64), groups - 1))
