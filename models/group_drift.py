"""How far users have moved away from the groups in use: of shares, of centres, and how well groups still part them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.group_quality import drawn_users, silhouette
from models.groups import GroupModel, assign

_SILHOUETTE_ROWS = 4_000
# A group that nobody is in would make the index infinite.
_LEAST_SHARE = 1e-4


@dataclass(frozen=True)
class GroupDrift:
    """Shares are by group id. `centre_shift` is in the space's spreads, of the group that moved furthest.

    `share_psi` is the population stability index of the shares against those the groups had when they were fitted.
    """

    share_psi: float
    centre_shift: float
    furthest: int
    silhouette: float
    shares: dict[int, float]

    @property
    def figures(self) -> dict[str, float]:
        """What is followed from day to day."""
        return {"share_psi": self.share_psi, "centre_shift": self.centre_shift, "silhouette": self.silhouette}


def measure_drift(model: GroupModel, frame: pd.DataFrame, seed: int) -> GroupDrift:
    """Users of a day against the groups in use; one row per user, in any order. ValueError without users."""
    if frame.empty:
        raise ValueError("groups: no users to measure the drift of")
    labels, _ = assign(model, frame)
    ids = np.array([group.id for group in model.groups])
    now = np.array([(labels == i).mean() for i in ids])
    shifts = _shifts(model, frame, labels)
    few = drawn_users(frame, _SILHOUETTE_ROWS, seed)
    return GroupDrift(
        share_psi=stability_index(np.array([group.share for group in model.groups]), now),
        centre_shift=float(shifts.max()),
        furthest=int(ids[shifts.argmax()]),
        silhouette=silhouette(model.space, few, assign(model, few)[0]),
        shares=dict(zip(ids.tolist(), now.tolist(), strict=True)),
    )


def stability_index(before: NDArray[np.float64], now: NDArray[np.float64]) -> float:
    """Population stability index: 0 for the same shares; 0.1 is usually called a small change, 0.25 a large one."""
    a, b = np.clip(before, _LEAST_SHARE, None), np.clip(now, _LEAST_SHARE, None)
    return float(((b - a) * np.log(b / a)).sum())


def _shifts(model: GroupModel, frame: pd.DataFrame, labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Distance between each group's centre and the mean of its users now; 0 for a group without users."""
    points = model.space.place(frame)
    means = [points[labels == g.id].mean(axis=0) if (labels == g.id).any() else np.array(g.centre)
             for g in model.groups]  # fmt: skip
    return np.asarray(np.linalg.norm(np.array(means) - model.centres, axis=1), dtype=np.float64)
