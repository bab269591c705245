"""How a DAG names a job: the only thing that DAG files share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from airflow.sdk import Asset, task
from airflow.sdk.bases.operator import BaseOperator

# The one answer to "which day": the partition of an asset run, what a person typed, or the schedule's date.
DAY = "{{ dag_run.partition_key or dag_run.conf.get('day') or ds }}"
# The day before that: a schedule on the first of a month is for the last of the one before.
DAY_BEFORE = "{{ dag_run.conf.get('day') or macros.ds_add(dag_run.partition_key or ds, -1) }}"
SINCE = "{{ dag_run.conf.get('since') or '' }}"

# Partitioned by day: what each DAG leaves for the next.
FACTS = Asset("cameo://facts")
SCORES = Asset("cameo://scores")
PORTRAIT = Asset("cameo://portrait")
LISTS = Asset("cameo://lists")


def run_named_job(job: str, day: str, since: str = "", options: dict[str, str] | None = None) -> dict[str, int]:
    """Runs one job in the worker; what is heavy is imported there, never while the DAG file is parsed."""
    from datetime import date

    from jobs.runtime.run_job import run_job
    from jobs.runtime.settings import load_settings

    first = date.fromisoformat(since) if since else None
    run = run_job(job, date.fromisoformat(day), since=first, options=options, settings=load_settings())
    return run.written


def _one_day_at_a_time(
    task_id: str, work: Callable[..., dict[str, int]] = run_named_job, **more: str | list[Asset]
) -> Any:
    # A backfill has several days under way, whatever the DAG's max_active_runs: two days of one job would meet.
    return task(task_id=task_id, max_active_tis_per_dag=1, **more)(work)


def job_task(
    job: str, *, outlets: Sequence[Asset] = (), day: str = DAY, since: str = "", trigger_rule: str = "all_success"
) -> BaseOperator:
    """A task that runs the job of that name for the DAG's day."""
    named = _one_day_at_a_time(job, outlets=list(outlets), trigger_rule=trigger_rule)
    return named(job=job, day=day, since=since).operator


def follow_triggers(day: str, at: str) -> dict[str, int]:
    """Tells what landed on a day; without one, on the day of the hospital's calendar in which the moment `at` is."""
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from jobs.runtime.settings import load_settings

    zone = ZoneInfo(load_settings().hospital.zone)
    return run_named_job("follow_triggers", day or datetime.fromisoformat(at).astimezone(zone).date().isoformat())


def trigger_task() -> BaseOperator:
    """The task that follows the triggers, for the day that a person typed or the moment that the schedule says."""
    named = _one_day_at_a_time("follow_triggers", follow_triggers)
    return named(day="{{ dag_run.conf.get('day') or '' }}", at="{{ dag_run.run_after }}").operator


def take_in_feed(day: str, since: str, options: dict[str, str]) -> dict[str, int]:
    """Takes in one feed; a stopped one that the day can do without is skipped, which Airflow shows."""
    from airflow.sdk.exceptions import AirflowSkipException

    from jobs.runtime.intake.arrival import goes_on_without

    try:
        return run_named_job("ingest_feed", day, since, options)
    except Exception as error:
        if goes_on_without(options["feed"], error):
            raise AirflowSkipException(f"the day goes on without it: {error}") from None
        raise


def ingest_each_feed(since: str = "") -> BaseOperator:
    """One mapped task for each feed that the hospital has a mapping file for."""

    @task
    def list_feeds(day: str, since: str) -> list[dict[str, str]]:
        from datetime import date

        from jobs.runtime.intake.arrival import feeds_to_take_in
        from jobs.runtime.settings import load_settings

        first, last = date.fromisoformat(since or day), date.fromisoformat(day)
        return [{"feed": feed} for feed in feeds_to_take_in(load_settings(), first, last)]

    named = "{{ task.op_kwargs['options']['feed'] }}"
    each = _one_day_at_a_time("ingest_feed", take_in_feed, map_index_template=named)
    return each.partial(day=DAY, since=since).expand(options=list_feeds(DAY, since)).operator
