"""Files as senders leave them: half written, corrected, with a title above the names."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from jobs.runtime.intake.files import Delivery, find_deliveries
from jobs.runtime.intake.mapping import load_mapping
from schemas.feeds import FEEDS
from schemas.intake import INGEST_FILE, REJECTED
from tests.unit.runtime.intake.small_hospital import HEADER, REVIEW, SmallHospital, review

DAY = date(2026, 1, 5)
FEED = FEEDS["review"]


def _found(folder: Path, text: str = REVIEW) -> list[Delivery]:
    (folder / "review.yml").write_text(text, encoding="utf-8")
    return find_deliveries(folder / "in", load_mapping(folder / "review.yml"), "", FEED, DAY, DAY)


def _file(folder: Path, name: str, content: str = HEADER) -> Path:
    path = folder / "in" / "review" / DAY.isoformat() / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "name",
    ["a.csv.part", "a.csv.tmp", ".a.csv", "_a.csv", "~$a.csv", "a.csv~", "a.csv.filepart", "A.CSV.CrDownload"],
)
def test_a_file_that_is_still_being_written_is_left_alone(tmp_path: Path, name: str) -> None:
    _file(tmp_path, name)
    (found,) = _found(tmp_path, REVIEW.replace("*.csv", "*"))
    assert (found.status, found.source_file) == ("absent", f"review/{DAY}/*")


def test_what_a_correction_changed_is_told_each_time_alike(tmp_path: Path, spark: SparkSession) -> None:
    hospital = SmallHospital(tmp_path, spark)
    old = HEADER + "".join(review(i, DAY) for i in range(5))
    new = HEADER + "".join(review(i, DAY, stars="4" if i == 0 else "5") for i in (0, 1, 2, 3, 7, 8))
    hospital.deliver("review", DAY, "a.csv", old)
    hospital.take_in("review", DAY)
    hospital.deliver("review", DAY, "a.corrected.csv", new)
    for _ in range(2):
        hospital.take_in("review", DAY)
        messages = dict(hospital.rows(INGEST_FILE, ("status", "message")))
        assert messages == {
            "taken": None,
            "replaced": "corrected by a.corrected.csv: 6 lines before, 7 now, 2 of the old gone or changed, 3 new",
        }
        assert len(hospital.rows(FEED.silver)) == 6


@pytest.mark.parametrize("title", ["门诊评价\n\n", "门诊评价,,,,,\n导出日期,2026-01-05,,,,\n", '"a ""b"" c"\n'])
def test_what_stands_above_the_names_is_no_record_and_lines_stay_true(
    tmp_path: Path, spark: SparkSession, title: str
) -> None:
    line = title.count("\n") + 1
    hospital = SmallHospital(tmp_path, spark, {"review": REVIEW + f"header_line: {line}\n"})
    hospital.deliver("review", DAY, "a.csv", title + HEADER + review(1, DAY) + review(2, DAY, stars="x"))
    hospital.take_in("review", DAY)
    assert hospital.rows(FEED.bronze, ("review_id", "source_line")) == [("1", line + 1)]
    assert hospital.rows(REJECTED, ("source_line", "reasons")) == [(line + 2, ["unreadable:rating"])]


def test_a_file_with_nothing_below_its_names_is_empty(tmp_path: Path) -> None:
    _file(tmp_path, "a.csv", "门诊评价\n\n" + HEADER)
    (found,) = _found(tmp_path, REVIEW + "header_line: 3\n")
    assert (found.status, found.header[:2]) == ("empty", ("id", "user"))


def test_a_hospitals_own_account_may_be_what_others_write_for_nobody(tmp_path: Path, spark: SparkSession) -> None:
    hospital = SmallHospital(tmp_path, spark)
    hospital.deliver("review", DAY, "a.csv", HEADER + review(1, DAY, user="0") + review(2, DAY, user="无"))
    hospital.take_in("review", DAY)
    refused = ["missing:account_token"]
    assert hospital.rows(REJECTED, ("source_line", "reasons")) == [(2, refused), (3, refused)]

    mapping = tmp_path / "conf" / "sources" / "small" / "review.yml"
    mapping.write_text(REVIEW + 'real_words: ["0"]\n', encoding="utf-8")
    hospital.take_in("review", DAY)
    assert hospital.rows(REJECTED, ("source_line", "reasons")) == [(3, refused)]
