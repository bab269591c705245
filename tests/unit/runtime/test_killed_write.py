"""A real kill -9 in the middle of a real write."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest
from lake_tables import FLAT_VISIT, VISITS

from jobs.runtime.lake import Lake

ROOT = Path(__file__).resolve().parents[3]
DAYS = (date(2024, 1, 1), date(2024, 1, 3))
WRITE = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parent)!r})
from datetime import date
from jobs.runtime.engine import get_engine
from jobs.runtime.lake import Lake
from lake_tables import FLAT_VISIT, VISITS
spark = get_engine("sail", work=Path(sys.argv[1]) / "engine")
lake = Lake(spark, sys.argv[1])
lake.stage("half", spark.range(5))
print("begin", flush=True)
lake.replace(FLAT_VISIT, spark.sql(VISITS.format(rows=3_000_000)), date(2024, 1, 1), date(2024, 1, 3), job="killed")
"""


def test_killed_write_leaves_the_last_version_and_can_be_done_again(spark, tmp_path: Path) -> None:
    lake = Lake(spark, str(tmp_path))
    lake.replace(FLAT_VISIT, spark.sql(VISITS.format(rows=300)), *DAYS, job="j")
    before, version = lake.store.content_hash(FLAT_VISIT), lake.store.version(FLAT_VISIT)
    folder = Path(lake.path(FLAT_VISIT))
    known = set(folder.iterdir())
    with subprocess.Popen(
        [sys.executable, "-c", WRITE, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"begin\n"
        wait_for_bytes(folder, known)
        os.kill(writer.pid, signal.SIGKILL)
    assert writer.returncode == -signal.SIGKILL
    assert set(folder.iterdir()) - known, "it was killed before it wrote"
    later = Lake(spark, str(tmp_path))
    assert (later.store.content_hash(FLAT_VISIT), later.store.version(FLAT_VISIT)) == (before, version)
    assert later.read(FLAT_VISIT).count() == 300
    assert later.replace(FLAT_VISIT, spark.sql(VISITS.format(rows=300)), *DAYS, job="j") == 300
    assert later.store.content_hash(FLAT_VISIT) == before
    assert later.store.vacuum(FLAT_VISIT, 0) >= 2
    assert len(set(folder.glob("part-*"))) == 1, "what the killed write left is gone"
    assert later.store.content_hash(FLAT_VISIT) == before
    assert list((tmp_path / "_staging").iterdir()), "the killed run's staging is there"
    later.drop_staged()
    assert list((tmp_path / "_staging").iterdir()) == []


def wait_for_bytes(folder: Path, known: set[Path]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if any(p.stat().st_size > 0 for p in set(folder.iterdir()) - known):
            return
        time.sleep(0.01)
    pytest.fail("no file was begun in a minute")
