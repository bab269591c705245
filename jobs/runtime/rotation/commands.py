"""The commands `cameo keys …`."""

from __future__ import annotations

import os
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table as Screen

from jobs.runtime.command_options import OfHospital

keys = typer.Typer(no_args_is_help=True, help="The key that identifiers are hidden with: which it is, and another one.")
console = Console()


@keys.command()
def show(hospital: OfHospital = None) -> None:
    """Show which key is in use and which one the lake's tokens are of; never the key."""
    from jobs.runtime.keys import VARIABLE, key_place, rotation_mark
    from jobs.runtime.keys_in_use import keys_in_use
    from jobs.runtime.settings import load_settings
    from jobs.runtime.store import Store

    settings = load_settings(hospital)
    place = key_place(settings.keys, settings.hospital.name)
    where = f"environment variable {VARIABLE}" if os.environ.get(VARIABLE) is not None else place.file
    console.print(f"key {place.key_id} in {where}", soft_wrap=True, highlight=False)
    screen = Screen("tokens of key", "files", "first day", "last day")
    in_use = keys_in_use(Store(str(settings.lake)))
    for key in in_use:
        screen.add_row(key.key_id, f"{key.files:,}", str(key.first), str(key.last))
    console.print(screen if in_use else "nothing has been taken in yet")
    if rotation_mark(settings.keys, settings.hospital.name).exists():
        console.print("a rotation is under way: cameo keys rotate goes on with it")


@keys.command()
def rotate(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    hospital: OfHospital = None,
) -> None:
    """Put the lake under a new key and destroy the old one. It waits until no job runs; killed, run it again."""
    from jobs.runtime.keys import VARIABLE
    from jobs.runtime.rotation.rotate import NEXT_VARIABLE
    from jobs.runtime.rotation.rotate import rotate as rotate_key
    from jobs.runtime.settings import load_settings

    settings = load_settings(hospital)
    if not yes:
        typer.confirm("Older versions of all tables are deleted. Rotate?", abort=True)
    with console.status("looking") as status:
        done = rotate_key(settings, status.update)
    console.print(f"key {done.new} instead of {done.old}: {done.tables} tables and {done.lists} lists moved")
    console.print(f"{done.files:,} files read afterwards, tokens of the old key in none of them")
    console.print("lists that were pulled before name tokens that are no more: have them pulled again")
    if os.environ.get(VARIABLE) is not None:
        console.print(f"now set {VARIABLE} to what {NEXT_VARIABLE} is, everywhere, and destroy the old one")
