"""The versions of each tag's declaration: which there were, from which day on, and the whole of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from features.declared_versions import Row, numbered
from features.tag import Tag


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
    """The rows of gold.tag_version: those known, and a new number for each declaration that is not the tag's last."""
    return numbered(now, known, "tag_code")
