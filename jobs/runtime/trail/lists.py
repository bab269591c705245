"""The published lists, as the trail tells of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from jobs.runtime.export import MANIFEST
from jobs.runtime.trail.entry import Entry, Row


def list_entry(day: date, audience: str, manifest_sha256: str, rows: int, purpose: str) -> Entry:
    """A list went out."""
    detail = {"audience": audience, "manifest_sha256": manifest_sha256, "purpose": purpose, "rows": rows}
    return Entry("export", _name(day, audience), detail)


def withdrawal_entry(day: date, audience: str) -> Entry:
    """A list was taken back, for its audience is no longer declared."""
    return Entry("export", _name(day, audience), {"audience": audience, "manifest_sha256": None})


def list_faults(exports: Path, entries: Sequence[Row]) -> tuple[int, list[tuple[str, str]]]:
    """How many lists are there, and what is wrong with which: each must be as the last entry about it says.

    A list that is gone is no fault: whoever pulls lists may take them away.
    """
    told = {row["subject"]: json.loads(row["detail"])["manifest_sha256"] for row in entries}
    found = [p.parent for p in sorted(exports.glob(f"*/*/{MANIFEST}")) if not p.parent.name.startswith(".")]
    faults = []
    for folder in found:
        name = f"{folder.parent.name}/{folder.name}"
        what = next(_wrong(folder, name in told, told.get(name)), None)
        if what:
            faults.append((name, what))
    return len(found), faults


def _name(day: date, audience: str) -> str:
    return f"{day}/{audience}"


def _wrong(folder: Path, is_told: bool, sha256: str | None) -> Iterator[str]:
    if not is_told:
        yield "no entry tells of it; `cameo run publish_exports` for that day makes one where it went out rightly"
    elif sha256 is None:
        yield "is there again, though it was taken back"
    elif _sha256(folder / MANIFEST) != sha256:
        yield f"{MANIFEST} was changed: it no longer has the hash that the trail tells"
    else:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        for file, stated in sorted(manifest["files"].items()):
            if not (folder / file).is_file() or _sha256(folder / file) != stated["sha256"]:
                yield f"{file} was changed or taken away: it no longer has the hash that {MANIFEST} tells"


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
