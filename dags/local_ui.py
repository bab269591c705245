"""Airflow's and MLflow's own web pages over what has run on this machine; both on loopback only."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from types import FrameType

from local_run import airflow_environment
from rich.console import Console

from jobs.runtime.settings import Settings, load_settings

AIRFLOW_PORT = int(os.environ.get("AIRFLOW_PORT", "8080"))
MLFLOW_PORT = int(os.environ.get("MLFLOW_PORT", "5000"))


def start(settings: Settings) -> list[subprocess.Popen[bytes]]:
    """Starts both servers; their chatter goes to the run folder."""
    logs = settings.run_folder / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    environment = os.environ | airflow_environment(settings)
    store = f"sqlite:///{settings.mlflow / 'mlflow.db'}"
    airflow = ["-m", "airflow", "api-server", "--host", "127.0.0.1", "--port", str(AIRFLOW_PORT), "--workers", "1"]
    mlflow = ["-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(MLFLOW_PORT), "--backend-store-uri", store]
    servers = []
    for name, command in (("airflow", airflow), ("mlflow", [*mlflow, "--workers", "1"])):
        with (logs / f"{name}-ui.log").open("ab") as log:
            servers.append(
                subprocess.Popen(
                    [sys.executable, *command], stdout=log, stderr=log, env=environment, start_new_session=True
                )
            )
    return servers


def stop(servers: list[subprocess.Popen[bytes]]) -> None:
    """Ends each server with all its workers."""
    for server in servers:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGTERM)
    for server in servers:
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)


def answers(url: str) -> bool:
    """Whether a page is there."""
    try:
        with urllib.request.urlopen(url, timeout=2) as page:  # noqa: S310 - a loopback address built below
            return bool(page.status == 200)
    except OSError:
        return False


def main() -> int:
    """Entry point of `make ui`: serves until Ctrl-C."""
    console = Console()
    settings = load_settings("simulated")
    if not (settings.run_folder / "airflow" / "airflow.db").exists():
        console.print("nothing has run yet: `make run` first")
        return 1
    urls = {"Airflow": f"http://127.0.0.1:{AIRFLOW_PORT}", "MLflow": f"http://127.0.0.1:{MLFLOW_PORT}"}

    def end(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, end)
    servers = start(settings)
    try:
        with console.status("starting the two servers (about 20 s)"):
            waiting = dict(urls)
            while waiting and all(s.poll() is None for s in servers):
                time.sleep(1)
                waiting = {n: u for n, u in waiting.items() if not answers(u)}
        if waiting:
            console.print(f"{', '.join(waiting)} did not start; see {settings.run_folder / 'logs'}")
            return 1
        for name, url in urls.items():
            console.print(f"{name:8} {url}")
        console.print("Ctrl-C ends both.")
        while all(s.poll() is None for s in servers):
            time.sleep(1)
    except KeyboardInterrupt:
        console.print("ending")
    finally:
        stop(servers)
    return 0


if __name__ == "__main__":
    sys.exit(main())
