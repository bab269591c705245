"""One step of the benchmark, in a process of its own: `python -m tests.bench.work <order.json> <told.jsonl>`.

Each line it tells is one thing measured: what began, or what ended with its cost.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

from jobs.runtime.settings import Settings, elsewhere, load_settings
from tests.bench.process import Meter

Tell = Callable[..., None]


@dataclass(frozen=True)
class JobOrder:
    """One job to run; `option` is a feed for ingest_feed and a seed for simulate_hospital."""

    job: str
    day: str
    since: str | None = None
    option: str = ""

    @property
    def label(self) -> str:
        return f"{self.job} {self.option}" if self.job == "ingest_feed" else self.job


@dataclass(frozen=True)
class Order:
    """What one process has to do: run jobs in a hospital's folder, or, with `peer`, the rival over its lake.

    With `identifiers`, tell persons among so many made-up ones, on a first day and on the day after; with `users`,
    group so many made-up ones.
    """

    folder: str
    accounts: int
    engine: str = "sail"
    jobs: list[JobOrder] = field(default_factory=list)
    peer: str | None = None
    identifiers: int = 0
    users: int = 0

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @property
    def settings(self) -> Settings:
        return elsewhere(load_settings("simulated", self.engine), Path(self.folder), self.accounts)


def read_order(path: Path) -> Order:
    """What `Order.write` wrote."""
    said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return Order(**{**said, "jobs": [JobOrder(**job) for job in said["jobs"]]})


def run_jobs(order: Order, tell: Tell) -> None:
    """Runs the jobs one after the other; starting, with the slowest imports, is a line of its own."""
    from jobs.runtime.engine import close_engines, get_engine
    from jobs.runtime.job import find_job
    from jobs.runtime.run_job import run_job

    settings = order.settings
    tell(begins="engine start")
    meter = Meter()
    # Seconds that would else be the first job's.
    import_module("great_expectations.expectations")
    get_engine(settings.engine, work=settings.work)
    tell(name="engine start", rows={}, **meter.read())
    for job in order.jobs:
        tell(begins=job.label)
        find_job(job.job)
        since = date.fromisoformat(job.since) if job.since else None
        meter = Meter()
        run = run_job(
            job.job, date.fromisoformat(job.day), settings=settings, since=since, options=_options(order, job)
        )
        tell(name=job.label, rows=run.written, **meter.read())
    close_engines()


def _options(order: Order, job: JobOrder) -> dict[str, str]:
    if job.job == "simulate_hospital":
        return {"accounts": str(order.accounts), "seed": job.option}
    return {"feed": job.option} if job.job == "ingest_feed" else {}


def run_the_peer(order: Order, tell: Tell) -> None:
    """The rival's time, then whether it says what we say."""
    from tests.bench.likeness import likeness
    from tests.bench.peer import run_peer

    settings, day = order.settings, date.fromisoformat(str(order.peer))
    out = settings.run_folder / "peer"
    tell(begins="DuckDB script")
    meter = Meter()
    run_peer(settings.lake, settings.hospital.zone, day, out)
    tell(name="DuckDB script", rows={}, **meter.read())
    tell(likeness=likeness(settings.lake, day, out))


def tell_persons(order: Order, tell: Tell) -> None:
    """The first day with all identifiers, and a day that brings a few more."""
    from jobs.runtime.engine import close_engines, get_engine
    from jobs.runtime.lake import Lake
    from tests.bench.identifiers import FIRST, NEXT, write_day

    settings = order.settings
    import_module("great_expectations.expectations")
    lake = Lake(get_engine(settings.engine, work=settings.work), str(settings.lake))
    from jobs.runtime.run_job import run_job

    for name, day in (("first day", FIRST), ("day after", NEXT)):
        tell(begins=name)
        made = write_day(lake, order.identifiers, day, settings.run_folder)
        meter = Meter()
        run = run_job("link_identity", day, settings=settings)
        tell(name=name, rows={**run.written, "identifiers": float(made)}, **meter.read())
    close_engines()


def group_users(order: Order, tell: Tell) -> None:
    """Finds groups and puts everybody into one: by the two jobs, and by the same arithmetic on arrays alone."""
    from jobs.fit_segments import group_axes
    from jobs.learning.settings import load_segments
    from jobs.runtime.engine import close_engines, get_engine
    from jobs.runtime.lake import Lake
    from jobs.runtime.run_job import run_job
    from models.group_fitting import GroupSettings, fit_groups
    from models.groups import assign
    from tests.bench.grouped_users import DAY, made_up_users, write_users

    settings, users = order.settings, made_up_users(order.users)
    import_module("great_expectations.expectations")
    lake = Lake(get_engine(settings.engine, work=settings.work), str(settings.lake))
    tell(begins="writing users")
    write_users(lake, users, settings.run_folder)
    for name in ("fit_segments", "assign_segments"):
        tell(begins=name)
        meter = Meter()
        run = run_job(name, DAY, settings=settings)
        tell(name=name, rows={**run.written, "users": float(order.users)}, **meter.read())
    close_engines()
    tell(begins="arrays alone")
    conf = load_segments(settings.conf)
    meter = Meter()
    chosen = GroupSettings(k_range=conf.groups)
    rules = [rule.model_dump(exclude_none=True) for rule in conf.names]
    assign(fit_groups(users, group_axes(conf), conf.seed, rules, None, chosen), users)
    tell(name="arrays alone", rows={"users": float(order.users)}, **meter.read())


def main() -> None:
    """Entry point of the child process."""
    order = read_order(Path(sys.argv[1]))
    with Path(sys.argv[2]).open("a", encoding="utf-8", buffering=1) as file:

        def tell(**said: Any) -> None:
            file.write(json.dumps(said) + "\n")

        do = run_the_peer if order.peer else tell_persons if order.identifiers else run_jobs
        (group_users if order.users else do)(order, tell)


if __name__ == "__main__":
    main()
