"""The part of conf/ that decides about people, and how it changed."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from jobs.runtime.trail.entry import Entry, canonical

WATCHED = (
    "policy.yml", "retention.yml", "identity.yml", "care_alerts.yml", "care_events.yml", "triggers.yml",
    "value_tiers.yml", "member_points.yml", "segment_views.yml", "segments", "tags", "audiences", "models",
    "calibrated",
)  # fmt: skip
_NAMES = ("code", "kind", "name")
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


def key_changes(before: str, after: str) -> list[str]:
    """What changed by keys, as `purposes.marketing.cap.lists: 3 -> 2`; nothing where a text is no YAML.

    Parts of a list go by their code, kind or name where they have one, so that a new part does not move the others.
    """
    try:
        old, new = (dict(_flat(yaml.safe_load(text), "")) for text in (before, after))
    except yaml.YAMLError:
        return []
    keys = [k for k in {**old, **new} if old.get(k) != new.get(k)]
    return [f"{key}: {old.get(key, '(none)')} -> {new.get(key, '(none)')}" for key in sorted(keys)]


def _flat(value: Any, at: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, list) and value and all(isinstance(part, dict) for part in value):
        names = [next((str(part[k]) for k in _NAMES if k in part), str(i)) for i, part in enumerate(value)]
        value = dict(zip(names, value, strict=True))
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _flat(inner, f"{at}.{key}" if at else str(key))
    else:
        yield at or "(all)", json.dumps(value, ensure_ascii=False, default=str)


def _text(file: Path) -> str:
    # A file that is no UTF-8 is the loader's to refuse; that it changed is told all the same.
    return file.read_bytes().decode(errors="backslashreplace")


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _change(path: str, before: str | None, after: str | None) -> Entry:
    detail = {
        "before": None if before is None else _sha(before),
        "after": None if after is None else _sha(after),
        "changed": [] if before is None else key_changes(before, after or ""),
        "diff": None if before is None else _diff(path, before, after or ""),
        "text": after,
    }
    return Entry(_KINDS.get(path.split("/")[0], "conf"), path, detail)


def _diff(path: str, before: str, after: str) -> str:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), f"before/{path}", f"after/{path}", "", "", 1)
    return "\n".join(line.rstrip("\n") for line in lines)
