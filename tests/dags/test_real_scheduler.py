"""A real scheduler, API server and DAG processor: two days are backfilled, and each keeps its date to the lists."""

from __future__ import annotations

import os
import secrets
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from jobs.runtime.engine import close_engines
from jobs.runtime.run_job import run_job
from jobs.runtime.settings import Settings
from tests.whole_day import ACCOUNTS, FACTS, LAST, MODELS, START, ingest, simulate, small_settings

pytestmark = pytest.mark.slow
DAILY = ("feeds_daily", "scores_daily", "portrait_daily", "exports_daily")
DAYS = (LAST - timedelta(days=1), LAST)
MINUTES = 20


def history_and_models(settings: Settings) -> None:
    """Everything up to the day before the two that the scheduler is to run."""
    before = DAYS[0] - timedelta(days=1)
    ingest(settings, before, START)
    for name in FACTS:
        run_job(name, before, settings=settings, since=START)
    for name in MODELS:
        run_job(name, before, settings=settings)
    close_engines()


def environment(settings: Settings) -> dict[str, str]:
    from local_run import airflow_environment

    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    return (
        os.environ
        | airflow_environment(settings)
        | {
            "AIRFLOW__API__PORT": str(port),
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
            "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(32),
            "CAMEO_RUN_FOLDER": str(settings.run_folder),
            "CAMEO_ACCOUNTS": str(ACCOUNTS),
            "CAMEO_HOSPITAL": "simulated",
            "CAMEO_ENGINE": "sail",
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        }
    )


def airflow(env: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "airflow", *words], env=env, capture_output=True, text=True, timeout=180
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@contextmanager
def servers(env: dict[str, str], logs: Path) -> Iterator[None]:
    running = []
    try:
        for name in ("api-server", "scheduler", "dag-processor"):
            log = (logs / f"{name}.log").open("w")
            command = [sys.executable, "-m", "airflow", name]
            running.append(subprocess.Popen(command, env=env, stdout=log, stderr=log, start_new_session=True))
        yield
    finally:
        for process in running:
            os.killpg(process.pid, 15)
        for process in running:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, 9)


def runs(env: dict[str, str]) -> dict[tuple[str, str | None], str]:
    path = Path(env["AIRFLOW_HOME"]) / "airflow.db"
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30) as db:
        return {(d, key): state for d, key, state in db.execute("SELECT dag_id, partition_key, state FROM dag_run")}


def test_a_backfill_of_two_days_reaches_the_lists_with_its_dates(tmp_path: Path):
    settings = small_settings(tmp_path)
    simulate(settings)
    history_and_models(settings)
    env = environment(settings)
    airflow(env, "db", "migrate")
    airflow(env, "dags", "reserialize")
    for dag_id in DAILY:
        airflow(env, "dags", "unpause", dag_id)
    first, end = (f"{day}T00:00:00+08:00" for day in (DAYS[0], DAYS[1] + timedelta(days=1)))
    airflow(env, "backfill", "create", "--dag-id", "feeds_daily", "--from-date", first, "--to-date", end)
    wanted = {(dag_id, day.isoformat()) for dag_id in DAILY for day in DAYS}
    with servers(env, tmp_path):
        deadline = time.monotonic() + MINUTES * 60
        while time.monotonic() < deadline:
            states = runs(env)
            failed = [run for run, state in states.items() if state == "failed" and run in wanted]
            assert not failed, failed
            if all(states.get(run) == "success" for run in wanted):
                break
            time.sleep(5)
    states = runs(env)
    assert {run: states.get(run) for run in wanted} == dict.fromkeys(wanted, "success")
    assert {p.name for p in settings.exports.iterdir()} == {day.isoformat() for day in DAYS}
