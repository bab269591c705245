"""Where columns of made tables come from: lineage.json beside this, which `make docs` writes from query plans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Origin:
    """The stored columns, as `layer.table.column`, that a column is made `of`, and those that decide `by` which rows.

    `layer.table.*` is in `of` where rows are counted.
    """

    of: frozenset[str] = _NONE
    by: frozenset[str] = _NONE

    def __or__(self, other: Origin) -> Origin:
        return Origin(self.of | other.of, self.by | other.by)


# Of each table, each column's origin.
Origins = Mapping[str, Mapping[str, Origin]]


@dataclass(frozen=True)
class Traced:
    """What is known of all made tables.

    No plan tells what a model looks at: of the tables in `learned`, the columns that it may look at.
    """

    origins: Origins
    learned: Mapping[str, frozenset[str]]
