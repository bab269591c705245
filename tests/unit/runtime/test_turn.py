"""Whose turn it is: who waits for whom, who is told, and that the dead hold nothing."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from jobs.runtime.settings import project_root
from jobs.runtime.turn import LakeBusy, turn

HOLD = """
import sys, time
from pathlib import Path
from jobs.runtime.turn import turn
with turn(Path(sys.argv[1]), "score", "score for 2026-06-29", alone=sys.argv[2] == "alone", wait_seconds=5):
    print("begun", flush=True)
    time.sleep(60)
"""


@contextmanager
def other_process(lake: Path, how: str = "shared") -> Iterator[subprocess.Popen[str]]:
    """Somebody else, at work until killed."""
    command = [sys.executable, "-c", HOLD, str(lake), how]
    with subprocess.Popen(command, cwd=project_root(), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        try:
            yield process
        finally:
            process.kill()


def hold(lake: Path, name: str, *, alone: bool = False, wait_seconds: float = 0) -> None:
    with turn(lake, name, f"{name} for 2026-06-29", alone=alone, wait_seconds=wait_seconds):
        pass


def test_a_second_run_of_a_job_is_refused_with_who_is_at_work(tmp_path: Path) -> None:
    with other_process(tmp_path) as other, pytest.raises(LakeBusy) as refused:
        hold(tmp_path, "score")
    told = re.escape("score for 2026-06-29 waited 0 s and gave up; at work is score for 2026-06-29, process ")
    assert re.match(told + rf"{other.pid} on \S+, since \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d UTC\. ", str(refused.value))


def test_a_second_run_waits_says_for_whom_and_begins_when_the_first_was_killed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with other_process(tmp_path) as other:
        killer = threading.Timer(0.5, os.kill, (other.pid, signal.SIGKILL))
        killer.start()
        began = time.monotonic()
        hold(tmp_path, "score", wait_seconds=20)
        assert 0.3 < time.monotonic() - began < 10
    assert [r.getMessage().split(",")[0] for r in caplog.records] == ["score for 2026-06-29 waits"]
    assert f"process {other.pid} on" in caplog.text


def test_other_jobs_run_side_by_side(tmp_path: Path) -> None:
    with other_process(tmp_path):
        hold(tmp_path, "segments")
        hold(tmp_path, "segments")


@pytest.mark.parametrize(("first", "second_alone"), [("shared", True), ("alone", False), ("alone", True)])
def test_nobody_is_at_work_beside_who_wants_the_lake_alone(tmp_path: Path, first: str, second_alone: bool) -> None:
    with other_process(tmp_path, first), pytest.raises(LakeBusy, match="at work is score for 2026-06-29, process"):
        hold(tmp_path, "erase", alone=second_alone)
    hold(tmp_path, "erase", alone=second_alone)


def test_who_wants_the_lake_alone_is_not_kept_waiting_by_those_who_come_later(tmp_path: Path) -> None:
    order = []

    def erase() -> None:
        with turn(tmp_path, "erase", "an erasure", alone=True, wait_seconds=20):
            order.append("erase")

    with other_process(tmp_path) as first:
        waiting = threading.Thread(target=erase)
        waiting.start()
        while not (tmp_path / "_locks" / "erase.run").exists():
            time.sleep(0.01)
        time.sleep(0.3)
        with pytest.raises(LakeBusy, match=f"process {first.pid} "):
            hold(tmp_path, "segments", wait_seconds=0.3)
        first.kill()
        hold(tmp_path, "segments", wait_seconds=20)
        order.append("segments")
        waiting.join()
    assert order == ["erase", "segments"]


def test_a_child_forked_meanwhile_keeps_nobody_waiting(tmp_path: Path) -> None:
    with turn(tmp_path, "score", "score", alone=True, wait_seconds=0):
        child = os.fork()
        if child == 0:
            time.sleep(30)
            os._exit(0)
    try:
        hold(tmp_path, "score", alone=True)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_a_failed_run_lets_go(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), turn(tmp_path, "score", "score", alone=True, wait_seconds=0):
        _ = 1 / 0
    hold(tmp_path, "score", alone=True)


def test_options_make_names_of_files_that_stay_in_the_folder(tmp_path: Path) -> None:
    hold(tmp_path / "lake", "ingest_feed feed=../../event")
    assert [p.name for p in (tmp_path / "lake").rglob("*.run")] == ["ingest_feed_feed_.._.._event.run"]
