"""Consent: who agreed to what, in which text, and who took it back."""

from __future__ import annotations

import numpy as np

from models.hospital import parameters as p
from models.hospital.accounts import NORMAL
from models.hospital.calendar import DAY_MS
from models.hospital.columns import MISSING, Coded, Flag, Moment, Numbered, Rows
from models.hospital.realm import Realm, account_ids
from models.hospital.streams import Array, Ints
from schemas.vocabulary import CHANNELS, DATA_CLASSES, PURPOSES

REACH = (*CHANNELS, "none")
NONE = REACH.index("none")
# What is asked on registration, as (purpose, data class, channel); everything else stays unsaid, which means no.
ASKED = tuple(
    [(0, c, NONE) for c in range(4)]
    + [(0, cls, c) for cls in range(4) for c in (0, 3)]
    + [(1, 1, NONE), (1, 2, NONE), (3, 0, NONE)]
    + [(2, cls, c) for cls in (0, 2) for c in range(5)]
    + [(2, cls, c) for cls in (1, 3) for c in (0, 2, 3)]
)
VERSIONS = ("2025.1", "2026.1")
EXPIRES_AFTER_DAYS = 730
# Where the numbers of later statements begin within a day's.
RENEWED, WITHDRAWN, ERASED = 7 * 10**7, 8 * 10**7, 9 * 10**7


def _agreement(realm: Realm, accounts: Array, purpose: Array, data_class: Array, channel: Array, u: Array) -> Array:
    """Trust makes one agree; health data for marketing is refused most."""
    trust = realm.people.trust[realm.accounts.person[accounts]]
    level = np.array([p.AGREES_CARE, p.AGREES_RESEARCH, p.AGREES_MARKETING, p.AGREES_SHARING])[purpose]
    level = level * np.where(purpose == 0, 0.9 + 0.1 * trust, 0.5 + trust)
    level = level * np.where((purpose == 2) & (data_class == 1), 0.35, 1.0) * np.where(channel == 2, 0.6, 1.0)
    return np.asarray(u < np.minimum(level, 0.99))


def statements_at_registration(realm: Realm, accounts: Array, at: Ints, day: int) -> tuple[Rows, Array]:
    """Everything asked, answered; and who accepts marketing messages by push or SMS."""
    rng = realm.rng("consent", day)
    # The same person agrees to most or to little: half of each answer is one common draw.
    common = rng.random(len(accounts))
    who = np.repeat(np.arange(len(accounts)), len(ASKED))
    asked = np.tile(np.array(ASKED), (len(accounts), 1))
    u = np.where(rng.random(len(who)) < 0.7, common[who], rng.random(len(who)))
    granted = _agreement(realm, accounts[who], asked[:, 0], asked[:, 1], asked[:, 2], u)
    # Children's consent counts only with their guardian's, which some guardians never give.
    guardian = realm.accounts.guardian[accounts]
    without = (guardian >= 0) & (accounts % 3 == 0)
    granted &= ~without[who]
    marketing = (asked[:, 0] == 2) & (asked[:, 1] == 0) & (asked[:, 2] < 2) & granted
    agrees = np.zeros(len(accounts), dtype=bool)
    np.logical_or.at(agrees, who, marketing)
    version = np.where(day >= p.NEW_TEXT_DAY, 1, 0)
    shown = np.where(guardian >= 0, np.where(without, -1, guardian), -1)
    rows = _rows(realm, 0, day, accounts[who], asked, granted, np.full(len(who), version), at[who], shown[who])
    return rows, agrees & (realm.accounts.kind[accounts] == NORMAL)


def _rows(
    realm: Realm, first: int, day: int, accounts: Array, asked: Array, granted: Array, version: Array, at: Ints,
    guardian: Array,
) -> Rows:  # fmt: skip
    return {
        "consent_id": Numbered("K", (realm.calendar.ordinal + day) * 10**8 + first + np.arange(len(accounts)), 13),
        "account_token": account_ids(accounts),
        "purpose": Coded(PURPOSES, asked[:, 0].astype(np.int64)),
        "data_class": Coded(DATA_CLASSES, asked[:, 1].astype(np.int64)),
        "channel": Coded(REACH, asked[:, 2].astype(np.int64)),
        "is_granted": Flag(granted),
        "text_version": Coded(VERSIONS, version.astype(np.int64)),
        "guardian_token": account_ids(guardian),
        "expires_at": Moment(np.where(granted, at // DAY_MS * DAY_MS + EXPIRES_AFTER_DAYS * DAY_MS, MISSING)),
        "stated_at": Moment(at),
    }


def withdrawals(realm: Realm, day: int) -> Ints:
    """Accounts that take their marketing consent back; messages that annoy make it likelier."""
    u = realm.rng("withdraw", day).random(len(realm.accounts))
    annoyed = realm.traits.response == 2
    return np.flatnonzero(realm.agrees & (u < p.WITHDRAWS_DAILY * np.where(annoyed, 3.0, 1.0))).astype(np.int64)


def withdrawal_rows(realm: Realm, accounts: Array, day: int, everything: bool) -> Rows:
    """Marketing only, or for an erasure every purpose."""
    asked = np.array([a for a in ASKED if everything or a[0] == 2])
    rng = realm.rng("withdraw all" if everything else "withdraw rows", day)
    who = np.repeat(np.arange(len(accounts)), len(asked))
    ms = realm.calendar.midnight(day) + rng.integers(9 * 3_600_000, 22 * 3_600_000, len(accounts))
    size = len(who)
    return _rows(
        realm, ERASED if everything else WITHDRAWN, day, accounts[who], np.tile(asked, (len(accounts), 1)),
        np.zeros(size, dtype=bool), np.full(size, int(day >= p.NEW_TEXT_DAY)), ms[who], np.full(size, -1),
    )  # fmt: skip


def renewal_rows(realm: Realm, accounts: Array, at: Ints, day: int) -> Rows:
    """After the text changed, visitors are asked for marketing by push again; some say something else than before."""
    rng = realm.rng("consent again", day)
    asked = np.tile(np.array([(2, 0, 0)]), (len(accounts), 1))
    granted = realm.agrees[accounts] ^ (rng.random(len(accounts)) < 0.05)
    realm.agrees[accounts] &= granted
    version = np.ones(len(accounts), dtype=np.int64)
    return _rows(realm, RENEWED, day, accounts, asked, granted, version, at, np.full(len(accounts), -1))
