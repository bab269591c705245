"""What was guessed of a file."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from schemas.feed import Feed


@dataclass(frozen=True)
class Guess:
    """One field's source as the mapping will have it; `reason` and `notes` quote no value but words of `codes`.

    `before`: columns of theirs that are tried first. `unit` is theirs, where ours is known to come of it.
    """

    field: str
    reason: str
    score: float = 1.0
    origin: str | None = None
    value: str | None = None
    sql: str | None = None
    formats: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    unit: str | None = None
    scale: float | None = None
    codes: dict[str, str] = dataclasses.field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Guesses:
    """All of one file: `missing` are required fields with hints, `unused` their other columns with what is in them."""

    feed: Feed
    columns: dict[str, Guess]
    missing: dict[str, tuple[str, ...]]
    unused: dict[str, str]
    nulls: dict[str, int]
    remarks: tuple[str, ...] = ()
