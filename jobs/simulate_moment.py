"""simulate_moment: what a hospital sends in the middle of a day."""

from jobs.runtime.job import Run, job
from jobs.runtime.landing import write_moment


@job()
def simulate_moment(run: Run) -> None:
    """Writes a small file of a few new diagnoses of the day, of which the simulated hospital has sent nothing yet."""
    run.written["landing/diagnosis"] = write_moment(run.settings.hospital.landing, run.day)
