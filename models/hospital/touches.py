"""Messages, advertisements and campaigns: what touches an account, and the pull it exerts on the days after."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.hospital import parameters as p
from models.hospital.accounts import NORMAL
from models.hospital.columns import Coded, Moment, Number, Numbered, Rows
from models.hospital.hidden import Happened
from models.hospital.realm import Realm, account_ids, device_ids
from models.hospital.streams import Array, Ints, pick
from models.hospital.traits import Small
from schemas.vocabulary import EVENT_NAMES, PLATFORMS, TOUCH_CHANNELS

RING = 8
ARMS = ("control", "coupon", "adviser")
ARM_WEIGHT = (0.4, 0.3, 0.3)
RATE = np.array([p.CHANNEL_TOUCH[c][0] for c in TOUCH_CHANNELS])
RISE = np.array([p.CHANNEL_TOUCH[c][1] for c in TOUCH_CHANNELS], dtype=np.float32)
COST = np.array([p.CHANNEL_TOUCH[c][2] for c in TOUCH_CHANNELS])
IS_MESSAGE = np.array([c in p.MESSAGES for c in TOUCH_CHANNELS])
SEARCH_AD = TOUCH_CHANNELS.index("search_ad")
MAX_TARGETING = 3.0
TARGETED_EVERY_DAYS = 30


@dataclass
class Touches:
    """One row per message sent or advertisement shown; `campaign` is an index into CAMPAIGN names of the day."""

    account: Ints
    channel: Ints
    campaign: Ints


@dataclass
class Pull:
    """What touches of the last days still do: rise of the visit rate by account and day (a ring), harm today."""

    rise: Small
    harm: Small

    def grow(self, size: int) -> None:
        self.rise = np.concatenate([self.rise, np.zeros((size, RING), dtype=np.float32)])
        self.harm = np.concatenate([self.harm, np.zeros(size, dtype=np.float32)])


def reach(realm: Realm, arise: Small) -> Small:
    """Chance of a touch by channel and account on an ordinary day, whatever the account's hidden state."""
    t = realm.traits
    out = np.tile(RATE.astype(np.float32), (len(t), 1))
    out[:, IS_MESSAGE] *= realm.agrees[:, None]
    known = realm.accounts.kind == NORMAL
    # Advertisements on search pages follow what one is likely to look for: sick people see more of them.
    usual = max(float(arise[known].mean()) if known.any() else 0.0, 1e-6)
    out[:, SEARCH_AD] *= (0.3 + 1.4 * t.online) * np.minimum(arise / usual, MAX_TARGETING)
    out *= known[:, None]
    return out


def strength(realm: Realm) -> Small:
    """Rise of the visit rate that one touch brings in all, by channel and account."""
    people, person = realm.people, realm.accounts.person
    message = p.RESPONSE_BOOST[realm.traits.response]
    advertisement = (0.5 + people.worry[person]).astype(np.float32)
    return np.where(IS_MESSAGE[None, :], RISE * message[:, None], RISE * advertisement[:, None]).astype(np.float32)


def daily(realm: Realm, arise: Small, day: int) -> Touches:
    """The day's ordinary touches."""
    rng = realm.rng("touches", day)
    chance = reach(realm, arise)
    chance[realm.accounts.registered >= day] = 0.0
    account, channel_at = np.nonzero(rng.random(chance.shape, dtype=np.float32) < chance)
    return Touches(account.astype(np.int64), channel_at.astype(np.int64), np.zeros(len(account), dtype=np.int64))


def exert(realm: Realm, pull: Pull, t: Touches, day: int, strengths: Small) -> None:
    """Let touches work over the days to come."""
    rise = strengths[t.account, t.channel]
    for delay, share in enumerate(p.TOUCH_DELAYS):
        np.add.at(pull.rise[:, (day + delay) % RING], t.account, rise * share)
    harm = p.RESPONSE_HARM[realm.traits.response[t.account]] * IS_MESSAGE[t.channel]
    np.add.at(pull.harm, t.account, harm.astype(np.float32))


def mean_pull(realm: Realm, arise: Small, off: int | None = None) -> tuple[Small, Small]:
    """Expected daily rise and harm of touches not yet sent, campaigns included, one channel left out if asked."""
    chance, rise = reach(realm, arise), strength(realm)
    if off is not None:
        chance[:, off] = 0.0
    messages = chance[:, IS_MESSAGE].sum(axis=1)
    campaign = realm.agrees * np.float32(
        p.CAMPAIGN_ELIGIBLE * (1 - ARM_WEIGHT[0]) * len(p.CAMPAIGN_TOUCH_DAYS) / p.CAMPAIGN_EVERY_DAYS
    )
    boost = (chance * rise).sum(axis=1) + campaign * offer_strength(realm)
    harm = p.RESPONSE_HARM[realm.traits.response] * (messages + campaign)
    return boost.astype(np.float32), harm.astype(np.float32)


def offer_strength(realm: Realm) -> Small:
    """Mean rise by one touch of a campaign: arms fit different people, the mean is the same."""
    return np.asarray(p.CAMPAIGN_BOOST * p.RESPONSE_BOOST[realm.traits.response] / 2, dtype=np.float32)


def arm_strength(realm: Realm, accounts: Array, arm: int) -> Small:
    """A coupon moves those who look at prices, an adviser those who worry."""
    person = realm.accounts.person[accounts]
    price = realm.people.price_sensitivity[person]
    fit = price if arm == 1 else 1 - price
    return np.asarray(fit * p.CAMPAIGN_BOOST * p.RESPONSE_BOOST[realm.traits.response[accounts]], dtype=np.float32)


def harm_of(realm: Realm, accounts: Array) -> Small:
    return np.asarray(p.RESPONSE_HARM[realm.traits.response[accounts]], dtype=np.float32)


@dataclass
class Campaign:
    """A campaign and who is in which arm; the targeted kind has no control."""

    name: str
    began: int
    accounts: Ints
    arm: Ints
    randomised: bool


def campaign_of(realm: Realm, day: int) -> Campaign | None:
    """The campaign that begins on a day, if one does."""
    known = (realm.accounts.kind == NORMAL) & (realm.accounts.registered < day - 2) & realm.agrees
    rng = realm.rng("campaign", day)
    if day >= p.CAMPAIGN_FIRST_DAY and (day - p.CAMPAIGN_FIRST_DAY) % p.CAMPAIGN_EVERY_DAYS == 0:
        chosen = np.flatnonzero(known & (rng.random(len(known)) < p.CAMPAIGN_ELIGIBLE)).astype(np.int64)
        name = f"RCT-{(day - p.CAMPAIGN_FIRST_DAY) // p.CAMPAIGN_EVERY_DAYS + 1:02d}"
        return Campaign(name, day, chosen, pick(rng, ARM_WEIGHT, len(chosen)), True)
    if day > 0 and day % TARGETED_EVERY_DAYS == 15:
        recent = known & (realm.last_visit >= day - 7)
        chosen = np.flatnonzero(recent & (rng.random(len(known)) < 0.5)).astype(np.int64)
        return Campaign(f"TGT-{day // TARGETED_EVERY_DAYS + 1:02d}", day, chosen, np.ones(len(chosen), np.int64), False)
    return None


def campaign_touches(realm: Realm, campaign: Campaign, pull: Pull, day: int) -> Touches:
    """Offers are sent on a few days, by push to those with the app, by SMS to others."""
    if day - campaign.began not in p.CAMPAIGN_TOUCH_DAYS:
        none = np.zeros(0, dtype=np.int64)
        return Touches(none, none, none)
    for arm in (1, 2):
        accounts = campaign.accounts[campaign.arm == arm]
        rise = arm_strength(realm, accounts, arm)
        for delay, share in enumerate(p.TOUCH_DELAYS):
            pull.rise[accounts, (day + delay) % RING] += rise * share
        pull.harm[accounts] += harm_of(realm, accounts)
    accounts = campaign.accounts[campaign.arm > 0]
    app = realm.accounts.platform[accounts] == 0
    return Touches(accounts, np.where(app, 0, 1).astype(np.int64), np.ones(len(accounts), dtype=np.int64))


def touch_rows(realm: Realm, t: Touches, names: tuple[str, ...], happened: Happened, day: int) -> Rows:
    """Sent or shown, and the clicks: by those who came because of a touch, and a few idle ones."""
    rng = realm.rng("touch rows", day)
    size = len(t.account)
    came = np.zeros(len(realm.accounts), dtype=bool)
    came[happened.account[happened.boosted]] = True
    clicks = np.flatnonzero((came[t.account] & (rng.random(size) < 0.8)) | (rng.random(size) < 0.004))
    shown = np.flatnonzero(IS_MESSAGE[t.channel] & (rng.random(size) < 0.7))
    at = realm.calendar.midnight(day) + rng.integers(8 * 3_600_000, 21 * 3_600_000, size)
    rows = np.concatenate([np.arange(size), shown, clicks])
    action = np.concatenate([np.where(IS_MESSAGE[t.channel], 0, 1), np.full(len(shown), 1), np.full(len(clicks), 2)])
    delay = np.concatenate(
        [np.zeros(size), rng.integers(1000, 600_000, len(shown)), rng.integers(600_000, 7_200_000, len(clicks))]
    )
    anonymous = ~IS_MESSAGE[t.channel[rows]] & (rng.random(len(rows)) < 0.5)
    cost = np.where(np.arange(len(rows)) < size, COST[t.channel[rows]], 0.0)
    return {
        "touch_id": realm.ids(day, len(rows), "T", 10**7),
        "campaign_id": Coded(names, t.campaign[rows]),
        "account_token": account_ids(np.where(anonymous, -1, t.account[rows])),
        "device_token": device_ids(realm.accounts.device[t.account[rows]]),
        "channel": Coded(TOUCH_CHANNELS, t.channel[rows]),
        "action": Coded(("sent", "shown", "clicked"), action.astype(np.int64)),
        "cost_yuan": Number(cost, 4),
        "touched_at": Moment((at[rows] + delay).astype(np.int64)),
    }


def push_events(realm: Realm, t: Touches, day: int) -> Rows:
    """The app's own trace of pushes: shown, and refused by some whom they annoy."""
    rng = realm.rng("push events", day)
    pushed = np.flatnonzero((t.channel == 0) & (rng.random(len(t.channel)) < 0.75))
    annoyed = realm.traits.response[t.account[pushed]] == 2
    refused = pushed[rng.random(len(pushed)) < np.where(annoyed, 0.15, 0.02)]
    rows = np.concatenate([pushed, refused])
    at = realm.calendar.midnight(day) + rng.integers(8 * 3_600_000, 21 * 3_600_000, len(rows))
    account = t.account[rows]
    names = np.where(
        np.arange(len(rows)) < len(pushed), EVENT_NAMES.index("push_shown"), EVENT_NAMES.index("push_refused")
    )
    none = np.full(len(rows), -1, dtype=np.int64)
    return {
        "event_id": Numbered("E", (realm.calendar.ordinal + day) * 10**8 + 6 * 10**7 + np.arange(len(rows)), 13),
        "account_token": account_ids(account),
        "device_token": device_ids(realm.accounts.device[account]),
        "session_id": Numbered("S", np.full(len(rows), -(2**62)), 11),
        "event_name": Coded(EVENT_NAMES, names.astype(np.int64)),
        "platform": Coded(PLATFORMS, np.zeros(len(rows), dtype=np.int64)),
        "event_at": Moment(at),
        "dwell_seconds": Number(np.full(len(rows), np.nan), 3),
        "search_words": Coded((), none),
        "target_id": Coded((), none),
        "topic": Coded((), none),
        "app_version": Coded(("5.8.2", "5.9.0", "6.0.1"), realm.version(account, day)),
    }
