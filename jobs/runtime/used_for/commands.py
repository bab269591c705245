"""`cameo used-for …`."""

from __future__ import annotations

import json
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from jobs.runtime.command_options import OfHospital
from jobs.runtime.report.text import language_of

console = Console()


def used_for(
    person: Annotated[str, typer.Argument(help="An account's token or a user_id; with --account its plain number.")],
    account: Annotated[bool, typer.Option("--account", help="PERSON is the account as the hospital knows it.")] = False,
    language: Annotated[str, typer.Option(help="zh or en.")] = "zh",
    as_json: Annotated[bool, typer.Option("--json", help="For a program.")] = False,
    out: Annotated[Path | None, typer.Option(help="An HTML file to be handed over, instead of the screen.")] = None,
    hospital: OfHospital = None,
) -> None:
    """Tell a person what was used of them, when and for what; the audit trail tells that this was asked."""
    from jobs.runtime.erasure.erase import account_token
    from jobs.runtime.settings import load_settings
    from jobs.runtime.trail.access import tell_access
    from jobs.runtime.used_for.collect import collect, person_of
    from jobs.runtime.used_for.page import html, show

    said = language_of(language)
    settings = load_settings(hospital)
    with console.status("looking"):
        found_person = person_of(settings, account_token(settings, person) if account else person)
        found = collect(settings, found_person)
    asked_of = sha256(min(found_person.tokens["user"]).encode()).hexdigest()
    tell_access(settings, "used-for", person_sha256=asked_of, tables=[h.table for h in found.held])
    if as_json:
        typer.echo(json.dumps(asdict(found), ensure_ascii=False, indent=2, default=str))
    elif out:
        out.write_text(html(found, said), encoding="utf-8")
        console.print(f"written to {out}: personal data, hand it to nobody else", soft_wrap=True)
    else:
        show(found, said, console)
