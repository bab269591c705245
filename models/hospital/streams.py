"""Random numbers by name, so that adding a purpose or a day never shifts another's."""

from __future__ import annotations

from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Array = npt.NDArray[Any]

DAY_ZERO = 100_000


def stream(seed: int, name: str, day: int = 0, part: int = 0) -> np.random.Generator:
    """The generator of one purpose on one day; days before the start are negative."""
    return np.random.Generator(
        np.random.PCG64(np.random.SeedSequence([seed, crc32(name.encode()), day + DAY_ZERO, part]))
    )


def pick(rng: np.random.Generator, weights: npt.ArrayLike, size: int) -> Ints:
    """Indices drawn with the given weights, one uniform number each."""
    cumulated = np.cumsum(np.asarray(weights, dtype=np.float64))
    at = np.searchsorted(cumulated / cumulated[-1], rng.random(size), side="right")
    return np.minimum(at, len(cumulated) - 1).astype(np.int64)


def pick_by_row(rng: np.random.Generator, weights: Array) -> Ints:
    """One index per row of a matrix of weights; a row of zeros gives its last column."""
    cumulated = np.cumsum(weights, axis=1)
    at = (cumulated < rng.random(len(weights))[:, None] * cumulated[:, -1:]).sum(axis=1)
    return np.asarray(np.minimum(at, weights.shape[1] - 1), dtype=np.int64)
