"""What the catalogue knows of tags: declarations and small aggregates, no table and no engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from features.tag import Tag
from jobs.runtime.report.text import Text
from jobs.runtime.tag_commands.lint import Findings


@dataclass(frozen=True)
class Value:
    """How many hold a tag with one value; of the other values together `label` is None."""

    label: str | None
    users: int | None
    share: float | None


@dataclass(frozen=True)
class Point:
    """The part of all users that held a tag on a day; None where so few did that it is not told."""

    day: date
    share: float | None


@dataclass(frozen=True)
class Truth:
    """How right a tag was beside a simulated hospital's truth."""

    precision: float | None
    recall: float | None
    base_rate: float | None
    target_precision: float
    target_recall: float
    is_met: bool | None


@dataclass(frozen=True)
class Use:
    """What asks for a tag: an audience, a segment, or another file of conf/."""

    kind: str
    code: str
    name: Text


@dataclass(frozen=True)
class Box:
    """Columns of one table in the picture of what a tag rests on."""

    table: str
    columns: Sequence[str]


@dataclass(frozen=True)
class Rests:
    """What a tag rests on: what is delivered, what is made of it, and the columns that its rule names.

    `models` may look at so many columns before they give the score that the tag rests on; `rows` are the tables that
    decide only whose rows count; `also_seen_by` are scores whose models may look at the tag's own columns.
    """

    delivered: Sequence[Box]
    made: Sequence[Box]
    named: Sequence[Box]
    models: Mapping[str, int]
    rows: Sequence[str]
    also_seen_by: Sequence[str]


@dataclass(frozen=True)
class Entry:
    """One tag. `is_few`: somebody holds it, but so few that nothing is told of how many.

    `users` is None where they are few, and where the tag was not derived yet.
    """

    tag: Tag
    theme: str
    is_derived: bool
    is_few: bool
    users: int | None
    share: float | None
    trend: Sequence[Point]
    psi: float | None
    no_psi: Text
    values: Sequence[Value]
    truth: Truth | None
    uses: Sequence[Use]
    rests: Rests
    glossary: Sequence[tuple[str, Text]]


@dataclass(frozen=True)
class Catalogue:
    """Everything on the page, as of the last day whose tags were derived."""

    hospital: Text
    day: date
    compared_with: date | None
    users: int
    smallest: int
    entries: Sequence[Entry]
    findings: Findings


def told_values(counts: Mapping[str, int], smallest: int, most: int = 8) -> tuple[Value, ...]:
    """The values that most hold, and the others in one sum, so that no few users can be worked out by subtracting."""
    users = sum(counts.values())
    if users < smallest:
        return ()
    ordered = sorted(counts.items(), key=lambda kv: (-kv[1], kv[0]))
    shown = [(value, n) for value, n in ordered if n >= smallest][:most]
    others = users - sum(n for _, n in shown)
    while shown and 0 < others < smallest:
        others += shown.pop()[1]
    told = [Value(value, n, n / users) for value, n in shown]
    return (*told, *([Value(None, others, others / users)] if others else []))
