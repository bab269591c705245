"""The part of conf/ that decides about people, and how it changed."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobs.runtime.trail.entry import Entry, canonical

WATCHED = (
    "policy.yml", "retention.yml", "identity.yml", "care_alerts.yml", "value_tiers.yml", "tags", "audiences", "models",
)  # fmt: skip
_KINDS = {"policy.yml": "policy", "retention.yml": "policy", "tags": "tags"}


@dataclass(frozen=True)
class ConfState:
    """The watched files at one moment, by their path below conf/."""

    texts: Mapping[str, str]

    @property
    def hash(self) -> str:
        return state_hash({path: _sha(text) for path, text in self.texts.items()})

    def changes_from(self, before: Mapping[str, str]) -> list[Entry]:
        """An entry for each file that is new, other, or gone.

        It holds the whole new text besides the diff: so the trail alone can tell what held on any day.
        """
        paths = sorted({*before, *self.texts})
        return [_change(p, before.get(p), self.texts.get(p)) for p in paths if before.get(p) != self.texts.get(p)]


def read_conf(folder: Path) -> ConfState:
    """The watched files of a conf folder as they are now."""
    found = [f for name in WATCHED for f in ([folder / name], (folder / name).rglob("*.yml"))[(folder / name).is_dir()]]
    texts = {f.relative_to(folder).as_posix(): _text(f) for f in found if f.is_file()}
    return ConfState(texts)


def state_hash(hashes: Mapping[str, str]) -> str:
    """One hash for the hashes of all watched files."""
    return hashlib.sha256(canonical(dict(hashes)).encode()).hexdigest()


def texts_told(rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The watched files as the entries about them, in their order, say they are."""
    texts: dict[str, str] = {}
    for row in rows:
        text = json.loads(row["detail"])["text"]
        texts.pop(row["subject"], None)
        if text is not None:
            texts[row["subject"]] = text
    return texts


def _text(file: Path) -> str:
    # A file that is no UTF-8 is the loader's to refuse; that it changed is told all the same.
    return file.read_bytes().decode(errors="backslashreplace")


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _change(path: str, before: str | None, after: str | None) -> Entry:
    detail = {
        "before": None if before is None else _sha(before),
        "after": None if after is None else _sha(after),
        "diff": None if before is None else _diff(path, before, after or ""),
        "text": after,
    }
    return Entry(_KINDS.get(path.split("/")[0], "conf"), path, detail)


def _diff(path: str, before: str, after: str) -> str:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), f"before/{path}", f"after/{path}", "", "", 1)
    return "\n".join(line.rstrip("\n") for line in lines)
