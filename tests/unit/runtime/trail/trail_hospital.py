"""A hospital with an audit trail, and the clock it goes by."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from deltalake import write_deltalake

from jobs.runtime.audit import as_stored, read_rows
from jobs.runtime.export import MANIFEST, manifest_bytes, publish
from jobs.runtime.store import Store
from jobs.runtime.trail.chain import Trail
from jobs.runtime.trail.conf_state import ConfState
from jobs.runtime.trail.entry import Entry, Row
from jobs.runtime.trail.lists import list_entry
from jobs.runtime.trail.verify import Findings, verify
from schemas.trail import TRAIL

FIRST = date(2026, 3, 1)
DAYS = (FIRST, FIRST + timedelta(days=1), FIRST + timedelta(days=3))
CONF = ConfState({"policy.yml": "cap: 3\n", "tags/need/one.yml": "- code: need.one\n"})


class Clock(datetime):
    """The clock of the trail; a test says what time it is."""

    time = datetime(2026, 3, 1, 8, tzinfo=UTC)

    @classmethod
    def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
        return cls.time


class Hospital:
    """A lake with a trail, the anchors beside it, and published lists."""

    def __init__(self, folder: Path) -> None:
        self.store = Store(str(folder / "lake"))
        self.anchors, self.exports = folder / "anchors", folder / "exports"

    def trail(self, conf: ConfState = CONF) -> Trail:
        return Trail(self.store, self.anchors, conf, "run")

    def fill(self) -> None:
        """Three days of four entries; the first day begins with the two files of conf/."""
        for day in DAYS:
            Clock.time = datetime(day.year, day.month, day.day, 8, tzinfo=UTC)
            self.trail().tell_conf()
            for place in range(2 if day == FIRST else 4):
                self.trail().append(Entry("run", f"job_{place}", {"read": ["gold.user_tag"], "purpose": "care"}))

    def rows(self) -> list[Row]:
        return sorted(read_rows(self.store, TRAIL), key=lambda r: (r["day"], r["seq"]))

    def rewrite(self, rows: Sequence[Row]) -> None:
        """What somebody does who may write the lake."""
        stored = self.store.open(TRAIL)
        write_deltalake(stored, as_stored(stored, rows), mode="overwrite")

    def verify(self, since: date | None = None, until: date | None = None) -> Findings:
        return verify(self.store, self.anchors, self.exports, since, until)

    def faults(self) -> list[tuple[str, str]]:
        return [(f.place, f.what) for f in self.verify().faults]

    def publish(self, audience: str = "recall", content: bytes = b"a\r\n", *, told: bool = True) -> Path:
        files = {"list.csv": content}
        files[MANIFEST] = manifest_bytes({"audience": audience}, files)
        folder = self.exports / str(FIRST) / audience
        publish(folder, files)
        if told:
            sha256 = hashlib.sha256(files[MANIFEST]).hexdigest()
            self.trail().append(list_entry(FIRST, audience, sha256, 1, "marketing"))
        return folder
