"""The simulated hospital from day to day."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from models.hospital import accounts as accounts_of
from models.hospital import consent, devices, doctors, hidden, orders, social, touches, traits, words
from models.hospital import consultations as consults
from models.hospital import parameters as p
from models.hospital.accounts import NORMAL
from models.hospital.calendar import Calendar
from models.hospital.catalogue import TOPICS
from models.hospital.chances import DayTerms, war
from models.hospital.changes import change, register
from models.hospital.columns import Coded, Moment, Rows, join
from models.hospital.needs import assign_needs
from models.hospital.outlook import effects_of
from models.hospital.realm import Realm, account_ids
from models.hospital.sessions import Sessions, events_of, sessions_of, targets
from models.hospital.streams import Array, Ints, stream


class World:
    """Everything that exists, moved on one day at a time by `day`."""

    def __init__(self, seed: int, start: date, size: int) -> None:
        self.seed, self.size = seed, size
        self.blocks = 0
        self.today = -p.BURN_IN_DAYS - 1
        calendar = Calendar(seed, start)
        a, people = accounts_of.build(seed, 0, size, 0, 0)
        staff = doctors.build(seed, size)
        mine = traits.build(seed, 0, a, people, 0)
        count = len(a)
        self.realm = Realm(
            seed, calendar, people, a, mine, hidden.blank(count), staff, words.build(),
            np.full(count, -(10**6), dtype=np.int64), np.full(count, -1, dtype=np.int64), np.zeros(count, dtype=bool),
            targets(len(staff)),
        )  # fmt: skip
        conditions = people.conditions[a.person]
        self.meters = devices.build(stream(seed, "meters", 0), conditions, 0)
        self.pull = touches.Pull(np.zeros((count, touches.RING), dtype=np.float32), np.zeros(count, dtype=np.float32))
        self.campaigns: list[touches.Campaign] = []
        self.effects: list[dict[str, Array]] = []
        self.membership = np.zeros(count, dtype=np.int64)
        self.spent = np.zeros(count)
        self.blocks = 1
        self._week = -1
        self._season: Array = np.zeros(0, dtype=np.float32)
        self.sessions: Sessions | None = None
        self.consultations: consults.Consultations | None = None
        self.lines: orders.Lines = {}
        self.begun_episodes: Ints = np.zeros(0, dtype=np.int64)
        self._live_before_start()

    def arise(self, day: int) -> Array:
        """Needs a day of every account, in season; constant within a week."""
        week = self.realm.calendar.on(day).toordinal() // 7
        if week != self._week or len(self._season) != len(self.realm.accounts):
            self._week, self._season = week, self.needs_on(day, np.arange(len(self.realm.accounts)))
        return self._season

    def needs_on(self, day: int, rows: Array) -> Array:
        """Needs a day of some accounts: season and illness about, and the state of fertility on Mondays."""
        r = self.realm
        person = r.accounts.person[rows]
        season = r.calendar.needs(day).astype(np.float32)
        out = np.einsum("nt,nt->n", r.traits.needs[rows], season[r.people.region[person]])
        at, topic = traits.staged(r.people, person, day - r.calendar.on(day).weekday())
        rates = np.array([t.rate for t in TOPICS], dtype=np.float32)
        out[at] += np.where(r.accounts.kind[rows[at]] == NORMAL, rates[topic], 0.0)
        return np.asarray(np.minimum(out, 0.3), dtype=np.float32)

    def terms(self, day: int) -> DayTerms:
        """What the day brings; takes the day's pull off the ring."""
        r, slot = self.realm, day % touches.RING
        due = (r.state.due <= day).astype(np.float32) * r.traits.refill
        terms = DayTerms(
            self.arise(day), self.pull.rise[:, slot].copy(), np.minimum(self.pull.harm, 0.5), due,
            r.calendar.weekday_factor(day), r.calendar.load(day), war(day),
        )  # fmt: skip
        self.pull.rise[:, slot] = 0.0
        self.pull.harm[:] = 0.0
        return terms

    def _live_before_start(self) -> None:
        """Those registered before the start have lived: many are already gone on the first day."""
        for day in range(-p.BURN_IN_DAYS, 0):
            self._arrive(np.flatnonzero(self._new(day)), day)
            self._live(day)
        self.today = -1

    def _new(self, day: int) -> Array:
        a, first = self.realm.accounts, day == -p.BURN_IN_DAYS
        new: Array = (a.registered <= day if first else a.registered == day) & (self.realm.state.mode == hidden.ABSENT)
        return new

    def _arrive(self, rows: Array, day: int) -> None:
        """Newcomers: many come with a need."""
        s, r = self.realm.state, self.realm
        u = stream(self.seed, "arrive", day).random((2, len(rows)))
        s.mode[rows] = hidden.ENGAGED
        s.bond[rows] = np.where(u[0] < 0.25, 0, np.where(u[0] < 0.8, 1, 2))
        normal = r.accounts.kind[rows] == NORMAL
        need = normal & (u[1] < np.where(r.traits.tourist[rows] > 0.1, 0.25, 0.6))
        s.phase[rows] = np.where(need, 1, 0)
        assign_needs(self.realm, rows[need], day)
        if day < 0:
            trust = r.people.trust[r.accounts.person[rows]]
            r.agrees[rows] = normal & (
                stream(self.seed, "agree", day).random(len(rows)) < p.AGREES_MARKETING * (0.5 + trust)
            )

    def _live(self, day: int) -> hidden.Happened:
        """One day of the hidden course, with what it leaves behind."""
        r = self.realm
        u = stream(self.seed, "live", day).random((hidden.DRAWS, len(r.accounts)), dtype=np.float32)
        happened = hidden.advance(r.state, r.traits, self.terms(day), u, day)
        assign_needs(self.realm, happened.arose, day)
        r.last_visit[happened.account] = day
        if day < 0:
            asked = happened.account[happened.consulted]
            topic = r.state.topic[asked]
            chronic = asked[(topic >= 0) & consults.TOPIC_CHRONIC[topic]]
            r.state.due[chronic] = day + p.REFILL_SUPPLY_DAYS
        return happened

    def _grow(self, day: int) -> None:
        """After the reference days new accounts go on arriving at the same rate."""
        while day >= self.blocks * p.REFERENCE_DAYS:
            r, block = self.realm, self.blocks
            size = max(2, round(self.size * (1 - p.BEFORE_START)))
            first_account, first_person = len(r.accounts), len(r.people)
            a, people = accounts_of.build(self.seed, block, size, first_account, first_person)
            mine = traits.build(self.seed, block, a, people, first_person)
            meters = devices.build(
                stream(self.seed, "meters", block), people.conditions[a.person - first_person], first_account
            )
            r.accounts.append(a)
            r.people.append(people)
            r.traits.append(mine)
            r.state.append(hidden.blank(size))
            self.meters.append(meters)
            self.pull.grow(size)
            for name, value in (("last_visit", -(10**6)), ("last_doctor", -1), ("agrees", False)):
                old = getattr(r, name)
                setattr(r, name, np.concatenate([old, np.full(size, value, dtype=old.dtype)]))
            self.membership = np.concatenate([self.membership, np.zeros(size, dtype=np.int64)])
            self.spent = np.concatenate([self.spent, np.zeros(size)])
            self.blocks += 1

    def day(self, day: int) -> dict[str, Rows]:
        """The rows of every export that happened on a day, by the export's stem, in our columns."""
        if day != self.today + 1:
            raise ValueError(f"day {day} was asked for after day {self.today}: days come in order")
        self.today = day
        self._grow(day)
        r = self.realm
        new = np.flatnonzero(self._new(day)).astype(np.int64)
        self._arrive(new, day)
        out: dict[str, Rows] = {"weather": r.calendar.environment(day), "mention": social.mention_rows(r, day)}
        register(self.realm, self.membership, out, new, day)
        change(self.realm, self.membership, self.spent, out, day)
        sent, names = self._touch(out, day)
        happened = self._visit(new, day)
        out["touch"] = touches.touch_rows(r, sent, names, happened, day)
        s = self._sessions(happened, new, day)
        out["event"] = join([events_of(r, s, day), touches.push_events(r, sent, day)])
        self._serve(out, s, day)
        out["bp"], out["meter"] = self._measure(day)
        out["nps"], out["group"] = social.nps_rows(r, s, day), social.community_rows(r, s, day)
        out["invite"] = social.invitation_rows(r, s, new, day)
        self._consent(out, s, day)
        return out

    def _touch(self, out: dict[str, Rows], day: int) -> tuple[touches.Touches, tuple[str, ...]]:
        """Messages and advertisements of the day, and campaigns."""
        r = self.realm
        sent = touches.daily(r, self.arise(day), day)
        touches.exert(r, self.pull, sent, day, touches.strength(r))
        begun = touches.campaign_of(r, day)
        out["arm"] = arm_rows(r, begun, day)
        if begun:
            self.campaigns.append(begun)
            if begun.randomised:
                self.effects.append(effects_of(self, begun, day))
        parts, names = [sent], ["ALWAYS-ON"]
        self.campaigns = [c for c in self.campaigns if day - c.began <= max(p.CAMPAIGN_TOUCH_DAYS)]
        for campaign in self.campaigns:
            more = touches.campaign_touches(r, campaign, self.pull, day)
            more.campaign[:] = len(names)
            names.append(campaign.name)
            parts.append(more)
        fields: dict[str, Any] = {
            name: np.concatenate([getattr(x, name) for x in parts]) for name in ("account", "channel", "campaign")
        }
        return touches.Touches(**fields), tuple(names)

    def _visit(self, new: Ints, day: int) -> hidden.Happened:
        """The hidden course; whoever registered today was here today."""
        happened = self._live(day)
        r = self.realm
        missing = np.setdiff1d(new, happened.account)
        missing = missing[r.accounts.kind[missing] != accounts_of.ROBOT]
        robots = np.flatnonzero((r.accounts.kind == accounts_of.ROBOT) & (r.accounts.registered <= day))
        robots = robots[(robots + day) % 3 == 0]
        staff = np.flatnonzero((r.accounts.kind == accounts_of.TEST) & (r.accounts.registered < day))
        staff = staff[stream(self.seed, "staff", day).random(len(staff)) < 0.3]
        extra = np.setdiff1d(np.concatenate([missing, robots, staff]), happened.account).astype(np.int64)
        r.last_visit[extra] = day
        return with_visits(happened, extra, r.state.phase[extra], r.state.bond[extra])

    def _sessions(self, happened: hidden.Happened, new: Ints, day: int) -> Sessions:
        chance = p.GOODS_ORDER * p.BOND_GOODS[happened.bond] * (self.realm.accounts.kind[happened.account] == NORMAL)
        goods = stream(self.seed, "goods", day).random(len(happened)) < chance
        soon = self.realm.accounts.registered - day
        curious = np.flatnonzero((soon > 0) & (soon < 5) & (self.realm.accounts.kind == NORMAL))
        chance = p.VISITS_BEFORE_REGISTRATION * 0.4
        curious = curious[stream(self.seed, "curious", day).random(len(curious)) < chance].astype(np.int64)
        return sessions_of(self.realm, happened, goods, new, curious, day)

    def _serve(self, out: dict[str, Rows], s: Sessions, day: int) -> None:
        """Consultations and all that follows from them."""
        r = self.realm
        c = consults.consultations_of(r, s, day)
        out["wenzhen"] = consults.consultation_rows(r, c, day)
        out["diagnosis"] = consults.diagnosis_rows(r, c, day)
        rx = consults.prescriptions_of(r, c, s, day)
        out["rx"] = consults.prescription_rows(r, rx, c, day)
        out["orders"], lines = orders.order_rows(r, c, rx, s, day)
        self.sessions, self.consultations, self.lines = s, c, lines
        np.add.at(self.spent, lines["account"], np.where(lines["refund"], -1, 1) * lines["amount"])
        out["pingjia"], out["tousu"] = social.review_rows(r, c, day), social.complaint_rows(r, c, day)
        served = c.status == 0
        r.last_doctor[c.account[served]] = c.doctor[served]
        chronic = served & consults.TOPIC_CHRONIC[c.topic]
        r.state.due[c.account[chronic]] = day + p.REFILL_SUPPLY_DAYS
        bought = np.unique(lines["account"])
        first = bought[r.state.ordered[bought] > day]
        r.state.ordered[first] = day

    def _measure(self, day: int) -> tuple[Rows, Rows]:
        self.begun_episodes = devices.worsen(self.realm, self.meters, day)
        return devices.device_rows(self.realm, self.meters, day)

    def _consent(self, out: dict[str, Rows], s: Sessions, day: int) -> None:
        """Withdrawals, erasures, and statements on a new text."""
        r = self.realm
        withdrawn = consent.withdrawals(r, day)
        r.agrees[withdrawn] = False
        erased = np.flatnonzero((r.state.left == day) & (r.state.cause == hidden.CAUSE["erasure"])).astype(np.int64)
        r.agrees[erased] = False
        parts = [
            out["consent"],
            consent.withdrawal_rows(r, withdrawn, day, False),
            consent.withdrawal_rows(r, erased, day, True),
        ]
        if p.NEW_TEXT_DAY <= day < p.NEW_TEXT_DAY + 20:
            once = np.unique(s.account[s.account % 20 == day - p.NEW_TEXT_DAY])
            at = np.full(len(once), r.calendar.midnight(day) + 12 * 3_600_000)
            parts.append(consent.renewal_rows(r, once, at, day))
        out["consent"] = join(parts)


def with_visits(h: hidden.Happened, extra: Ints, phase: Ints, bond: Ints) -> hidden.Happened:
    """More visits, of those whom the hidden course does not move."""
    no = np.zeros(len(extra), dtype=bool)
    none = np.full(len(extra), -1, dtype=np.int64)
    account = np.concatenate([h.account, extra])
    order = np.argsort(account, kind="stable")
    return hidden.Happened(
        account[order], np.concatenate([h.consulted, no])[order], np.concatenate([h.outcome, none])[order],
        np.concatenate([h.refill, no])[order], np.concatenate([h.woken, no])[order],
        np.concatenate([h.phase, phase])[order], np.concatenate([h.bond, bond])[order],
        np.concatenate([h.boosted, no])[order], h.arose,
    )  # fmt: skip


def arm_rows(r: Realm, campaign: touches.Campaign | None, day: int) -> Rows:
    accounts = campaign.accounts if campaign else np.zeros(0, dtype=np.int64)
    arm = campaign.arm if campaign else accounts
    return {
        "experiment_id": Coded((campaign.name if campaign else "",), np.zeros(len(accounts), dtype=np.int64)),
        "account_token": account_ids(accounts),
        "arm": Coded(touches.ARMS, arm),
        "assigned_at": Moment(np.full(len(accounts), r.calendar.midnight(day) + 7 * 3_600_000)),
    }
