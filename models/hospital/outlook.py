"""What is to be expected of each account as of a day, from its hidden state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.hospital import expectation, touches
from models.hospital.accounts import NORMAL
from models.hospital.chances import DayTerms, war
from models.hospital.expectation import Expected
from models.hospital.hidden import ENGAGED, RESTING
from models.hospital.parameters import CAMPAIGN_TOUCH_DAYS, TOUCH_DELAYS
from models.hospital.streams import Array, Ints
from models.hospital.traits import Small
from schemas.vocabulary import TOUCH_CHANNELS

if TYPE_CHECKING:
    from models.hospital.world import World

HORIZONS = (30, 90, 180, 365)
CHUNK = 25_000


def outlook(world: World, day: int, horizons: tuple[int, ...] = HORIZONS, most: int = 10**9) -> tuple[Ints, Expected]:
    """Accounts that have not left by the beginning of `day`, and what to expect of them.

    `most`: in a larger world only the first so many accounts are looked at.
    """
    r = world.realm
    alive = np.isin(r.state.mode, (ENGAGED, RESTING)) & (r.accounts.kind == NORMAL)
    rows = np.flatnonzero(alive[:most]).astype(np.int64)
    parts = [expected(world, rows[at : at + CHUNK], day, horizons) for at in range(0, len(rows), CHUNK)]
    if not parts:
        parts = [expected(world, rows, day, horizons)]
    return rows, Expected(
        np.concatenate([x.active for x in parts]),
        {h: np.concatenate([x.yuan[h] for x in parts]) for h in horizons},
        {h: np.concatenate([x.orders[h] for x in parts]) for h in horizons},
    )


def expected(
    world: World,
    rows: Ints,
    day: int,
    horizons: tuple[int, ...],
    more: tuple[Small, Small] | None = None,
    off: int | None = None,
) -> Expected:
    """`more`: further rise and harm by account and day from `day` on, those of an offer; `off`: a channel left out."""
    r = world.realm
    t = r.traits.take(rows)
    season = r.calendar.needs(day)[r.people.region[r.accounts.person[rows]]]
    worth = expectation.worth_of(t, season.astype(np.float32))
    ahead = Ahead(world, rows, day, more, off)
    return expectation.look_ahead(t, worth, r.state.take(rows), day, ahead, horizons)


class Ahead:
    """What the days to come bring: touches already sent, the mean of those not yet sent, needs in season."""

    def __init__(self, world: World, rows: Ints, day: int, more: tuple[Small, Small] | None, off: int | None) -> None:
        self.world, self.rows, self.day, self.more = world, rows, day, more
        rise, harm = touches.mean_pull(world.realm, world.arise(day), off)
        self.rise, self.harm = rise[rows], harm[rows]
        self.due = world.realm.state.due[rows]
        self.refill = world.realm.traits.refill[rows]
        self.arise: dict[int, Array] = {}

    def __call__(self, n: int) -> DayTerms:
        world, day = self.world, self.day + n
        known = np.zeros(len(self.rows), dtype=np.float32)
        if n < touches.RING:
            known = world.pull.rise[self.rows, day % touches.RING]
        rise = known + self.rise * TOUCH_DELAYS[: n + 1].sum()
        harm = self.harm
        if self.more is not None and n < self.more[0].shape[1]:
            rise, harm = rise + self.more[0][:, n], np.minimum(harm + self.more[1][:, n], 0.9)
        calendar = world.realm.calendar
        return DayTerms(
            self._arise(day), rise, harm, np.where(self.due <= day, self.refill, np.float32(0.0)),
            calendar.weekday_factor(day), calendar.load(day), war(day),
        )  # fmt: skip

    def _arise(self, day: int) -> Small:
        week = self.world.realm.calendar.on(day).toordinal() // 7
        if week not in self.arise:
            self.arise = {week: np.asarray(self.world.needs_on(day, self.rows), dtype=np.float32)}
        return np.asarray(self.arise[week])


EFFECT_DAYS = 30


def offer(world: World, campaign: touches.Campaign, rows: Ints, arm: int) -> tuple[Small, Small]:
    """Rise and harm of one arm by account and day from the campaign's first day on."""
    last = max(CAMPAIGN_TOUCH_DAYS) + len(TOUCH_DELAYS)
    rise, harm = np.zeros((len(rows), last), dtype=np.float32), np.zeros((len(rows), last), dtype=np.float32)
    strength, annoys = touches.arm_strength(world.realm, rows, arm), touches.harm_of(world.realm, rows)
    for day in CAMPAIGN_TOUCH_DAYS:
        rise[:, day : day + len(TOUCH_DELAYS)] += strength[:, None] * TOUCH_DELAYS
        harm[:, day] += annoys
    return rise, harm


def effects_of(world: World, campaign: touches.Campaign, day: int, most: int = 50_000) -> dict[str, Array]:
    """What each arm would do to each person of a campaign, against no message, within 30 days."""
    r = world.realm
    chosen = campaign.accounts[:most]
    alive = np.isin(r.state.mode[chosen], (ENGAGED, RESTING))
    rows = chosen[alive]
    base = expected(world, rows, day, (EFFECT_DAYS,))
    out: dict[str, Array] = {
        "account": chosen, "arm": campaign.arm[: len(chosen)], "response": r.traits.response[chosen],
        "active_control": np.zeros(len(chosen), dtype=np.float32),
    }  # fmt: skip
    out["active_control"][alive] = base.active
    for arm in range(1, len(touches.ARMS)):
        treated = expected(world, rows, day, (EFFECT_DAYS,), offer(world, campaign, rows, arm))
        for name, with_it, without in (
            ("active", treated.active, base.active),
            ("orders", treated.orders[EFFECT_DAYS], base.orders[EFFECT_DAYS]),
            ("yuan", treated.yuan[EFFECT_DAYS], base.yuan[EFFECT_DAYS]),
        ):
            column = np.zeros(len(chosen), dtype=np.float32)
            column[alive] = with_it - without
            out[f"{name}_by_{touches.ARMS[arm]}"] = column
    return {"campaign": np.array([campaign.name] * len(chosen)), **out}


def credits(world: World, day: int, most: int = 1_500) -> dict[str, Array]:
    """Orders and yuan that each channel brings within 30 days: expected with it, minus expected without it."""
    r = world.realm
    alive = np.isin(r.state.mode, (ENGAGED, RESTING)) & (r.accounts.kind == NORMAL)
    rows = np.flatnonzero(alive).astype(np.int64)
    scale = max(len(rows) / most, 1.0)
    rows = rows[:: int(np.ceil(scale))]
    scale = float(alive.sum()) / max(len(rows), 1)
    base = expected(world, rows, day, (EFFECT_DAYS,))
    orders, yuan = [], []
    for channel in range(len(TOUCH_CHANNELS)):
        without = expected(world, rows, day, (EFFECT_DAYS,), off=channel)
        orders.append(scale * float((base.orders[EFFECT_DAYS] - without.orders[EFFECT_DAYS]).sum()))
        yuan.append(scale * float((base.yuan[EFFECT_DAYS] - without.yuan[EFFECT_DAYS]).sum()))
    return {"channel": np.array(list(TOUCH_CHANNELS)), "orders": np.array(orders), "yuan": np.array(yuan)}
