"""The daily chances of the hidden process, shared by the simulated course and by the expected one.

Every function takes the traits of n accounts, and bond and phase either as n numbers each (one course per account)
or as axes before the accounts' (all states at once): numpy's broadcasting does the rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.hospital import parameters as p
from models.hospital.streams import Array
from models.hospital.traits import Small, Traits

BONDS, PHASES = 4, 3
RESTING_REFILL = np.float32(0.4)  # (assumption) a resting patient refills so much less


@dataclass(frozen=True)
class DayTerms:
    """What a day brings to each account from outside: needs arising, touches' pull and annoyance, refills due."""

    arise: Small
    boost: Small
    harm: Small
    refill: Small
    weekday: float
    load: float
    war: float


def terms_float32(values: Array) -> Small:
    return np.asarray(values, dtype=np.float32)


def exits(t: Traits, day: DayTerms) -> Small:
    """Gone to a rival, or erased, whatever the state."""
    return t.rival * np.float32(day.war) + np.float32(p.ERASURE_DAILY)


def visits(t: Traits, bond: Array, phase: Array, day: DayTerms) -> Small:
    rate = (t.base + t.urge * p.NEED_VISIT[phase]) * np.float32(day.weekday) + day.boost
    return terms_float32(-np.expm1(-rate * p.BOND_VISIT[bond]))


def asks(t: Traits, bond: Array, phase: Array) -> Small:
    """A visit becomes a consultation."""
    return terms_float32(np.minimum(t.ask * p.NEED_ASK[phase] * p.BOND_ASK[bond], 0.9))


def outcomes(t: Traits, day: DayTerms) -> tuple[Small, Small]:
    """A consultation turns out badly; well."""
    bad = np.minimum(t.bad * np.float32(day.load**2), np.float32(0.7))
    return terms_float32(bad), terms_float32(np.minimum(t.good / np.float32(day.load), 1 - bad))


def tires(t: Traits, bond: Array) -> Small:
    """Leaves for good after an idle visit."""
    return terms_float32(np.minimum(t.tourist * p.BOND_LEAVES[bond], 1.0))


def dozes(t: Traits, bond: Array) -> Small:
    """Falls asleep on a day without a visit."""
    return terms_float32(np.minimum(t.rest * p.BOND_REST[bond], 1.0))


def retires(t: Traits, bond: Array) -> Small:
    """Rests when a need is over."""
    return terms_float32(np.minimum(t.rest_after * p.BOND_REST[bond], 0.9))


def wakes(t: Traits, day: DayTerms) -> Small:
    """Comes back without a need."""
    return terms_float32(-np.expm1(-(t.wake + day.boost * np.float32(p.WAKES_BY_TOUCH))))


def war(day: int) -> float:
    """How many times as many move to a rival."""
    first, last, times = p.RIVAL_WAR
    return times if first <= day < last else 1.0
