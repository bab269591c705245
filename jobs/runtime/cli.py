"""The command `cameo`."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table as Screen

from jobs.runtime.calibration.commands import calibration
from jobs.runtime.command_options import ISO_DAY, OfHospital, day_of
from jobs.runtime.erasure.commands import erase, receipts
from jobs.runtime.faults import explained
from jobs.runtime.portrait_card.commands import portrait
from jobs.runtime.rotation.commands import keys
from jobs.runtime.segment_commands.commands import segments
from jobs.runtime.sources.commands import rejects, source
from jobs.runtime.tag_commands.commands import tags
from jobs.runtime.trail.commands import app as audit
from jobs.runtime.used_for.commands import used_for

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Layered user portraits for internet hospitals.")
app.add_typer(source, name="source")
app.add_typer(rejects, name="rejects")
app.add_typer(audit, name="audit")
app.command()(erase)
app.add_typer(receipts, name="receipts")
app.command()(used_for)
app.command()(portrait)
app.add_typer(keys, name="keys")
app.add_typer(tags, name="tags")
app.add_typer(segments, name="segments")
app.add_typer(calibration, name="calibration")
console = Console()


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
    day: Annotated[datetime, typer.Option("--day", formats=ISO_DAY, help="First day, or the only one.")],
    until: Annotated[datetime | None, typer.Option("--until", formats=ISO_DAY, help="Last day of a range.")] = None,
    known_at: Annotated[
        datetime | None, typer.Option(formats=ISO_DAY, help="Last delivery that counts; the day's own by default.")
    ] = None,
    option: Annotated[list[str] | None, typer.Option(help="key=value, as `cameo jobs` names them.")] = None,
    hospital: OfHospital = None,
    engine: Annotated[str | None, typer.Option(help="sail, local[2], spark://…, sc://…")] = None,
) -> None:
    """Run one job by hand: the same function that the DAG calls."""
    from jobs.runtime.run_job import run_job
    from jobs.runtime.settings import load_settings

    last: date = (until or day).date()
    options = dict(pair.split("=", 1) for pair in option or [])
    with console.status(f"{job} {day.date()}" + (f" … {last}" if until else "")):
        done = run_job(
            job,
            last,
            since=day.date(),
            options=options,
            settings=load_settings(hospital, engine),
            known_at=day_of(known_at),
        )
    for table, rows in done.written.items():
        console.print(f"{table:40} {rows:>12,} rows")


@app.command()
def sql(
    query: Annotated[str | None, typer.Argument(help="One query; without it a shell opens.")] = None,
    hospital: OfHospital = None,
) -> None:
    """Query the tables: `cameo sql "SELECT * FROM gold.user_portrait LIMIT 5"`."""
    from jobs.runtime.settings import load_settings
    from jobs.runtime.sql_shell import ask

    ask(load_settings(hospital), query, console)


@app.command()
def report(hospital: OfHospital = None) -> None:
    """Say where the report of the last day is, and open it where there is a desktop."""
    from jobs.runtime.settings import load_settings

    _open(load_settings(hospital).report / "latest.html")


@app.command()
def catalogue(hospital: OfHospital = None) -> None:
    """Say where the catalogue of tags is, and open it where there is a desktop."""
    from jobs.runtime.settings import load_settings

    _open(load_settings(hospital).catalogue / "index.html")


def _open(page: Path) -> None:
    import os
    import webbrowser

    if not page.exists():
        raise FileNotFoundError(f"nothing at {page}: `make run` writes it")
    console.print(str(page), soft_wrap=True)
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        webbrowser.open(page.as_uri())


@app.command(name="run-real")
def run_real() -> None:
    """Run the jobs over the real data sets, each a hospital of its own."""
    from jobs.runtime.real_run import run_all
    from jobs.runtime.settings import load_settings

    run_all(load_settings, console)


@app.command()
def docs() -> None:
    """Write the generated pages of docs/ from the declarations, and where columns come from, from query plans."""
    from jobs.runtime.engine import get_engine
    from jobs.runtime.generated_docs import write_pages
    from jobs.runtime.lineage.stored import FILE, as_text
    from jobs.runtime.lineage.trace import trace_all
    from jobs.runtime.settings import load_settings, project_root

    settings = load_settings()
    for page in write_pages(project_root()):
        console.print(str(page))
    found = trace_all(get_engine(settings.engine, work=settings.work), settings)
    FILE.write_text(as_text(found), encoding="utf-8")
    console.print(str(FILE))


def main() -> None:
    """Entry point: an error of ours is one line that says what to do, anything else is a traceback."""
    try:
        app()
    except Exception as error:
        told = explained(error) or error
        ours = type(told).__module__.startswith("jobs.") or isinstance(told, ValueError | KeyError | FileNotFoundError)
        if not ours:
            raise
        console.print(f"[red]cameo:[/red] {escape(str(told.args[0] if told.args else told))}", highlight=False)
        for note in getattr(told, "__notes__", ()):
            console.print(escape(note), highlight=False)
        raise SystemExit(2) from error
