"""Whether audit.trail is whole: its chain, its ends as told outside of the lake, and the lists it tells of."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable
from pyarrow import dataset

from jobs.runtime.store import Store
from jobs.runtime.trail.anchors import Anchor, read_anchors
from jobs.runtime.trail.chain import conf_rows, last_entry
from jobs.runtime.trail.conf_state import state_hash
from jobs.runtime.trail.entry import NOTHING_BEFORE, Row, holds
from jobs.runtime.trail.lists import list_faults
from schemas.trail import CONF_KINDS, TRAIL


@dataclass(frozen=True)
class Fault:
    """The first thing of a day, or one of a list, that is not as it was told."""

    place: str
    what: str


@dataclass
class Findings:
    """What was looked at, and what was found wrong."""

    entries: int = 0
    days: int = 0
    anchors: int = 0
    lists: int = 0
    without_anchor: list[date] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def verify(
    store: Store, anchors: Path, exports: Path, since: date | None = None, until: date | None = None
) -> Findings:
    """Computes the chain anew and holds it against the anchors of the same days, and all lists against their entries.

    A broken day is told once, and the next one is judged by what stands there, so that one change is not told of all
    days after it.
    """
    found = Findings()
    stored = store.open(TRAIL) if store.exists(TRAIL) else None
    told, unreadable = read_anchors(anchors)
    days = sorted(set(_days(stored, found)) | {a.day for a in told} | {day for day, _ in unreadable})
    chain = _Chain(stored, since)
    for day in days:
        if (since and day < since) or (until and day > until):
            continue
        of_day = [a for a in told if a.day == day]
        rows = _rows(stored, dataset.field("day") == pa.scalar(day)) if stored else []
        what = chain.first_fault(rows) or _anchor_fault(rows, of_day)
        what = what or next((f"anchor {place} cannot be read" for d, place in unreadable if d == day), None)
        if what:
            found.faults.append(Fault(str(day), what))
        if rows and not of_day:
            found.without_anchor.append(day)
        found.entries, found.days = found.entries + len(rows), found.days + bool(rows)
        found.anchors += len(of_day)
    entries = _rows(stored, dataset.field("kind") == "export") if stored else []
    found.lists, wrong = list_faults(exports, [row for row in entries if holds(row)])
    found.faults += [Fault(f"list {name}", what) for name, what in wrong]
    return found


def _days(stored: DeltaTable | None, found: Findings) -> Iterator[date]:
    adds = pa.table(stored.get_add_actions(flatten=True)) if stored else pa.table({})
    days = adds["partition.day"].to_pylist() if adds.num_rows else []
    if None in days:
        found.faults.append(Fault("no day", "there are entries without a day: they were put in or changed"))
    yield from (d for d in days if d is not None)


def _rows(stored: DeltaTable, wanted: dataset.Expression) -> list[Row]:
    rows: list[Row] = stored.to_pyarrow_dataset().to_table(filter=wanted).to_pylist()
    return sorted(rows, key=lambda r: (str(r["day"]), -1 if r["seq"] is None else r["seq"], str(r["hash"])))


class _Chain:
    """The way along the chain: what the next entry must follow, and which conf/ was told of so far."""

    def __init__(self, stored: DeltaTable | None, since: date | None) -> None:
        self._previous = NOTHING_BEFORE
        self._files: dict[str, str] = {}
        self._told = {state_hash({})}
        if stored is None or since is None:
            return
        for row in conf_rows(stored):
            if row["day"] < since:
                self._note(row)
        before = last_entry(stored, before=since)
        self._previous = before.hash if before else NOTHING_BEFORE

    def first_fault(self, rows: Sequence[Row]) -> str | None:
        """What is wrong first with the entries of one day, in the words for a person; None when they are whole."""
        faults = [f for place, row in enumerate(rows) for f in [self._fault(place, row)] if f]
        return faults[0] if faults else None

    def _fault(self, place: int, row: Row) -> str | None:
        previous, self._previous = self._previous, str(row["hash"])
        seq = -1 if row["seq"] is None else row["seq"]
        if not holds(row):
            return f"entry {seq} was changed: its content no longer has its hash"
        if seq > place:
            return f"entry {place} is lost: entry {seq} stands in its place"
        if seq < place:
            return f"entry {seq} is there twice: one of them was put in"
        if row["previous_hash"] != previous:
            return f"entry {seq} does not follow the one before it: something between was changed, lost or put in"
        if row["kind"] in CONF_KINDS:
            self._note(row)
        elif row["conf_hash"] not in self._told:
            return f"entry {seq} was made under a conf/ that no entry before it tells of"
        return None

    def _note(self, row: Mapping[str, Any]) -> None:
        after = json.loads(row["detail"])["after"]
        self._files.pop(row["subject"], None)
        if after is not None:
            self._files[row["subject"]] = after
        self._told.add(state_hash(self._files))


def _anchor_fault(rows: Sequence[Row], anchors: Sequence[Anchor]) -> str | None:
    for anchor in anchors:
        place = f"anchor {anchor.line}"
        if anchor.entries > len(rows):
            return f"the end is lost: {place} knows {anchor.entries} entries, the trail has {len(rows)}"
        if rows[anchor.entries - 1]["hash"] != anchor.hash:
            return f"entry {anchor.entries - 1} is not the one that {place} tells of: one of the two was rewritten"
    return None
