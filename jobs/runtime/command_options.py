"""Options that several commands share."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import typer

from jobs.runtime.report.text import LANGUAGES, Language

ISO_DAY = ["%Y-%m-%d"]
OfHospital = Annotated[str | None, typer.Option("--hospital", help="A file of conf/hospitals.")]
OfLanguage = Annotated[str, typer.Option(help="zh or en.")]


def language_of(stated: str) -> Language:
    """The language of an option."""
    for language in LANGUAGES:
        if stated == language:
            return language
    raise ValueError(f"--language {stated}: there are {' and '.join(LANGUAGES)}")


def day_of(stated: datetime | None) -> date | None:
    """The day of an option that may be left out."""
    return stated.date() if stated else None
