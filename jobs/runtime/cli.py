"""The command `cameo`."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table as Screen

from jobs.runtime.trail.commands import app as audit

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Layered user portraits for internet hospitals.")
app.add_typer(audit, name="audit")
console = Console()

ISO_DAY = ["%Y-%m-%d"]


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


@app.command()
def sql(
    query: Annotated[str | None, typer.Argument(help="One query; without it a shell opens.")] = None,
    hospital: Annotated[str | None, typer.Option(help="A file of conf/hospitals.")] = None,
) -> None:
    """Query the tables: `cameo sql "SELECT * FROM gold.user_portrait LIMIT 5"`."""
    from jobs.runtime.settings import load_settings
    from jobs.runtime.sql_shell import ask

    ask(load_settings(hospital), query, console)


@app.command()
def report(hospital: Annotated[str | None, typer.Option(help="A file of conf/hospitals.")] = None) -> None:
    """Say where the report of the last day is, and open it where there is a desktop."""
    import os
    import webbrowser

    from jobs.runtime.settings import load_settings

    page = load_settings(hospital).report / "latest.html"
    if not page.exists():
        raise FileNotFoundError(f"no report at {page}: `make run` writes it")
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
    """Write the generated pages of docs/ from the declarations."""
    from jobs.runtime.generated_docs import write_pages
    from jobs.runtime.settings import project_root

    for page in write_pages(project_root()):
        console.print(str(page))


source = typer.Typer(no_args_is_help=True, help="A new export of a known feed: its mapping file.")
app.add_typer(source, name="source")


@source.command(name="check")
def source_check(
    mapping: Annotated[Path, typer.Argument(help="A mapping file, as conf/sources/<hospital>/<feed>.yml.")],
    file: Annotated[Path, typer.Argument(help="A file as the hospital sends it.")],
    rows: Annotated[int, typer.Option(help="Look at so many records at most.")] = 100_000,
    hospital: Annotated[str | None, typer.Option(help="A file of conf/hospitals; its zone counts.")] = None,
) -> None:
    """Show what a mapping makes of a file; nothing is written. Ends with 1 where the file would not be taken in."""
    from jobs.runtime.engine import get_engine
    from jobs.runtime.settings import load_settings
    from jobs.runtime.sources.check import check_source
    from jobs.runtime.sources.show import show_checked

    settings = load_settings(hospital)
    with console.status(str(file)):
        spark = get_engine(settings.engine, work=settings.work)
        found = check_source(spark, mapping, file, settings.hospital.zone, rows=rows)
    raise typer.Exit(0 if show_checked(found, console) else 1)


rejects = typer.Typer(no_args_is_help=True, help="What could not be taken in, and another try.")
app.add_typer(rejects, name="rejects")
_Since = Annotated[datetime | None, typer.Option(formats=ISO_DAY, help="First delivery day.")]
_Until = Annotated[datetime | None, typer.Option(formats=ISO_DAY, help="Last delivery day.")]
_Hospital = Annotated[str | None, typer.Option(help="A file of conf/hospitals.")]


def _day(given: datetime | None) -> date | None:
    return given.date() if given else None


@rejects.command(name="list")
def rejects_list(
    feed: Annotated[str | None, typer.Option(help="One feed only.")] = None,
    since: _Since = None,
    until: _Until = None,
    hospital: _Hospital = None,
) -> None:
    """Count the reasons by feed."""
    from jobs.runtime.report.words import reason
    from jobs.runtime.settings import load_settings
    from jobs.runtime.sources.rejects import count_rejects

    counted = count_rejects(load_settings(hospital), feed, _day(since), _day(until))
    screen = Screen("feed", "records", "reason", "in words", "原因")
    for (name, code), records in sorted(counted.items(), key=lambda item: (item[0][0], -item[1])):
        said = reason(code)
        screen.add_row(name, f"{records:,}", code, said.en, said.zh)
    console.print(screen if counted else "nothing was rejected")


@rejects.command(name="show")
def rejects_show(
    feed: Annotated[str, typer.Argument(help="The feed.")],
    source_file: Annotated[str, typer.Argument(help="source_file, as bronze.rejected has it.")],
    source_line: Annotated[int, typer.Argument(help="source_line, as bronze.rejected has it.")],
    hospital: _Hospital = None,
) -> None:
    """Print a reject's line as the hospital sent it: it may hold personal data, and is shown nowhere else."""
    from jobs.runtime.settings import load_settings
    from jobs.runtime.sources.rejects import source_line as line_of

    console.print(line_of(load_settings(hospital), feed, source_file, source_line), markup=False, soft_wrap=True)


@rejects.command(name="replay")
def rejects_replay(
    feed: Annotated[str, typer.Argument(help="The feed whose mapping or contract was mended.")],
    since: _Since = None,
    until: _Until = None,
    hospital: _Hospital = None,
    engine: Annotated[str | None, typer.Option(help="sail, local[2], spark://…, sc://…")] = None,
) -> None:
    """Take in again the days of a feed that have rejects; each row once, whatever was there before."""
    from jobs.runtime.job import run_job
    from jobs.runtime.settings import load_settings
    from jobs.runtime.sources.rejects import replay

    settings = load_settings(hospital, engine)

    def take_in(first: date, last: date) -> None:
        run_job("ingest_feed", last, since=first, settings=settings, options={"feed": feed})

    with console.status(f"{feed}: taking in again"):
        done = list(replay(settings, feed, _day(since), _day(until), take_in))
    for one in done:
        first, last = one.days
        console.print(f"{first} … {last}: {one.before:,} rejects before, {one.after:,} now", highlight=False)
    if not done:
        console.print("nothing was rejected")
        return
    first, last = done[0].days[0], done[-1].days[1]
    console.print(
        f"next: cameo run build_user_day --day {first} --until {last}, then the days' DAGs from scores_daily on"
    )


def main() -> None:
    """Entry point: an error of ours is one line that says what to do, anything else is a traceback."""
    try:
        app()
    except Exception as error:
        ours = type(error).__module__.startswith("jobs.") or isinstance(
            error, ValueError | KeyError | FileNotFoundError
        )
        if not ours:
            raise
        console.print(f"[red]cameo:[/red] {error.args[0] if error.args else error}", highlight=False)
        raise SystemExit(2) from error
