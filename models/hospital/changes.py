"""Accounts that come into being, change, are merged and parted again."""

from __future__ import annotations

import numpy as np

from models.hospital import consent, hidden, registry
from models.hospital import parameters as p
from models.hospital.columns import Rows, join
from models.hospital.realm import Realm, registration_millis
from models.hospital.streams import Array, Ints, stream


def register(r: Realm, membership: Ints, out: dict[str, Rows], new: Ints, day: int) -> None:
    """Registrations; on the first day those of all who were there before."""
    rows = new if day else np.flatnonzero(r.accounts.registered <= 0).astype(np.int64)
    at = registration_millis(r, rows)
    none = np.full(len(rows), -1, dtype=np.int64)
    level = membership[rows]
    out["account"] = registry.account_rows(r, rows, at, registry.status_of(r, rows), level, none)
    bound, links = registry.bindings_at_start(r, rows)
    bound_at = registration_millis(r, bound) + 120_000
    out["family"] = registry.family_rows(r, bound, links, bound_at, np.zeros(len(bound), dtype=bool))
    out["record"] = join(
        [
            registry.health_rows(r, rows, at + 300_000, day, True),
            registry.member_records(r, bound, links, bound_at + 60_000, day),
        ]
    )
    later = np.unique(np.flatnonzero(r.last_visit == day - 1))
    later = later[stream(r.seed, "records", day).random(len(later)) < 0.02].astype(np.int64)
    noon = np.full(len(later), r.calendar.midnight(day) + 12 * 3_600_000)
    out["record"] = join([out["record"], registry.health_rows(r, later, noon, day, False)])
    out["consent"], agrees = consent.statements_at_registration(r, rows, at + 30_000, day)
    r.agrees[rows] = agrees


def change(r: Realm, membership: Ints, spent: Array, out: dict[str, Rows], day: int) -> None:
    """Accounts merged and parted again, closed, or of another level; members unbound."""
    s, a = r.state, r.accounts
    alive = np.isin(s.mode, (hidden.ENGAGED, hidden.RESTING))
    merges, parts = (
        np.flatnonzero((a.merged == day) & alive),
        np.flatnonzero((a.parted == day) & (s.mode == hidden.PAUSED)),
    )
    for_good = merges[a.parted[merges] > 10**5]
    s.mode[for_good], s.cause[for_good], s.left[for_good] = hidden.GONE, hidden.CAUSE["merged"], day
    s.mode[np.setdiff1d(merges, for_good)] = hidden.PAUSED
    s.mode[parts] = hidden.ENGAGED
    erased = np.flatnonzero((s.left == day - 1) & (s.cause == hidden.CAUSE["erasure"]) & (a.registered <= day))
    level = np.digitize(spent, (p.SILVER_YUAN, p.GOLD_YUAN))
    risen = np.flatnonzero((level > membership) & alive)
    membership[risen] = level[risen]
    rows = np.concatenate([merges, parts, erased, risen])
    into = np.concatenate([a.into[merges], np.full(len(parts) + len(erased) + len(risen), -1)])
    closed = np.repeat([1, 0, 1, 0], [len(merges), len(parts), len(erased), len(risen)])
    status = np.where(closed == 1, 1, registry.status_of(r, rows))
    # One change of an account a day, at noon and a second more each: an account's version has a time of its own.
    _, first = np.unique(rows, return_index=True)
    first = np.sort(first)
    at = r.calendar.midnight(day) + 12 * 3_600_000 + np.arange(len(rows)) * 1000 % 36_000_000
    changed = registry.account_rows(r, rows[first], at[first], status[first], membership[rows[first]], into[first])
    out["account"] = join([out["account"], changed])
    parted = np.flatnonzero((a.child >= 0) & (a.registered < day) & (np.arange(len(a)) % 3989 == day))
    unbound = registry.family_rows(
        r, parted, np.ones(len(parted), dtype=np.int64),
        np.full(len(parted), r.calendar.midnight(day) + 15 * 3_600_000), np.ones(len(parted), dtype=bool),
    )  # fmt: skip
    out["family"] = join([out["family"], unbound])
