"""Who asks in a file of the hospital's to be erased is erased once, with a receipt, and the request with them."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from jobs.runtime.audit import read_rows
from jobs.runtime.run_job import run_job
from jobs.runtime.settings import project_root
from schemas.erasure import ERASURE
from schemas.feeds import FEEDS
from schemas.intake import INGEST_BALANCE, INGEST_FILE, REJECTED
from tests.unit.runtime.intake.small_hospital import HEADER, REVIEW, SmallHospital, review

DAY, NEXT = date(2026, 1, 1), date(2026, 1, 2)
REVIEWS, REQUESTS = FEEDS["review"], FEEDS["erasure_request"]
ASKED = f"申请编号,用户编号,原因,申请时间\nR1,u1,搬家了,{DAY} 10:00:00\nR2,u9,,{DAY} 11:00:00\n"


def example() -> str:
    """The mapping that docs/operations.md shows."""
    page = (project_root() / "docs" / "operations.md").read_text(encoding="utf-8")
    (found,) = re.findall(r"```yaml\n(feed: erasure_request\n.*?)```", page, re.DOTALL)
    return str(found)


@pytest.fixture
def hospital(tmp_path: Path, spark: SparkSession) -> SmallHospital:
    made = SmallHospital(tmp_path, spark, {"review": REVIEW, "erasure_request": example()})
    said = "".join(review(number, DAY, user) for number, user in enumerate(["u1", "u2", "u1", "u3"]))
    made.deliver("review", DAY, "a.csv", HEADER + said)
    made.deliver("erasure_request", DAY, "zhuxiao_1.csv", ASKED.encode("gb18030"))
    for feed in made.mappings:
        made.take_in(feed, DAY)
    return made


def carry_out(hospital: SmallHospital, day: date = DAY) -> None:
    run_job("carry_out_erasures", day, settings=hospital.settings)


def answered(hospital: SmallHospital) -> dict[str, dict[str, float]]:
    """The requests with a receipt that is done, and what was removed for each."""
    done = read_rows(hospital.lake.store, ERASURE, ("status", "=", "done"))
    assert len({row["receipt_id"] for row in done}) == len(done)
    return {" ".join(row["requests"]): dict(row["removed_rows"]) for row in done}


def test_a_request_is_carried_out_once_and_goes_with_the_person(hospital: SmallHospital) -> None:
    own = {"bronze.erasure_request": 1, "silver.erasure_request": 1}
    carry_out(hospital)
    # Nobody knows u9; the request that names them is theirs all the same.
    assert answered(hospital) == {"R1": {**own, "bronze.review": 2, "silver.review": 2}, "R2": own}
    assert [number for (number,) in hospital.rows(REVIEWS.silver, ("review_id",))] == ["1", "3"]
    assert hospital.rows(REQUESTS.silver) == hospital.rows(REQUESTS.bronze) == []

    for feed in hospital.mappings:
        hospital.take_in(feed, DAY)
    carry_out(hospital)
    assert len(answered(hospital)) == 2
    assert {tuple(reasons) for (reasons,) in hospital.rows(REJECTED, ("reasons",))} == {("erased",)}
    counts = ("feed", "read_count", "taken_count", "rejected_count")
    assert hospital.rows(INGEST_BALANCE, counts) == [("erasure_request", 2, 0, 2), ("review", 4, 2, 2)]


def test_a_request_of_a_later_day_waits_for_its_day(hospital: SmallHospital) -> None:
    hospital.deliver("erasure_request", NEXT, "zhuxiao_2.csv", ASKED.replace("u1", "u2").encode("gb18030"))
    hospital.take_in("erasure_request", NEXT)
    carry_out(hospital)
    assert [number for (number,) in hospital.rows(REVIEWS.silver, ("review_id",))] == ["1", "3"]


def test_a_day_without_requests_is_no_news(hospital: SmallHospital) -> None:
    for feed in hospital.mappings:
        hospital.take_in(feed, NEXT)
    absent = [feed for feed, status in hospital.rows(INGEST_FILE, ("feed", "status")) if status == "absent"]
    assert absent == ["review"]
