"""The words a feed's contract is declared in, and the bronze and silver tables that follow from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from schemas.table import Check, Column, Sensitivity, Severity, Table

Identifier = Literal[
    "account", "member", "phone", "id_card", "openid", "unionid", "device", "hospital_card", "name", "address"
]


@dataclass(frozen=True)
class Field:
    """One column that a hospital may send.

    `identifier`: a direct identifier of that kind; only its keyed token is ever written.
    `scrub`: free text; numbers, addresses and names that tell a person become marks like [phone] before it is written.
    `codes`: the values allowed after the mapping's translation. `min`/`max`: bounds of a believable value.
    A required field that is empty, and any field that cannot be read, rejects its row.
    """

    name: str
    type: str
    meaning: str
    unit: str | None = None
    required: bool = False
    sensitivity: Sensitivity = "low"
    identifier: Identifier | None = None
    scrub: bool = False
    codes: tuple[str, ...] = ()
    min: float | None = None
    max: float | None = None

    @property
    def column(self) -> Column:
        return Column(self.name, self.type, self.meaning, self.unit, not self.required, self.sensitivity)


LINEAGE = (
    Column("known_date", "date", "Business day on which the hospital delivered the row.", nullable=False),
    Column("ingested_at", "timestamp", "When the row was known: the end of its delivery day, UTC.", nullable=False),
    Column("source_file", "string", "File the row came in, below the landing folder.", nullable=False),
    Column("source_line", "bigint", "Line of the record in its file, the first being 1.", nullable=False),
    Column("batch", "string", "Start of the file's SHA-256: the same bytes are the same batch.", nullable=False),
)
DELIVERED_AT = ("known_date", "source_file", "source_line")
OTHER_FIELDS = Column(
    "other_fields",
    "map<string,string>",
    "What the record has that no mapping names, as it came; marks like [phone] for what tells who somebody is.",
    sensitivity="personal",
)
EVENT_DATE = Column("event_date", "date", "Day of the event in the hospital's time zone.", nullable=False)
IS_LATE = Column(
    "is_late", "boolean", "Came after its feed's late window had passed; counted from then on.", nullable=False
)


@dataclass(frozen=True)
class Measure:
    """Fields that together are one measured quantity; converted by `vocabulary.METRIC_UNITS` at the door."""

    value: str
    unit: str
    metric: str


@dataclass(frozen=True)
class Feed:
    """What a feed must bring, whoever sends it.

    `id`: the columns that name one true event, empty where the source has no id.
    `content`: columns that, all equal, mean the same event came twice under two ids.
    `event_time`: the column that says when it happened (timestamp or date).
    `late_window_days`: how far back a repeat is looked for and a late event is still expected; what comes later is
    kept, marked `is_late`, and told. `oldest_days`: an event older than that when it comes was dated by a wrong clock.
    `max_reject_share`: above it the feed is stopped. `unusual`: whether a day with far more or fewer records, or far
    more rejects, than the weeks before is told of or stops the feed. `is_needed`: a stopped feed stops the day; the
    day goes on without one that is not. `large`: worth a folder per day.
    `daily`: a day without a file is told.
    `measure`: the value of which field is in the unit of which, for the quantity named by which.
    """

    name: str
    meaning: str
    fields: tuple[Field, ...]
    event_time: str
    id: tuple[str, ...] = ()
    content: tuple[str, ...] = ()
    late_window_days: int = 45
    oldest_days: int | None = None
    max_reject_share: float = 0.2
    unusual: Severity = "warn"
    is_needed: bool = False
    large: bool = False
    daily: bool = True
    measure: Measure | None = None

    def __post_init__(self) -> None:
        names = {f.name for f in self.fields}
        unknown = sorted({self.event_time, *self.id, *self.content} - names)
        if unknown or not (self.id or self.content):
            raise ValueError(f"feed {self.name}: not a field {unknown}; id or content must be given")

    def field(self, name: str) -> Field:
        return next(f for f in self.fields if f.name == name)

    @property
    def key(self) -> tuple[str, ...]:
        """The id; where there is none, the place the row came from, since columns of its content may be empty."""
        return self.id or DELIVERED_AT

    @property
    def bronze(self) -> Table:
        columns = tuple(f.column for f in self.fields)
        return Table(
            f"bronze.{self.name}",
            f"{self.meaning} As delivered: typed, de-identified, repeats still in.",
            DELIVERED_AT,
            (*columns, *LINEAGE, OTHER_FIELDS),
            slice_by="known_date",
            partition_by=("known_date",) if self.large else (),
        )

    @property
    def silver(self) -> Table:
        columns = tuple(f.column for f in self.fields)
        checks = tuple(
            Check("between", f.name, min=f.min, max=f.max)
            for f in self.fields
            if f.min is not None or f.max is not None
        ) + tuple(Check("in_set", f.name, values=f.codes) for f in self.fields if f.codes)
        return Table(
            f"silver.{self.name}",
            f"{self.meaning} One row per true event.",
            self.key,
            (*columns, EVENT_DATE, *LINEAGE, IS_LATE),
            slice_by="known_date",
            partition_by=("known_date",) if self.large else (),
            checks=checks,
        )
