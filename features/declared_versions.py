"""Numbers the versions of what is declared in conf/: which there were, and from which day on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Row = Mapping[str, Any]


def numbered(
    now: Iterable[Row], known: Iterable[Row], by: str, told_apart_by: tuple[str, ...] = ("declaration",)
) -> list[dict[str, Any]]:
    """The versions known, and a new number for each row of `now` that is not the last one known of its code.

    `by` is the column of the code, `told_apart_by` those of the texts that make a version; spaces around a text do not
    count. A version that is applied to an earlier day than before is in force from that day.
    """
    by_code: dict[str, list[dict[str, Any]]] = {}
    for row in sorted(known, key=lambda r: (r[by], r["version"])):
        by_code.setdefault(row[by], []).append({**row, "is_current": False})
    for row in now:
        versions = by_code.setdefault(row[by], [])
        last = versions[-1] if versions else None
        if last is not None and all(str(last[name]).strip() == str(row[name]).strip() for name in told_apart_by):
            since = min(row["in_force_from"], last["in_force_from"])
            versions[-1] = {**row, "version": last["version"], "in_force_from": since}
        else:
            versions.append({**row, "version": last["version"] + 1 if last else 1})
    return [row for _, versions in sorted(by_code.items()) for row in versions]
