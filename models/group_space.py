"""The space users are grouped in: a few axes, made comparable, with everything learned kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

import numpy as np
import pandas as pd

from models.matrix import Floats, feature_matrix

_CLIP = 4.0


@dataclass(frozen=True)
class Axis:
    """One direction users differ in: a role that naming rules speak of, and the column that holds it.

    `transform` log1p (of the size, with the sign) is for amounts, counts and days. `missing` stands in for missing
    values; None takes the training median. `weight` stretches the axis: twice as heavy, twice as far apart.
    """

    name: str
    column: str
    transform: Literal["log1p", "none"] = "log1p"
    missing: float | None = None
    weight: float = 1.0


@dataclass(frozen=True)
class Space:
    """Fitted axes: per axis the value for missing ones, the median and the spread, both after the transform.

    The spread is the interquartile range / 1.349 (a normal's standard deviation) unless that is under a quarter of the
    standard deviation, as where most are 0: then the standard deviation. Coordinates are clipped at 4 spreads.
    """

    axes: tuple[Axis, ...]
    fill: tuple[float, ...]
    middle: tuple[float, ...]
    spread: tuple[float, ...]

    def place(self, frame: pd.DataFrame) -> Floats:
        """Coordinates, rows x axes. ValueError naming all columns that are lacking or not numeric."""
        raw = feature_matrix(frame, [axis.column for axis in self.axes], "groups")
        raw = np.where(np.isnan(raw), np.asarray(self.fill), raw)
        z = (_bend(raw, self.axes) - np.asarray(self.middle)) / np.asarray(self.spread)
        return np.asarray(np.clip(z, -_CLIP, _CLIP) * [axis.weight for axis in self.axes], dtype=np.float64)

    def z_values(self, coordinates: Floats) -> Floats:
        """Coordinates without the weights: spreads from the median."""
        return np.asarray(coordinates / [axis.weight for axis in self.axes], dtype=np.float64)

    def values(self, coordinates: Floats) -> Floats:
        """Coordinates back in the columns' own units."""
        bent = self.z_values(coordinates) * np.asarray(self.spread) + np.asarray(self.middle)
        logged = np.array([axis.transform == "log1p" for axis in self.axes])
        unlogged = np.sign(bent) * np.expm1(np.abs(np.where(logged, bent, 0.0)))
        return np.asarray(np.where(logged, unlogged, bent), dtype=np.float64)

    def to_dict(self) -> dict[str, Any]:
        lists = {"fill": list(self.fill), "middle": list(self.middle), "spread": list(self.spread)}
        return {"axes": [asdict(axis) for axis in self.axes], **lists}

    @classmethod
    def from_dict(cls, payload: Mapping[str, Any]) -> Self:
        axes = tuple(Axis(**axis) for axis in payload["axes"])
        return cls(axes, tuple(payload["fill"]), tuple(payload["middle"]), tuple(payload["spread"]))


def fit_space(frame: pd.DataFrame, axes: Sequence[Axis]) -> Space:
    """Learn fills, medians and spreads; ValueError for doubled axes, empty columns and columns with one value only."""
    names = [axis.name for axis in axes]
    if len(set(names)) < len(names) or any(axis.weight <= 0 for axis in axes):
        raise ValueError(f"groups: axes must have different names and weights above 0: {names}")
    raw = feature_matrix(frame, [axis.column for axis in axes], "groups")
    empty = [a.column for a, column in zip(axes, raw.T, strict=True) if a.missing is None and np.isnan(column).all()]
    if empty:
        raise ValueError(
            f"groups: no value at all in {', '.join(empty)}; give the axis a `missing` value or leave it out"
        )
    fill = [np.nanmedian(column) if a.missing is None else a.missing for a, column in zip(axes, raw.T, strict=True)]
    bent = _bend(np.where(np.isnan(raw), fill, raw), axes)
    quarter, middle, three = np.quantile(bent, [0.25, 0.5, 0.75], axis=0)
    deviation = bent.std(axis=0)
    flat = [axis.column for axis, d in zip(axes, deviation, strict=True) if not d > 1e-9]
    if flat:
        raise ValueError(f"groups: one and the same value in every row of {', '.join(flat)}")
    robust = (three - quarter) / 1.349
    spread = np.where(robust >= deviation / 4, robust, deviation)
    return Space(tuple(axes), tuple(map(float, fill)), tuple(map(float, middle)), tuple(map(float, spread)))


def _bend(raw: Floats, axes: Sequence[Axis]) -> Floats:
    logged = np.array([axis.transform == "log1p" for axis in axes])
    return np.where(logged, np.sign(raw) * np.log1p(np.abs(raw)), raw)
