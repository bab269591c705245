"""Writing to audit.trail: one process after another, whatever they do at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from pyarrow import dataset

from jobs.runtime.audit import as_stored
from jobs.runtime.commits import again_on_conflict
from jobs.runtime.store import Store
from jobs.runtime.trail.anchors import write_anchor
from jobs.runtime.trail.conf_state import ConfState, texts_told
from jobs.runtime.trail.entry import Entry, Last, Row, chained, holds
from schemas.trail import CONF_KINDS, TRAIL

_END = ["day", "seq", "hash", "conf_hash"]


class Trail:
    """The trail of one lake as one run adds to it; `anchors` is a folder outside of the lake."""

    def __init__(self, store: Store, anchors: Path, conf: ConfState, run_id: str) -> None:
        self._store = store
        self._anchors = anchors
        self._conf = conf
        self._conf_hash = conf.hash
        self._run_id = run_id
        self._stored: DeltaTable | None = None

    def tell_conf(self) -> None:
        """Adds an entry for each file of conf/ that is not as the trail last told it; mostly there is none.

        The hash that every entry carries answers in nearly all runs, so that the texts are not looked up.
        """

        def changed(stored: DeltaTable, last: Last | None) -> Sequence[Entry]:
            if last and last.conf_hash == self._conf_hash:
                return ()
            return self._conf.changes_from(texts_told(conf_rows(stored)))

        self._write(changed)

    def append(self, *entries: Entry) -> None:
        """Adds the entries in one commit and tells the new end of the chain outside of the lake."""
        self._write(lambda stored, last: entries)

    def _write(self, wanted: Callable[[DeltaTable, Last | None], Sequence[Entry]]) -> None:
        written: list[Row] = []

        def write() -> None:
            stored = self._newest()
            last = last_entry(stored)
            written[:] = chained(wanted(stored, last), last, datetime.now(UTC), self._run_id, self._conf_hash)
            if written:
                # Two appends do not conflict in Delta, and the chain would fork. Two that carry the same application
                # transaction do, in any store: the second is made again, after the first one's end.
                mark = CommitProperties(app_transactions=[Transaction(TRAIL.name, stored.version() + 1)])
                write_deltalake(stored, as_stored(stored, written), mode="append", commit_properties=mark)

        again_on_conflict(write)
        if written:
            write_anchor(self._anchors, Last(*(written[-1][c] for c in _END)))

    def _newest(self) -> DeltaTable:
        """The table with all that others committed; its log is read as a whole but once."""
        if self._stored is None:
            self._store.prepare(TRAIL)
            self._stored = self._store.open(TRAIL)
        else:
            self._stored.update_incremental()
        return self._stored


def last_entry(stored: DeltaTable, before: date | None = None) -> Last | None:
    """The end of the chain, or where it was at the beginning of a day.

    Reads one file, which the log's statistics name, so that an append costs the same however long the trail is.
    """
    adds = pa.table(stored.get_add_actions(flatten=True))
    if adds.num_rows and before:
        adds = adds.filter(pc.less(adds["partition.day"], pa.scalar(before)))
    if not adds.num_rows:
        return None
    day = pc.max(adds["partition.day"]).as_py()
    highest = pc.max(adds.filter(pc.equal(adds["partition.day"], pa.scalar(day)))["max.seq"]).as_py()
    of_file = f"day = '{day}'" + ("" if highest is None else f" AND seq >= {highest}")
    rows = stored.to_pyarrow_dataset(file_pruning_predicate=of_file).to_table(columns=_END).to_pylist()
    return Last(**max(rows, key=lambda r: r["seq"]))


def conf_rows(stored: DeltaTable) -> list[Row]:
    """Every entry about conf/, in the order of the chain; one that was tampered with tells nothing."""
    found = stored.to_pyarrow_dataset().to_table(filter=dataset.field("kind").isin(CONF_KINDS)).to_pylist()
    return sorted((r for r in found if holds(r)), key=lambda r: (r["day"], r["seq"]))


def anchor_day(store: Store, folder: Path, day: date) -> str:
    """Tells the end of a day's chain outside of the lake once more and returns the line; ValueError without entries."""
    last = last_entry(store.open(TRAIL), before=day + timedelta(days=1)) if store.exists(TRAIL) else None
    if last is None or last.day != day:
        raise ValueError(f"{TRAIL.name} has no entry of {day}: nothing to anchor; `cameo audit show` lists its days")
    return write_anchor(folder, last)
