"""`cameo portrait …`."""

from __future__ import annotations

import re
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer
from rich.console import Console

from jobs.runtime.command_options import ISO_DAY, OfHospital, day_of
from schemas.vocabulary import PURPOSES

if TYPE_CHECKING:
    from features.declared_fields import Purpose
    from jobs.runtime.portrait_card.collect import Card
    from jobs.runtime.portrait_card.words import Words
    from jobs.runtime.settings import Settings
    from jobs.runtime.store import Store

console = Console()
_REFERENCE = re.compile(r"[A-Za-z0-9._/#-]{1,40}")


def portrait(
    user: Annotated[str, typer.Argument(help="A user_id or a token, as the tables have it; with --account a number.")],
    account: Annotated[bool, typer.Option("--account", help="USER is the account as the hospital knows it.")] = False,
    day: Annotated[datetime | None, typer.Option(formats=ISO_DAY, help="The last day by default.")] = None,
    purpose: Annotated[str, typer.Option(help="What it is read for: care, marketing.")] = "care",
    reference: Annotated[str | None, typer.Option(help="Number of the case or ticket, for the audit trail.")] = None,
    language: Annotated[str, typer.Option(help="zh or en.")] = "zh",
    html: Annotated[Path | None, typer.Option(help="An HTML file in both languages, instead of the screen.")] = None,
    hospital: OfHospital = None,
) -> None:
    """Show one user's portrait on one card; the audit trail tells who looked, at whom and what for."""
    from jobs.runtime.command_options import language_of
    from jobs.runtime.portrait_card.page import page
    from jobs.runtime.portrait_card.screen import show
    from jobs.runtime.portrait_card.whose import day_of_card, user_of
    from jobs.runtime.settings import load_settings
    from jobs.runtime.store import Store

    said, why, ticket = language_of(language), _purpose(purpose), _ticket(reference)
    settings = load_settings(hospital)
    store = Store(str(settings.lake))
    with console.status("looking"):
        asked = _token(settings, user) if account else user
        on = day_of_card(store, day_of(day))
        card = _card(settings, store, user_of(store, asked, on), on, why)
        words = _words(settings)
    _tell(settings, card, why, ticket)
    if html:
        html.write_text(page(card, words, settings.hospital.title, why), encoding="utf-8")
        console.print(f"written to {html}: personal data, for {why} alone", soft_wrap=True)
    else:
        show(card, words, said, why, console)


def _token(settings: Settings, account: str) -> str:
    from jobs.runtime.erasure.erase import account_token

    return account_token(settings, account)


def _purpose(stated: str) -> Purpose:
    for purpose in PURPOSES:
        if stated == purpose:
            return cast("Purpose", purpose)
    raise ValueError(f"--purpose {stated}: there are {', '.join(PURPOSES)}")


def _ticket(stated: str | None) -> str | None:
    if stated is not None and not _REFERENCE.fullmatch(stated):
        raise ValueError(
            "--reference is the number of a case or ticket, of letters, digits and . _ / # -: it stays for good, so it "
            "must not tell who somebody is"
        )
    return stated


def _card(settings: Settings, store: Store, user: str, day: date, purpose: Purpose) -> Card:
    """Care sees all that is kept; whatever else somebody reads for, the policy decides what there is to see."""
    from jobs.runtime.portrait_card.collect import collect

    if purpose == "care":
        return collect(store, user, day)
    from jobs.runtime.declarations import load_policy, load_segments, load_tags
    from jobs.runtime.engine import get_engine
    from jobs.runtime.portrait_card.purpose import seen_for

    policy = load_policy(settings.conf)
    segments = load_segments(settings.conf, load_tags(settings.conf), policy)
    spark = get_engine(settings.engine, work=settings.work)
    return seen_for(collect(store, user, day, policy.columns), purpose, policy, segments, spark, store)


def _words(settings: Settings) -> Words:
    from jobs.runtime.portrait_card.words import Words

    return Words.of(settings.conf)


def _tell(settings: Settings, card: Card, purpose: Purpose, reference: str | None) -> None:
    from jobs.runtime.trail.access import tell_access

    told = {"person_sha256": sha256(card.user_id.encode()).hexdigest(), "day": str(card.day), "purpose": purpose}
    if reference:
        told["reference"] = reference
    tell_access(settings, "portrait", tables=sorted(card.tables), **told)
