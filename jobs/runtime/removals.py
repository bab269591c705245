"""Withdrawn consent, told to whoever pulled lists: a file for each audience, a receipt for each file.

A receipt is open until it is confirmed. Those of erasures are open, too, while the lists that the person was on are not
confirmed to be clean.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from jobs.runtime.audit import append_rows, read_rows
from jobs.runtime.erasure.lists import removals_path
from jobs.runtime.export import csv_bytes
from jobs.runtime.settings import Settings
from jobs.runtime.store import Store
from jobs.runtime.trail.chain import Trail
from jobs.runtime.trail.conf_state import read_conf
from jobs.runtime.trail.entry import Entry
from schemas.erasure import ERASURE
from schemas.removal import REMOVAL

_COLUMNS = ("list", "account_token", "receipt")
PREFIX = "withdrawal-"


class NoSuchReceipt(ValueError):
    """No removal file of that number was laid down."""


@dataclass(frozen=True)
class OpenReceipt:
    """A removal that nobody has confirmed yet. `audience` is empty for an erasure, which may concern every list."""

    receipt_id: str
    audience: str
    told_on: date
    rows: int

    def days(self, day: date) -> int:
        return max((day - self.told_on).days, 0)

    def is_overdue(self, day: date, within_days: int) -> bool:
        return self.days(day) > within_days


def receipt_of(day: date, audience: str) -> str:
    return f"{PREFIX}{day}-{audience}"


def tell_removals(
    store: Store, exports: Path, trail: Trail, day: date, gone: Mapping[str, Sequence[tuple[date, str]]]
) -> int:
    """Lays down the day's removal files, (list's day, account) by audience; returns how many receipts are new.

    A rerun that finds the same changes nothing, one that finds other rows tells them anew, and a file of which nothing
    is left is taken back.
    """
    before = {r["receipt_id"]: r for r in _last_steps(store) if r["day"] == day}
    steps: list[dict[str, Any]] = []
    for audience in sorted({*gone, *(r["audience"] for r in before.values())}):
        rows, receipt = sorted(gone.get(audience, ())), receipt_of(day, audience)
        lines = [(f"{of}/{audience}", account, receipt) for of, account in rows]
        content = csv_bytes(_COLUMNS, [dict(zip(_COLUMNS, line, strict=True)) for line in lines])
        step = _step(receipt, day, audience, rows, content)
        known = before.get(receipt)
        if known and known["sha256"] == step["sha256"]:
            if known["status"] == "told":
                _lay_down(removals_path(exports, receipt), content)
            continue
        path = removals_path(exports, receipt)
        if rows:
            _lay_down(path, content)
        else:
            path.unlink(missing_ok=True)
        steps.append(step)
    append_rows(store, REMOVAL, steps)
    trail.append(*(_entry(step) for step in steps))
    return sum(step["status"] == "told" for step in steps)


def confirm(settings: Settings, receipt_id: str) -> None:
    """Whoever pulled the lists has taken the persons out: the file that told them goes."""
    store = Store(str(settings.lake))
    last = {r["receipt_id"]: r for r in _last_steps(store)}.get(receipt_id)
    if last is None or last["status"] == "taken_back":
        raise NoSuchReceipt(f"there is no removal file with the receipt {receipt_id}; `cameo receipts list` lists them")
    if last["status"] == "told":
        step = {**last, "status": "confirmed", "at": datetime.now(UTC)}
        append_rows(store, REMOVAL, [step])
        Trail(store, settings.anchors, read_conf(settings.conf), "").append(_entry(step))
    removals_path(settings.exports, receipt_id).unlink(missing_ok=True)


def restate_files(store: Store, trail: Trail, files: Mapping[str, bytes]) -> None:
    """The files of open receipts are about to be others that say the same of the same persons: the key is rotated."""
    steps = []
    for step in _last_steps(store):
        content = files.get(removals_path(Path(), step["receipt_id"]).name)
        if step["status"] == "told" and content and (sha256 := hashlib.sha256(content).hexdigest()) != step["sha256"]:
            steps.append({**step, "sha256": sha256, "at": datetime.now(UTC)})
    trail.append(*(_entry(step) for step in steps))
    append_rows(store, REMOVAL, steps)


def open_receipts(store: Store) -> list[OpenReceipt]:
    """Everything that is told and not confirmed, the oldest first."""
    found = [
        OpenReceipt(r["receipt_id"], r["audience"], r["day"], r["row_count"])
        for r in _last_steps(store)
        if r["status"] == "told"
    ]
    erasures = read_rows(store, ERASURE)
    confirmed = {r["receipt_id"] for r in erasures if r["status"] == "confirmed"}
    found += [
        OpenReceipt(r["receipt_id"], "", r["at"].date(), r["list_count"])
        for r in erasures
        if r["status"] == "done" and r["list_count"] and r["receipt_id"] not in confirmed
    ]
    return sorted(found, key=lambda r: (r.told_on, r.receipt_id))


def _last_steps(store: Store) -> list[dict[str, Any]]:
    last: dict[str, dict[str, Any]] = {}
    for row in sorted(read_rows(store, REMOVAL), key=lambda r: r["at"]):
        last[row["receipt_id"]] = row
    return [last[receipt] for receipt in sorted(last)]


def _step(receipt: str, day: date, audience: str, rows: Sequence[tuple[date, str]], content: bytes) -> dict[str, Any]:
    return {
        "receipt_id": receipt,
        "status": "told" if rows else "taken_back",
        "day": day,
        "audience": audience,
        "row_count": len(rows),
        "list_count": len({of for of, _ in rows}),
        "sha256": hashlib.sha256(content).hexdigest(),
        "at": datetime.now(UTC),
    }


def _entry(step: Mapping[str, Any]) -> Entry:
    told = ("status", "audience", "row_count", "list_count", "sha256")
    return Entry("removal", step["receipt_id"], {"day": str(step["day"]), **{name: step[name] for name in told}})


def _lay_down(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_bytes(content)
    fresh.replace(path)
