"""The hidden course of every account: engaged, resting or gone; how close; with a need or without.

A finite chain with person-specific chances, driven by needs, service received, touches and time. `chances` holds the
chances, `expectation` moves all states at once; what happens here in `advance` must be the same there.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from models.hospital import chances
from models.hospital import parameters as p
from models.hospital.chances import DayTerms
from models.hospital.people import NEVER
from models.hospital.streams import Array, Bools, Ints
from models.hospital.traits import Small, Traits

ABSENT, ENGAGED, RESTING, GONE, PAUSED = 0, 1, 2, 3, 4
MODES = ("absent", "engaged", "resting", "gone", "paused")
BAD, FAIR, GOOD = 0, 1, 2
CAUSE = {name: i for i, name in enumerate(p.CAUSES)}
DRAWS = 11


@dataclass
class State:
    """One row per account. `due` is the day from which a refill is due, `topic` and `patient` those of the need."""

    mode: Ints
    bond: Ints
    phase: Ints
    topic: Ints
    patient: Ints
    cause: Ints
    left: Ints
    due: Ints
    ordered: Ints

    def __len__(self) -> int:
        return len(self.mode)

    def append(self, other: State) -> None:
        for f in fields(self):
            setattr(self, f.name, np.concatenate([getattr(self, f.name), getattr(other, f.name)]))

    def take(self, rows: Array) -> State:
        return State(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


def blank(size: int) -> State:
    def full(value: int) -> Ints:
        return np.full(size, value, dtype=np.int64)

    return State(full(ABSENT), full(1), full(0), full(-1), full(-1), full(0), full(NEVER), full(NEVER), full(NEVER))


@dataclass
class Happened:
    """What a day brought: rows are visits; `arose` are accounts with a new need.

    `outcome` and `drop` are -1 where there was no consultation, or no need that led nowhere.
    """

    account: Ints
    consulted: Bools
    outcome: Ints
    refill: Bools
    woken: Bools
    phase: Ints
    bond: Ints
    boosted: Bools
    arose: Ints

    def __len__(self) -> int:
        return len(self.account)


def advance(s: State, t: Traits, day: DayTerms, u: Array, today: int) -> Happened:
    """One day for all accounts; `u` holds DRAWS uniform numbers per account."""
    engaged, resting = np.flatnonzero(s.mode == ENGAGED), np.flatnonzero(s.mode == RESTING)
    engaged, resting = _exit(s, t, day, u[0], engaged, today), _exit(s, t, day, u[0], resting, today)
    awake, arose_resting = _rest(s, t, day, u, resting, today)
    happened, arose = _act(s, t, day, u, engaged, today)
    rows = np.concatenate([happened.account, awake.account])
    order = np.argsort(rows, kind="stable")
    merged = {
        f.name: np.concatenate([getattr(happened, f.name), getattr(awake, f.name)])[order]
        for f in fields(Happened)
        if f.name != "arose"
    }
    return Happened(**merged, arose=np.sort(np.concatenate([arose, arose_resting])))


def _leave(s: State, rows: Array, cause: Array | int, today: int) -> None:
    s.mode[rows], s.cause[rows], s.left[rows], s.phase[rows] = GONE, cause, today, 0


def _exit(s: State, t: Traits, day: DayTerms, u: Array, rows: Array, today: int) -> Array:
    chance = t.rival[rows] * np.float32(day.war) + np.float32(p.ERASURE_DAILY)
    gone = u[rows] < chance
    erased = u[rows] < p.ERASURE_DAILY
    _leave(s, rows[gone], np.where(erased[gone], CAUSE["erasure"], CAUSE["rival"]), today)
    return np.asarray(rows[~gone])


def _act(s: State, t: Traits, day: DayTerms, u: Array, rows: Array, today: int) -> tuple[Happened, Array]:
    """Engaged accounts: visit, ask, be served, and what that does to bond and need."""
    bond, phase, mine = s.bond[rows], s.phase[rows], t.take_light(rows)
    terms = _of(day, rows)
    refill = u[1, rows] < terms.refill
    visit = u[2, rows] < chances.visits(mine, bond, phase, terms)
    asked = visit & (u[3, rows] < chances.asks(mine, bond, phase))
    bad, good = chances.outcomes(mine, terms)
    outcome = np.where(u[4, rows] < bad, BAD, np.where(u[4, rows] > 1 - good, GOOD, FAIR))
    idle_need = visit & ~asked & (phase > 0)
    down = (asked & (outcome == BAD) & (u[5, rows] < mine.fall)) | (idle_need & (u[5, rows] < mine.frustrate))
    up = asked & (outcome == GOOD) & (u[5, rows] < p.BOND_RISES)
    annoyed = u[6, rows] < terms.harm
    new_bond = np.minimum(bond + up - down, chances.BONDS - 1) - annoyed
    broken = new_bond < 0
    why = np.where(asked, CAUSE["served_badly"], _need_cause(mine, u[10, rows]))
    _leave(s, rows[broken], np.where(down, why, CAUSE["push_fatigue"])[broken], today)
    s.bond[rows[~broken]] = new_bond[~broken]
    arose = _needs_move(s, mine, terms, u, rows, ~broken, visit, asked, outcome, today)
    happened = visit | refill
    s.due[rows[refill]] = today + p.REFILL_SUPPLY_DAYS
    pulled = u[2, rows] > chances.visits(mine, bond, phase, _without_boost(terms))
    out = Happened(
        rows[happened], asked[happened], np.where(asked, outcome, -1)[happened], refill[happened],
        np.zeros(int(happened.sum()), dtype=bool), phase[happened], bond[happened],
        (pulled & visit)[happened], rows[:0],
    )  # fmt: skip
    return out, arose


def _need_cause(t: Traits, u: Array) -> Array:
    """Dear or unmet, by the weights of the person's causes of dropping out."""
    dear = t.drops[:, 0] / (t.drops[:, 0] + t.drops[:, 1] + t.drops[:, 2])
    return np.where(u < dear, CAUSE["too_dear"], CAUSE["need_unmet"])


def _needs_move(
    s: State,
    t: Traits,
    day: DayTerms,
    u: Array,
    rows: Array,
    here: Array,
    visit: Array,
    asked: Array,
    outcome: Array,
    today: int,
) -> Array:
    """Needs arise, fade and end; those without one tire or doze. Gives the accounts with a new need."""
    bond, phase = np.maximum(s.bond[rows], 0), s.phase[rows]
    resolved = here & asked & (phase > 0) & (u[7, rows] < p.RESOLVED[outcome])
    fades = here & ~resolved & (phase == 1) & (u[8, rows] < p.NEED_PEAK_ENDS)
    ended = resolved | (here & ~resolved & (phase == 2) & (u[8, rows] < p.NEED_FADE_ENDS))
    idle = here & (phase == 0)
    tired = idle & visit & ~asked & (u[9, rows] < chances.tires(t, bond))
    dozing = idle & ~visit & (u[9, rows] < chances.dozes(t, bond))
    arises = idle & ~tired & ~dozing & (u[8, rows] < day.arise)
    over = ended & (u[9, rows] > 1 - np.float32(p.GONE_AFTER_NEED))
    rests = dozing | (ended & ~over & (u[9, rows] < chances.retires(t, bond)))
    s.phase[rows[fades]] = 2
    s.phase[rows[ended]] = 0
    s.phase[rows[arises]] = 1
    s.mode[rows[rests]] = RESTING
    _leave(s, rows[tired], CAUSE["never_engaged"], today)
    _leave(s, rows[over], CAUSE["need_over"], today)
    return np.asarray(rows[arises])


def _rest(s: State, t: Traits, day: DayTerms, u: Array, rows: Array, today: int) -> tuple[Happened, Array]:
    """Resting accounts: a refill, a need or a touch wakes them, or they forget."""
    mine, terms = t.take_light(rows), _of(day, rows)
    annoyed = u[6, rows] < terms.harm
    bond = s.bond[rows] - annoyed
    broken = bond < 0
    _leave(s, rows[broken], CAUSE["push_fatigue"], today)
    s.bond[rows[~broken]] = bond[~broken]
    here = ~broken
    refill = here & (u[1, rows] < terms.refill * chances.RESTING_REFILL)
    need = here & ~refill & (u[8, rows] < terms.arise) & (u[3, rows] < p.HEED[np.maximum(bond, 0)])
    alone = here & ~refill & ~need & (u[2, rows] < chances.wakes(mine, terms))
    pulled = alone & (u[2, rows] > chances.wakes(mine, _without_boost(terms)))
    forgets = here & ~refill & ~need & ~alone & (u[9, rows] < p.FORGET_DAILY)
    _leave(s, rows[forgets], CAUSE["need_over"], today)
    woken = refill | need | alone
    s.mode[rows[woken]] = ENGAGED
    s.phase[rows[woken]] = np.where(need, 1, 0)[woken]
    s.due[rows[refill]] = today + p.REFILL_SUPPLY_DAYS
    count = int(woken.sum())
    out = Happened(
        rows[woken], np.zeros(count, dtype=bool), np.full(count, -1), refill[woken], np.ones(count, dtype=bool),
        s.phase[rows[woken]], s.bond[rows[woken]], pulled[woken], rows[:0],
    )  # fmt: skip
    return out, np.asarray(rows[need])


def _of(day: DayTerms, rows: Array) -> DayTerms:
    return DayTerms(day.arise[rows], day.boost[rows], day.harm[rows], day.refill[rows], day.weekday, day.load, day.war)


def _without_boost(day: DayTerms) -> DayTerms:
    none: Small = np.zeros_like(day.boost)
    return DayTerms(day.arise, none, day.harm, day.refill, day.weekday, day.load, day.war)
