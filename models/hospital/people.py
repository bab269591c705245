"""Persons: what they are, what they suffer from, and what nobody sees of them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Self

import numpy as np

from models.hospital import parameters as p
from models.hospital.catalogue import CONDITION, CONDITIONS, OCCUPATIONS, REGIONS
from models.hospital.streams import Array, Bools, Floats, Ints, pick, stream

STAGES = ("none", "trying", "pregnant", "postnatal", "lost")
NEVER = 10**6


@dataclass
class People:
    """One row per person, account holder or family member.

    `age` is in years on the first simulated day, `fertile_from` the day of the first fertility state and
    `conceives`, `ends` those of the next. `response` is how a message works: 0 not at all, 1 helps, 2 harms.
    """

    age: Floats
    female: Bools
    region: Ints
    occupation: Ints
    income: Ints
    conditions: Bools
    smokes: Bools
    drinks: Bools
    allergy: Ints
    overtime: Bools
    worry: Floats
    trust: Floats
    price_sensitivity: Floats
    night: Floats
    reads_reviews: Floats
    sociability: Floats
    response: Ints
    fertile_from: Ints
    conceives: Ints
    ends: Ints
    loses: Bools
    household: Ints

    def __len__(self) -> int:
        return len(self.age)

    def append(self, other: Self) -> None:
        for f in fields(self):
            setattr(self, f.name, np.concatenate([getattr(self, f.name), getattr(other, f.name)]))

    def stage(self, persons: Array, day: int | Ints) -> Ints:
        """Fertility state on a day (or each on a day of its own), an index into STAGES."""
        began, conceived, ends = self.fertile_from[persons], self.conceives[persons], self.ends[persons]
        out = np.where((day >= began) & (day < conceived), 1, 0)
        out = np.where((day >= conceived) & (day < ends), 2, out)
        after = (day >= ends) & (day < ends + p.POSTNATAL_DAYS)
        return np.where(after, np.where(self.loses[persons], 4, 3), out).astype(np.int64)

    def gestation_weeks(self, persons: Array, day: int | Ints) -> Floats:
        """Weeks of a pregnancy with their days as a fraction, for those who are pregnant on that day."""
        return np.asarray((day - self.conceives[persons]) / 7.0, dtype=np.float64)

    @cached_property
    def card_order(self) -> Ints:
        """A number that nobody shares with a person of the same region, day of birth and sex."""
        alike = np.stack([self.region, self.birth_day(np.arange(len(self))), self.female.astype(np.int64)])
        order = np.lexsort(alike)
        starts = np.r_[True, (np.diff(alike[:, order], axis=1) != 0).any(axis=0)]
        place = np.arange(len(self))
        rank = np.empty(len(self), dtype=np.int64)
        rank[order] = place - np.maximum.accumulate(np.where(starts, place, 0))
        return rank

    def birth_day(self, persons: Array) -> Ints:
        """Day of birth relative to the first simulated day."""
        return np.round(-self.age[persons] * 365.25).astype(np.int64)


def adults(seed: int, block: int, size: int) -> People:
    """Account holders."""
    rng = stream(seed, "adults", block)
    older = rng.random(size) < p.AGE_OLDER_SHARE
    age = rng.normal(np.where(older, *p.AGE_MEAN_YEARS[::-1]), np.where(older, *p.AGE_SPREAD_YEARS[::-1]))
    return persons(rng, np.clip(age, 18, 92), rng.random(size) < p.FEMALE)


def minors(rng: np.random.Generator, age: Floats) -> Floats:
    """Ages of children."""
    return np.clip(age, 0.1, 17.5)


def persons(rng: np.random.Generator, age: Floats, female: Bools, region: Ints | None = None) -> People:
    """People of given age and sex with everything else drawn."""
    size = len(age)
    where = pick(rng, [r.weight for r in REGIONS], size) if region is None else region
    tier = np.array([r.tier for r in REGIONS])[where]
    occupation = _occupation(rng, age, female)
    conditions = _conditions(rng, age, female)
    income = np.digitize(rng.normal(size=size) - 0.35 * (tier - 2) - 0.8 * (occupation == 5), [-0.5, 1.0])
    worry, trust, price, night, reads, social = _traits(rng, age, conditions, income)
    tendency = rng.random(size) + 0.12 * (price - 0.5) - 0.18 * (trust - 0.5)
    none, helped, _ = p.RESPONSE_SHARE
    began, conceives, ends, loses = _fertility(rng, age, female)
    return People(
        age=age, female=female, region=where, occupation=occupation, income=income.astype(np.int64),
        conditions=conditions, smokes=(rng.random(size) < np.where(female, *p.SMOKES)) & (age > 16),
        drinks=(rng.random(size) < np.where(female, *p.DRINKS)) & (age > 16),
        allergy=np.where(rng.random(size) < p.ALLERGIC, rng.integers(0, 6, size), -1).astype(np.int64),
        # A stream of its own: what is drawn after it stays what it was.
        overtime=(occupation == OCCUPATIONS.index("office_worker")) & (age < 50)
        & (rng.spawn(1)[0].random(size) < p.OVERTIME),
        worry=worry, trust=trust, price_sensitivity=price, night=night, reads_reviews=reads, sociability=social,
        response=np.digitize(tendency, [none, none + helped]).astype(np.int64),
        fertile_from=began, conceives=conceives, ends=ends, loses=loses,
        household=np.full(size, -1, dtype=np.int64),
    )  # fmt: skip


def _occupation(rng: np.random.Generator, age: Floats, female: Bools) -> Ints:
    drawn = pick(rng, [34, 12, 7, 8, 15, 0, 0, 7, 6, 3], len(age))
    drawn = np.where((drawn == OCCUPATIONS.index("homemaker")) & ~female, 4, drawn)
    drawn = np.where(age < 22, OCCUPATIONS.index("student"), drawn)
    return np.where(age > np.where(female, 55, 60), OCCUPATIONS.index("retired"), drawn).astype(np.int64)


def _conditions(rng: np.random.Generator, age: Floats, female: Bools) -> Bools:
    """Prevalence rises with age on a straight line between those at 20 and 70; illness clusters in some people."""
    frailty = rng.gamma(4.0, 0.25, len(age))
    out = np.zeros((len(age), len(CONDITIONS)), dtype=bool)
    for i, condition in enumerate(CONDITIONS):
        share = condition.at_20 + (condition.at_70 - condition.at_20) * np.clip((age - 20) / 50, -0.3, 1.3)
        share = np.maximum(share, condition.at_20 * 0.1) * np.where(female, condition.female, condition.male)
        if condition.code not in ("asthma", "allergic_rhinitis"):
            share = np.where(age < 14, 0.0, share)
        out[:, i] = rng.random(len(age)) < np.clip(share * frailty, 0, 0.9)
    return out


def _traits(rng: np.random.Generator, age: Floats, conditions: Bools, income: Array) -> tuple[Floats, ...]:
    """Traits between 0 and 1 that hang together: the ill worry, the poor look at prices, the young stay up."""
    size = len(age)
    ill = np.minimum(conditions.sum(axis=1), 3)

    def squash(x: Floats) -> Floats:
        return 1 / (1 + np.exp(-x))

    worry = squash(rng.normal(-0.2 + 0.35 * ill, 0.9, size))
    trust = squash(rng.normal(0.3 + 0.01 * (age - 40), 0.9, size))
    price = squash(rng.normal(0.5 - 0.7 * (income - 1), 0.8, size))
    insomniac = conditions[:, CONDITION["insomnia"]]
    night = squash(rng.normal(-0.4 - 0.035 * (age - 38) + 0.9 * insomniac, 1.0, size))
    reads = squash(rng.normal(-0.3 + 0.5 * (worry - 0.5) - (trust - 0.5), 0.9, size))
    return worry, trust, price, night, reads, squash(rng.normal(-0.5, 1.1, size))


def _fertility(rng: np.random.Generator, age: Floats, female: Bools) -> tuple[Ints, Ints, Ints, Bools]:
    """First day of trying, of pregnancy and of what follows it; some begin in the middle or before the start."""
    size = len(age)
    draw = rng.random(size)
    young = female & (age >= 24) & (age < 40)
    trying = young & (draw < p.TRYING_TO_CONCEIVE)
    after = young & (draw >= p.TRYING_TO_CONCEIVE) & (draw < p.TRYING_TO_CONCEIVE + p.POSTNATAL)
    began = rng.integers(-400, 150, size)
    conceives = began + rng.exponential(p.CONCEIVES_IN_DAYS, size).astype(np.int64) + 14
    loses = rng.random(size) < p.PREGNANCY_LOSS
    lasts = np.where(loses, rng.integers(35, 90, size), p.PREGNANCY_DAYS)
    born = rng.integers(-p.POSTNATAL_DAYS, 0, size)
    conceives = np.where(after, born - p.PREGNANCY_DAYS, conceives)
    fertile = trying | after
    return (
        np.where(fertile, np.where(after, conceives - 100, began), NEVER).astype(np.int64),
        np.where(fertile, conceives, NEVER).astype(np.int64),
        np.where(fertile, np.where(after, born, conceives + lasts), NEVER).astype(np.int64),
        loses & trying,
    )
