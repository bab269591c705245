"""What is told of groups over time: which came and went, and how far users have moved away from them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from jobs.learning.judging import Figure
from jobs.learning.settings import GroupBounds
from jobs.runtime.quality import CheckResult
from models.group_changes import GroupChange
from models.group_drift import GroupDrift
from models.groups import GroupModel
from schemas.gold.user_segment import USER_SEGMENT


def change_rows(changes: Iterable[GroupChange], day: date, version: str) -> list[dict[str, Any]]:
    """Rows of audit.segment_change."""
    at = datetime.now(UTC)
    return [
        {
            "as_of_date": day,
            "changed_at": at,
            "model_version": version,
            "change": c.kind,
            "segment_id": c.group.id,
            "segment_code": c.group.code,
            "segment_zh": c.group.name_zh,
            "segment_en": c.group.name_en,
            "former_code": c.former.code if c.former else None,
            "former_zh": c.former.name_zh if c.former else None,
            "former_en": c.former.name_en if c.former else None,
            "user_share": c.group.share,
            "named_by": c.group.named_by,
        }
        for c in changes
    ]


def told_changes(changes: Iterable[GroupChange]) -> dict[str, Any]:
    """The same in a line of the audit trail: codes by kind of change."""
    told: dict[str, Any] = {}
    for c in changes:
        told.setdefault(f"groups_{c.kind}", []).append(f"{c.group.id} {c.group.code}")
    return told


def drift_figures(model: GroupModel, drift: GroupDrift, day: date) -> list[Figure]:
    """Rows of audit.model_quality; each group's share stands beside the one it was fitted with."""
    figures = [Figure(name, value, split="in_use", as_of_date=day) for name, value in drift.figures.items()]
    return figures + [
        Figure(f"share:{g.code}", drift.shares[g.id], "when_fitted", g.share, "in_use", day) for g in model.groups
    ]


def drift_warnings(model: GroupModel, drift: GroupDrift, bounds: GroupBounds, rows: int) -> list[CheckResult]:
    """One result per declared bound; what is past it warns, since only a person can say whether groups are outdated."""
    moved = next(group for group in model.groups if group.id == drift.furthest)
    held = {
        "share_psi": (drift.share_psi, bounds.share_psi, ""),
        "centre_shift": (drift.centre_shift, bounds.centre_shift, f", of group {moved.id} {moved.code}"),
    }
    return [
        CheckResult(
            USER_SEGMENT.name, f"drift_{name}", None, "warn", value <= bound, f"{value:.3f}{of_whom}",
            f"at most {bound:g} since the groups were fitted", rows, 0,
        )
        for name, (value, bound, of_whom) in held.items()
    ]  # fmt: skip
