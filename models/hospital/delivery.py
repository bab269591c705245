"""From what happened on a day to the files that arrive on it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from models.hospital.calendar import DAY_MS, Calendar
from models.hospital.columns import Column, Moment, Patched, Rows, count, join, take
from models.hospital.dirt import Noted, Spoilt, patch, spoil
from models.hospital.exports import BY_STEM, Shape
from models.hospital.lateness import delays
from models.hospital.mishaps import CORRECTED, mishap
from models.hospital.streams import Ints, stream


@dataclass(frozen=True)
class Delivery:
    """One file. `columns` are in the export's own names; `broken` are rows cut off after so many characters.

    `copy_of` names a file already delivered, as `<folder>/<name>`, whose bytes are repeated.
    """

    shape: Shape
    folder: str
    name: str
    columns: dict[str, Column] = field(default_factory=dict)
    broken: dict[int, int] = field(default_factory=dict)
    empty: bool = False
    copy_of: str = ""
    lines: int = 0

    @property
    def feed(self) -> str:
        return self.shape.feed

    def __len__(self) -> int:
        return self.lines


@dataclass
class Post:
    """Holds back what comes late, spoils what is spoilt, and counts it.

    `noted`: rows of truth.dirt by kind and of truth.delivered by file, since last asked.
    """

    seed: int
    calendar: Calendar
    waiting: dict[tuple[str, int], list[Rows]] = field(default_factory=dict)
    held: dict[str, list[tuple[int, Spoilt]]] = field(default_factory=dict)
    dirt: list[tuple[Any, ...]] = field(default_factory=list)
    files: list[tuple[Any, ...]] = field(default_factory=list)

    def deliver(self, day: int, happened: dict[str, Rows]) -> list[Delivery]:
        return [file for stem in BY_STEM for file in self._export(BY_STEM[stem], day, happened[stem])]

    def _export(self, shape: Shape, day: int, rows: Rows) -> list[Delivery]:
        rng = stream(self.seed, f"post {shape.stem}", day)
        ready = self._hold_back(shape, day, rows, rng)
        spoilt = spoil(shape, ready, rng, self.calendar.midnight(day))
        accident = mishap(self.seed, shape, day)
        if accident == "does_not_come":
            self.held.setdefault(shape.stem, []).append((day, spoilt))
            self._note(shape, day + 1, "", accident, spoilt.lines, "taken")
            return []
        out = []
        for earlier, late in self.held.pop(shape.stem, []):
            out.append(self._file(shape, day, earlier, late))
        if accident == "empty" and shape.format != "parquet":
            # What should have been in the empty file comes with the next day's.
            self.held.setdefault(shape.stem, []).append((day, spoilt))
            return [*out, self._empty(shape, day)]
        out.append(self._file(shape, day, day, spoilt))
        if accident == "sent_twice" and out[-1].lines:
            out.append(self._again(shape, day, out[-1], spoilt))
        if accident == "corrected" and spoilt.lines:
            out.append(self._corrected(shape, day, out[-1], spoilt))
        return out

    def _hold_back(self, shape: Shape, day: int, rows: Rows, rng: np.random.Generator) -> Rows:
        """Rows that end after midnight wait for their day; some others come late."""
        size = count(rows)
        wait = np.maximum(_days_open(rows, self.calendar, day), 0)
        late, kinds = delays(shape, rng, size)
        late = np.where(wait > 0, 0, late)
        for days_late in np.unique(late[late > 0]):
            chosen = late == days_late
            self._note(shape, day + int(days_late), "", kinds[int(days_late)], int(chosen.sum()), "taken")
        total = wait + late
        for days_late in np.unique(total[total > 0]):
            part = take(rows, np.flatnonzero(total == days_late))
            self.waiting.setdefault((shape.stem, day + int(days_late)), []).append(part)
        now = take(rows, np.flatnonzero(total == 0))
        return join([now, *self.waiting.pop((shape.stem, day), [])])

    def _file(self, shape: Shape, day: int, about: int, spoilt: Spoilt) -> Delivery:
        name = f"{shape.stem}_{self.calendar.on(about):%Y%m%d}.{shape.suffix}"
        folder = self.calendar.on(day).isoformat()
        for noted in spoilt.noted:
            self._note(shape, day, name, noted.kind, noted.rows, noted.outcome, noted.reason, noted.part)
        self._count(shape, day, name, spoilt, again=False)
        return Delivery(shape, folder, name, spoilt.columns, spoilt.broken, lines=spoilt.lines)

    def _empty(self, shape: Shape, day: int) -> Delivery:
        name = f"{shape.stem}_{self.calendar.on(day):%Y%m%d}.{shape.suffix}"
        self._note(shape, day, name, "empty_file", 0, "taken")
        self._count(shape, day, name, Spoilt({}, 0), again=False)
        return Delivery(shape, self.calendar.on(day).isoformat(), name, empty=True)

    def _again(self, shape: Shape, day: int, first: Delivery, spoilt: Spoilt) -> Delivery:
        """The very same bytes under another name."""
        name = first.name.replace(".", "_resent.", 1)
        self._note(shape, day, name, "file_sent_twice", first.lines, "duplicate", "same_file")
        self._count(shape, day, name, spoilt, again=True)
        return replace(first, name=name, copy_of=f"{first.folder}/{first.name}")

    def _corrected(self, shape: Shape, day: int, first: Delivery, spoilt: Spoilt) -> Delivery:
        """The same rows once more, some of them with a value put right; the number says which is which."""
        name, column = first.name.replace(".", "_v2.", 1), CORRECTED[shape.stem]
        flawed = {row for c in spoilt.columns.values() if isinstance(c, Patched) for row in c.patches} | set(
            spoilt.broken
        )
        fixed: dict[int, str | None] = {row: "5" for row in range(0, spoilt.lines, 5) if row not in flawed}
        columns = dict(spoilt.columns)
        patch(columns, column, fixed)
        bad = [n for n in spoilt.noted if n.outcome == "rejected"]
        again = Noted("file_corrected", spoilt.lines - sum(n.rows for n in bad), "duplicate", "same_id")
        better = Spoilt(columns, spoilt.lines, spoilt.broken, [*bad, again])
        for noted in bad:
            self._note(shape, day, name, noted.kind, noted.rows, noted.outcome, noted.reason, noted.part)
        self._note(shape, day, name, "file_corrected", len(fixed), "repaired", "later_row_wins")
        self._note(shape, day, name, "file_corrected", again.rows - len(fixed), "duplicate", "same_id")
        self._count(shape, day, name, better, again=False)
        return replace(first, name=name, columns=columns)

    def _note(
        self, shape: Shape, day: int, file: str, kind: str, rows: int, outcome: str, reason: str = "", only: str = ""
    ) -> None:
        when = self.calendar.on(day)
        for part in shape.parts:
            if not only or part == only:
                self.dirt.append((shape.feed, part, when, file, kind, rows, outcome, reason))

    def _count(self, shape: Shape, day: int, name: str, spoilt: Spoilt, again: bool) -> None:
        """Lines of a file, and how many should be taken, rejected and passed over as already there."""
        when = self.calendar.on(day)
        for part in shape.parts:
            rejected = sum(n.rows for n in spoilt.noted if n.outcome == "rejected" and n.part in ("", part))
            repeats = sum(n.rows for n in spoilt.noted if n.outcome == "duplicate")
            taken = 0 if again else spoilt.lines - rejected
            self.files.append(
                (shape.feed, part, when, name, spoilt.lines, taken, 0 if again else rejected,
                 spoilt.lines if again else 0, 0 if again else repeats)
            )  # fmt: skip


OPEN_ENDED = ("expires_at",)


def _days_open(rows: Rows, calendar: Calendar, day: int) -> Ints:
    """Days after this one on which the last of a row's moments lies."""
    out = np.zeros(count(rows), dtype=np.int64)
    for name, column in rows.items():
        if isinstance(column, Moment) and name not in OPEN_ENDED:
            out = np.maximum(out, (column.millis - calendar.midnight(day)) // DAY_MS)
    return out
