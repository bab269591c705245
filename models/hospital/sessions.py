"""Visits become sessions, sessions become events."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

import numpy as np

from models.hospital import parameters as p
from models.hospital.accounts import NORMAL, ROBOT
from models.hospital.calendar import DAY_MS
from models.hospital.catalogue import TOPIC, TOPICS
from models.hospital.columns import Coded, Moment, Number, Numbered, Rows
from models.hospital.hidden import Happened
from models.hospital.realm import APP_VERSIONS, HUB_DEVICE, Realm, account_ids, device_ids, registration_millis
from models.hospital.streams import Array, Bools, Ints, pick_by_row
from models.hospital.words import SEARCHES_PER_TOPIC
from schemas.vocabulary import DEPARTMENTS, EVENT_NAMES, PLATFORMS

# Order of events within a session and the seconds spent on each.
SLOTS = (
    ("push_opened", 2), ("message_opened", 3), ("view_home", 12), ("login", 8), ("open_reminder", 6), ("search", 10),
    ("view_content", 55), ("view_doctor", 35), ("view_reviews", 40), ("favourite", 2), ("start_consultation", 60),
    ("pay", 20), ("open_health_record", 30), ("set_reminder", 12), ("crash", 0),
)  # fmt: skip
SLOT = {name: i for i, (name, _) in enumerate(SLOTS)}
SLOT_EVENT = np.array([EVENT_NAMES.index(name) for name, _ in SLOTS])
SLOT_SECONDS = np.array([seconds for _, seconds in SLOTS], dtype=np.float64)
PRICE, SLOW, UNFIT, REVIEWS, UNDECIDED = range(5)
DAYTIME = np.array(
    [1, 0.5, 0.3, 0.2, 0.2, 0.5, 2, 5, 8, 8, 6, 5, 6, 5, 4, 4, 4, 4, 5, 6, 7, 7, 5, 2.5]
)  # (claim) 8-9 peak
NIGHT = np.array([6, 4, 2, 1, 0.6, 0.5, 1, 1.5, 2, 2, 2, 2, 3, 2, 2, 2, 2, 2, 3, 4, 5, 7, 10, 9])  # (claim) after 22:00
LUNCH = np.array(
    [0.3, 0.1, 0.1, 0.1, 0.1, 0.3, 1, 2, 3, 2, 2, 5, 12, 7, 2, 2, 2, 2, 3, 4, 4, 4, 3, 1]
)  # (claim) lunch break
OVERTIME = np.array(
    [1.5, 0.2, 0.1, 0.1, 0.1, 0.1, 0.5, 2, 6, 0.5, 0.4, 0.6, 9, 4, 0.4, 0.4, 0.4, 0.5, 1, 1, 3, 10, 9, 5]
)  # (assumption) a 996 week: on the way to work, at lunch, after nine in the evening
CONTENTS_PER_TOPIC = 12
SITE = "https://m.cameo-hospital.example"


@dataclass
class Sessions:
    """One row per session. `drop` is the cause why a need led nowhere, -1 otherwise; `asked_at`, `paid_at` in ms."""

    account: Ints
    start: Ints
    need: Bools
    topic: Ints
    consulted: Bools
    outcome: Ints
    drop: Ints
    refill: Bools
    goods: Bools
    boosted: Bools
    anonymous: Bools
    new: Bools
    stranger: Bools = field(default_factory=lambda: np.zeros(0, dtype=bool))
    asked_at: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    paid_at: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    id: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def __len__(self) -> int:
        return len(self.account)


def sessions_of(realm: Realm, happened: Happened, goods: Bools, registered: Ints, curious: Ints, day: int) -> Sessions:
    """The sessions of a day; the first of an account's carries what happened, further ones are looking around.

    `curious` will register in the days to come and look in without an account.
    """
    rng = realm.rng("sessions", day)
    more = np.minimum(rng.poisson(p.SESSIONS_MORE * (1 + (happened.phase > 0)), len(happened)), 4)
    at = np.repeat(np.arange(len(happened)), 1 + more)
    first = np.ones(len(at), dtype=bool)
    first[1:] = at[1:] != at[:-1]
    account = happened.account[at]
    need = (happened.phase[at] > 0) | (happened.consulted[at])
    topic = np.where(need, realm.state.topic[account], -1)
    topic = np.where(need & (topic < 0), TOPIC["check_up"], topic)
    drop = pick_by_row(rng, realm.traits.drops[account])
    out = Sessions(
        account=account, start=_starts(rng, realm, account, day), need=need, topic=topic,
        consulted=happened.consulted[at] & first, outcome=np.where(first, happened.outcome[at], -1),
        drop=np.where(need & ~happened.consulted[at] & first, drop, -1), refill=happened.refill[at] & first,
        goods=goods[at] & first, boosted=happened.boosted[at] & first,
        anonymous=rng.random(len(at)) < p.ANONYMOUS_SESSION, new=np.isin(account, registered) & first,
    )  # fmt: skip
    out.anonymous |= out.new
    begun = registration_millis(realm, account) + 60_000 + rng.integers(0, 3_600_000, len(at))
    out.start = np.where(np.isin(account, registered), np.maximum(out.start, begun), out.start)
    out = _with_strangers(out, _looking(rng, realm, curious, day))
    out.id = (realm.calendar.ordinal + day) * 10**6 + np.arange(len(out), dtype=np.int64)
    return out


def _looking(rng: np.random.Generator, realm: Realm, accounts: Ints, day: int) -> Sessions:
    no, none = np.zeros(len(accounts), dtype=bool), np.full(len(accounts), -1, dtype=np.int64)
    return Sessions(
        account=accounts, start=_starts(rng, realm, accounts, day), need=no, topic=none, consulted=no, outcome=none,
        drop=none, refill=no, goods=no, boosted=no, anonymous=~no, new=no, stranger=~no,
    )  # fmt: skip


def _with_strangers(s: Sessions, strangers: Sessions) -> Sessions:
    s.stranger = np.zeros(len(s), dtype=bool)
    names = [f.name for f in fields(Sessions) if f.name not in ("asked_at", "paid_at", "id")]
    return Sessions(**{name: np.concatenate([getattr(s, name), getattr(strangers, name)]) for name in names})


def _starts(rng: np.random.Generator, realm: Realm, account: Array, day: int) -> Ints:
    """Local milliseconds, by each person's rhythm; an account registers before its first visit."""
    night = realm.people.night[realm.accounts.person[account]]
    draw = rng.random(len(account))
    office = realm.people.occupation[realm.accounts.person[account]] == 0
    kind = np.where(draw < night * 0.9, 1, np.where(office & (draw > 0.72), 2, 0))
    late = realm.people.overtime[realm.accounts.person[account]] & (realm.calendar.on(day).isoweekday() < 7)
    kind = np.where(late & (draw < 0.85), 3, kind)
    tables = np.cumsum(np.stack([DAYTIME, NIGHT, LUNCH, OVERTIME]), axis=1)
    tables /= tables[:, -1:]
    hour = (tables[kind] < rng.random(len(account))[:, None]).sum(axis=1)
    ms = hour * 3_600_000 + rng.integers(0, 3_600_000, len(account))
    return np.asarray(realm.calendar.midnight(day) + ms, dtype=np.int64)


def _counts(rng: np.random.Generator, realm: Realm, s: Sessions) -> Array:
    """How many events of each slot a session has."""
    size, person = len(s), realm.accounts.person[s.account]
    c = np.zeros((size, len(SLOTS)), dtype=np.int64)
    u = rng.random((6, size))
    message = s.boosted & (u[0] < 0.8)
    app = realm.accounts.platform[s.account] == 0
    c[:, SLOT["push_opened"]] = message & app
    c[:, SLOT["message_opened"]] = message & ~app
    c[:, SLOT["view_home"]] = u[1] < 0.92
    c[:, SLOT["login"]] = s.anonymous & ~s.stranger
    c[:, SLOT["open_reminder"]] = s.refill | (u[2] < 0.04)
    c[:, SLOT["search"]] = rng.poisson(np.where(s.need, 1.5, 0.5))
    c[:, SLOT["view_content"]] = rng.poisson(np.where(s.need, 2.0, 2.7))
    looks = s.consulted | (s.drop == PRICE) | (s.drop == SLOW) | (s.drop == REVIEWS)
    doctors = rng.poisson(np.where(s.need & (s.drop != UNFIT), 1.4, 0.3)) + looks
    c[:, SLOT["view_doctor"]] = doctors
    c[:, SLOT["view_reviews"]] = ((doctors > 0) & (u[3] < realm.people.reads_reviews[person])) | (s.drop == REVIEWS)
    c[:, SLOT["favourite"]] = (u[4] < 0.03) & (doctors > 0)
    c[:, SLOT["start_consultation"]] = s.consulted | (s.drop == SLOW) | (s.drop == PRICE)
    c[:, SLOT["pay"]] = s.consulted | s.refill | s.goods
    c[:, SLOT["open_health_record"]] = u[5] < 0.05
    c[:, SLOT["set_reminder"]] = (u[5] > 0.97) | (s.refill & (u[5] > 0.9))
    c[:, SLOT["crash"]] = u[4] > 0.994
    robot = realm.accounts.kind[s.account] == ROBOT
    c[robot] = 0
    c[robot, SLOT["view_doctor"]] = 45
    c[robot, SLOT["view_content"]] = 30
    empty = c.sum(axis=1) == 0
    c[empty, SLOT["view_home"]] = 1
    return c


def events_of(realm: Realm, s: Sessions, day: int) -> Rows:
    """Events of the sessions; sets the times at which a consultation was begun and something paid."""
    rng = realm.rng("events", day)
    counts = _counts(rng, realm, s)
    size = int(counts.sum())
    flat = np.repeat(np.arange(counts.size), counts.ravel())
    session, slot = flat // len(SLOTS), flat % len(SLOTS)
    dwell = SLOT_SECONDS[slot] * np.exp(rng.normal(-0.32, 0.8, size))
    dwell = np.where(realm.accounts.kind[s.account][session] == ROBOT, 1.0, dwell)
    at = _times(s, session, np.minimum(dwell, 1500) * 1000 + rng.integers(300, 2500, size), day, realm)
    s.asked_at = _moment(session, slot, at, SLOT["start_consultation"], s.start)
    s.paid_at = _moment(session, slot, at, SLOT["pay"], s.start)
    account = s.account[session]
    topic = _topics(rng, s, session, slot)
    known = ~(s.stranger[session] | (s.anonymous[session] & (slot < SLOT["login"])))
    rows: Rows = {
        "event_id": realm.ids(day, size, "E", 10**8),
        "account_token": account_ids(np.where(known, account, -1)),
        "device_token": device_ids(_devices(rng, realm, s)[session]),
        "session_id": Numbered("S", s.id[session], 11),
        "event_name": Coded(EVENT_NAMES, SLOT_EVENT[slot]),
        "platform": Coded(PLATFORMS, realm.accounts.platform[account]),
        "event_at": Moment(at),
        "dwell_seconds": Number(np.where(slot == SLOT["crash"], np.nan, np.round(dwell, 3)), 3),
        "search_words": _searches(rng, realm, topic, slot),
        "target_id": _targets(rng, realm, topic, slot),
        "topic": Coded(DEPARTMENTS, _departments(topic)),
        "app_version": Coded(APP_VERSIONS, realm.version(account, day)),
    }
    return rows


def _times(s: Sessions, session: Array, millis: Array, day: int, realm: Realm) -> Ints:
    """Each event follows the one before; a session that would pass midnight begins earlier."""
    cumulated = np.cumsum(millis) - millis
    first = np.searchsorted(session, np.arange(len(s)))
    offset = (cumulated - cumulated[first][session]).astype(np.int64)
    last = np.zeros(len(s), dtype=np.int64)
    np.maximum.at(last, session, offset)
    room = realm.calendar.midnight(day) + DAY_MS - 60_000 - s.start - last
    s.start = np.maximum(s.start + np.minimum(room, 0), realm.calendar.midnight(day))
    return np.asarray(s.start[session] + offset, dtype=np.int64)


def _moment(session: Array, slot: Array, at: Ints, wanted: int, otherwise: Ints) -> Ints:
    out = otherwise.copy()
    rows = slot == wanted
    out[session[rows]] = at[rows]
    return out


def _topics(rng: np.random.Generator, s: Sessions, session: Array, slot: Array) -> Ints:
    """Topic of each event, -1 where there is none; idle people look at anything."""
    about = np.isin(slot, [SLOT[n] for n in ("search", "view_content", "view_doctor", "view_reviews", "favourite",
                                             "start_consultation")])  # fmt: skip
    anything = rng.integers(0, len(TOPICS), len(slot))
    own = s.topic[session]
    return np.where(about, np.where((own >= 0) & (rng.random(len(slot)) < 0.88), own, anything), -1).astype(np.int64)


_TOPIC_DEPARTMENT = np.array([DEPARTMENTS.index(t.department) for t in TOPICS])


def _departments(topic: Ints) -> Ints:
    return np.where(topic < 0, -1, _TOPIC_DEPARTMENT[topic]).astype(np.int64)


def _searches(rng: np.random.Generator, realm: Realm, topic: Ints, slot: Array) -> Coded:
    index = topic * SEARCHES_PER_TOPIC + rng.integers(0, SEARCHES_PER_TOPIC, len(topic))
    return Coded(realm.words.searches, np.where((slot == SLOT["search"]) & (topic >= 0), index, -1).astype(np.int64))


def targets(doctors: int) -> tuple[str, ...]:
    """Addresses of all pages: doctors first, then articles by topic."""
    pages = [f"{SITE}/doctor/D{i:05d}" for i in range(doctors)]
    pages += [f"{SITE}/article/A{t:02d}{i:02d}" for t in range(len(TOPICS)) for i in range(CONTENTS_PER_TOPIC)]
    return tuple(pages)


def _targets(rng: np.random.Generator, realm: Realm, topic: Ints, slot: Array) -> Coded:
    doctors = realm.doctors
    doctor = doctors.first[_departments(topic)] + rng.integers(0, doctors.per_department, len(topic))
    article = len(doctors) + topic * CONTENTS_PER_TOPIC + rng.integers(0, CONTENTS_PER_TOPIC, len(topic))
    of_doctor = np.isin(slot, [SLOT[n] for n in ("view_doctor", "view_reviews", "favourite", "start_consultation")])
    index = np.where(of_doctor, doctor, np.where(slot == SLOT["view_content"], article, -1))
    return Coded(realm.pages, np.where(topic < 0, -1, index).astype(np.int64))


def _devices(rng: np.random.Generator, realm: Realm, s: Sessions) -> Ints:
    """Device of each session: mostly the own, sometimes a tablet, a hub's in the daytime."""
    a, size = realm.accounts, len(s)
    tablet, hub = a.tablet[s.account], a.hub[s.account]
    draw = rng.random(size)
    out = np.where((tablet >= 0) & (draw < 0.3), tablet, a.device[s.account])
    at_hub = (hub >= 0) & (draw > 0.6) & (a.kind[s.account] == NORMAL)
    return np.where(at_hub, HUB_DEVICE + hub, out).astype(np.int64)
