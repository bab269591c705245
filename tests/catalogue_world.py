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

DAYS = tuple(date(2026, month + 1, 1) - timedelta(days=1) for month in range(1, 7))
LAST = DAYS[-1]
EVIL = "<img src=x onerror='window.evil=1'>"
# Of these it is said who holds them: every how many-th user, before the last day and on it.
_TWINS = ("behaviour.night_owl", "behaviour.lunch_break")
_FEW, _DEAD, _SPEAKING = ("basic.elder", "basic.elder_alone"), "basic.drinker", "behaviour.top_daypart"


def write_world(store: Store, tags: Sequence[Tag], users: int) -> None:
    """Six derived days at the ends of months; each tag is held by a share of its own, that rises or falls a little.

    Two tags say the same and grow from a fifth to half of all users, two are held by the same three users, one by
    nobody, and the values of one are no value that a careful hospital has.
    """
    draw = random.Random(5)
    stretches: list[dict[str, Any]] = []
    for tag in tags:
        stretches += _stretches(tag, users, draw)
    append_rows(store, USER_TAG, stretches)
    append_rows(store, TAG_DAY, list(_days(tags, stretches, users)))
    append_rows(store, TAG_TRUTH, [_truth(tag) for tag in tags[::4]])


def _stretches(tag: Tag, users: int, draw: random.Random) -> Iterator[dict[str, Any]]:
    if tag.code in _TWINS:
        for user in range(users // 2):
            yield _stretch(tag, user, "yes", DAYS[0] if user < users // 5 else LAST)
    elif tag.code in _FEW:
        for user in range(3):
            yield _stretch(tag, user, "yes", DAYS[0])
    elif tag.code == _SPEAKING:
        for user in range(users):
            yield _stretch(tag, user, EVIL if user % 2 else "night", DAYS[0])
    elif tag.code != _DEAD:
        yield from _drawn(tag, users, draw)


def _drawn(tag: Tag, users: int, draw: random.Random) -> Iterator[dict[str, Any]]:
    share, values = draw.choice((0.02, 0.08, 0.2, 0.5)), ["yes"]
    if not tag.only_holds:
        values = [f"value {i}" for i in range(draw.randint(2, 12))]
    for user in range(users):
        if draw.random() < share:
            began, ended = draw.choice((*DAYS[:2], *DAYS)), draw.choice((None, None, None, LAST))
            value = values[min(int(draw.expovariate(0.6)), len(values) - 1)]
            yield _stretch(tag, user, value, began, ended if ended and ended > began else None)


def _stretch(tag: Tag, user: int, value: str, began: date, ended: date | None = None) -> dict[str, Any]:
    return {
        "user_id": f"u{user}", "tag_code": tag.code, "layer": tag.layer, "value": value,
        "half_life_days": tag.half_life_days, "rule_version": tag.rule_version, "valid_from": began, "valid_to": ended,
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
