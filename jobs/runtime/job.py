"""What a job is, and what one run of it may do; jobs.runtime.run_job runs them."""

from __future__ import annotations

import importlib
import pkgutil
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from schemas.table import Table
from schemas.vocabulary import GUARDED_PURPOSES, JOB_PURPOSES

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from jobs.runtime.lake import Lake
    from jobs.runtime.quality import CheckResult
    from jobs.runtime.settings import Settings
    from jobs.runtime.trail.chain import Trail


@dataclass(frozen=True)
class Job:
    """One job: its function, and the tables it declares to read and write."""

    name: str
    meaning: str
    function: Callable[[Run], None]
    reads: tuple[Table, ...]
    writes: tuple[Table, ...]
    options: tuple[str, ...]
    purpose: str = "operation"
    alone: bool = False
    takes_known_at: bool = False

    @property
    def is_guarded(self) -> bool:
        """Rows about persons reach it only through the policy."""
        return self.purpose in GUARDED_PURPOSES


@dataclass
class Run:
    """One run of a job: the days it works on and its only way to the tables.

    `since` equals `day` for a daily run; history comes in as a range. As-of tables are always made as of `day`, from
    what was known by `known_at`: by the day itself, unless `later_known_at` says otherwise.
    `passed` and `asked` are jobs.runtime.passage's: who passed the policy, and what was asked of them.
    """

    job: Job
    day: date
    since: date
    options: Mapping[str, str]
    settings: Settings
    lake: Lake
    run_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    written: dict[str, int] = field(default_factory=dict)
    results: list[CheckResult] = field(default_factory=list)
    passed: dict[tuple[str, ...], DataFrame] = field(default_factory=dict)
    asked: dict[str, object] = field(default_factory=dict)
    later_known_at: date | None = None

    @property
    def known_at(self) -> date:
        return self.later_known_at or self.day

    @property
    def spark(self) -> SparkSession:
        return self.lake.spark

    @cached_property
    def trail(self) -> Trail:
        """Where to tell what must be provable later, as of conf/ at the first time this is asked for."""
        from jobs.runtime.trail.chain import Trail
        from jobs.runtime.trail.conf_state import read_conf

        return Trail(self.lake.store, self.settings.anchors, read_conf(self.settings.conf), self.run_id)

    def read(self, table: Table, since: date | None = None, until: date | None = None) -> DataFrame:
        """The table's rows, of a range of days when one is given; a table nobody has written is an error.

        So is one day's slice of an as-of table that was made of other knowledge than this run's.
        """
        from jobs.runtime.knowledge import refuse_other_knowledge
        from jobs.runtime.lake import TableMissing

        if table.slice_by == "as_of_date" and since is not None and since == until:
            refuse_other_knowledge(self, table, since)
        try:
            return self.lake.read(table, since=since, until=until)
        except TableMissing as error:
            maker = next((j.name for j in all_jobs().values() if table in j.writes), None)
            raise TableMissing(f"{error}; `cameo run {maker}` makes it" if maker else str(error)) from None

    def read_or_empty(self, table: Table, since: date | None = None, until: date | None = None) -> DataFrame:
        """As `read`, but a table nobody has written yet has no rows."""
        return self.lake.read_or_empty(table, since=since, until=until)

    def read_permitted(
        self, table: Table, used: Sequence[str] = (), since: date | None = None, until: date | None = None
    ) -> DataFrame:
        """As `read`, of those persons only whom conf/policy.yml lets the job's purpose use.

        `used` are the columns that the job makes anything of, here or in other tables: they say which data classes
        a consent must cover; without them all columns of the table do.
        """
        from jobs.runtime.passage import permitted_rows

        return permitted_rows(self, table, used, since, until)

    def known(self, table: Table, since: date | None = None, days: int | None = None) -> DataFrame:
        """What had happened by the end of the day and was known by `known_at`; of the last `days` only, when given.

        `since` is the first delivery that is looked at. A table that nobody has written yet has no rows.
        """
        from features.persons import as_known

        delivered = self.read_or_empty(table, since=since, until=self.known_at)
        return as_known(delivered, self.day, days, known_at=self.known_at)

    def write(self, table: Table, df: DataFrame, since: date | None = None, until: date | None = None) -> int:
        """Replaces the run's slice [since, day] in one commit, then checks what was written.

        The slice of an as-of table is the day alone. Raises StopTheDay when a stop check fails.
        """
        whole = self.day if table.slice_by == "as_of_date" else self.since
        first, last = since or whole, until or self.day
        known = self.later_known_at if table.slice_by == "as_of_date" else None
        rows = self.lake.replace(table, df, first, last, job=self.job.name, known_at=known)
        self.written[table.name] = self.written.get(table.name, 0) + rows
        lake = self.lake.behind_the_guard
        self.check(table, lake.read(table, since=first, until=last) if table.slice_by else lake.read(table))
        return rows

    def write_side_by_side(self, tables: Mapping[Table, DataFrame]) -> None:
        """Writes several tables as `write` does, two at a time: planning a wide query keeps one core busy, not two.

        When one fails the others are still written, and the first failure is raised.
        """
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(max_workers=2) as pool:
            for done in [pool.submit(self.write, table, df) for table, df in tables.items()]:
                done.result()

    def check(self, table: Table, df: DataFrame) -> None:
        """Runs the table's declared checks on a data frame and keeps the results for the audit tables."""
        from jobs.runtime.quality import run_checks

        self.keep(run_checks(table, df))

    def keep(self, results: Sequence[CheckResult]) -> None:
        """Keeps results for the audit tables; raises StopTheDay when one failed that stops."""
        from jobs.runtime.quality import StopTheDay

        self.results += results
        if any(not r.passed and r.severity == "stop" for r in results):
            raise StopTheDay(list(results))

    def stage(self, name: str, df: DataFrame, schema: str | None = None) -> DataFrame:
        """The data frame, computed once and kept until the job ends."""
        return self.lake.stage(name, df, schema)


_JOBS: dict[str, Job] = {}


def job(
    *,
    reads: tuple[Table, ...] = (),
    writes: tuple[Table, ...] = (),
    options: tuple[str, ...] = (),
    purpose: str = "operation",
    alone: bool = False,
    takes_known_at: bool = False,
) -> Callable[[Callable[[Run], None]], Callable[[Run], None]]:
    """Declares a function to be a job, named as itself. `options` are what it must be told besides the days.

    `purpose` is what its reading is for, as audit.trail tells it: one of vocabulary.JOB_PURPOSES. `alone`: no other job
    may run on the lake meanwhile. `takes_known_at`: it can be run for a day as known later, which is to say
    that it reads facts by `Run.known` or as-of slices of the day.
    """

    def declare(function: Callable[[Run], None]) -> Callable[[Run], None]:
        name = function.__name__
        meaning = (function.__doc__ or "").strip().split("\n")[0]
        if not meaning:
            raise ValueError(f"job {name} has no docstring")
        if purpose not in JOB_PURPOSES:
            raise ValueError(f"job {name}: purpose {purpose!r} is none of {', '.join(JOB_PURPOSES)}")
        _JOBS[name] = Job(name, meaning, function, reads, writes, options, purpose, alone, takes_known_at)
        return function

    return declare


def all_jobs() -> dict[str, Job]:
    """Every job by name: each module of `jobs` declares one."""
    import jobs

    for module in pkgutil.iter_modules(jobs.__path__):
        if not module.ispkg:
            importlib.import_module(f"jobs.{module.name}")
    return dict(sorted(_JOBS.items()))


def find_job(name: str) -> Job:
    """The job of that name; its module is imported alone, so one broken job does not stop the others."""
    if name not in _JOBS:
        try:
            importlib.import_module(f"jobs.{name}")
        except ModuleNotFoundError as error:
            if error.name != f"jobs.{name}":
                raise
            raise KeyError(f"no job {name!r}; `cameo jobs` lists them") from None
    return _JOBS[name]
