"""`cameo erase` and `cameo receipts …`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Column
from rich.table import Table as Screen

from jobs.runtime.command_options import OfHospital

if TYPE_CHECKING:
    from jobs.runtime.erasure.erase import Receipt
    from jobs.runtime.store import Store

receipts = typer.Typer(no_args_is_help=True, help="What became of erasures and withdrawals of consent.")

console = Console()


def erase(
    accounts: Annotated[list[str], typer.Argument(help="Accounts as the hospital knows them; with --token tokens.")],
    token: Annotated[bool, typer.Option("--token", help="ACCOUNTS are tokens, as the tables have them.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    hospital: OfHospital = None,
) -> None:
    """Erase people for good: rows, older versions, lists. It waits until no job runs, and jobs wait for it."""
    from jobs.runtime.erasure.cases import Request
    from jobs.runtime.erasure.erase import account_token
    from jobs.runtime.erasure.erase import erase as erase_people
    from jobs.runtime.settings import load_settings

    settings = load_settings(hospital)
    if not yes:
        typer.confirm("This cannot be undone. Erase?", abort=True)
    asked = [Request(account if token else account_token(settings, account)) for account in accounts]
    with console.status("looking") as status:
        receipts = erase_people(settings, asked, status.update)
    for receipt in receipts:
        _show(receipt)
    console.print("kept: the tokens in audit.suppressed, so that nobody erased comes back, and the audit trail")
    console.print(f"not ours: the hospital's files below {settings.hospital.landing}")


def _show(done: Receipt) -> None:
    screen = Screen("table", "rows removed")
    for table, rows in done.removed.items():
        screen.add_row(table, f"{rows:,}")
    console.print(screen)
    console.print(f"receipt {done.receipt_id}: {done.files:,} files read afterwards, the person in none of them")
    if done.removals:
        console.print(f"taken out of {done.lists} lists; who has pulled them finds what to remove in {done.removals}")
        console.print(f"when they have: cameo receipts confirm {done.receipt_id}")
    if done.models:
        console.print(f"models that learned from days with the person in: {', '.join(done.models)}")


def _to_copy(head: str) -> Column:
    """A column whose values are typed again: never cut short, however narrow the screen."""
    return Column(head, no_wrap=True, overflow="fold", min_width=12)


@receipts.command(name="list")
def receipts_list(hospital: OfHospital = None) -> None:
    """List the erasures; one that is begun and not done is to be gone on with."""
    from jobs.runtime.audit import read_rows
    from jobs.runtime.settings import load_settings
    from jobs.runtime.store import Store
    from schemas.erasure import ERASURE

    store = Store(str(load_settings(hospital).lake))
    rows = read_rows(store, ERASURE)
    screen = Screen(_to_copy("receipt"), "status", "when", "rows", "lists", "files read", "models")
    for row in sorted(rows, key=lambda r: (r["at"], r["receipt_id"])):
        removed = sum(dict(row["removed_rows"] or []).values())
        counts = [f"{value:,.0f}" if value else "" for value in (removed, row["list_count"], row["file_count"])]
        screen.add_row(
            row["receipt_id"], row["status"], f"{row['at']:%Y-%m-%d %H:%M}", *counts, ", ".join(row["models"] or [])
        )
    console.print(screen if rows else "nobody was erased")
    _show_open(store)


def _show_open(store: Store) -> None:
    from jobs.runtime.removals import open_receipts

    screen = Screen(_to_copy("removal to be confirmed"), "audience", "since", "rows")
    for receipt in open_receipts(store):
        screen.add_row(receipt.receipt_id, receipt.audience or "all", str(receipt.told_on), f"{receipt.rows:,}")
    console.print(screen if screen.row_count else "no removal waits to be confirmed")


@receipts.command(name="confirm")
def receipts_confirm(receipt: str, hospital: OfHospital = None) -> None:
    """Whoever pulled lists has taken the person out of them: after an erasure, or a withdrawal of consent."""
    from jobs.runtime import removals
    from jobs.runtime.erasure.erase import confirm
    from jobs.runtime.settings import load_settings

    confirmed = removals.confirm if receipt.startswith(removals.PREFIX) else confirm
    confirmed(load_settings(hospital), receipt)
    console.print(f"receipt {receipt} is confirmed")
