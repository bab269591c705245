"""What conf/identity.yml may say about who is one person."""

from __future__ import annotations

from datetime import date
from typing import Literal, Self

from pydantic import Field, model_validator

from features.declaration import Declared
from schemas.silver.identity_hub import IDENTIFIER_KINDS

Strength = Literal["strong", "supporting", "weak", "none"]
_MAY_BE: dict[str, tuple[Strength, ...]] = {
    "id_card": ("strong", "none"),
    "unionid": ("strong", "none"),
    "openid": ("strong", "none"),
    "phone": ("supporting", "none"),
    "hospital_card": ("supporting", "none"),
    "name": ("supporting", "none"),
    "device": ("weak", "none"),
}


class NewAccounts(Declared):
    """More accounts than this first seen with an identifier within a day, or within seven days."""

    day: int | None = Field(default=None, ge=1)
    week: int | None = Field(default=None, ge=1)

    @property
    def limits(self) -> tuple[tuple[int, int], ...]:
        """Days and accounts of each limit that is set, the shorter first."""
        return tuple((days, most) for days, most in ((1, self.day), (7, self.week)) if most is not None)


class Identifier(Declared):
    """How far one kind of identifier is to be trusted."""

    strength: Strength
    most_accounts: int = Field(ge=2)
    most_new_accounts: NewAccounts = NewAccounts()


class Blocked(Declared):
    """One identifier that joins nobody. Its token, so that no number of a person stands in conf/."""

    kind: Literal["id_card", "unionid", "openid", "phone", "hospital_card", "name", "device"]
    token: str = Field(pattern="^[0-9a-f]{32}$")
    why: str = Field(min_length=1)


class Robots(Declared):
    """So many events on one day, or not so many on each of several days."""

    events_per_day: int = Field(default=300, ge=1)
    busy_events_per_day: int = Field(default=120, ge=1)
    busy_days: int = Field(default=3, ge=1)


class PatientLinking(Declared):
    """Whether likely pairs of patients of different accounts are looked for, and how likely they must be."""

    is_on: bool = False
    threshold: float = Field(default=0.95, ge=0.5, lt=1)


class IdentityRules(Declared):
    """conf/identity.yml."""

    identifiers: dict[str, Identifier]
    blocked: tuple[Blocked, ...] = ()
    placeholder_birth_dates: tuple[date, ...] = ()
    robots: Robots = Robots()
    most_rounds: int = Field(default=30, ge=1, le=100)
    patient_linking: PatientLinking = PatientLinking()

    @model_validator(mode="after")
    def _each_kind_once(self) -> Self:
        if set(self.identifiers) != set(IDENTIFIER_KINDS):
            raise ValueError(f"identifiers must be {', '.join(IDENTIFIER_KINDS)}; found {', '.join(self.identifiers)}")
        for kind, stated in self.identifiers.items():
            if stated.strength not in _MAY_BE[kind]:
                raise ValueError(f"{kind} may be {' or '.join(_MAY_BE[kind])}, found {stated.strength}")
            if kind == "name" and stated.most_new_accounts.limits:
                raise ValueError("name has no most_new_accounts: strangers share names")
        if set(self.used("strong", "supporting", "weak")) <= {"name"}:
            raise ValueError("some identifier besides the name must have a strength other than none")
        return self

    def used(self, *strengths: Strength) -> tuple[str, ...]:
        """The kinds of these strengths, strongest first."""
        return tuple(k for k in IDENTIFIER_KINDS if self.identifiers[k].strength in strengths)
