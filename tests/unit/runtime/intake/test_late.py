"""Late and wrongly dated records: kept, marked and counted, or refused with the reason."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from jobs.runtime.intake.arrival import goes_on_without
from jobs.runtime.intake.balance import FeedMostlyBad, RecordsLost
from jobs.runtime.intake.drift import FeedUnusual
from schemas.feeds import FEEDS
from schemas.intake import INGEST_BALANCE
from tests.unit.runtime.intake.small_hospital import HEADER, SmallHospital, review

DAY = date(2026, 3, 2)
FEED = FEEDS["review"]


def test_late_rows_are_counted_and_those_beyond_the_window_are_marked(tmp_path: Path, spark: SparkSession) -> None:
    hospital = SmallHospital(tmp_path, spark)
    ages = (0, 1, FEED.late_window_days, FEED.late_window_days + 1)
    rows = "".join(review(age, DAY - timedelta(days=age)) for age in ages)
    hospital.deliver("review", DAY, "a.csv", HEADER + rows)
    hospital.take_in("review", DAY)

    marks = hospital.rows(FEED.silver, ("review_id", "event_date", "is_late"))
    assert sorted(late for _, _, late in marks) == [False, False, False, True]
    assert [e for _, e, late in marks if late] == [DAY - timedelta(days=FEED.late_window_days + 1)]
    counts = ("taken_count", "late_count", "overdue_count")
    assert hospital.rows(INGEST_BALANCE, counts) == [(4, 3, 1)]


@pytest.mark.parametrize(
    ("feed", "error", "goes_on"),
    [
        ("review", FeedMostlyBad("bad"), True),
        ("review", FeedUnusual([]), True),
        ("consent", FeedMostlyBad("bad"), False),
        ("consent", FeedUnusual([]), False),
        ("review", RecordsLost("lost"), False),
        ("review", OSError("disk full"), False),
    ],
)
def test_a_day_goes_on_without_a_stopped_feed_that_it_does_not_need(feed: str, error: Exception, goes_on: bool) -> None:
    assert goes_on_without(feed, error) is goes_on


def test_what_decides_who_may_be_reached_is_needed() -> None:
    needed = {feed.name for feed in FEEDS.values() if feed.is_needed}
    assert {"account", "consent", "diagnosis", "health_record", "family_binding"} <= needed
