"""What jobs.runtime.lake notes on each commit: by which job, of which days, of what knowledge."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from jobs.runtime.conform import schema_version
from jobs.runtime.store import Store
from schemas.table import Table

# The newest commits mostly tell; opening more of them takes longer.
_NEWEST = 10


def note_of(commit: dict[str, Any]) -> dict[str, Any] | None:
    """The note, or None on a commit that has none: housekeeping, an erasure, a merge."""
    text = commit.get("userMetadata")
    note = json.loads(text) if isinstance(text, str) and text.startswith("{") else None
    return note if note and "schema_version" in note else None


def covers(note: dict[str, Any], since: date, until: date) -> bool:
    """Whether the commit wrote any of the days."""
    if not note["slice"]:
        return True
    first, last = (date.fromisoformat(d) for d in note["slice"])
    return first <= until and since <= last


def known_at(note: dict[str, Any], day: date) -> date:
    """The last delivery that counted in the slice of the day."""
    return date.fromisoformat(note["known_at"]) if "known_at" in note else day


def slice_known_at(store: Store, table: Table, day: date) -> date | None:
    """The last delivery that counted in a slice; None where the log does not tell of it."""
    opened = store.open(table)
    for most in (_NEWEST, None):
        for commit in opened.history(most):
            note = note_of(commit)
            if note is not None and covers(note, day, day):
                return known_at(note, day)
    return None


def written_at(store: Store, table: Table, day: date) -> int | None:
    """When the day's slice was last written as the table is declared now, in milliseconds since 1970.

    None when it was not, or when the log does not reach back far enough.
    """
    if not store.exists(table):
        return None
    for commit in store.open(table).history():
        note = note_of(commit)
        if note is None:
            continue
        if covers(note, day, day):
            as_declared = note["schema_version"] == schema_version(table)
            return int(commit["timestamp"]) if as_declared and known_at(note, day) == day else None
    return None
