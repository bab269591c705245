"""What differs between two states of tag files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobs.runtime.conf_file import ConfError, ConfFile


@dataclass(frozen=True)
class TagsDiff:
    """Codes that are new, gone, and other; of the last the keys as `rule: old -> new`."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: Mapping[str, tuple[str, ...]]


def diff_tags(old: Path, new: Path) -> TagsDiff:
    """Compares two files, or two folders with all files below, as they stand: neither needs to be valid today."""
    before, after = declared(old), declared(new)
    both = sorted(before.keys() & after.keys())
    changed = {code: tuple(changed_keys(before[code], after[code])) for code in both}
    return TagsDiff(
        tuple(sorted(after.keys() - before.keys())),
        tuple(sorted(before.keys() - after.keys())),
        {code: keys for code, keys in changed.items() if keys},
    )


def declared(place: Path) -> dict[str, Mapping[str, Any]]:
    """The entries of a file, or of all files of a folder, by code."""
    if not place.exists():
        raise ConfError(f"{place}: expected a tag file or a folder of tag files, found nothing")
    files = [place] if place.is_file() else sorted(place.rglob("*.yml"))
    found: dict[str, Mapping[str, Any]] = {}
    for file in files:
        source = ConfFile(file)
        for i, entry in enumerate(source.data or ()):
            if not isinstance(entry, dict) or not isinstance(entry.get("code"), str):
                raise ConfError(source.wrong((i,), "a tag with a code", entry))
            found[entry["code"]] = entry
    return found


def changed_keys(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """`rule: a > 1 -> a > 2` for each key that is other, in the order of the later entry."""
    old, new = dict(_flat(before)), dict(_flat(after))
    names = [*new, *(key for key in old if key not in new)]
    return [
        f"{key}: {old.get(key, '(none)')} -> {new.get(key, '(none)')}" for key in names if old.get(key) != new.get(key)
    ]


def _flat(entry: Mapping[str, Any], at: str = "") -> Iterator[tuple[str, str]]:
    for key, value in entry.items():
        if isinstance(value, dict) and key in ("name", "meaning"):
            yield from _flat(value, f"{at}{key}.")
        else:
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
            yield f"{at}{key}", text
