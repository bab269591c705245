"""Which keys the lake's tokens are of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pyarrow import dataset

from jobs.runtime.keys import KeyUnusable
from jobs.runtime.store import Store
from schemas.intake import INGEST_FILE


@dataclass(frozen=True)
class KeyInUse:
    """A key's id, and of what the tokens are made with it."""

    key_id: str
    files: int
    first: date
    last: date


def keys_in_use(store: Store) -> list[KeyInUse]:
    """One for each key that audit.ingest_file names; more than one means that something went wrong."""
    if not store.exists(INGEST_FILE):
        return []
    files = store.open(INGEST_FILE).to_pyarrow_dataset().to_table(columns=["key_id", "known_date"])
    told = files.group_by("key_id").aggregate([("known_date", "count"), ("known_date", "min"), ("known_date", "max")])
    rows = sorted(told.to_pylist(), key=lambda row: row["key_id"])
    return [KeyInUse(r["key_id"], r["known_date_count"], r["known_date_min"], r["known_date_max"]) for r in rows]


def refuse_other_keys(store: Store, *key_ids: str) -> None:
    """Raises KeyUnusable when the lake's tokens are of another key: nothing made with these would link to them."""
    if not store.exists(INGEST_FILE):
        return
    of_others = ~dataset.field("key_id").isin(key_ids)
    others = store.open(INGEST_FILE).to_pyarrow_dataset().to_table(columns=["key_id"], filter=of_others)["key_id"]
    if len(others):
        raise KeyUnusable(
            f"the lake's tokens are of key {', '.join(sorted(others.unique().to_pylist()))}, the key that is set is "
            f"{key_ids[0]}: set the lake's key, or load the history into a new lake"
        )
