"""Whether slices that were computed earlier still say what the facts say."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from jobs.runtime.commit_notes import covers, note_of, written_at
from jobs.runtime.store import Store
from schemas.table import Table

# They move rows between files and change none.
_HOUSEKEEPING = ("OPTIMIZE", "VACUUM START", "VACUUM END", "CREATE TABLE", "ADD COLUMN", "SET TBLPROPERTIES")


def is_fresh(store: Store, made: Iterable[Table], made_of: Iterable[Table], as_of: date) -> bool:
    """All tables of `made` have a slice for the day, as declared now, written after all that it depends on.

    A day's slice depends on what `made_of` holds up to that day; a commit that does not say which days it changed may
    have changed any. Where the log does not reach back far enough the slice counts as stale, and so does one that was
    made of what became known after its day.
    """
    written = [written_at(store, table, as_of) for table in made]
    if not all(written):
        return False
    changed = max((_changed(store, table, as_of) for table in made_of if store.exists(table)), default=0)
    return min(t for t in written if t) >= changed


def _changed(store: Store, table: Table, until: date) -> int:
    """When rows of days up to `until` last changed; 0 if never, as far as the log tells."""
    for commit in store.open(table).history():
        if commit.get("operation") in _HOUSEKEEPING:
            continue
        note = note_of(commit)
        if note is None or covers(note, date.min, until):
            return int(commit["timestamp"])
    return 0
