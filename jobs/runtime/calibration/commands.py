"""The commands `cameo calibration …`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table as Screen

from jobs.runtime.command_options import ISO_DAY, OfHospital, day_of

if TYPE_CHECKING:
    from jobs.runtime.calibration.decide import Decision
    from jobs.runtime.calibration.proposal import Proposal

calibration = typer.Typer(
    no_args_is_help=True, help="Numbers that are proposed anew each month: looked at, approved, rejected."
)
console = Console()

_Id = Annotated[str, typer.Argument(help="As `cameo calibration list` shows it.")]
_By = Annotated[str, typer.Option(help="Who answers for it.")]
_Why = Annotated[str, typer.Option(help="For what reason.")]


@calibration.command(name="list")
def list_all(hospital: OfHospital = None) -> None:
    """List the proposals, the newest first, with what was decided."""
    from jobs.runtime.calibration.decide import decisions
    from jobs.runtime.calibration.proposal import read_proposals
    from jobs.runtime.settings import load_settings
    from jobs.runtime.store import Store

    store = Store(str(load_settings(hospital).lake))
    decided = decisions(store)
    screen = Screen("proposal", "proposed", "fit as they are", "too few users", "decided")
    for proposal in read_proposals(store):
        counts = (sum(r["outcome"] == o for r in proposal.numbers) for o in ("proposed", "kept", "too_few"))
        screen.add_row(proposal.id, *map(str, counts), _verdict(proposal, decided.get(proposal.id)))
    if not screen.rows:
        console.print("nothing was proposed yet: cameo run propose_calibration --day …, or the DAG calibration_monthly")
        return
    console.print(screen)


@calibration.command()
def show(proposal: _Id, hospital: OfHospital = None) -> None:
    """Show what a proposal would change, why, and who would gain and lose what; with pictures on a page."""
    from jobs.runtime.calibration.decide import decisions
    from jobs.runtime.calibration.page import page_of
    from jobs.runtime.calibration.proposal import read_proposal
    from jobs.runtime.settings import load_settings
    from jobs.runtime.store import Store

    settings = load_settings(hospital)
    store = Store(str(settings.lake))
    found = read_proposal(store, proposal)
    console.print(
        f"{found.id}, measured on the users of {found.day}: {_verdict(found, decisions(store).get(found.id))}"
    )
    _show_numbers(found)
    _show_moves(found)
    console.print(f"with pictures: {page_of(settings, found)}", highlight=False, soft_wrap=True)


@calibration.command()
def approve(
    proposal: _Id,
    by: _By,
    why: _Why,
    since: Annotated[
        datetime | None,
        typer.Option("--from", formats=ISO_DAY, help="First day it holds; the next that is not derived."),
    ] = None,
    only: Annotated[list[str] | None, typer.Option(help="A tag, or value_tiers: the others are let lie.")] = None,
    hospital: OfHospital = None,
) -> None:
    """Put a proposal in force from a day on; conf/calibrated and the audit trail keep who and why."""
    from jobs.runtime.calibration.decide import approve as put_in_force
    from jobs.runtime.settings import load_settings

    done = put_in_force(load_settings(hospital), proposal, by, why, day_of(since), only or ())
    for n in done.numbers:
        console.print(f"{n.of} {n.number}: {n.was:g} -> {n.becomes:g}", highlight=False)
    for said in done.replaced:
        console.print(f"[yellow]later approval wins:[/yellow] {escape(said)}", highlight=False, soft_wrap=True)
    console.print(f"in force from {done.since} on: {done.file}", highlight=False, soft_wrap=True)
    console.print("next: commit that file; days before keep their numbers, whenever they are run again")


@calibration.command()
def reject(proposal: _Id, by: _By, why: _Why, hospital: OfHospital = None) -> None:
    """Say no to a proposal; the audit trail keeps who and why."""
    from jobs.runtime.calibration.decide import reject as turn_down
    from jobs.runtime.settings import load_settings

    turn_down(load_settings(hospital), proposal, by, why)
    console.print(f"{proposal} is rejected and can never come into force")


def _verdict(proposal: Proposal, decision: Decision | None) -> str:
    if decision:
        return escape(f"{decision.verdict} by {decision.by} on {decision.day}: {decision.why}")
    return "to be decided" if proposal.proposed else "nothing to decide"


def _show_numbers(found: Proposal) -> None:
    from jobs.runtime.calibration.words import reason

    screen = Screen("of", "number", "now", "proposed", "why")
    for r in sorted(found.numbers, key=lambda r: r["outcome"] != "proposed"):
        then = f"{r['proposed']:g}" if r["outcome"] == "proposed" else ""
        screen.add_row(r["of"], r["number"], f"{r['in_force']:g}", then, escape(reason(r).en))
    console.print(screen)


def _show_moves(found: Proposal) -> None:
    screen = Screen("what", "", "now", "would be", "gain", "lose", "other value", title="users, if all of it held")
    for m in found.moves:
        counts = (m[f"{n}_count"] for n in ("now", "after", "gained", "lost", "other_value"))
        screen.add_row(m["code"], m["kind"], *(f"{n:,}" for n in counts))
    if found.moves:
        console.print(screen)
