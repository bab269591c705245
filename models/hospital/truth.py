"""What is true and no export says. Identifiers are spelt as in the exports."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np

from models.hospital import parameters as p
from models.hospital.accounts import number
from models.hospital.catalogue import CONDITIONS, OCCUPATIONS, REGIONS, TOPICS
from models.hospital.delivery import Post
from models.hospital.devices import FIRST_DEVICE, KINDS
from models.hospital.hidden import MODES
from models.hospital.outlook import HORIZONS, credits, outlook
from models.hospital.people import NEVER, STAGES
from models.hospital.realm import HUB_DEVICE
from models.hospital.registry import ALLERGENS
from models.hospital.streams import Array, Ints
from models.hospital.traits import RELATIONS
from models.hospital.world import World

Table = dict[str, Any]
ACCOUNT_KINDS = np.array(["normal", "test", "robot"])
RESPONSES = np.array(["none", "helped", "harmed"])


def account_texts(accounts: Array) -> list[str | None]:
    return [None if a < 0 else f"U{number(a):09d}" for a in accounts]


def member_texts(persons: Array) -> list[str]:
    return [f"M{500_000 + x * 3:09d}" for x in persons]


def device_texts(devices: Array) -> list[str]:
    return [f"DV{d * 13 + 70_000_000:010d}" for d in devices]


def dates(world: World, days: Array) -> list[date | None]:
    start = world.realm.calendar.start
    return [None if abs(d) >= NEVER else start + timedelta(days=int(d)) for d in days]


def persons(world: World) -> Table:
    """Every person: what they are, suffer from and are like."""
    people = world.realm.people
    ill = [[CONDITIONS[i].code for i in np.flatnonzero(row)] for row in people.conditions]
    everybody = np.arange(len(people))
    return {
        "person": everybody, "member_id": member_texts(everybody), "age_at_start": people.age,
        "birth_date": dates(world, people.birth_day(everybody)),
        "sex": np.where(people.female, "female", "male"),
        "region_code": np.array([r.code for r in REGIONS])[people.region],
        "occupation": np.array(OCCUPATIONS)[people.occupation], "income": np.array(["low", "middle",
        "high"])[people.income],
        "conditions": ill, "smokes": people.smokes, "drinks": people.drinks, "worry": people.worry,
        "allergy": np.array([*ALLERGENS, None], dtype=object)[people.allergy], "works_996": people.overtime,
        "trying_from": dates(world, people.fertile_from), "pregnant_from": dates(world, people.conceives),
        "pregnant_until": dates(world, people.ends), "loses_pregnancy": people.loses,
        "trust": people.trust,
        "price_sensitivity": people.price_sensitivity, "night": people.night, "reads_reviews": people.reads_reviews,
        "sociability": people.sociability, "response": RESPONSES[people.response],
        "fertility_at_end": np.array(STAGES)[people.stage(everybody, world.today)],
        "household": np.where(people.household < 0, everybody, people.household),
    }  # fmt: skip


def accounts(world: World) -> Table:
    """Every account that has registered: who owns it, whom else it acts for, and how it ended."""
    r = world.realm
    a, s, t = r.accounts, r.state, r.traits
    rows = np.flatnonzero(a.registered <= world.today)
    linked = {name: getattr(a, name)[rows] for name in RELATIONS[1:]}
    return {
        "account": rows, "account_id": account_texts(rows), "person": a.person[rows],
        "kind": ACCOUNT_KINDS[a.kind[rows]], "registered_date": dates(world, a.registered[rows]),
        **{f"{name}_person": np.where(who < 0, None, who) for name, who in linked.items()},
        "guardian_id": account_texts(a.guardian[rows]), "inviter_id": account_texts(a.inviter[rows]),
        "first_account_id": account_texts(a.second_of[rows]), "merged_into_id": account_texts(a.into[rows]),
        "merged_date": dates(world, a.merged[rows]), "parted_date": dates(world, a.parted[rows]),
        "is_wrong_merge": (a.into[rows] >= 0) & (a.second_of[rows] < 0),
        "mode": np.array(MODES)[s.mode[rows]], "bond": s.bond[rows], "left_date": dates(world, s.left[rows]),
        "cause": np.array(p.CAUSES)[s.cause[rows]], "is_tourist": t.tourist[rows] > 0.1,
        "base_visits_day": t.base[rows], "spend_level": t.spend[rows], "response": RESPONSES[t.response[rows]],
        "first_order_date": dates(world, s.ordered[rows]), "spent_yuan": world.spent[rows],
    }  # fmt: skip


def device_owners(world: World) -> Table:
    """Who uses a device: phones, tablets, hubs, meters; a shared one has several rows."""
    a, meters = world.realm.accounts, world.meters
    rows = np.arange(len(a))
    tablets, hubs = np.flatnonzero(a.tablet >= 0), np.flatnonzero(a.hub >= 0)
    device = np.concatenate(
        [a.device, a.tablet[tablets], HUB_DEVICE + a.hub[hubs], FIRST_DEVICE + np.arange(len(meters))]
    )
    account = np.concatenate([rows, tablets, hubs, meters.account])
    kinds = ["phone"] * len(rows) + ["tablet"] * len(tablets) + ["hub"] * len(hubs) + [KINDS[k] for k in meters.kind]
    return {
        "device_id": device_texts(device), "account_id": account_texts(account), "person": a.person[account],
        "kind": kinds,
    }  # fmt: skip


def sessions(world: World) -> Table:
    """Who was behind each session, why, and whether a touch brought them."""
    s, r = world.sessions, world.realm
    if s is None:
        raise RuntimeError("no day has been simulated yet")
    drops = np.array([*p.DROP_CAUSES, None], dtype=object)
    return {
        "session_id": [f"S{i:011d}" for i in s.id], "account": s.account, "person": r.accounts.person[s.account],
        "date": [r.calendar.on(world.today)] * len(s), "is_before_registration": s.stranger,
        "need_topic": _words(tuple(t.code for t in TOPICS), s.topic), "drop_cause": drops[s.drop],
        "is_brought_by_touch": s.boosted,
    }  # fmt: skip


def consultations(world: World) -> Table:
    """Whom each consultation was about, for what, and how it turned out."""
    c, r = world.consultations, world.realm
    if c is None:
        raise RuntimeError("no day has been simulated yet")
    return {
        "consultation_id": [f"C{i:011d}" for i in c.id], "account": c.account, "patient_person": c.patient,
        "patient_relation": np.array(RELATIONS, dtype=object)[c.relation],
        "topic": _words(tuple(t.code for t in TOPICS), c.topic),
        "outcome": np.where(c.status == 0, np.array(["bad", "fair", "good"], dtype=object)[c.outcome],
        "none").astype(object),
        "date": [r.calendar.on(world.today)] * len(c),
    }  # fmt: skip


def episodes(world: World) -> Table:
    """True episodes and faults that began on the day."""
    m, rows = world.meters, world.begun_episodes
    return {
        "device_id": device_texts(FIRST_DEVICE + rows), "account": m.account[rows],
        "person": world.realm.accounts.person[m.account[rows]], "kind": [KINDS[k] for k in m.kind[rows]],
        "first_date": dates(world, m.began[rows]), "last_date": dates(world, m.until[rows]),
        "is_fault": m.faulty[rows],
    }  # fmt: skip


def expectations(world: World, day: int, most: int) -> Table:
    """Every account registered before `day`: chance to be active and what to expect; none of those gone."""
    r = world.realm
    alive, e = outlook(world, day, HORIZONS, most)
    rows = np.flatnonzero((r.accounts.registered < day) & (r.accounts.kind == 0))
    rows = rows[rows < most]
    at = np.searchsorted(rows, alive)
    out: Table = {
        "as_of": [r.calendar.on(day)] * len(rows), "account": rows, "account_id": account_texts(rows),
        "person": r.accounts.person[rows], "mode": np.array(MODES)[r.state.mode[rows]],
    }  # fmt: skip

    def full(values: Array) -> Array:
        column = np.zeros(len(rows), dtype=np.float32)
        column[at] = values
        return column

    out["active_30d"] = full(e.active)
    for horizon in HORIZONS:
        out[f"spend_yuan_{horizon}d"] = full(e.yuan[horizon])
        out[f"order_count_{horizon}d"] = full(e.orders[horizon])
    return out


def channel_credit(world: World, day: int) -> Table:
    """What each channel brings in the 30 days from `day`."""
    table = credits(world, day)
    return {"from_date": [world.realm.calendar.on(day)] * len(table["channel"]), **table}


def dirt(post: Post, last: date) -> Table:
    """Rows by kind of dirt; what would be delivered after the last day is left out."""
    names = ("feed", "part", "delivery_date", "file", "kind", "rows", "outcome", "reason")
    rows = [row for row in post.dirt if row[2] <= last]
    return {name: [row[i] for row in rows] for i, name in enumerate(names)}


def delivered(post: Post) -> Table:
    """Every file: its lines, and how many should be taken, rejected, or passed over as a repeated file.

    `repeated_rows` are among the taken: the same event again, to be recognised later.
    """
    names = ("feed", "part", "delivery_date", "file", "lines", "taken", "rejected", "same_file", "repeated_rows")
    return {name: [row[i] for row in post.files] for i, name in enumerate(names)}


def _words(pool: tuple[str, ...], index: Ints) -> Array:
    return np.array([*pool, None], dtype=object)[index]
