"""The benchmark runs through, small; how fast it is, no test says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from jobs.runtime.settings import project_root
from tests.bench.parts import Bench
from tests.bench.plan import QUICK
from tests.bench.steps import Steps, Told


class _Broken(Steps):
    """Steps of which the first one fails."""

    def run(self, title, order):
        from tests.bench.steps import StepFailed

        raise StepFailed(f"{title} broke")


@pytest.mark.slow
@pytest.mark.spark
def test_the_quick_benchmark_prints_every_part_and_leaves_nothing_behind(tmp_path: Path):
    ran = subprocess.run(
        [sys.executable, "-m", "tests.bench", "--quick"],
        cwd=project_root(),
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=1500,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    for said in ("A day's jobs", "30 and on 110 days", "local[2]", "events a second", "DuckDB script", "derive_tags"):
        assert said in ran.stdout
    assert "not the same:" not in ran.stdout, "the rival's figures are no longer ours"
    assert not list(tmp_path.glob("cameo-bench-*"))


def test_a_failing_part_is_told_and_the_others_go_on(tmp_path: Path):
    from rich.console import Console

    console = Console(quiet=True)
    found = Bench(tmp_path, QUICK, _Broken(tmp_path, console, console.status(""))).run()
    assert set(found.failed) == {"history", "day", "peer", "short history", "engines"}
    assert found.failed["day"] == "left out, since history failed"
    assert "broke" in found.failed["engines"]


def test_what_a_step_tells_is_read_line_by_line():
    told = Told()
    told.take('{"begins": "derive_tags"}')
    told.take('{"name": "derive_tags", "seconds": 1.5, "processor": 2.0, "mb": 300, "rows": {"gold.user_tag": 7}}')
    told.take('{"likeness": {"same": []}}')
    assert (told.at, told.costs[0].row_count, told.others) == ("derive_tags", 7, {"likeness": {"same": []}})
