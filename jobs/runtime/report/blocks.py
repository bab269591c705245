"""What a page is made of. Sections build these from figures; the template draws them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from markupsafe import Markup

from jobs.runtime.report.text import NOTHING, Language, Text

Tone = Literal["plain", "good", "bad", "muted"]


@dataclass(frozen=True)
class Change:
    """How a figure moved against an earlier day. `tone` says whether that is good news, not whether it rose."""

    text: Text
    against: Text
    tone: Tone


@dataclass(frozen=True)
class Tile:
    """One big number with its changes and its last weeks as a line."""

    label: Text
    value: Text
    changes: Sequence[Change] = ()
    meaning: Text = NOTHING
    history: Sequence[float | None] = ()


@dataclass(frozen=True)
class Tiles:
    kind: ClassVar[str] = "tiles"
    tiles: Sequence[Tile]


@dataclass(frozen=True)
class Chart:
    """A Vega-Lite chart, one specification per language. `name` is unique on the page."""

    kind: ClassVar[str] = "chart"
    name: str
    title: Text
    specs: dict[Language, dict[str, Any]]
    takeaway: Text = NOTHING
    note: Text = NOTHING
    wide: bool = False


@dataclass(frozen=True)
class Bar:
    """One line of a bar list; `share` is the bar's length from 0 to 1, `mark` an earlier length to compare with."""

    label: Text
    value: Text
    share: float
    detail: Text = NOTHING
    tone: Tone = "plain"
    mark: float | None = None


@dataclass(frozen=True)
class BarList:
    kind: ClassVar[str] = "bars"
    title: Text
    bars: Sequence[Bar]
    takeaway: Text = NOTHING
    note: Text = NOTHING
    wide: bool = False


@dataclass(frozen=True)
class Cell:
    text: Text
    tone: Tone = "plain"
    detail: Text = NOTHING


@dataclass(frozen=True)
class Grid:
    """A table. The first column is words, the others are figures unless named in `words`."""

    kind: ClassVar[str] = "grid"
    title: Text
    head: Sequence[Text]
    rows: Sequence[Sequence[Cell]]
    takeaway: Text = NOTHING
    note: Text = NOTHING
    words: Sequence[int] = (0,)
    wide: bool = True


@dataclass(frozen=True)
class Missing:
    """Says plainly that something is not there, and why."""

    kind: ClassVar[str] = "missing"
    title: Text
    why: Text
    wide: bool = False


@dataclass(frozen=True)
class Subhead:
    """A heading within a section, with a sentence."""

    kind: ClassVar[str] = "subhead"
    title: Text
    lead: Text = NOTHING
    wide: bool = True


@dataclass(frozen=True)
class Picture:
    """A drawing as SVG in each language, for pages without charts' program."""

    kind: ClassVar[str] = "picture"
    title: Text
    drawn: dict[Language, Markup]
    takeaway: Text = NOTHING
    note: Text = NOTHING
    wide: bool = False


Block = Tiles | Chart | BarList | Grid | Missing | Subhead | Picture


@dataclass(frozen=True)
class Section:
    """`name` is the anchor; `lead` one or two sentences that say what the section shows today."""

    name: str
    title: Text
    lead: Text = NOTHING
    blocks: Sequence[Block] = field(default=())
