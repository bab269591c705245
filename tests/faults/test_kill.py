"""A day that is killed at any moment and run again makes the tables of a day that was not."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jobs.runtime.settings import Settings, project_root
from tests.whole_day import LAST, differences, exported, small_settings, whole_day

# Minutes long: the day is made once, killed twice and made again.
pytestmark = pytest.mark.slow
RUN = """
import sys
from pathlib import Path
from tests.whole_day import small_settings, whole_day
whole_day(small_settings(Path(sys.argv[1])), since=None, train=False)
"""


def kill_after(folder: Path, seconds: float) -> bool:
    """Starts the day in a process of its own and kills it; whether it was still at work."""
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, str(folder)],
        cwd=project_root(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    time.sleep(seconds)
    alive = process.poll() is None
    if alive:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return alive


def test_killed_twice_and_run_again_makes_the_same_tables_and_lists(small_day: Settings, tmp_path: Path):
    settings = small_settings(tmp_path)
    shutil.copytree(small_day.run_folder, tmp_path, dirs_exist_ok=True)
    shutil.rmtree(settings.exports)
    dice = random.Random(11)
    killed = [kill_after(tmp_path, dice.uniform(*when)) for when in ((8, 20), (20, 50))]
    assert any(killed), f"the day of {LAST} ended before it could be killed"
    whole_day(settings, since=None, train=False)
    assert differences(small_day, settings) == []
    assert exported(settings) == exported(small_day)
