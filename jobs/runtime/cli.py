"""The command `cameo`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table as Screen

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Layered user portraits for internet hospitals.")
console = Console()

Day = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"])]


@app.command()
def jobs() -> None:
    """List the jobs with what they read and write."""
    from jobs.runtime.job import all_jobs

    screen = Screen("job", "what it does", "reads", "writes")
    for job in all_jobs().values():
        name = job.name + "".join(f"\n  --option {o}=…" for o in job.options)
        screen.add_row(name, job.meaning, *("\n".join(t.name for t in ts) for ts in (job.reads, job.writes)))
    console.print(screen)


@app.command()
def run(
    job: Annotated[str, typer.Argument(help="A name that `cameo jobs` lists.")],
    day: Annotated[Day, typer.Option("--day", help="First day, or the only one.")],
    until: Annotated[Day | None, typer.Option("--until", help="Last day of a range.")] = None,
    option: Annotated[list[str] | None, typer.Option(help="key=value, as `cameo jobs` names them.")] = None,
    hospital: Annotated[str | None, typer.Option(help="A file of conf/hospitals.")] = None,
    engine: Annotated[str | None, typer.Option(help="sail, local[2], spark://…, sc://…")] = None,
) -> None:
    """Run one job by hand: the same function that the DAG calls."""
    from jobs.runtime.job import run_job
    from jobs.runtime.settings import load_settings

    last: date = (until or day).date()
    options = dict(pair.split("=", 1) for pair in option or [])
    with console.status(f"{job} {day.date()}" + (f" … {last}" if until else "")):
        done = run_job(job, last, since=day.date(), options=options, settings=load_settings(hospital, engine))
    for table, rows in done.written.items():
        console.print(f"{table:40} {rows:>12,} rows")


def main() -> None:
    """Entry point: an error a person can act on is one line, anything else is a traceback."""
    try:
        app()
    except (ValueError, KeyError, FileNotFoundError) as error:
        console.print(f"[red]cameo:[/red] {error.args[0] if error.args else error}", highlight=False)
        raise SystemExit(2) from error
