"""What a new need is, and whose."""

from __future__ import annotations

import numpy as np

from models.hospital import parameters as p
from models.hospital import traits
from models.hospital.catalogue import TOPICS
from models.hospital.realm import Realm
from models.hospital.streams import Array, stream


def assign_needs(r: Realm, rows: Array, day: int) -> None:
    """What the need is, and whose."""
    if not len(rows):
        return
    rng = stream(r.seed, "need", day, len(rows))
    person = r.accounts.person[rows]
    season = r.calendar.needs(day)[r.people.region[person]]
    links = [person, *(getattr(r.accounts, name)[rows] for name in traits.RELATIONS[1:])]
    weights = []
    for i, who in enumerate(links):
        share = traits.relevance(r.people, np.maximum(who, 0)) * season * (p.FOR_MEMBER if i else 1.0)
        if i == 0:
            staged, topic = traits.staged(r.people, who, day)
            share[staged, topic] += np.array([t.rate for t in TOPICS])[topic]
        weights.append(np.where(who[:, None] < 0, 0.0, share))
    flat = np.concatenate(weights, axis=1)
    cumulated = np.cumsum(flat, axis=1)
    at = (cumulated < rng.random(len(rows))[:, None] * cumulated[:, -1:]).sum(axis=1)
    at = np.minimum(at, flat.shape[1] - 1)
    r.state.topic[rows] = at % len(TOPICS)
    r.state.patient[rows] = np.stack(links)[at // len(TOPICS), np.arange(len(rows))]
