"""Versions of declarations: numbered, dated, and the same in whatever order days come."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from features.tag_guard import sudden_changes
from features.tag_versions import all_versions
from jobs.runtime.declarations import load_tags
from jobs.runtime.settings import project_root

DAY = date(2026, 3, 1)


def row(text: str, day: date = DAY) -> dict[str, Any]:
    return {"tag_code": "need.a", "declaration": text, "in_force_from": day, "is_current": True}


def told(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(r["version"], r["declaration"], r["in_force_from"], r["is_current"]) for r in rows]


def test_a_change_a_change_of_words_and_a_roll_back_are_new_numbers() -> None:
    known: list[dict[str, Any]] = []
    for n, text in enumerate(["a > 1", "a > 2", "a > 2", "a > 2#words", "a > 1"]):
        known = all_versions([row(text, DAY + timedelta(days=n))], known)
    assert told(known) == [
        (1, "a > 1", DAY, False),
        (2, "a > 2", DAY + timedelta(days=1), False),
        (3, "a > 2#words", DAY + timedelta(days=3), False),
        (4, "a > 1", DAY + timedelta(days=4), True),
    ]


def test_a_tag_that_went_keeps_its_versions_and_may_come_back() -> None:
    gone = all_versions([], all_versions([row("a > 1")], []))
    assert told(gone) == [(1, "a > 1", DAY, False)]
    again = all_versions([row("a > 1", DAY + timedelta(days=9))], gone)
    assert told(again) == [(1, "a > 1", DAY, True)]


@given(st.permutations([0, 1, 2, 3]))
def test_days_in_any_order_give_the_same_versions(order: list[int]) -> None:
    known: list[dict[str, Any]] = []
    for n in order:
        known = all_versions([row("a > 1", DAY + timedelta(days=n))], known)
    assert told(known) == [(1, "a > 1", DAY, True)]


def test_a_tag_is_told_of_when_all_or_none_hold_it_and_the_day_before_others_did() -> None:
    tags = load_tags(project_root() / "conf")[:6]
    days = {
        "nobody": ((500, 0.5), (0, 0.0)), "everybody": ((500, 0.5), (1000, 1.0)), "always": ((1000, 1.0), (1000, 1.0)),
        "few": ((19, 0.019), (0, 0.0)), "many": ((500, 0.5), (999, 0.999)), "grown": ((900, 1.0), (1000, 1.0)),
    }  # fmt: skip
    by_code = dict(zip((t.code for t in tags), days.items(), strict=True))
    before, now = (
        {c: {"user_count": said[i][0], "user_share": said[i][1]} for c, (_, said) in by_code.items()} for i in (0, 1)
    )
    found = {by_code[s.tag.code][0]: s.observed for s in sudden_changes(tags, before, now)}
    assert found == {
        "nobody": "nobody holds it, 0 users; the day before 500 did",
        "everybody": "everybody holds it, 1,000 users; the day before 500 did",
    }
    assert sudden_changes(tags, {}, now) == [], "a new tag has no day before"
