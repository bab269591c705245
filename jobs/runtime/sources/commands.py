"""`cameo source …` and `cameo rejects …`."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table as Screen

from jobs.runtime.command_options import ISO_DAY, OfHospital, day_of

source = typer.Typer(no_args_is_help=True, help="A new export of a known feed: its mapping file.")
rejects = typer.Typer(no_args_is_help=True, help="What could not be taken in, and another try.")
console = Console()

_Since = Annotated[datetime | None, typer.Option(formats=ISO_DAY, help="First delivery day.")]
_Until = Annotated[datetime | None, typer.Option(formats=ISO_DAY, help="Last delivery day.")]


@source.command(name="new")
def source_new(
    feed: Annotated[str, typer.Argument(help="A feed of schemas/feeds, such as review.")],
    file: Annotated[Path, typer.Argument(help="One of the hospital's export files, of a day with many records.")],
    hospital: Annotated[
        str | None, typer.Option(help="A file of conf/hospitals; without it the mapping is printed.")
    ] = None,
) -> None:
    """Guess a mapping for an export file, each line with its reason, for a person to correct."""
    from jobs.runtime.sources.proposal.new import new_mapping

    text, written = new_mapping(feed, file, hospital)
    typer.echo(text if written is None else str(written), nl=written is not None)


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


@rejects.command(name="list")
def rejects_list(
    feed: Annotated[str | None, typer.Option(help="One feed only.")] = None,
    since: _Since = None,
    until: _Until = None,
    hospital: OfHospital = None,
) -> None:
    """Count the reasons by feed."""
    from jobs.runtime.report.words import reason
    from jobs.runtime.settings import load_settings
    from jobs.runtime.sources.rejects import count_rejects

    counted = count_rejects(load_settings(hospital), feed, day_of(since), day_of(until))
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
    hospital: OfHospital = None,
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
    hospital: OfHospital = None,
    engine: Annotated[str | None, typer.Option(help="sail, local[2], spark://…, sc://…")] = None,
) -> None:
    """Take in again the days of a feed that have rejects; each row once, whatever was there before."""
    from jobs.runtime.run_job import run_job
    from jobs.runtime.settings import load_settings
    from jobs.runtime.sources.rejects import replay

    settings = load_settings(hospital, engine)

    def take_in(first: date, last: date) -> None:
        run_job("ingest_feed", last, since=first, settings=settings, options={"feed": feed})

    with console.status(f"{feed}: taking in again"):
        done = list(replay(settings, feed, day_of(since), day_of(until), take_in))
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
