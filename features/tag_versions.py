"""The versions of each tag's declaration: which there were, from which day on, and the whole of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from features.tag import Tag

Row = Mapping[str, Any]


def versions_now(
    tags: Sequence[Tag], themes: Mapping[str, str], texts: Mapping[str, str], day: date
) -> list[dict[str, Any]]:
    """The declarations that a day is derived by, as rows of gold.tag_version that have no number yet."""
    return [
        {
            "tag_code": tag.code,
            "is_current": True,
            "in_force_from": day,
            "rule_version": tag.rule_version,
            "layer": tag.layer,
            "theme": themes[tag.code],
            "declaration": texts[tag.code],
        }
        for tag in tags
    ]


def all_versions(now: Iterable[Row], known: Iterable[Row]) -> list[dict[str, Any]]:
    """The rows of gold.tag_version: those known, and a new number for each declaration that is not the tag's last.

    A version that is applied to an earlier day than before is in force from that day.
    """
    by_code: dict[str, list[dict[str, Any]]] = {}
    for row in sorted(known, key=lambda r: (r["tag_code"], r["version"])):
        by_code.setdefault(row["tag_code"], []).append({**row, "is_current": False})
    for row in now:
        versions = by_code.setdefault(row["tag_code"], [])
        last = versions[-1] if versions else None
        if last is not None and last["declaration"].strip() == row["declaration"].strip():
            since = min(row["in_force_from"], last["in_force_from"])
            versions[-1] = {**row, "version": last["version"], "in_force_from": since}
        else:
            versions.append({**row, "version": last["version"] + 1 if last else 1})
    return [row for _, versions in sorted(by_code.items()) for row in versions]
