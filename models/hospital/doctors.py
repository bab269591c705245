"""Doctors: department, price, speed, and how consultations with them turn out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.hospital.hidden import BAD, GOOD
from models.hospital.streams import Array, Floats, Ints, stream
from schemas.vocabulary import DEPARTMENTS

# (order) minutes' waiting as a multiple of a doctor's own, by hour: few doctors at night, queues at lunch and evening
HOUR_LOAD = np.array([2.6, 3.0, 3.2, 3.2, 2.8, 2.0, 1.4, 1.0, 0.8, 0.8, 0.9, 1.1, 1.5, 1.2, 0.9, 0.9, 1.0, 1.1, 1.3,
      1.5,
                      1.7, 1.8, 2.1, 2.4])  # fmt: skip
OUTCOME_WAIT = np.array([2.8, 1.0, 0.7])  # (assumption) a disappointing consultation is one that was waited for


@dataclass(frozen=True)
class Doctors:
    """One row per doctor, grouped by department; `weight` is by outcome (bad, fair, good) and doctor.

    Given how a consultation turned out, the doctor is drawn with these weights: by Bayes' rule the same as drawing
    the doctor first and letting the outcome depend on the doctor.
    """

    department: Ints
    price: Floats
    minutes: Floats
    weight: Floats
    first: Ints
    per_department: int

    def __len__(self) -> int:
        return len(self.department)


def build(seed: int, accounts: int) -> Doctors:
    per = int(np.clip(accounts // 1500, 3, 30))
    size = per * len(DEPARTMENTS)
    rng = stream(seed, "doctors")
    popular = rng.gamma(2.0, 0.5, size).reshape(-1, per)
    bad = rng.gamma(3.0, 1 / 3, size).reshape(-1, per)
    good = 1.3 - 0.3 * bad + rng.normal(0, 0.1, bad.shape)
    weights = np.stack([popular * bad, popular, popular * np.clip(good, 0.1, None)]).reshape(3, -1, per)
    price = rng.gamma(8.0, 1 / 8, size).reshape(-1, per) * np.clip(1.25 - 0.25 * bad, 0.5, None)
    share = popular / popular.sum(axis=1, keepdims=True)
    price /= (price * share).sum(axis=1, keepdims=True)
    return Doctors(
        department=np.repeat(np.arange(len(DEPARTMENTS)), per).astype(np.int64),
        price=price.reshape(-1),
        minutes=(6 * np.exp(rng.normal(0, 0.4, size)) * (0.6 + 0.4 * bad.reshape(-1))),
        weight=weights,
        first=np.arange(len(DEPARTMENTS), dtype=np.int64) * per,
        per_department=per,
    )


def assign(rng: np.random.Generator, doctors: Doctors, department: Array, outcome: Array) -> Ints:
    """A doctor for each consultation."""
    weights = doctors.weight[outcome, department]
    cumulated = np.cumsum(weights, axis=1)
    at = (cumulated < rng.random(len(weights))[:, None] * cumulated[:, -1:]).sum(axis=1)
    return np.asarray(doctors.first[department] + np.minimum(at, doctors.per_department - 1), dtype=np.int64)


def waits(rng: np.random.Generator, doctors: Doctors, doctor: Array, hour: Array, outcome: Array) -> tuple[Ints, Ints]:
    """Seconds until taken and until the first reply."""
    size = len(doctor)
    scale = doctors.minutes[doctor] * 60 * HOUR_LOAD[hour] * OUTCOME_WAIT[outcome]
    taken = scale * 0.3 * np.exp(rng.normal(0, 0.5, size)) + 5
    reply = taken + scale * 0.7 * np.exp(rng.normal(0, 0.5, size)) + 10
    return np.minimum(taken, 40_000).astype(np.int64), np.minimum(reply, 60_000).astype(np.int64)


RATING = {BAD: (0.35, 0.3, 0.2, 0.1, 0.05), 1: (0.02, 0.08, 0.3, 0.4, 0.2), GOOD: (0.0, 0.01, 0.04, 0.25, 0.7)}


def ratings(rng: np.random.Generator, outcome: Array) -> Ints:
    """Stars by outcome."""
    table = np.cumsum(np.array([RATING[i] for i in range(3)]), axis=1)
    return np.asarray((table[outcome] < rng.random(len(outcome))[:, None]).sum(axis=1).clip(0, 4) + 1, dtype=np.int64)
