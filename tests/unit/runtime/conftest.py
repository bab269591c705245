from __future__ import annotations

from pathlib import Path

import pytest

from jobs.runtime.lake import Lake


@pytest.fixture
def lake(engine, tmp_path: Path) -> Lake:
    return Lake(engine, str(tmp_path / "lake"), made_by={"silver.visit": "make_visits"})


@pytest.fixture
def sail_lake(spark, tmp_path: Path) -> Lake:
    return Lake(spark, str(tmp_path / "lake"))
