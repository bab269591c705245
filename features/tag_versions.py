"""The versions of each tag's declaration: which there were, from which day on, and the whole of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from features.tag import Tag

Row = Mapping[str, Any]


def definition_rows(
    tags: Sequence[Tag], themes: Mapping[str, str], texts: Mapping[str, str], day: date
) -> list[dict[str, Any]]:
    """The declarations that a day is derived by, as rows of gold.tag_definition that have no number yet."""
    return [
        {
            "tag_code": tag.code,
            "rule_version": tag.rule_version,
            "is_current": True,
            "in_force_from": day,
            "layer": tag.layer,
            "theme": themes[tag.code],
            "kind": tag.kind,
            "name_zh": tag.name.zh,
            "name_en": tag.name.en,
            "meaning_zh": tag.meaning.zh,
            "meaning_en": tag.meaning.en,
            "rule": tag.rule_text,
            "source_columns": list(tag.columns),
            "unit": tag.unit,
            "half_life_days": tag.half_life_days,
            "expires_days": tag.expires_days,
            "refresh": tag.refresh,
            "owner": tag.owner,
            "sensitivity": tag.sensitivity,
            "legal_basis": tag.legal_basis,
            "data_classes": list(tag.data_classes),
            "purposes": list(tag.purposes),
            "evidence": tag.evidence,
            "declaration": texts[tag.code],
        }
        for tag in tags
    ]


def with_older_versions(current: Sequence[Row], known: Iterable[Row]) -> list[dict[str, Any]]:
    """All versions, numbered: those known, and of each tag whose declaration is not the last known one a new number.

    Whether a declaration is another is seen by its text, and where an older release kept none by what decides who
    holds it. A version that is applied to an earlier day than before is in force from that day.
    """
    by_code: dict[str, list[dict[str, Any]]] = {}
    for row in sorted(known, key=_age):
        numbered = by_code.setdefault(row["tag_code"], [])
        numbered.append({**row, "is_current": False, "version": row["version"] or len(numbered) + 1})
    for row in current:
        versions = by_code.setdefault(row["tag_code"], [])
        last = versions[-1] if versions else None
        if last is not None and _is_same(last, row):
            since = min(row["in_force_from"], last["in_force_from"] or row["in_force_from"])
            versions[-1] = {**row, "version": last["version"], "in_force_from": since}
        else:
            versions.append({**row, "version": last["version"] + 1 if last else 1})
    return [row for _, versions in sorted(by_code.items()) for row in versions]


def _age(row: Row) -> tuple[Any, ...]:
    """Oldest first. Versions of older releases have no number: the one that was in force is the last of them."""
    return row["tag_code"], row["version"] or 0, bool(row["is_current"]), row["rule_version"]


def _is_same(known: Row, now: Row) -> bool:
    if known["declaration"] is None:
        return bool(known["rule_version"] == now["rule_version"])
    return bool(known["declaration"].strip() == now["declaration"].strip())
