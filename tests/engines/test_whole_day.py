"""Both engines make the same tables of the same day, row by row."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.runtime.engine import get_engine
from tests.conftest import QUICK_JAVA
from tests.whole_day import SHORTEST, differing_tables, small_settings


# Spark spends seconds on each of the day's hundreds of small commits.
@pytest.mark.slow
@pytest.mark.spark
def test_sail_and_spark_make_the_same_tables_of_the_whole_day(tmp_path: Path) -> None:
    here, there = small_settings(tmp_path / "sail"), small_settings(tmp_path / "spark", "local[2]")
    get_engine(there.engine, work=there.work, conf=QUICK_JAVA)
    assert differing_tables(here, there, SHORTEST) == []
