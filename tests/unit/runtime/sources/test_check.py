"""A mapping is held against a file before anything is taken in, and nobody can be told by what is shown."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

from pyspark.sql import SparkSession
from rich.console import Console

from jobs.runtime.sources.check import Checked, check_source, problems
from jobs.runtime.sources.show import show_checked
from tests.unit.runtime.intake.small_hospital import HEADER, REVIEW, review

DAY = date(2026, 1, 5)
PHONE = "13812345678"


def checked(spark: SparkSession, folder: Path, *lines: str, header: str = HEADER, rows: int = 100) -> Checked:
    mapping, file = folder / "review.yml", folder / DAY.isoformat() / "a.csv"
    file.parent.mkdir(exist_ok=True)
    mapping.write_text(REVIEW, encoding="utf-8")
    file.write_text(header + "".join(lines), encoding="utf-8")
    return check_source(spark, mapping, file, "Asia/Shanghai", rows=rows)


def screen(found: Checked) -> tuple[str, bool]:
    out = io.StringIO()
    good = show_checked(found, Console(file=out, width=200, force_terminal=False))
    return out.getvalue(), good


def test_each_column_says_what_of_it_was_read_and_what_was_not(spark: SparkSession, tmp_path: Path) -> None:
    found = checked(spark, tmp_path, review(1, DAY), review(2, DAY, stars="four"), review(3, DAY, stars=PHONE))
    columns = {c.field.name: (c.filled, c.refused, c.examples) for c in found.columns}
    assert columns["review_id"] == (3, 0, ())
    assert columns["rating"] == (2, 2, ("four", "[phone]"))
    assert (found.read, found.taken) == (3, 1)
    assert dict(found.reasons) == {"unreadable:rating": 1, "out_of_range:rating": 1}
    assert [f.name for f in found.unmapped] == ["doctor_id", "consultation_id"]


def test_nobody_can_be_told_by_what_is_shown(spark: SparkSession, tmp_path: Path) -> None:
    found = checked(spark, tmp_path, review(1, DAY, user=PHONE, words=f"打我电话{PHONE}"), review(2, DAY, stars=PHONE))
    told, _ = screen(found)
    assert PHONE not in told
    assert "<account>" in told
    assert "打我电话[phone]" in told


def test_a_file_that_would_be_taken_is_told_so(spark: SparkSession, tmp_path: Path) -> None:
    told, good = screen(checked(spark, tmp_path, *[review(i, DAY) for i in range(10)], rows=4))
    assert good
    assert "4 records looked at, 4 would be taken, 0 rejected" in told


def test_a_file_that_would_stop_the_feed_is_told_so(spark: SparkSession, tmp_path: Path) -> None:
    found = checked(spark, tmp_path, review(1, DAY, stars="x"), review(2, DAY))
    assert list(problems(found)) == ["50% of the records would be refused, more than 20%: the feed would stop"]


def test_a_missing_column_and_columns_nobody_reads_are_told(spark: SparkSession, tmp_path: Path) -> None:
    header = HEADER.replace("user", "member")
    found = checked(spark, tmp_path, review(1, DAY), header=header)
    assert found.unused == ("member",)
    told, good = screen(found)
    assert not good
    assert "a.csv: rejected; columns not in the file: user; it has id, member, about, stars, words, at" in told
    assert "missing_column:user" in told


def test_a_renamed_column_is_guessed(spark: SparkSession, tmp_path: Path) -> None:
    found = checked(spark, tmp_path, review(1, DAY), header=HEADER.replace("stars", "star"))
    assert "; perhaps stars is now star" in found.files[0].message
