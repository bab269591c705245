"""What an entry of audit.trail says, and the hash that ties it to the one before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from schemas.trail import KINDS, TRAIL

NOTHING_BEFORE = "0" * 64
Row = dict[str, Any]


@dataclass(frozen=True)
class Entry:
    """What is to be told; `detail` is in JSON's types and holds no personal data."""

    kind: str
    subject: str
    detail: Mapping[str, Any]

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"an entry of {TRAIL.name} is one of {', '.join(KINDS)}, not {self.kind!r}")


@dataclass(frozen=True)
class Last:
    """The end of the chain: where it is, and under which conf/ its last entry was made."""

    day: date
    seq: int
    hash: str
    conf_hash: str | None


def canonical(value: object) -> str:
    """JSON that is the same text for the same content, whoever writes it."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def digest(row: Mapping[str, Any]) -> str:
    """The hash that a stored row must have.

    A column without a value is left out, so that a column declared later leaves the older hashes as they are.
    """
    told = {c: _plain(row[c]) for c in TRAIL.column_names if c != "hash" and row[c] is not None}
    return hashlib.sha256(canonical(told).encode()).hexdigest()


def holds(row: Mapping[str, Any]) -> bool:
    """Whether the row still has the content that its hash was made of."""
    return bool(row["hash"] == digest(row))


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value.isoformat() if isinstance(value, date) else value


def chained(entries: Sequence[Entry], last: Last | None, at: datetime, run_id: str, conf_hash: str) -> list[Row]:
    """The entries as rows that follow `last`.

    Clocks differ between machines: an entry never goes to a day before that of the last one, or the first entry of
    the later day would no longer follow what stands before it.
    """
    today = at.astimezone(UTC).date()
    day = max(today, last.day) if last else today
    seq = last.seq + 1 if last and last.day == day else 0
    previous, rows = last.hash if last else NOTHING_BEFORE, []
    for place, entry in enumerate(entries, start=seq):
        row: Row = {
            "day": day,
            "seq": place,
            "kind": entry.kind,
            "subject": entry.subject,
            "detail": canonical(entry.detail),
            "run_id": run_id,
            "conf_hash": conf_hash,
            "at": at,
            "previous_hash": previous,
        }
        previous = row["hash"] = digest(row)
        rows.append(row)
    return rows
