"""What drives an account, seen by nobody: its rates, its leanings and what it needs."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from models.hospital import parameters as p
from models.hospital.accounts import NORMAL, Accounts
from models.hospital.catalogue import CONDITION, TOPICS
from models.hospital.people import STAGES, People
from models.hospital.streams import Array, stream

Small = npt.NDArray[np.float32]
RELATIONS = ("self", "child", "parent", "spouse")


@dataclass
class Traits:
    """One row per account, all float32 but `needs`.

    `ask`: scale of asking a doctor. `bad`, `good`: how a consultation turns out on a quiet day. `drops`: weights of the
    causes of leaving the funnel. `needs`: needs a day by topic for (holder, child, parent, spouse), fertility apart.
    """

    base: Small
    urge: Small
    ask: Small
    bad: Small
    good: Small
    fall: Small
    frustrate: Small
    tourist: Small
    rest: Small
    rest_after: Small
    wake: Small
    rival: Small
    refill: Small
    spend: Small
    coupon: Small
    response: Array
    drops: Small
    needs: Small
    online: Small

    def __len__(self) -> int:
        return len(self.base)

    def append(self, other: Traits) -> None:
        for f in fields(self):
            setattr(self, f.name, np.concatenate([getattr(self, f.name), getattr(other, f.name)]))

    def take(self, rows: Array) -> Traits:
        return Traits(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    def take_light(self, rows: Array) -> Traits:
        """Like `take`, with the wide matrix of needs left out."""
        return Traits(**{f.name: getattr(self, f.name)[rows if f.name != "needs" else rows[:0]] for f in fields(self)})


def build(seed: int, block: int, accounts: Accounts, people: People, first_person: int) -> Traits:
    """Draw the traits of a block; `people` are the persons of that block, from `first_person` on."""
    rng = stream(seed, "traits", block)
    own = accounts.person - first_person
    size = len(own)
    worry, trust, price = people.worry[own], people.trust[own], people.price_sensitivity[own]
    chronic = np.minimum(people.conditions[own].sum(axis=1), 3) / 3
    tourist = rng.random(size) < p.TOURIST_SHARE * (1.3 - 0.5 * worry - 0.35 * chronic)
    second = accounts.second_of >= 0
    base = rng.gamma(p.BASE_VISIT_SHAPE, p.BASE_VISIT_RATE / p.BASE_VISIT_SHAPE, size) * (
        0.6 + 0.5 * worry + 0.6 * chronic
    )
    values: dict[str, Any] = {
        "base": np.minimum(base * np.where(second, 0.3, 1.0), 1.5),
        "urge": np.minimum(base, 0.3) * 0.5 + 0.09 + 0.10 * worry,
        "ask": p.ASK * (0.5 + 0.9 * worry) * (1.35 - 0.7 * price) * np.where(tourist, 0.45, 1.0),
        "bad": p.SERVED_BADLY * (0.5 + 1.3 * (1 - trust)) * (0.8 + 0.6 * people.night[own]),
        "good": p.SERVED_WELL * (0.7 + 0.5 * trust),
        "fall": p.BOND_FALLS * (1.25 - 0.5 * trust),
        "frustrate": p.FRUSTRATED * (0.5 + price),
        "tourist": np.where(tourist, p.TOURIST_LEAVES, p.STAYER_LEAVES * (1.6 - trust)),
        "rest": p.REST_DAILY * rng.gamma(2.0, 0.5, size) * (1.3 - 0.7 * chronic),
        "rest_after": p.REST_AFTER_NEED * (1.2 - 0.9 * chronic),
        "wake": p.WAKE_DAILY * rng.gamma(1.5, 1 / 1.5, size) * (0.6 + 0.8 * worry) * np.where(second, 0.4, 1.0),
        "rival": p.RIVAL_DAILY * (0.3 + 1.4 * price),
        "refill": p.REFILL_DAILY[0] + (p.REFILL_DAILY[1] - p.REFILL_DAILY[0]) * rng.beta(1.6, 1.2, size),
        "spend": np.exp(rng.normal(-(p.SPEND_SPREAD**2) / 2, p.SPEND_SPREAD, size) + 0.25 * (people.income[own] - 0.9)),
        "coupon": np.minimum(p.COUPON * (0.4 + 1.2 * price), 0.9),
        "online": rng.beta(2.0, 2.0, size),
        "response": people.response[own],
        "drops": _drops(people, own),
        "needs": _needs(accounts, people, first_person) * rng.gamma(2.5, 0.4, size)[:, None],
    }
    for name in ("base", "needs", "wake", "urge"):
        values[name][accounts.kind != NORMAL] = 0.0
    return Traits(**{k: v if k == "response" else np.asarray(v, dtype=np.float32) for k, v in values.items()})


def _drops(people: People, own: Array) -> Array:
    """Why somebody with a need does not ask, in the order of parameters.DROP_CAUSES."""
    return np.stack(
        [
            0.15 + 0.6 * people.price_sensitivity[own],
            0.12 + 0.25 * people.night[own],
            np.where(people.age[own] > 50, 0.25, 0.12),
            0.05 + 0.5 * people.reads_reviews[own] * (1 - people.trust[own]),
            np.full(len(own), 0.45),
        ],
        axis=1,
    )


def _needs(accounts: Accounts, people: People, first_person: int) -> Array:
    """Needs a day by topic over the whole family, without those of fertility, which move with time."""
    out = np.zeros((len(accounts), len(TOPICS)))
    for relation in RELATIONS:
        who = _member(accounts, relation)
        share = relevance(people, np.where(who < 0, 0, who - first_person))
        out += np.where(who[:, None] < 0, 0.0, share) * (1.0 if relation == "self" else p.FOR_MEMBER)
    return out * p.NEED_LEVEL


def _member(accounts: Accounts, relation: str) -> Array:
    who: Array = accounts.person if relation == "self" else getattr(accounts, relation)
    return who


def relevance(people: People, who: Array) -> Array:
    """Needs a day of each person by topic, out of season."""
    out = np.zeros((len(who), len(TOPICS)))
    age, female = people.age[who], people.female[who]
    for t, topic in enumerate(TOPICS):
        if topic.stage:
            continue
        fits = (age < 14) if topic.child else (age >= topic.ages[0]) & (age < topic.ages[1])
        if topic.condition:
            fits = people.conditions[who, CONDITION[topic.condition]]
        if topic.sex != "any":
            fits = fits & (female == (topic.sex == "female"))
        out[:, t] = np.where(fits, topic.rate, 0.0)
    return out


def staged(people: People, who: Array, day: int) -> tuple[Array, Array]:
    """Needs that come with fertility: whom they concern (rows of `who`) and the topic each has on that day."""
    stage = people.stage(who, day)
    rows = np.flatnonzero(stage)
    topics = np.array([next((t for t, x in enumerate(TOPICS) if x.stage == s), -1) for s in STAGES])
    return rows, topics[stage[rows]]
