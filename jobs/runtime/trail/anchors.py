"""The ends of the chain, told outside of the lake: who rewrites or cuts the trail cannot make these agree.

A file per day at `<folder>/<day>.jsonl`, of which nothing is ever rewritten: each append to the trail adds a line. A
copy kept elsewhere is what proves that trail and anchors were not both rewritten.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from jobs.runtime.trail.entry import Last, canonical


@dataclass(frozen=True)
class Anchor:
    """So many entries had the day, and the last of them had this hash. `line` says where it stands."""

    day: date
    entries: int
    hash: str
    line: str


def write_anchor(folder: Path, last: Last) -> str:
    """Adds the end of the chain to its day's file and returns the line.

    Lines of two processes do not mix, and one that does not fit on the disk is taken back: half a line would be a fault
    of the trail for ever.
    """
    told = {"day": last.day.isoformat(), "entries": last.seq + 1, "hash": last.hash}
    line = canonical({**told, "at": datetime.now(UTC).isoformat(timespec="seconds")})
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / f"{last.day}.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        whole, before = f"{line}\n".encode(), os.fstat(handle).st_size
        if os.write(handle, whole) < len(whole):
            os.ftruncate(handle, before)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))
    finally:
        os.close(handle)
    return line


def read_anchors(folder: Path) -> tuple[list[Anchor], list[tuple[date, str]]]:
    """All anchors by day, and day and place of each line that is none."""
    anchors: list[Anchor] = []
    broken: list[tuple[date, str]] = []
    for path in sorted(folder.glob("*-*-*.jsonl")):
        day = date.fromisoformat(path.stem)
        for number, line in enumerate(path.read_bytes().splitlines(), start=1):
            place = f"{path.name}, line {number}"
            anchor = _read(line, place)
            if anchor is None or anchor.day != day or anchor.entries < 1:
                broken.append((day, place))
            else:
                anchors.append(anchor)
    return anchors, broken


def _read(line: bytes, place: str) -> Anchor | None:
    try:
        told = json.loads(line)
        return Anchor(date.fromisoformat(told["day"]), int(told["entries"]), str(told["hash"]), place)
    except (ValueError, KeyError, TypeError):
        return None
