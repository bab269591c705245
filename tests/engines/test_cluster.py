"""The day on a Spark standalone cluster: a master and two workers with one core each, on loopback."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pyspark
import pytest

from jobs.runtime.engine import close_engines, get_engine
from tests.conftest import QUICK_JAVA
from tests.whole_day import SHORTEST, differing_tables, small_settings

pytestmark = [pytest.mark.slow, pytest.mark.spark]


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def _answers(port: int, seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.5)
    return False


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The master's address; everything is ended afterwards."""
    home, port = Path(pyspark.__file__).parent, _free_port()
    folder = tmp_path_factory.mktemp("cluster")
    environment = os.environ | {
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_PYTHON": sys.executable,
    }
    start = [str(home / "bin" / "spark-class")]
    master = [*start, "org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", str(port)]
    commands = [[*master, "--webui-port", str(_free_port())]]
    for i in range(2):
        worker = ["org.apache.spark.deploy.worker.Worker", "--cores", "1", "--memory", "2g", "--host", "127.0.0.1"]
        place = ["--webui-port", str(_free_port()), "--work-dir", str(folder / f"worker{i}")]
        commands.append([*start, *worker, *place, f"spark://127.0.0.1:{port}"])
    running = []
    try:
        for i, command in enumerate(commands):
            log = (folder / f"{i}.log").open("w")
            running.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log))
            assert _answers(port), (folder / "0.log").read_text()[-2000:]
        yield f"spark://127.0.0.1:{port}"
    finally:
        close_engines()
        for process in running:
            process.terminate()
        for process in running:
            process.wait(20)


def test_the_whole_day_runs_on_two_workers_and_makes_the_same_tables(cluster: str, tmp_path: Path) -> None:
    here, there = small_settings(tmp_path / "sail"), small_settings(tmp_path / "cluster", cluster)
    get_engine(cluster, work=there.work, conf=QUICK_JAVA)
    assert differing_tables(here, there, SHORTEST) == []
