"""Accounts: who owns them, by what they can be told apart, and whom else they act for."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from models.hospital import parameters as p
from models.hospital.people import NEVER, People, adults, minors, persons
from models.hospital.streams import Bools, Ints, pick, stream

CHANNEL_WEIGHT = (22, 16, 20, 12, 8, 12, 10)  # (assumption) in the order of schemas.vocabulary.REGISTRATION_CHANNELS
REFERRAL = 3
NORMAL, TEST, ROBOT = 0, 1, 2
PHONE_PREFIXES = np.array([130, 135, 138, 139, 150, 158, 177, 186, 188, 199], dtype=np.int64)


@dataclass
class Accounts:
    """One row per account; -1 stands for nobody, NEVER for a day that does not come.

    `person` owns it, `child`, `parent`, `spouse` are persons it acts for. `second_of` is the owner's first account.
    `merged` and `parted` are days, `into` the account merged into. `hub` is a device used by hundreds.
    """

    person: Ints
    registered: Ints
    channel: Ints
    kind: Ints
    phone: Ints
    identified: Bools
    openid: Bools
    unionid: Ints
    card: Bools
    device: Ints
    tablet: Ints
    hub: Ints
    platform: Ints
    updates_app: Ints
    second_of: Ints
    into: Ints
    merged: Ints
    parted: Ints
    child: Ints
    parent: Ints
    spouse: Ints
    inviter: Ints
    guardian: Ints

    def __len__(self) -> int:
        return len(self.person)

    def append(self, other: Accounts) -> None:
        for f in fields(self):
            setattr(self, f.name, np.concatenate([getattr(self, f.name), getattr(other, f.name)]))


def number(accounts: Ints) -> Ints:
    """The hospital's own account number."""
    return 100_000_000 + accounts * 37 + 11


def build(seed: int, block: int, size: int, first_account: int, first_person: int) -> tuple[Accounts, People]:
    """The accounts of one block and all persons behind them."""
    rng = stream(seed, "accounts", block)
    owners = round(size / (1 + p.SECOND_ACCOUNT))
    people = adults(seed, block, owners)
    second = rng.integers(0, owners, size - owners)
    own = np.concatenate([np.arange(owners), second]).astype(np.int64)
    accounts = _blank(rng, own, size)
    accounts.registered = _arrivals(rng, block, size)
    accounts.second_of[owners:] = second
    accounts.registered[owners:] = np.maximum(accounts.registered[owners:], accounts.registered[second] + 3)
    _second_accounts(rng, accounts, owners, second)
    _kinds(rng, accounts, owners)
    _households(rng, accounts, people, owners)
    people.append(_family(rng, accounts, people, owners))
    _minors(rng, accounts, people, owners)
    _wrong_merges(rng, accounts, owners)
    _inviters(rng, accounts)
    return _shift(accounts, people, first_account, first_person), people


def _blank(rng: np.random.Generator, own: Ints, size: int) -> Accounts:
    def nobody() -> Ints:
        return np.full(size, -1, dtype=np.int64)

    at = np.arange(size, dtype=np.int64)
    hubs = max(1, size // p.HUB_EVERY_ACCOUNTS)
    weeks = rng.exponential(p.NEW_VERSION_WEEKS * 7, size).astype(np.int64)
    return Accounts(
        person=own, registered=nobody(), channel=pick(rng, CHANNEL_WEIGHT, size), kind=np.zeros(size, dtype=np.int64),
        phone=at.copy(), identified=rng.random(size) < p.IDENTIFIED, openid=rng.random(size) < p.HAS_OPENID,
        unionid=at.copy(), card=rng.random(size) < p.HAS_HOSPITAL_CARD, device=at * 2,
        tablet=np.where(rng.random(size) < 0.15, at * 2 + 1, -1),
        hub=np.where(rng.random(size) < p.HUB_SHARE, rng.integers(0, hubs, size), -1),
        platform=pick(rng, [0.52, 0.36, 0.12], size), updates_app=p.NEW_VERSION_DAY + weeks, second_of=nobody(),
        into=nobody(), merged=np.full(size, NEVER, dtype=np.int64), parted=np.full(size, NEVER, dtype=np.int64),
        child=nobody(), parent=nobody(), spouse=nobody(), inviter=nobody(), guardian=nobody(),
    )  # fmt: skip


def _arrivals(rng: np.random.Generator, block: int, size: int) -> Ints:
    """Registration days: the first block has a past, a later one only its own 180 days."""
    first = block * p.REFERENCE_DAYS
    days = np.arange(p.REFERENCE_DAYS)
    weights = 1 + 0.15 * (days % 7 >= 5) + 0.8 * ((days >= 40) & (days < 46))
    arrives = first + pick(rng, weights, size)
    earlier = -1 - rng.exponential(160, size).astype(np.int64) % 1500
    before = (rng.random(size) < p.BEFORE_START) & (block == 0)
    return np.where(before, earlier, arrives).astype(np.int64)


def _second_accounts(rng: np.random.Generator, a: Accounts, owners: int, second: Ints) -> None:
    """A person's second account repeats some of the first's identifiers, rarely all."""
    size = len(second)
    at = np.arange(owners, owners + size)
    a.identified[at] = rng.random(size) < 0.6
    a.identified[second] = True
    same_union = rng.random(size) < 0.35
    a.unionid[at] = np.where(same_union, second, at)
    a.openid[at] |= same_union
    a.device[at] = np.where(rng.random(size) < 0.5, a.device[second], a.device[at])
    merges = rng.random(size) < p.MERGED_ACCOUNT
    a.merged[at] = np.where(merges, a.registered[at] + rng.integers(20, 120, size), NEVER)
    a.into[at] = np.where(merges, second, -1)


def _kinds(rng: np.random.Generator, a: Accounts, owners: int) -> None:
    draw = rng.random(owners)
    a.kind[:owners] = np.where(
        draw < p.TEST_ACCOUNT, TEST, np.where(draw < p.TEST_ACCOUNT + p.ROBOT_ACCOUNT, ROBOT, NORMAL)
    )
    # Staff and crawlers do not come by invitation, and belong to no second account's owner.
    a.kind[a.person[owners:]] = NORMAL
    a.channel[a.kind != NORMAL] = 6


def _households(rng: np.random.Generator, a: Accounts, people: People, owners: int) -> None:
    """Couples in which both have an account; most share a device, half a telephone."""
    pairs = int(owners * p.SHARED_DEVICE / 2)
    free = rng.permutation(np.flatnonzero(a.kind[:owners] == NORMAL))
    one, two = free[:pairs], free[pairs : 2 * pairs]
    pairs = len(two)
    one = one[:pairs]
    people.household[one] = people.household[two] = one
    people.region[two] = people.region[one]
    people.age[two] = np.clip(people.age[one] + rng.normal(0, 3, pairs), 20, 92)
    people.female[two] = ~people.female[one]
    stays = people.female[two]
    for name in ("fertile_from", "conceives", "ends"):
        values = getattr(people, name)
        values[two] = np.where(stays, values[two], NEVER)
    a.device[two] = a.device[one]
    phone = rng.random(pairs) < p.SHARED_PHONE / p.SHARED_DEVICE
    a.phone[two] = np.where(phone, a.phone[one], a.phone[two])
    a.spouse[one], a.spouse[two] = two, one


def _family(rng: np.random.Generator, a: Accounts, people: People, owners: int) -> People:
    """Children, parents and spouses for whom an account acts but who have none themselves."""
    age = people.age[:owners]
    acts = rng.random(owners) < p.ACTS_FOR_OTHERS
    draw = rng.random((3, owners))
    child = acts & (age > 24) & (age < 50) & (draw[0] < 0.75)
    parent = acts & (age > 26) & (age < 62) & (draw[1] < 0.55)
    spouse = acts & (draw[2] < np.where(age > 24, 0.35, 0.05)) & (a.spouse[:owners] < 0)
    parts, at = [], owners
    for link, who in (("child", child), ("parent", parent), ("spouse", spouse)):
        rows = np.flatnonzero(who)
        getattr(a, link)[rows] = at + np.arange(len(rows))
        parts.append(_members(rng, link, people, rows))
        at += len(rows)
    for part in parts[1:]:
        parts[0].append(part)
    return parts[0]


def _members(rng: np.random.Generator, link: str, people: People, holders: Ints) -> People:
    age, size = people.age[holders], len(holders)
    female = rng.random(size) < 0.5
    if link == "child":
        ages = minors(rng, age - 29 + rng.normal(0, 4, size))
    elif link == "parent":
        ages = np.clip(age + 27 + rng.normal(0, 4, size), 45, 98)
    else:
        ages, female = np.clip(age + rng.normal(0, 3, size), 20, 95), ~people.female[holders]
    return persons(rng, ages, female, people.region[holders])


def _minors(rng: np.random.Generator, a: Accounts, people: People, owners: int) -> None:
    """A few accounts belong to children, with another account's holder as guardian."""
    free = np.flatnonzero((a.kind[:owners] == NORMAL) & (a.spouse[:owners] < 0) & (a.child[:owners] < 0))
    free = np.setdiff1d(free, a.person[owners:])
    count = min(int(owners * p.MINOR_ACCOUNT) + 1, len(free) // 4)
    chosen = rng.permutation(free)[: 2 * count]
    young, guardian = chosen[:count], chosen[count:]
    a.guardian[young] = guardian
    people.age[young] = rng.uniform(8, 13.9, count)
    people.region[young] = people.region[guardian]
    people.occupation[young] = 5
    people.fertile_from[young] = NEVER
    people.conditions[young] &= np.arange(people.conditions.shape[1]) == 2
    people.smokes[young] = people.drinks[young] = False
    a.parent[young] = -1


def _wrong_merges(rng: np.random.Generator, a: Accounts, owners: int) -> None:
    free = rng.permutation(np.flatnonzero(a.kind[:owners] == NORMAL))
    count = max(1, int(owners * p.WRONG_MERGE))
    lost, into = free[:count], free[count : 2 * count]
    a.into[lost[: len(into)]] = into
    # The first one comes early, so that even a short run has one.
    days = np.concatenate([[6], rng.integers(5, p.REFERENCE_DAYS - 20, count - 1)])[: len(into)]
    a.merged[lost[: len(into)]] = np.maximum(days, np.maximum(a.registered[lost], a.registered[into])[: len(into)] + 2)
    a.parted[lost[: len(into)]] = a.merged[lost[: len(into)]] + p.PARTED_AFTER_DAYS


def _inviters(rng: np.random.Generator, a: Accounts) -> None:
    """Who came by an invitation was invited by someone registered before."""
    size = len(a)
    someone = rng.integers(0, size, size)
    invited = (a.channel == REFERRAL) & (a.registered[someone] < a.registered) & (a.kind[someone] == NORMAL)
    a.inviter = np.where(invited, someone, -1).astype(np.int64)


def _shift(a: Accounts, people: People, first_account: int, first_person: int) -> Accounts:
    """Numbers within the block become numbers in the world."""
    for name in ("person", "child", "parent", "spouse"):
        values = getattr(a, name)
        setattr(a, name, np.where(values < 0, -1, values + first_person))
    for name in ("second_of", "into", "inviter", "guardian"):
        values = getattr(a, name)
        setattr(a, name, np.where(values < 0, -1, values + first_account))
    people.household = np.where(people.household < 0, -1, people.household + first_person)
    a.phone += first_account
    a.unionid += first_account
    a.device += first_account * 2
    a.tablet = np.where(a.tablet < 0, -1, a.tablet + first_account * 2)
    return a


def phone_number(phones: Ints) -> Ints:
    """A telephone number that looks right and belongs to nobody we know."""
    return PHONE_PREFIXES[phones % len(PHONE_PREFIXES)] * 10**8 + (phones * 7919 + 12345) % 10**8


def id_cards(regions: Ints, birth: list[str], female: Bools, order: Ints) -> list[str]:
    """Resident identity numbers with a right check digit (GB 11643)."""
    weights, marks = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), "10X98765432"
    out = []
    for region, born, is_female, n in zip(regions, birth, female, order, strict=True):
        body = f"{region:06d}{born}{(n % 500) * 2 + (0 if is_female else 1):03d}"
        out.append(body + marks[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11])
    return out
