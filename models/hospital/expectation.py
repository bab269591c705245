"""What the hidden process leads one to expect: all states of every account moved forward at once.

The chances are those of `chances`; each line here answers one in `hidden.advance`. Nothing realised after the day
asked about is used, but the calendar (season, epidemic weeks) is taken as given.

Two things are approximated. Touches to come pull with their mean. When a refill is due is followed apart from the
other states, as if the two were independent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from models.hospital import chances, money
from models.hospital import parameters as p
from models.hospital.catalogue import TOPICS
from models.hospital.chances import BONDS, PHASES, DayTerms
from models.hospital.hidden import ENGAGED, RESTING, State
from models.hospital.streams import Array
from models.hospital.traits import Small, Traits

BOND = np.arange(BONDS)[:, None, None]
PHASE = np.arange(PHASES)[None, :, None]
Terms = Callable[[int], DayTerms]


@dataclass(frozen=True)
class Worth:
    """What one consultation, one visit and one refill bring on average, in yuan and in orders."""

    consultation: Small
    goods: Small
    refill: Small
    chronic: Small
    orders: Small


@dataclass
class Expected:
    """Per account: chance of a visit within the first horizon, yuan and orders within each."""

    active: Small
    yuan: dict[int, Small]
    orders: dict[int, Small]


def worth_of(t: Traits, season: Array) -> Worth:
    """`season`: how many times as often each account's needs arise, by topic, on the whole."""
    share = t.needs * season
    share = share / np.maximum(share.sum(axis=1, keepdims=True), np.float32(1e-9))
    bought, root, chronic = _medicine()
    yuan, _ = money.mean_consultation(t, share @ root)
    return Worth(
        yuan, money.mean_goods(t), money.mean_refill(t), share @ chronic, 1 + p.MEDICINE_ORDER * (share @ bought)
    )


def _medicine() -> tuple[Small, Small, Small]:
    """By topic: whether there is a drug for it, the root of its supply over 14 days, whether it is for good."""
    bought = np.array([bool(topic.drugs) for topic in TOPICS], dtype=np.float32)
    root = [0.7 * (x.drugs[0][3] / 14) ** 0.5 + 0.3 * (x.drugs[-1][3] / 14) ** 0.5 if x.drugs else 0.0 for x in TOPICS]
    return bought, np.array(root, dtype=np.float32), np.array([x.chronic for x in TOPICS], dtype=np.float32)


@dataclass
class Refills:
    """Chance that a refill is due, given the account is still there, and what falls due in the days to come."""

    due: Small
    coming: Small
    day: int = 0

    def step(self, taken: Small, asked: Small) -> None:
        """`taken`: share of accounts that refill today; `asked`: share that a doctor newly supplies."""
        slot = self.day % p.REFILL_SUPPLY_DAYS
        rest = 1 - asked
        falls_due = self.coming[slot] * rest
        self.due = (self.due - taken) * rest + falls_due
        self.coming *= rest
        self.coming[slot] = taken * rest + asked
        self.day += 1


def refills_of(s: State, day: int) -> Refills:
    coming = np.zeros((p.REFILL_SUPPLY_DAYS, len(s)), dtype=np.float32)
    rows = np.flatnonzero((s.due > day) & (s.due <= day + p.REFILL_SUPPLY_DAYS))
    coming[s.due[rows] - day - 1, rows] = 1.0
    return Refills((s.due <= day).astype(np.float32), coming)


def start_masses(s: State) -> tuple[Small, Small]:
    """Engaged mass by bond, phase and account; resting mass by bond and account."""
    n = len(s)
    engaged = np.zeros((BONDS, PHASES, n), dtype=np.float32)
    resting = np.zeros((BONDS, n), dtype=np.float32)
    at = np.arange(n)
    here, rests = s.mode == ENGAGED, s.mode == RESTING
    engaged[s.bond[here], s.phase[here], at[here]] = 1.0
    resting[s.bond[rests], at[rests]] = 1.0
    return engaged, resting


def _down(mass: Small) -> Small:
    """One bond less; what falls below the lowest is gone."""
    out = np.zeros_like(mass)
    out[:-1] = mass[1:]
    return out


def _up(mass: Small) -> Small:
    out = np.zeros_like(mass)
    out[1:] = mass[:-1]
    out[-1] += mass[-1]
    return out


@dataclass
class Course:
    """Masses on their way; `silent` follows only those who have not been here since the beginning."""

    t: Traits
    worth: Worth
    engaged: Small
    resting: Small
    silent: bool
    yuan: Small
    orders: Small
    seen: Small
    asked: Small
    refills: Refills

    def step(self, day: DayTerms) -> None:
        """One day, as in hidden.advance."""
        t = self.t
        if not self.silent:
            day = replace(day, refill=t.refill * self.refills.due)
        stay = 1 - chances.exits(t, day)
        engaged, resting = self.engaged * stay, self.resting * stay
        alive, awake = engaged.sum(axis=(0, 1)), resting.sum(axis=0)
        self.asked = np.zeros_like(alive)
        woken, resting = self._rest(resting, day)
        engaged, dozed = self._act(engaged, day)
        self.engaged, self.resting = engaged + woken, resting + dozed
        if not self.silent:
            here = np.maximum(alive + awake, np.float32(1e-9))
            taken = day.refill * (alive + awake * chances.RESTING_REFILL) / here
            self.refills.step(taken, np.minimum(self.asked / here, 1.0) * self.worth.chronic)

    def _act(self, mass: Small, day: DayTerms) -> tuple[Small, Small]:
        """Engaged masses after a day, and those that fell asleep, by bond."""
        t = self.t
        visit = chances.visits(t, BOND, PHASE, day)
        seen = 1 - (1 - visit) * (1 - day.refill)
        self._earn_visits(mass, seen, day)
        if self.silent:
            idle = mass * (1 - seen)
            return self._move(idle, np.zeros_like(idle), np.zeros_like(mass[:, 0]), day)
        asks = chances.asks(t, BOND, PHASE)
        asked = mass * visit * asks
        bad, good = chances.outcomes(t, day)
        self._earn_consultations(asked, bad, good)
        parts = self._served(asked, bad, good)
        unasked = mass * visit * (1 - asks)
        tired = unasked[:, :1] * (1 - chances.tires(t, BOND))
        annoyed = unasked[:, 1:] * np.minimum(t.frustrate, 1.0)
        looked = np.concatenate([tired, unasked[:, 1:] - annoyed + _down(annoyed)], axis=1)
        return self._move(mass * (1 - visit), looked + parts[0], parts[1], day)

    def _served(self, asked: Small, bad: Small, good: Small) -> tuple[Small, Small]:
        """After consultations: masses whose need goes on, and those whose need is over, by bond."""
        going = np.zeros_like(asked)
        over = np.zeros_like(asked[:, 0])
        fall = np.minimum(self.t.fall, 1.0)
        for share, solved, fallen, risen in (
            (bad, p.RESOLVED[0], fall, 0.0),
            (1 - bad - good, p.RESOLVED[1], 0.0, 0.0),
            (good, p.RESOLVED[2], 0.0, p.BOND_RISES),
        ):
            part = asked * share
            moved = part * (1 - fallen - risen) + _down(part * fallen) + _up(part * np.float32(risen))
            over += moved[:, 1:].sum(axis=1) * solved
            going[:, :1] += moved[:, :1]
            going[:, 1:] += moved[:, 1:] * (1 - solved)
        return going, over

    def _move(self, idle: Small, visited: Small, solved: Small, day: DayTerms) -> tuple[Small, Small]:
        """Annoyance, needs that end or arise, and falling asleep; `idle` had no visit."""
        t, keeps = self.t, 1 - day.harm
        idle, visited = idle * keeps + _down(idle * day.harm), visited * keeps + _down(visited * day.harm)
        solved = solved * keeps + _down(solved * day.harm)
        bond = np.arange(BONDS)[:, None]
        dozed = idle[:, 0] * chances.dozes(t, bond)
        both = idle + visited
        none = both[:, 0] - dozed
        peak, fade = both[:, 1], both[:, 2]
        ended = solved + fade * np.float32(p.NEED_FADE_ENDS)
        rests = ended * np.minimum(chances.retires(t, bond), 1 - np.float32(p.GONE_AFTER_NEED))
        out = np.empty_like(idle)
        out[:, 0] = none * (1 - day.arise) + ended * np.float32(1 - p.GONE_AFTER_NEED) - rests
        out[:, 1] = none * day.arise + peak * np.float32(1 - p.NEED_PEAK_ENDS)
        out[:, 2] = peak * np.float32(p.NEED_PEAK_ENDS) + fade * np.float32(1 - p.NEED_FADE_ENDS)
        return out, dozed + rests

    def _rest(self, mass: Small, day: DayTerms) -> tuple[Small, Small]:
        """Resting masses: those woken, by bond and phase, and those that rest on."""
        mass = mass * (1 - day.harm) + _down(mass * day.harm)
        refill = day.refill * chances.RESTING_REFILL
        need = day.arise * p.HEED[:, None]
        alone = chances.wakes(self.t, day)
        by_refill = mass * refill
        by_need = (mass - by_refill) * need
        left = mass - by_refill - by_need
        by_self = left * alone
        rests = (left - by_self) * np.float32(1 - p.FORGET_DAILY)
        self.seen += (by_refill + by_need + by_self).sum(axis=0)
        buying = ((by_need + by_self) * p.BOND_GOODS[:, None]).sum(axis=0)
        self.yuan += by_refill.sum(axis=0) * self.worth.refill + buying * self.worth.goods
        self.orders += by_refill.sum(axis=0) + buying * np.float32(p.GOODS_ORDER)
        woken = np.zeros((BONDS, PHASES, mass.shape[-1]), dtype=np.float32)
        if not self.silent:
            woken[:, 0], woken[:, 1] = by_refill + by_self, by_need
        return woken, rests

    def _earn_visits(self, mass: Small, seen: Small, day: DayTerms) -> None:
        visits = (mass * seen).sum(axis=1)
        refills = mass.sum(axis=(0, 1)) * day.refill
        self.seen += visits.sum(axis=0)
        buying = (visits * p.BOND_GOODS[:, None]).sum(axis=0)
        self.yuan += buying * self.worth.goods + refills * self.worth.refill
        self.orders += buying * np.float32(p.GOODS_ORDER) + refills

    def _earn_consultations(self, asked: Small, bad: Small, good: Small) -> None:
        consultations = asked.sum(axis=(0, 1))
        self.asked = consultations
        kept = np.asarray(money.kept_share(bad, good), dtype=np.float32)
        self.yuan += consultations * self.worth.consultation * kept
        self.orders += consultations * self.worth.orders


def course(t: Traits, worth: Worth, s: State, day: int, silent: bool) -> Course:
    engaged, resting = start_masses(s)
    zero = np.zeros(len(s), dtype=np.float32)
    return Course(
        t, worth, engaged, resting, silent, zero, zero.copy(), zero.copy(), zero.copy(),
        refills_of(s, day),
    )  # fmt: skip


def look_ahead(t: Traits, worth: Worth, s: State, day: int, terms: Terms, horizons: tuple[int, ...]) -> Expected:
    """Move forward from the beginning of `day`; the chance of a visit is that within the first horizon.

    `terms(n)` is what the n-th day brings.
    """
    out = Expected(np.zeros(0, dtype=np.float32), {}, {})
    first, whole = course(t, worth, s, day, silent=True), course(t, worth, s, day, silent=False)
    for n in range(max(horizons)):
        today = terms(n)
        if n < min(horizons):
            first.step(today)
        whole.step(today)
        if n + 1 in horizons:
            out.yuan[n + 1], out.orders[n + 1] = whole.yuan.copy(), whole.orders.copy()
    out.active = np.clip(first.seen, 0, 1)
    return out
