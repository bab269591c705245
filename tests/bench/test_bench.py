"""The benchmark runs through, small; how fast it is, no test says."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from jobs.runtime.settings import project_root
from tests.bench import plan
from tests.bench.parts import Bench, Found
from tests.bench.plan import QUICK
from tests.bench.show import show
from tests.bench.steps import Cost, Steps, Told


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
    for said in ("A day's jobs", "30 and on 140 days", "local[2]", "events a second", "DuckDB script", "derive_tags"):
        assert said in ran.stdout
    assert "not the same:" not in ran.stdout, "the rival's figures are no longer ours"
    assert not list(tmp_path.glob("cameo-bench-*"))


def test_a_failing_part_is_told_and_the_others_go_on(tmp_path: Path):
    from rich.console import Console

    console = Console(quiet=True)
    found = Bench(tmp_path, QUICK, _Broken(tmp_path, console, console.status(""))).run()
    assert set(found.failed) == {"history", "day", "peer", "short history", "engines", "persons", "groups"}
    assert found.failed["day"] == "left out, since history failed"
    assert "broke" in found.failed["engines"]


def test_what_a_step_tells_is_read_line_by_line():
    told = Told()
    told.take('{"begins": "derive_tags"}')
    told.take('{"name": "derive_tags", "seconds": 1.5, "processor": 2.0, "mb": 300, "rows": {"gold.user_tag": 7}}')
    told.take('{"likeness": {"same": []}}')
    assert (told.at, told.costs[0].row_count, told.others) == ("derive_tags", 7, {"likeness": {"same": []}})


def _made_up(groups: dict, seconds: float) -> dict:
    """What the groups would tell if each job took as long."""
    rows = {"silver.event": 300_000.0}
    return {n: [Cost(job.label, seconds, seconds, 500.0, rows) for job in jobs] for n, jobs in groups.items()}


def test_every_figure_is_shown_beside_what_was_wanted():
    from rich.console import Console

    world = QUICK.world
    one_pass = {"all": plan.in_one_pass(world)}
    found = Found(
        loaded=_made_up(plan.past(world), 1.0),
        day=_made_up(plan.daily(world), 1.1),
        short_day=_made_up(plan.daily(world), 1.0),
        engines={"sail": _made_up(one_pass, 1.0)["all"], "local[2]": _made_up(one_pass, 4.0)["all"]},
        peer=[Cost("DuckDB script", 2.2, 3.0, 900.0, {})],
        likeness={"same": ["order_count_30d"], "other": [], "same_tags": [], "other_tags": ["value.refunds"]},
        persons=[
            Cost("first day", 30.0, 40.0, 900.0, {"identifiers": 1e6}),
            Cost("day after", 11.0, 12.0, 900.0, {"identifiers": 1e6}),
        ],
        groups=[Cost(name, s, s, 700.0, {"users": 1e6}) for name, s in (("fit", 12.0), ("assign", 9.0), ("bare", 3.0))],
        failed={"a tenth": "left out"},
    )
    console = Console(width=130, record=True, file=io.StringIO())
    show(found, QUICK, console)
    said = console.export_text()
    for line in (
        "1.10 │ ≤ 1.2",
        "0.05 │ ≤ 0.25",
        "4.00 │ ≥ 3",
        "300,000 │ ≥ 150,000",
        "2.00 │ ≤ 1.5",
        "11.0 s, 900 MB │ ≤ 10 s    │ ✗",
        "21.0 s, 700 MB │ ≤ 30 s    │ ✓",
        "7.00",
    ):
        assert line in said, said
    assert "not the same: value.refunds" in said
    assert "✗ a tenth: left out" in said
