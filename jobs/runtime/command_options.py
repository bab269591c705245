"""Options that several commands share."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import typer

ISO_DAY = ["%Y-%m-%d"]
OfHospital = Annotated[str | None, typer.Option("--hospital", help="A file of conf/hospitals.")]


def day_of(stated: datetime | None) -> date | None:
    """The day of an option that may be left out."""
    return stated.date() if stated else None
