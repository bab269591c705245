"""User groups as they are stored and used; how they are found is in `models.group_fitting`.

Needs numpy and pandas only, so that `assign` can run inside mapInArrow on the workers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.group_space import Space
from models.matrix import Floats

_BATCH_ROWS = 100_000


@dataclass(frozen=True)
class Group:
    """One group. `id` is its own for ever: matched groups keep it, a vanished group's is never given again.

    `centre` are coordinates in the model's space, `centre_values` the same by axis name in the columns' units,
    `percentiles` where that is among the users it was fitted on (ties count half). `named_by` is `rule` or `fallback`.
    """

    id: int
    code: str
    name_zh: str
    name_en: str
    named_by: str
    share: float
    centre: tuple[float, ...]
    centre_values: dict[str, float]
    percentiles: dict[str, float]


@dataclass(frozen=True)
class GroupModel:
    """Space and groups, by ascending id, with what to tell about how they came to be.

    `candidates` holds, per number of groups tried, `k`, `silhouette`, `stability` (mean adjusted Rand index over
    bootstraps), `smallest_share` and `eligible`. `changes` holds group ids: `kept`, `new`, `vanished`, `renamed`
    since the previous model. `notes` are sentences a person should read.
    """

    space: Space
    groups: tuple[Group, ...]
    next_id: int
    candidates: tuple[dict[str, float], ...]
    changes: dict[str, list[int]]
    notes: tuple[str, ...]

    @property
    def centres(self) -> Floats:
        return np.array([group.centre for group in self.groups], dtype=np.float64)

    def to_dict(self) -> dict[str, Any]:
        """The whole model in JSON's types."""
        return {
            "space": self.space.to_dict(),
            "groups": [{**asdict(group), "centre": list(group.centre)} for group in self.groups],
            "next_id": self.next_id,
            "candidates": [dict(candidate) for candidate in self.candidates],
            "changes": {kind: list(ids) for kind, ids in self.changes.items()},
            "notes": list(self.notes),
        }

    @classmethod
    def from_dict(cls, payload: Mapping[str, Any]) -> Self:
        groups = tuple(Group(**{**group, "centre": tuple(group["centre"])}) for group in payload["groups"])
        told = tuple(payload["candidates"]), dict(payload["changes"]), tuple(payload["notes"])
        return cls(Space.from_dict(payload["space"]), groups, payload["next_id"], *told)


def assign(model: GroupModel, frame: pd.DataFrame) -> tuple[NDArray[np.int64], Floats]:
    """The id of the nearest group and the distance to its centre, one per row.

    Each row is judged alone: the same row gives the same answer in any batch. Missing values take the model's stored
    fill. ValueError naming all columns that `frame` lacks.
    """
    points, centres = model.space.place(frame), model.centres
    row = np.empty(len(points), dtype=np.intp)
    distance = np.empty(len(points))
    for start in range(0, len(points), _BATCH_ROWS):
        part = slice(start, start + _BATCH_ROWS)
        squares = np.stack([((points[part] - centre) ** 2).sum(axis=1) for centre in centres], axis=1)
        row[part] = squares.argmin(axis=1)
        distance[part] = np.sqrt(squares.min(axis=1))
    return np.array([group.id for group in model.groups], dtype=np.int64)[row], distance
