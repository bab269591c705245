"""How late a row comes."""

from __future__ import annotations

import numpy as np

from models.hospital.exports import Shape
from models.hospital.streams import Ints

# (assumption) share of a feed's rows that come the next day, within a week, after three weeks
BY_FEED = {
    "event": (0.010, 0.004, 0.001),
    "device_reading": (0.020, 0.010, 0.002),
    "order_line": (0.004, 0.001, 0.0005),
    "consultation": (0.004, 0.002, 0.0005),
}
OTHERS = (0.003, 0.001, 0.0)
NEVER_LATE = ("account", "environment", "consent", "family_binding", "experiment_arm")
THREE_WEEKS = 21


def delays(shape: Shape, rng: np.random.Generator, size: int) -> tuple[Ints, dict[int, str]]:
    """Days late by row, and what each delay is called in the truth."""
    hours, days, weeks = (0.0, 0.0, 0.0) if shape.feed in NEVER_LATE else BY_FEED.get(shape.feed, OTHERS)
    u, some = rng.random(size), rng.integers(2, 7, size)
    out = np.where(u < hours, 1, np.where(u < hours + days, some, np.where(u < hours + days + weeks, THREE_WEEKS, 0)))
    names = {1: "late_hours", THREE_WEEKS: "late_three_weeks"} | dict.fromkeys(range(2, 7), "late_days")
    return out.astype(np.int64), names
