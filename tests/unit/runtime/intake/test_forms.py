"""A hospital that sends workbooks, archives and UTF-16 has the same rows in silver as one that sends plain CSV."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from pyspark.sql import SparkSession

from jobs.runtime.sources.rejects import source_line
from schemas.feeds import FEEDS
from schemas.intake import INGEST_BALANCE, REJECTED
from tests.unit.runtime.intake.small_hospital import HEADER, REVIEW, SmallHospital, review

DAY = date(2026, 1, 5)
TEXT = HEADER + review(1, DAY) + review(2, DAY, user="u2", stars="x") + review(3, DAY, user="u3")
COLUMNS = ("review_id", "account_token", "subject", "rating", "text", "reviewed_at", "source_line")


def workbook() -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for line in TEXT.splitlines():
        book.active.append(line.split(","))
    book.save(out)
    return out.getvalue()


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("export/review.csv", TEXT)
    return out.getvalue()


def array() -> bytes:
    header, *rows = [line.split(",") for line in TEXT.splitlines()]
    return json.dumps({"data": [dict(zip(header, row, strict=True)) for row in rows]}, ensure_ascii=False).encode()


FORMS: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "excel": ("a.xlsx", workbook, "format: excel"),
    "zip": ("a.zip", archive, "format: csv"),
    "utf-16": ("a.csv", lambda: TEXT.encode("utf-16"), "format: csv\nencoding: utf-16"),
    "json_array": ("a.json", array, "format: json_array\nrecords: data"),
}


@pytest.mark.parametrize("form", FORMS)
def test_what_is_packed_is_taken_as_what_is_not(tmp_path: Path, spark: SparkSession, form: str) -> None:
    name, content, how = FORMS[form]
    plain = SmallHospital(tmp_path / "plain", spark)
    packed = SmallHospital(
        tmp_path / "packed", spark, {"review": REVIEW.replace("*.csv", "*").replace("format: csv", how)}
    )
    plain.deliver("review", DAY, "a.csv", TEXT)
    packed.deliver("review", DAY, name, content())
    for hospital in (plain, packed):
        hospital.take_in("review", DAY)
    # An array has no line above its elements.
    columns = COLUMNS[:-1] if form == "json_array" else COLUMNS
    assert packed.rows(FEEDS["review"].silver, columns) == plain.rows(FEEDS["review"].silver, columns)
    assert len(packed.rows(FEEDS["review"].silver)) == 2
    assert packed.rows(INGEST_BALANCE) == plain.rows(INGEST_BALANCE)
    ((file, line),) = packed.rows(REJECTED, ("source_file", "source_line"))
    refused = source_line(packed.settings, "review", file, line)
    assert [sign in refused for sign in ("u1", "u2", "u3")] == [False, True, False]
