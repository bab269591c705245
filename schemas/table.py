"""The words a table is declared in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["stop", "warn"]
Sensitivity = Literal["public", "low", "personal", "health", "secret"]

TYPES = frozenset(
    {
        "string",
        "boolean",
        "int",
        "bigint",
        "double",
        "date",
        "timestamp",
        "array<string>",
        "map<string,string>",
        "map<string,double>",
    }
)

_OF_PERSONS = ("personal", "health", "secret")
_WHO = ("user_id", "actor_id", "patient_id")


@dataclass(frozen=True)
class Column:
    """One column: what it is called, what it holds and how far it may travel.

    `type` is Spark SQL DDL, one of `TYPES` or `decimal(p,s)`. `sensitivity` follows the order
    public < low < personal < health < secret; exports and reports look at it.
    """

    name: str
    type: str
    meaning: str
    unit: str | None = None
    nullable: bool = True
    sensitivity: Sensitivity = "low"

    def __post_init__(self) -> None:
        if self.type not in TYPES and not self.type.startswith("decimal("):
            raise ValueError(f"column {self.name}: type {self.type!r} is none of {sorted(TYPES)} or decimal(p,s)")
        if not self.meaning:
            raise ValueError(f"column {self.name} has no meaning")

    @property
    def is_about_a_person(self) -> bool:
        """It says who somebody is, or something of them that may not go far."""
        return self.sensitivity in _OF_PERSONS or self.name in _WHO or self.name.endswith("_token")


@dataclass(frozen=True)
class Check:
    """Something that must hold of what a job wrote; compiled to one great-expectations expectation.

    Kinds: `between` (min, max), `in_set` (values), `matches` (pattern), `compare` (columns a <= b),
    `rows` (min, max rows of the slice), `share_not_null` (min). Keys and non-nullable columns are
    checked without being asked.
    """

    kind: Literal["between", "in_set", "matches", "compare", "rows", "share_not_null"]
    column: str | None = None
    severity: Severity = "stop"
    min: float | None = None
    max: float | None = None
    values: tuple[str, ...] = ()
    pattern: str | None = None
    other: str | None = None


@dataclass(frozen=True)
class Table:
    """One table: its name `<layer>.<noun>`, what a row is, its key, columns and checks.

    `slice_by` is the date column a job replaces a range of (`known_date`, `as_of_date`), or None for
    a table that is replaced or merged as a whole. `partition_by` is for tables large enough to
    deserve a folder per day.
    """

    name: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    slice_by: str | None = None
    partition_by: tuple[str, ...] = ()
    checks: tuple[Check, ...] = field(default=())

    def __post_init__(self) -> None:
        names = [c.name for c in self.columns]
        doubled = sorted({n for n in names if names.count(n) > 1})
        asked = [*self.key, *self.partition_by, *([self.slice_by] if self.slice_by else [])]
        asked += [c.column for c in self.checks if c.column] + [c.other for c in self.checks if c.other]
        unknown = sorted({n for n in asked if n not in names})
        if doubled or unknown:
            raise ValueError(f"table {self.name}: columns declared twice {doubled}, named but not declared {unknown}")

    @property
    def layer(self) -> str:
        return self.name.split(".")[0]

    @property
    def noun(self) -> str:
        return self.name.split(".")[1]

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns)

    @property
    def ddl(self) -> str:
        """The columns as Spark SQL DDL, for schemas of data frames."""
        return ", ".join(f"`{c.name}` {c.type}" for c in self.columns)

    @property
    def is_about_persons(self) -> bool:
        """A row tells something of one person, under whatever token."""
        return any(c.is_about_a_person for c in self.columns)

    def column(self, name: str) -> Column:
        return next(c for c in self.columns if c.name == name)
