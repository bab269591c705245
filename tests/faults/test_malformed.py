"""Whatever comes as a file, reading it ends, and every record of it is either whole or told as broken."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from pathlib import Path

from pyspark.sql import SparkSession

from jobs.runtime.intake.files import survey_file
from jobs.runtime.intake.mapping import Mapping
from jobs.runtime.intake.reader import read_in_process
from jobs.runtime.report.words import REASONS
from schemas.feeds import FEEDS
from schemas.intake import INGEST_BALANCE, REJECTED
from tests.faults.malformed import malformed_files
from tests.unit.runtime.intake.small_hospital import SmallHospital

FEED, DAY = FEEDS["review"], dt.date(2026, 1, 5)
COLUMNS = {
    "review_id": {"from": "id"},
    "account_token": {"from": "user"},
    "subject": {"from": "about", "codes": {"医生": "doctor"}},
    "rating": {"from": "stars"},
    "text": {"from": "words"},
    "reviewed_at": {"from": "at"},
}
FILES = 1000


def test_a_thousand_malformed_files_are_read_to_their_end(tmp_path: Path) -> None:
    seen: Counter[str] = Counter()
    for number, file in enumerate(malformed_files(FILES, seed=5)):
        path = tmp_path / file.name
        path.write_bytes(file.content)
        stated = {"feed": "review", "where": "review/{day}/*", "columns": COLUMNS}
        how = Mapping.model_validate({**stated, "format": file.format, "encoding": file.encoding}, strict=False)
        deliveries = survey_file(path, how, FEED, DAY)
        assert deliveries, file.name
        for delivery in deliveries:
            seen[delivery.status] += 1
            assert delivery.status in ("taken", "rejected", "unreadable", "empty"), (number, file.name)
            assert delivery.status == "taken" or delivery.message, (number, file.name)
        for row in read_in_process(how, deliveries):
            seen["broken" if row["flaw"] else "whole"] += 1
        path.unlink()
    print(dict(seen))
    # The corpus has something of everything, or it shows nothing.
    assert min(seen[kind] for kind in ("taken", "rejected", "unreadable", "empty", "broken", "whole")) > 5


def test_a_day_of_malformed_files_is_taken_in_and_balances(tmp_path: Path, spark: SparkSession) -> None:
    kinds = ("csv", "json_lines", "json_array", "excel", "parquet")
    hospital = SmallHospital(tmp_path, spark, {f"review.{kind}": _mapping(kind) for kind in kinds})
    for file in malformed_files(200, seed=6):
        hospital.deliver("review", DAY, file.name, file.content)
    hospital.take_in("review", DAY)
    ((_, _, read, taken, rejected, repeated, *_),) = hospital.rows(INGEST_BALANCE)
    print(read, taken, rejected, repeated)
    assert read == taken + rejected + repeated
    assert min(taken, rejected, repeated) > 0
    reasons = {reason.partition(":")[0] for row in hospital.rows(REJECTED) for reason in row[-1]}
    assert reasons >= {"broken_line", "unreadable_file", "missing", "unreadable", "unknown_code"}
    assert reasons <= {*REASONS, "unreadable"}
    assert "<script>" not in str(hospital.rows(FEED.silver, ["text"]))


def _mapping(kind: str) -> str:
    columns = "".join(f"  {name}: {json.dumps(said, ensure_ascii=False)}\n" for name, said in COLUMNS.items())
    where = "where: review/{day}/*." + kind + "*"
    return f"feed: review\n{where}\nformat: {kind}\nmax_reject_share: 1.0\ncolumns:\n{columns}"
