"""Runs that are killed: a process that has imported all that is heavy, and forks one child for each order.

Reads orders from stdin, a JSON line each, and answers with a line. No engine ever starts in the parent: gRPC would not
survive the fork.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from jobs.runtime.settings import Settings, project_root

_WHOLE_RUN_SECONDS = 300.0


@dataclass(frozen=True)
class Order:
    """One run of a job. `seconds` after it began, or when it has passed so many `places`, it is killed, if at all."""

    settings: Settings
    job: str
    day: date
    options: dict[str, str] = field(default_factory=dict)
    seconds: float | None = None
    place: int | None = None


@dataclass(frozen=True)
class End:
    """How a run ended: places passed and seconds taken when it was left to itself, else where it was killed."""

    killed: bool
    places: list[str]
    seconds: float


class Doomed:
    """The process that runs orders."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, order: Order) -> End:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(_written(order) + "\n")
        self._process.stdin.flush()
        told = json.loads(self._process.stdout.readline())
        assert told["status"] in (0, -signal.SIGKILL), f"{order.job} failed: {told['error']}"
        return End(told["status"] != 0, told["places"], told["seconds"])


@contextmanager
def doomed_runs(log: Path, *jobs: str) -> Iterator[Doomed]:
    """The process, ready for these jobs or for all, with what it and its children print in the log."""
    command = [sys.executable, "-m", "tests.faults.doomed", *jobs]
    pipe = subprocess.PIPE
    with (
        log.open("ab") as sink,
        subprocess.Popen(command, cwd=project_root(), stdin=pipe, stdout=pipe, stderr=sink, text=True) as process,
    ):
        try:
            yield Doomed(process)
        finally:
            process.kill()


def _written(order: Order) -> str:
    place = order.settings.hospital
    where = [str(p) for p in (order.settings.root, order.settings.run_folder, place.landing, place.folder)]
    said = asdict(order) | {"settings": [place.name, place.zone, *where], "day": str(order.day)}
    return json.dumps(said)


def _settings(name: str, zone: str, *where: str) -> Settings:
    from jobs.runtime.settings import Bilingual, Hospital

    root, run_folder, landing, folder = (Path(path) for path in where)
    hospital = Hospital(name, Bilingual(zh=name, en=name), zone, landing, folder)
    return Settings(root, "sail", run_folder, root, hospital)


def _report_places(tell: Callable[[str], None], last: int | None) -> None:
    """Passes a place before and after each of our own steps that another process could see; kills itself at `last`."""
    from jobs.runtime import audit, export, lake, staging, store
    from jobs.runtime.trail import chain

    passed = 0

    def at(place: str) -> None:
        nonlocal passed
        passed += 1
        tell(place)
        if passed == last:
            os.kill(os.getpid(), signal.SIGKILL)

    def watched(owner: Any, name: str) -> None:
        real = getattr(owner, name)

        def step(*given: Any, **named: Any) -> Any:
            at(f"before {owner.__name__.split('.')[-1]}.{name}")
            done = real(*given, **named)
            at(f"after {owner.__name__.split('.')[-1]}.{name}")
            return done

        setattr(owner, name, step)

    for module in (lake, audit, store, chain):
        watched(module, "again_on_conflict")
    for owner, name in ((chain, "write_anchor"), (export, "_write"), (staging.Staging, "put"), (shutil, "rmtree")):
        watched(owner, name)
    watched(Path, "rename")
    watched(Path, "replace")


def _child(said: dict[str, Any], tell: Callable[[str], None]) -> None:
    from jobs.runtime.run_job import run_job, watch

    watch(lambda run, seconds, error: tell("begun") if seconds is None else None)
    _report_places(tell, said["place"])
    run_job(
        said["job"], date.fromisoformat(said["day"]), settings=_settings(*said["settings"]), options=said["options"]
    )
    # Not one handler or finalizer of the parent's is ours to run.
    os._exit(0)


def _obey(said: dict[str, Any]) -> dict[str, Any]:
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            _child(said, lambda place: os.write(theirs, f"{place}\n".encode()) and None)
        except BaseException as error:
            os.write(theirs, f"error {type(error).__name__}: {error!s:.2000}".replace("\n", " ").encode())
            os._exit(1)
    os.close(theirs)
    text, began = "", 0.0
    until: float | None = time.monotonic() + _WHOLE_RUN_SECONDS
    while True:
        ready, _, _ = select.select([ours], [], [], None if until is None else max(0.0, until - time.monotonic()))
        if not ready:
            os.kill(child, signal.SIGKILL)
            until = None
            continue
        got = os.read(ours, 65536).decode()
        if not got:
            break
        text += got
        if not began and "begun\n" in text:
            began = time.monotonic()
            until = began + (_WHOLE_RUN_SECONDS if said["seconds"] is None else said["seconds"])
    os.close(ours)
    seconds = time.monotonic() - began
    _, status = os.waitpid(child, 0)
    lines = [line for line in text.splitlines() if line != "begun"]
    error = next((line for line in lines if line.startswith("error ")), "")
    return {"status": os.waitstatus_to_exitcode(status), "places": lines, "seconds": seconds, "error": error}


def main() -> None:
    """Imports what the jobs import, then does as it is told."""
    import deltalake  # noqa: F401
    import duckdb  # noqa: F401
    import pyspark.sql.connect.session  # noqa: F401

    from jobs.runtime.job import all_jobs, find_job
    from jobs.runtime.quality import warm_up

    for job in sys.argv[1:] or all_jobs():
        find_job(job)
    warm_up()
    for line in sys.stdin:
        print(json.dumps(_obey(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
