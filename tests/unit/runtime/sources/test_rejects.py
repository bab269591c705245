"""A reject can be looked at where it came from, and taken once when what was wrong is mended."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from jobs.runtime.sources.rejects import NoSuchReject, Replayed, count_rejects, replay, source_line
from schemas.feeds import FEEDS
from schemas.intake import INGEST_BALANCE, REJECTED
from tests.unit.runtime.intake.small_hospital import HEADER, REVIEW, SmallHospital, review

MONDAY = date(2026, 1, 5)
DAYS = [MONDAY + timedelta(days=i) for i in (0, 1, 3)]
SILVER = FEEDS["review"].silver


def delivered(tmp_path: Path, spark: SparkSession) -> SmallHospital:
    """On three days four good reviews and one about something the mapping does not know."""
    hospital = SmallHospital(tmp_path, spark)
    for number, day in enumerate(DAYS):
        rows = [review(f"{number}-{i}", day) for i in range(4)]
        rows.append(review(f"{number}-x", day).replace("医生", "药房"))
        hospital.deliver("review", day, "a.csv", HEADER + "".join(rows))
    hospital.take_in("review", DAYS[-1], since=DAYS[0])
    return hospital


def again(hospital: SmallHospital) -> list[Replayed]:
    settings = hospital.settings
    return list(replay(settings, "review", None, None, lambda a, b: hospital.take_in("review", b, since=a)))


def test_a_mended_mapping_takes_the_rejects_once(tmp_path: Path, spark: SparkSession) -> None:
    hospital = delivered(tmp_path, spark)
    assert count_rejects(hospital.settings, None, None, None) == {("review", "unknown_code:subject"): 3}
    mapping = tmp_path / "conf" / "sources" / "small" / "review.yml"
    mapping.write_text(REVIEW.replace("服务: service", "服务: service, 药房: service"), encoding="utf-8")
    assert again(hospital) == [Replayed((DAYS[0], DAYS[1]), 2, 0), Replayed((DAYS[2], DAYS[2]), 1, 0)]
    assert len(hospital.rows(SILVER)) == 15
    assert hospital.rows(REJECTED) == []
    assert again(hospital) == []
    assert [row[2:6] for row in hospital.rows(INGEST_BALANCE)] == [(5, 5, 0, 0)] * 3


def test_without_mending_a_replay_changes_nothing(tmp_path: Path, spark: SparkSession) -> None:
    hospital = delivered(tmp_path, spark)
    silver, refused = hospital.rows(SILVER), hospital.rows(REJECTED)
    assert [(r.before, r.after) for r in again(hospital)] == [(2, 2), (1, 1)]
    assert (hospital.rows(SILVER), hospital.rows(REJECTED)) == (silver, refused)


def test_a_reject_is_shown_where_it_stands(tmp_path: Path, spark: SparkSession) -> None:
    hospital = delivered(tmp_path, spark)
    file = f"review/{MONDAY}/a.csv"
    assert source_line(hospital.settings, "review", file, 6) == review("0-x", MONDAY).replace("医生", "药房").strip()
    with pytest.raises(NoSuchReject, match="has no line 60"):
        source_line(hospital.settings, "review", file, 60)
    with pytest.raises(NoSuchReject, match="no such file below"):
        source_line(hospital.settings, "review", f"review/{MONDAY}/b.csv", 6)
