"""What the page of groups knows: small aggregates as plain values, no table and no engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from jobs.runtime.report.figures import Row, Rows
from jobs.runtime.report.text import Text

# Nodes of the migration that are no groups.
NOT_YET, NO_MORE = 0, -1


@dataclass(frozen=True)
class Flow:
    """How many users were in which group on one day and in which on a later one, by (from, to)."""

    since: date
    until: date
    counts: Mapping[tuple[int, int], int]


@dataclass(frozen=True)
class GroupFigures:
    """Of one day. `names` has every group that is met on any day of the flows; counts below `smallest` are hidden."""

    day: date
    hospital: Text
    smallest: int
    names: Mapping[int, Text]
    money: Rows
    profile: Rows
    tags: Rows = ()
    flows: Sequence[Flow] = ()
    drift: Rows = ()
    bounds: Mapping[str, float] = field(default_factory=dict)
    changes: Rows = ()

    @property
    def groups(self) -> list[Row]:
        """The largest first."""
        return sorted(self.money, key=lambda r: -r["users"])

    @property
    def users(self) -> int:
        return sum(r["users"] for r in self.money)


def hidden_cells(counts: Mapping[tuple[int, int], int], smallest: int) -> set[tuple[int, int]]:
    """Cells that may not be shown: counts below `smallest`, and the next smallest of a row that has only one of these.

    Shares of a row add up to 100 %: a single cell that is left out would be what is missing.
    """
    hidden = {cell for cell, count in counts.items() if 0 < count < smallest}
    for row in {cell[0] for cell in hidden}:
        there = sorted((count, cell) for cell, count in counts.items() if cell[0] == row and count)
        if sum(cell in hidden for _, cell in there) == 1:
            hidden.update(cell for _, cell in there[:2])
    return hidden
