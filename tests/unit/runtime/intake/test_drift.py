"""A day of a feed is held against its last weeks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from jobs.runtime.audit import read_rows
from jobs.runtime.intake.drift import drift, history_of, shifted
from jobs.runtime.quality import StopTheDay
from schemas.audit import QUALITY_RESULT
from schemas.feeds import FEEDS
from tests.unit.runtime.intake.small_hospital import HEADER, SmallHospital, review

MONDAY = date(2026, 1, 5)
FEED = FEEDS["review"]


def day(when: date, read: int, rejected: int = 0) -> dict[str, Any]:
    return {"known_date": when, "read_count": read, "rejected_count": rejected}


def weeks(read: int = 100, weekend: int = 300, rejected: int = 2) -> list[dict[str, Any]]:
    first, last = history_of(MONDAY)
    days = [first + timedelta(days=i) for i in range((last - first).days + 1)]
    return [day(d, weekend if d.isoweekday() > 5 else read, rejected) for d in days]


def verdicts(today: dict[str, Any] | None, history: list[dict[str, Any]]) -> list[bool]:
    return [r.passed for r in drift(FEED, today, history)]


@pytest.mark.parametrize(
    ("read", "rejected", "expected"),
    [
        (100, 2, [True, True]),
        (34, 0, [True, True]),
        (33, 0, [False, True]),
        (300, 0, [True, True]),
        (301, 0, [False, True]),
        (100, 7, [True, True]),
        (100, 8, [True, False]),
        (0, 0, [False, True]),
    ],
)
def test_a_third_and_the_threefold_are_unusual(read: int, rejected: int, expected: list[bool]) -> None:
    assert verdicts(day(MONDAY, read, rejected), weeks()) == expected


def test_weekends_are_held_against_weekends() -> None:
    sunday = MONDAY - timedelta(days=1)
    history = [row for row in weeks(read=20, weekend=300) if row["known_date"] < sunday]
    assert verdicts(day(sunday, 100), history) == [True, True]
    assert verdicts(day(sunday, 90), history) == [False, True]


def test_no_record_at_all_is_unusual() -> None:
    (found,) = drift(FEED, None, weeks())
    assert (found.passed, found.severity, found.observed) == (False, "warn", "0 came")
    assert found.expected == "33 to 300 records, as on days like this"


@pytest.mark.parametrize("history", [weeks()[:4], weeks(read=29, weekend=29)], ids=["too short", "too few"])
def test_little_history_says_nothing(history: list[dict[str, Any]]) -> None:
    assert drift(FEED, day(MONDAY, 1000), history) == []


def _shifted(reasons: dict[str, int], before: dict[str, int]) -> list[tuple[str, str | None, str]]:
    past = [row | {"read_count": 1000} for row in weeks()]
    found = shifted(FEED, day(MONDAY, 1000), reasons, past[:10], before)
    assert all(not r.passed for r in found)
    return [(r.check, r.column, r.observed) for r in found]


@pytest.mark.parametrize(
    ("reasons", "before", "told"),
    [
        ({"unknown_code:subject": 10}, {}, []),
        ({"unknown_code:subject": 11}, {}, ["unknown_code"]),
        ({"unknown_code:subject": 60}, {"unknown_code:subject": 200}, []),
        ({"unknown_code:subject": 61}, {"unknown_code:subject": 200}, ["unknown_code"]),
        ({"unknown_code:subject": 61}, {"unreadable:subject": 200}, ["unknown_code"]),
        ({"unreadable:rating": 500, "missing:review_id": 400}, {}, ["missing", "unreadable"]),
        ({"future_time": 900, "broken_line": 900}, {}, []),
    ],
)
def test_a_reason_that_comes_up_far_more_often_than_before_is_told(
    reasons: dict[str, int], before: dict[str, int], told: list[str]
) -> None:
    assert [check for check, _, _ in _shifted(reasons, before)] == [f"usual_{kind}_review" for kind in told]


def test_a_shifted_code_list_is_named() -> None:
    ((_, column, observed),) = _shifted({"unknown_code:subject": 300}, {})
    assert column == "subject"
    assert observed == "30.0% have a code in subject that nobody knows: their list of codes has changed"


def test_an_unusual_day_is_told_of_or_stops_the_feed(
    tmp_path: Path, spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    hospital = SmallHospital(tmp_path, spark)
    days = [MONDAY + timedelta(days=i) for i in (0, 1, 2, 3, 4, 7)]
    for number, when in enumerate(days):
        rows = 40 if when != days[-1] else 10
        hospital.deliver("review", when, "a.csv", HEADER + "".join(review(f"{number}-{i}", when) for i in range(rows)))
    hospital.take_in("review", days[-2], since=days[0])
    hospital.take_in("review", days[-1])
    found = [r for r in read_rows(hospital.lake.store, QUALITY_RESULT) if r["check_name"].startswith("usual")]
    assert [(r["check_name"], r["is_passed"]) for r in found] == [
        ("usual_rows_review", False),
        ("usual_rejects_review", True),
    ]
    monkeypatch.setitem(FEEDS, "review", replace(FEED, unusual="stop"))
    with pytest.raises(StopTheDay, match="13 to 120 records, as on days like this, but 10 came"):
        hospital.take_in("review", days[-1])


def test_a_day_with_new_codes_is_told_from_the_rejects_of_the_days_before(tmp_path: Path, spark: SparkSession) -> None:
    hospital = SmallHospital(tmp_path, spark)
    days = [MONDAY + timedelta(days=i) for i in range(6)]
    for number, when in enumerate(days):
        rows = [review(f"{number}-{i}", when) for i in range(60)]
        strange = 11 if when == days[-1] else 1
        rows[:strange] = [row.replace("医生", "护士") for row in rows[:strange]]
        hospital.deliver("review", when, "a.csv", HEADER + "".join(rows))
    hospital.take_in("review", days[-2], since=days[0])
    hospital.take_in("review", days[-1])
    found = [r for r in read_rows(hospital.lake.store, QUALITY_RESULT) if "unknown_code" in r["check_name"]]
    assert [(r["column_name"], r["is_passed"], r["expected"]) for r in found] == [
        ("subject", False, "about 1.7%, as in the last weeks")
    ]
