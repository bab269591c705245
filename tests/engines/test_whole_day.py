"""Both engines make the same tables of the same day, row by row."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.runtime.engine import close_engines
from jobs.runtime.store import Store
from schemas.tables import TABLES
from tests.whole_day import simulate, small_settings, whole_day


# Spark spends seconds on each of the day's hundreds of small commits.
@pytest.mark.slow
@pytest.mark.spark
@pytest.mark.xdist_group("spark")
def test_sail_and_spark_make_the_same_tables_of_the_whole_day(tmp_path: Path) -> None:
    here, there = small_settings(tmp_path / "sail"), small_settings(tmp_path / "spark", "local[2]")
    for settings in (here, there):
        simulate(settings)
        whole_day(settings)
        close_engines()
    ours, theirs = Store(str(here.lake)), Store(str(there.lake))
    made = [t for t in TABLES.values() if ours.exists(t) and t.layer != "audit"]
    assert len(made) > 40
    assert [t.name for t in made if not theirs.exists(t)] == []
    assert [t.name for t in made if ours.content_hash(t) != theirs.content_hash(t)] == []
