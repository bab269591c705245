"""A day as known at another day: who may be asked for it, and that no run mixes the one with the other."""

from __future__ import annotations

from datetime import date

from jobs.runtime.commit_notes import slice_known_at
from jobs.runtime.job import Job, Run, all_jobs
from schemas.table import Table


class OtherKnowledge(ValueError):
    """A slice was made of what was known at another day than the run is about."""


def refuse_known_at(asked: Job, since: date, day: date, known_at: date) -> None:
    """ValueError unless the job can be run for the day as known at `known_at`."""
    if not asked.takes_known_at:
        able = ", ".join(j.name for j in all_jobs().values() if j.takes_known_at)
        raise ValueError(f"job {asked.name} cannot be run as known at another day; these can: {able}")
    if known_at < day:
        raise ValueError(f"job {asked.name}: day {day} was not yet known at {known_at}; known-at is the day, or later")
    if since != day:
        raise ValueError(f"job {asked.name}: known-at is of one day, got {since} to {day}")


def refuse_other_knowledge(run: Run, table: Table, day: date) -> None:
    """OtherKnowledge unless the slice is as known at the run's `known_at`, or, of an earlier day, on that day itself.

    Later days, which a run of an earlier one may bring up to date, are taken as they stand.
    """
    if day > run.day or not run.lake.exists(table):
        return
    wanted = run.known_at if day == run.day else day
    found = slice_known_at(run.lake.store, table, day)
    # A log that no longer reaches back to the slice tells of no unusual knowledge.
    if (found or day) == wanted:
        return
    maker = next((j.name for j in all_jobs().values() if table in j.writes and j.takes_known_at), "its job")
    asked = "" if wanted == day else f" --known-at {wanted}"
    made = f"was made of what was known at {found}" if found else "does not tell of what it was made"
    raise OtherKnowledge(
        f"{table.name} of {day} {made}, and {run.job.name} wants it as known at {wanted}: "
        f"`cameo run {maker} --day {day}{asked}` makes it so"
    )
