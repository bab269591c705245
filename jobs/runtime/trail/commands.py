"""The commands `cameo audit …`."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table as Screen

from jobs.runtime.command_options import ISO_DAY, OfHospital, day_of

Since = Annotated[datetime | None, typer.Option("--since", formats=ISO_DAY, help="First UTC day.")]
Until = Annotated[datetime | None, typer.Option("--until", formats=ISO_DAY, help="Last UTC day.")]

app = typer.Typer(no_args_is_help=True, help="What was read, exported and changed, and the proof that this is all.")
console = Console()


@app.command()
def verify(
    since: Since = None,
    until: Until = None,
    anchors: Annotated[Path | None, typer.Option(help="A copy of the anchors that was kept elsewhere.")] = None,
    hospital: OfHospital = None,
) -> None:
    """Hold the audit trail against itself, its anchors and the lists that are there; exit 1 where it is broken."""
    from jobs.runtime.settings import load_settings
    from jobs.runtime.store import Store
    from jobs.runtime.trail.verify import verify as looked_at

    settings = load_settings(hospital)
    if anchors is not None and not anchors.is_dir():
        raise FileNotFoundError(f"no folder of anchors at {anchors}")
    place = anchors or settings.anchors
    found = looked_at(Store(str(settings.lake)), place, settings.exports, day_of(since), day_of(until))
    for fault in found.faults:
        console.print(f"[red]{fault.place}[/red]: {escape(fault.what)}", highlight=False, soft_wrap=True)
    counts = f"{found.entries:,} entries of {found.days:,} days, {found.anchors:,} anchors, {found.lists:,} lists"
    console.print(f"{counts}: {'broken' if found.faults else 'whole'}", highlight=False)
    if found.without_anchor:
        days = ", ".join(map(str, found.without_anchor))
        console.print(f"without an anchor in {place}, so a lost end would not show: {days}", soft_wrap=True)
    if found.faults:
        raise typer.Exit(1)


@app.command()
def show(
    kind: Annotated[
        str | None, typer.Option(help="run, export, policy, tags, conf, model, erasure, approval, key.")
    ] = None,
    since: Since = None,
    hospital: OfHospital = None,
) -> None:
    """List the entries of the audit trail."""
    from jobs.runtime.audit import read_rows
    from jobs.runtime.settings import load_settings
    from jobs.runtime.store import Store
    from schemas.trail import KINDS, TRAIL

    if kind and kind not in KINDS:
        raise ValueError(f"no entries of kind {kind!r}: there are {', '.join(KINDS)}")
    wanted = [("kind", "=", kind)] if kind else []
    days = [("day", ">=", day_of(since))] if since else []
    rows = read_rows(Store(str(load_settings(hospital).lake)), TRAIL, *wanted, *days)
    screen = Screen("day", "seq", "at (UTC)", "kind", "subject", "detail", "run")
    for row in sorted(rows, key=lambda r: (r["day"], r["seq"])):
        at, detail = f"{row['at']:%H:%M:%S}", escape(_readable(row["detail"]))
        screen.add_row(str(row["day"]), str(row["seq"]), at, row["kind"], row["subject"], detail, row["run_id"][:8])
    console.print(screen)


@app.command()
def anchor(
    day: Annotated[datetime, typer.Option("--day", formats=ISO_DAY, help="A UTC day that has entries.")],
    hospital: OfHospital = None,
) -> None:
    """Print the end of a day's chain, to be kept where nobody who writes the lake can write."""
    from jobs.runtime.settings import load_settings
    from jobs.runtime.store import Store
    from jobs.runtime.trail.chain import anchor_day

    settings = load_settings(hospital)
    console.print(anchor_day(Store(str(settings.lake)), settings.anchors, day.date()), soft_wrap=True, highlight=False)


def _readable(detail: str) -> str:
    """A line for each thing said; of a file of conf/ the difference, never the whole text."""
    said = {k: v for k, v in json.loads(detail).items() if k != "text" and v not in (None, "", {}, [])}
    diff = said.pop("diff", "")
    lines = [f"{k}: {v if isinstance(v, str) else json.dumps(v, ensure_ascii=False)}" for k, v in said.items()]
    return "\n".join([*lines, *([diff] if diff else [])])
