"""The whole day on one machine: every DAG through Airflow itself, in the order of their assets.

Airflow's dag.test does not chain assets, so this does. Its chatter goes to a log file; what a person
needs goes to the screen.
"""

from __future__ import annotations

import argparse
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from jobs.runtime.closing_screen import Done
    from jobs.runtime.job import Run
    from jobs.runtime.settings import Settings

START = date(2026, 1, 1)
DAILY = ("feeds_daily", "scores_daily", "portrait_daily", "exports_daily")


def airflow_environment(settings: Settings) -> dict[str, str]:
    """Airflow's whole configuration for one machine; a file of its own would end up with empty keys."""
    home = settings.run_folder / "airflow"
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(settings.root / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__CORE__DEFAULT_TASK_RETRIES": "0",
        "AIRFLOW__CORE__PARALLELISM": "2",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "CAMEO_ROOT": str(settings.root),
    }


@contextmanager
def quiet(log: Path) -> Iterator[Console]:
    """Sends everything that any library prints to the log, and yields a console on the real screen."""
    log.parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    screen = os.dup(1)
    saved = os.dup(2)
    with log.open("ab") as file, os.fdopen(screen, "w", encoding="utf-8") as real:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        try:
            yield Console(file=real, width=None if real.isatty() else 120)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os.dup2(real.fileno(), 1)
            os.dup2(saved, 2)
            os.close(saved)


class DagFailed(RuntimeError):
    """A task of a DAG did not succeed."""


def run_dag(dag_id: str, conf: dict[str, str]) -> None:
    """Runs one DAG for `conf["day"]` and looks at every task: a green leaf can hide a failed one."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
    if bag.import_errors:
        raise DagFailed(f"DAG files do not load: {bag.import_errors}")
    moment = datetime.combine(date.fromisoformat(conf["day"]), time(19), UTC)
    began = datetime.now(UTC)
    run: Any = bag.dags[dag_id].test(logical_date=moment, run_conf=conf)
    _began_at(run, began)
    bad = sorted({f"{t.task_id}: {t.state}" for t in run.get_task_instances() if t.state not in ("success", "skipped")})
    if bad or run.state != "success":
        raise DagFailed(f"{dag_id} for {conf['day']}: {run.state}; {', '.join(bad)}")


def _began_at(run: Any, moment: datetime) -> None:
    """Tells Airflow when the run began: dag.test puts its logical date there, and the page shows runs of months."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session

    with create_session() as session:
        session.get_one(DagRun, run.id).start_date = moment


def plan(settings: Settings, day: date) -> list[tuple[str, dict[str, str]]]:
    """The DAGs to run, with what each is told: history that is not there yet, weekly work that is due, the day."""
    from jobs.runtime.history import last_done, loaded_until

    loaded = loaded_until(settings, START)
    first = loaded + timedelta(days=1) if loaded else START
    conf = {"day": day.isoformat()}
    steps: list[tuple[str, dict[str, str]]] = []
    if first < day:
        steps.append(("history_load", {"since": first.isoformat(), "day": (day - timedelta(days=1)).isoformat()}))
    steps.append((DAILY[0], conf))
    trained = last_done(settings, "fit_segments")
    if trained is None or day - trained >= timedelta(days=7):
        steps.append(("models_weekly", conf))
    steps += [(name, conf) for name in DAILY[1:]]
    kept = last_done(settings, "maintain_tables")
    if kept is None or day - kept >= timedelta(days=7):
        steps.append(("maintenance_weekly", conf))
    return steps


def show_jobs(progress: Progress, task: Any, done: list[Done]) -> None:
    """Keeps the progress line on the job at work, leaves a line for each that took a while, and notes them all."""
    from jobs.runtime.closing_screen import Done
    from jobs.runtime.run_job import watch

    def tell(run: Run, seconds: float | None, error: BaseException | None) -> None:
        name = f"{run.job.name} {' '.join(run.options.values())}".strip()
        if seconds is None:
            progress.update(task, job=name)
            return
        done.append(Done(str(progress.tasks[0].description), run.job.name, seconds, dict(run.written)))
        if error:
            progress.console.print(f"  [red]✗[/red] {name}: {type(error).__name__}: {error}", highlight=False)
        elif seconds >= 1 or sum(run.written.values()) >= 10_000:
            rows = sum(run.written.values())
            progress.console.print(f"  [green]✓[/green] {name:34} {seconds:6.1f} s {rows:>12,} rows", highlight=False)

    watch(tell)


def run_all(settings: Settings, day: date, seed: int, console: Console, *, triggers: bool = False) -> list[Done]:
    """Simulates what has not been delivered yet, then runs the plan; gives every job that ran.

    With `triggers` a small file of the next day lands at the end, and is followed.
    """
    from jobs.runtime.quality import warm_up
    from jobs.runtime.run_job import run_job

    done: list[Done] = []
    migration = subprocess.Popen([sys.executable, "-m", "airflow", "db", "migrate"])
    columns = (SpinnerColumn(), TextColumn("[bold]{task.description}"), BarColumn(20), TextColumn("{task.fields[job]}"))
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as progress:
        task = progress.add_task("the hospital's feeds", total=None, job="")
        show_jobs(progress, task, done)
        options = {"accounts": str(settings.accounts), "seed": str(seed)}
        run_job("simulate_hospital", day, settings=settings, since=START, options=options)
        progress.update(task, description="Airflow", job="setting up its database")
        warm_up()
        if migration.wait() != 0:
            raise DagFailed("`airflow db migrate` failed; the log says why")
        steps = plan(settings, day)
        for step, (dag_id, conf) in enumerate(steps):
            progress.update(task, description=dag_id, total=len(steps), completed=step, job="")
            console.print(
                f"[bold]{dag_id}[/bold] {conf.get('since', '')}{' … ' if 'since' in conf else ''}{conf['day']}"
            )
            run_dag(dag_id, conf)
            if dag_id == "portrait_daily":
                run_job("evaluate_against_truth", day, settings=settings)
        if triggers:
            moment = day + timedelta(days=1)
            progress.update(task, description="triggers_5_minutes", job="")
            console.print(f"[bold]triggers_5_minutes[/bold] {moment}")
            run_job("simulate_moment", moment, settings=settings)
            run_dag("triggers_5_minutes", {"day": moment.isoformat()})
    return done


def main() -> int:
    """Entry point of `make run`."""
    parser = argparse.ArgumentParser(description="Run the simulated hospital's day through Airflow.")
    parser.add_argument("--day", type=date.fromisoformat, help="the day (default: the last of --days)")
    parser.add_argument("--days", type=int, default=180, help=f"days of history, from {START}")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--triggers", action="store_true", help="then land a small file of the next day, and follow it")
    asked = parser.parse_args()
    day = asked.day or START + timedelta(days=asked.days - 1)
    if day <= START:
        parser.error(f"the hospital opens on {START}; --day must be later")
    from jobs.runtime.settings import load_settings

    settings = load_settings("simulated")
    os.environ.update(airflow_environment(settings))
    began = datetime.now(UTC)
    log = settings.run_folder / "logs" / f"run-{began:%Y%m%dT%H%M%S}.log"
    with quiet(log) as console:
        logging.captureWarnings(True)
        try:
            done = run_all(settings, day, asked.seed, console, triggers=asked.triggers)
        except Exception as error:  # whatever it was: one line on the screen, all of it in the log, code 1
            console.print(f"[red]stopped:[/red] {error}\nwhole story: {log}", highlight=False)
            logging.getLogger(__name__).exception("stopped")
            return 1
        from jobs.runtime.closing_screen import show, triggers_line

        show(settings, day, done, console)
        if asked.triggers:
            console.print(triggers_line(settings, day + timedelta(days=1)), highlight=False)
        console.print(f"done in {(datetime.now(UTC) - began).total_seconds():.0f} s; log: {log}", highlight=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
