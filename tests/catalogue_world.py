"""An invented hospital's tags, declared in conf/ and held by nobody real, for the catalogue to tell of."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from features.tag import Tag
from jobs.runtime.audit import append_rows
from jobs.runtime.store import Store
from schemas.gold.tag import TAG_DAY, USER_TAG
from schemas.tag_truth import TAG_TRUTH

DAYS = tuple(date(2026, 1, 31) + timedelta(days=30 * i) for i in range(6))
LAST = DAYS[-1]


def write_world(store: Store, tags: Sequence[Tag], users: int) -> None:
    """Six derived days a month apart; each tag is held by a share of its own, that rises or falls a little."""
    draw = random.Random(5)
    stretches: list[dict[str, Any]] = []
    for tag in tags:
        stretches += _stretches(tag, users, draw)
    append_rows(store, USER_TAG, stretches)
    append_rows(store, TAG_DAY, list(_days(tags, stretches, users)))
    append_rows(store, TAG_TRUTH, [_truth(tag) for tag in tags[::4]])


def _stretches(tag: Tag, users: int, draw: random.Random) -> Iterator[dict[str, Any]]:
    share, values = draw.choice((0.0, 0.001, 0.02, 0.08, 0.2, 0.5)), ["yes"]
    if not tag.only_holds:
        values = [f"value {i}" for i in range(draw.randint(2, 12))]
    for user in range(users):
        if draw.random() < share:
            began = draw.choice((*DAYS[:2], *DAYS))
            ended = draw.choice((None, None, None, LAST))
            yield {
                "user_id": f"u{user}", "tag_code": tag.code, "layer": tag.layer,
                "value": values[min(int(draw.expovariate(0.6)), len(values) - 1)],
                "half_life_days": tag.half_life_days, "rule_version": tag.rule_version,
                "valid_from": began, "valid_to": ended if ended and ended > began else None,
            }  # fmt: skip


def _days(tags: Sequence[Tag], stretches: Sequence[dict[str, Any]], users: int) -> Iterator[dict[str, Any]]:
    counts: dict[tuple[str, date], int] = {}
    for s in stretches:
        for day in DAYS:
            if s["valid_from"] <= day and (s["valid_to"] is None or s["valid_to"] > day):
                counts[s["tag_code"], day] = counts.get((s["tag_code"], day), 0) + 1
    for tag in tags:
        for day in DAYS:
            count = counts.get((tag.code, day), 0)
            yield {
                "as_of_date": day, "tag_code": tag.code, "rule_version": tag.rule_version, "user_count": count,
                "user_share": count / users, "entered_count": 0, "left_count": 0, "thresholds": None,
                "tied_user_count": None,
            }  # fmt: skip


def _truth(tag: Tag) -> dict[str, Any]:
    return {
        "run_id": "r", "as_of_date": LAST, "measured_at": datetime(2026, 7, 1, tzinfo=UTC), "tag_code": tag.code,
        "rule_version": tag.rule_version, "kind": "stated", "user_count": 100, "held_count": 50, "right_count": 48,
        "true_count": 60, "evident_count": 55, "found_count": 48, "precision": 0.96, "recall": 48 / 55,
        "recall_of_all": 0.8, "base_rate": 0.6, "target_precision": 0.99, "target_recall": 0.8, "is_met": False,
        "evident": "all", "note": None,
    }  # fmt: skip
