"""`cameo erase` and `cameo receipts …`."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table as Screen

from jobs.runtime.command_options import OfHospital

receipts = typer.Typer(no_args_is_help=True, help="What became of those who asked to be erased.")
console = Console()


def erase(
    account: Annotated[str, typer.Argument(help="The account as the hospital knows it; with --token its token.")],
    token: Annotated[bool, typer.Option("--token", help="ACCOUNT is a token, as the tables have it.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    hospital: OfHospital = None,
) -> None:
    """Erase a person for good: rows, older versions, lists. It waits until no job runs, and jobs wait for it."""
    from jobs.runtime.engine import get_engine
    from jobs.runtime.erasure.erase import account_token
    from jobs.runtime.erasure.erase import erase as erase_person
    from jobs.runtime.settings import load_settings

    settings = load_settings(hospital)
    if not yes:
        typer.confirm("This cannot be undone. Erase?", abort=True)
    with console.status("looking") as status:
        spark = get_engine(settings.engine, work=settings.work)
        done = erase_person(spark, settings, account if token else account_token(settings, account), status.update)
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
    console.print("kept: the tokens in audit.suppressed, so that the person does not come back, and the audit trail")
    console.print(f"not ours: the hospital's files below {settings.hospital.landing}")


@receipts.command(name="list")
def receipts_list(hospital: OfHospital = None) -> None:
    """List the erasures; one that is begun and not done is to be gone on with."""
    from jobs.runtime.audit import read_rows
    from jobs.runtime.settings import load_settings
    from jobs.runtime.store import Store
    from schemas.erasure import ERASURE

    rows = read_rows(Store(str(load_settings(hospital).lake)), ERASURE)
    screen = Screen("receipt", "status", "when", "rows", "lists", "files read", "models")
    for row in sorted(rows, key=lambda r: (r["at"], r["receipt_id"])):
        removed = sum(dict(row["removed_rows"] or []).values())
        counts = [f"{value:,.0f}" if value else "" for value in (removed, row["list_count"], row["file_count"])]
        screen.add_row(
            row["receipt_id"], row["status"], f"{row['at']:%Y-%m-%d %H:%M}", *counts, ", ".join(row["models"] or [])
        )
    console.print(screen if rows else "nobody was erased")


@receipts.command(name="confirm")
def receipts_confirm(receipt: str, hospital: OfHospital = None) -> None:
    """Whoever pulled lists has taken the person out of them."""
    from jobs.runtime.erasure.erase import confirm
    from jobs.runtime.settings import load_settings

    confirm(load_settings(hospital), receipt)
    console.print(f"receipt {receipt} is confirmed")
