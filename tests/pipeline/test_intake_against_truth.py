"""Each file of the simulated hospital is counted as the hospital's own books have it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
from pyspark.sql import SparkSession

from jobs.runtime.intake.mapping import mapped_feeds
from jobs.runtime.lake import Lake
from jobs.runtime.landing import write_hospital
from jobs.runtime.run_job import run_job
from jobs.runtime.settings import load_settings
from schemas.intake import INGEST_BALANCE

START, DAYS, LAST = date(2026, 1, 1), 40, date(2026, 2, 9)


def test_the_intake_counts_what_the_hospital_counted(spark: SparkSession, tmp_path: Path) -> None:
    write_hospital(tmp_path, 7, START, DAYS, 300)
    settings = load_settings("simulated", "sail")
    place = replace(settings.hospital, folder=tmp_path, landing=tmp_path / "landing")
    settings = replace(settings, run_folder=tmp_path / "run", hospital=place)
    feeds = mapped_feeds(settings.sources)
    for feed in feeds:
        run_job("ingest_feed", LAST, since=START, settings=settings, options={"feed": feed})

    expected: Counter[tuple[str, date, str]] = Counter()
    for file in pq.read_table(tmp_path / "truth" / "delivered.parquet").to_pylist():
        if "_v2" in file["file"]:
            # The rows of the file beside it once more, in whose place it is taken: its books are that one's.
            continue
        day = (file["feed"], file["delivery_date"])
        expected[(*day, "read")] += file["lines"]
        expected[(*day, "taken")] += file["taken"] - file["repeated_rows"]
        expected[(*day, "rejected")] += file["rejected"]
        expected[(*day, "duplicate")] += file["same_file"] + file["repeated_rows"]
    found = {
        (row.feed, row.known_date, what): row[f"{what}_count"]
        for row in Lake(spark, str(settings.lake)).read(INGEST_BALANCE).collect()
        for what in ("read", "taken", "rejected", "duplicate")
    }
    assert {k: n for k, n in found.items() if n} == {k: n for k, n in expected.items() if n}
