"""Every reason that a record can be refused for is in one list, and has a sentence in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.runtime.intake.erased import REASON as ERASED
from jobs.runtime.intake.mapping import Mapping, load_mappings, mapped_feeds
from jobs.runtime.intake.reader import BROKEN_LINE
from jobs.runtime.intake.translate import reasons
from jobs.runtime.intake.typed import Clean, Typed
from jobs.runtime.report.words import REASONS, reason
from schemas.feed import Feed
from schemas.feeds import FEEDS
from schemas.intake import REJECT_REASONS

SOURCES = Path(__file__).parents[4] / "conf" / "sources"


def _kinds(feed: Feed, mapping: Mapping) -> set[str]:
    clean = Clean(mapping)
    typed = [Typed(f, mapping.columns.get(f.name), "Asia/Shanghai", clean) for f in feed.fields]
    return {code.partition(":")[0] for code, _ in reasons(feed, typed, "Asia/Shanghai")}


@pytest.mark.parametrize("name", mapped_feeds(SOURCES / "simulated"))
def test_what_can_be_wrong_with_a_feeds_record_is_listed(name: str) -> None:
    feed = FEEDS[name]
    for mapping in load_mappings(SOURCES / "simulated", feed).values():
        assert {"missing", "future_time"} <= _kinds(feed, mapping) <= set(REJECT_REASONS)
    assert {ERASED, BROKEN_LINE} <= set(REJECT_REASONS)


@pytest.mark.parametrize("code", REJECT_REASONS)
def test_a_reason_has_a_sentence_in_both_languages_that_names_the_field(code: str) -> None:
    said = reason(f"{code}:rating")
    assert said.zh != said.en
    assert "{" not in said.zh + said.en
    named = "{field}" in REASONS[code].en
    assert ("rating" in said.zh, "rating" in said.en) == (named, named)


def test_no_sentence_is_left_of_a_reason_that_is_gone() -> None:
    assert set(REASONS) == set(REJECT_REASONS)
