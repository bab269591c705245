"""How a job runs: the same way by hand, by a DAG and in a test."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from jobs.runtime.job import Job, Run, find_job

if TYPE_CHECKING:
    from jobs.runtime.settings import Settings
    from jobs.runtime.trail.entry import Entry

Watcher = Callable[[Run, float | None, BaseException | None], None]
_WATCHERS: list[Watcher] = []


def watch(watcher: Watcher) -> None:
    """Calls it when a job begins (seconds None) and when it has ended, in this process; for progress on a screen."""
    _WATCHERS.append(watcher)


def _tell(run: Run, seconds: float | None, error: BaseException | None = None) -> None:
    for watcher in _WATCHERS:
        watcher(run, seconds, error)


def run_job(
    name: str,
    day: date,
    *,
    settings: Settings,
    since: date | None = None,
    options: Mapping[str, str] | None = None,
    known_at: date | None = None,
) -> Run:
    """Runs one job for a day, or for a range of days, when it is its turn, and writes down that it ran.

    `known_at`: the last delivery that counts, where it is not the day's own. Raises what the job raises, after the
    failure was written down. ValueError when `since` is after `day`, an option is missing or unknown, or the job
    cannot be run as known at `known_at`; LakeBusy when another run was in the way for too long.
    """
    from jobs.runtime.faults import in_plain_words
    from jobs.runtime.keys import refuse_while_rotating
    from jobs.runtime.knowledge import refuse_known_at
    from jobs.runtime.turn import turn

    refuse_while_rotating(settings.keys, settings.hospital.name)
    found = find_job(name)
    given = dict(options or {})
    if set(given) != set(found.options):
        raise ValueError(f"job {name} wants the options {sorted(found.options)}, got {sorted(given)}")
    if since and since > day:
        raise ValueError(f"job {name}: since {since} is after day {day}")
    if known_at is not None:
        refuse_known_at(found, since or day, day, known_at)
    later = known_at if known_at != day else None
    of = " ".join([name, *(f"{key}={value}" for key, value in sorted(given.items()))])
    what = f"{of} for {day}" if since in (None, day) else f"{of} for {since} to {day}"
    mine = turn(settings.lake, of, what, alone=found.alone, wait_seconds=settings.wait_seconds)
    with in_plain_words(settings.lake), mine:
        return _run(found, day, since or day, given, settings, later)


def _run(found: Job, day: date, since: date, options: Mapping[str, str], settings: Settings, later: date | None) -> Run:
    from jobs.runtime.engine import close_engines, get_engine
    from jobs.runtime.faults import EngineGone, damaged_file, in_plain_words
    from jobs.runtime.lake import Lake

    lake = Lake(get_engine(settings.engine, work=settings.work), str(settings.lake))
    lake = lake.guarded() if found.is_guarded else lake
    run = Run(found, day, since, options, settings, lake, later_known_at=later)
    started, clock = datetime.now(UTC), time.perf_counter()
    error: BaseException | None = None
    _tell(run, None)
    try:
        with in_plain_words(settings.lake, lambda: damaged_file(lake.store, [*found.reads, *found.writes])):
            run.trail.tell_conf()
            found.function(run)
    except BaseException as raised:
        error = raised
        if isinstance(raised, EngineGone):
            # The next run of this process must not meet what is left of it.
            close_engines(settings.engine)
        raise
    finally:
        seconds = time.perf_counter() - clock
        _end(run, started, seconds, error)
        _tell(run, seconds, error)
    return run


def _end(run: Run, started: datetime, seconds: float, error: BaseException | None) -> None:
    """Takes away what was staged and writes down how it went; what fails here does not hide why the job failed."""
    try:
        run.lake.drop_staged()
        _write_down(run, started, seconds, error)
    except Exception as also:  # told beside the first error, or raised when there is none
        if error is None:
            raise
        error.add_note(f"it could not be written down that this run failed: {type(also).__name__}")


def _write_down(run: Run, started: datetime, seconds: float, error: BaseException | None) -> None:
    from jobs.runtime.audit import append_rows
    from schemas.audit import JOB_RUN, QUALITY_RESULT

    row = {
        "run_id": run.run_id,
        "job": run.job.name,
        "options": " ".join(f"{k}={v}" for k, v in sorted(run.options.items())),
        "since": run.since,
        "day": run.day,
        "known_at": run.known_at if run.job.takes_known_at else None,
        "status": "failed" if error else "done",
        "error": type(error).__name__ if error else None,
        "started_at": started,
        "seconds": round(seconds, 3),
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "table_rows": {name: float(rows) for name, rows in run.written.items()},
    }
    append_rows(run.lake.store, JOB_RUN, [row])
    checks = [
        {
            "run_id": run.run_id,
            "day": run.day,
            "job": run.job.name,
            "table_name": r.table,
            "check_name": r.check,
            "column_name": r.column or "",
            "severity": r.severity,
            "is_passed": r.passed,
            "expected": r.expected,
            "observed": r.observed,
            "failing_row_count": r.failing_rows,
        }
        for r in run.results
    ]
    append_rows(run.lake.store, QUALITY_RESULT, checks)
    run.trail.append(_run_entry(run, error))


def _run_entry(run: Run, error: BaseException | None) -> Entry:
    """What the run was for, and what it read and wrote: the tables it declares to read, and those it did write."""
    from jobs.runtime.trail.entry import Entry

    detail = {
        "days": [str(run.since), str(run.day)],
        "options": dict(run.options),
        "purpose": run.job.purpose,
        **({"asked": dict(run.asked)} if run.asked else {}),
        "read": sorted(t.name for t in run.job.reads),
        "wrote": dict(run.written),
        "status": "failed" if error else "done",
        "error": type(error).__name__ if error else None,
    }
    if run.later_known_at:
        detail["known_at"] = str(run.later_known_at)
    return Entry("run", run.job.name, detail)
