"""From tags down to what hospitals deliver, and from a column up to all that rests on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from features.columns import COLUMNS, HOMES
from features.imported_tags import IMPORTED_COLUMNS
from features.rule import nearest
from features.tag import Tag
from features.tag_events import ImportTag, SequenceTag
from jobs.runtime.lineage.stored import stored
from schemas.feature.user_day import USER_DAY
from schemas.feeds import FEEDS
from schemas.lineage import Origin, Origins
from schemas.tables import TABLES

_NOTHING = Origin()


class UnknownColumn(ValueError):
    """A column that no table has."""


@dataclass(frozen=True)
class Resting:
    """Columns that rest on one: those whose values do, those where it only decides which rows count, and models."""

    values: frozenset[str]
    rows: frozenset[str]
    models: frozenset[str]
    behind_models: frozenset[str]


@dataclass(frozen=True)
class Lineage:
    """What each column rests on directly. Of `learned` tables it is known only what their models may look at."""

    origins: Origins
    learned: Mapping[str, frozenset[str]]

    def origin(self, column: str) -> Origin:
        """What a column, as layer.table.column, directly rests on; nothing is known below silver tables."""
        table, _, name = column.rpartition(".")
        if table in self.learned:
            return Origin(self.learned[table])
        return self.origins.get(table, {}).get(name, _NOTHING)

    def below(self, columns: Iterable[str]) -> Origin:
        """Everything that columns rest on, through all tables but models' scores; without the columns themselves."""
        of: set[str] = set()
        by: set[str] = set()
        ahead = list(columns)
        while ahead:
            column = ahead.pop()
            if _table(column) in self.learned:
                continue
            found = self.origin(column)
            by |= found.by
            ahead += found.of - of
            of |= found.of
        return Origin(frozenset(of), frozenset(by - of))

    def resting_on(self, column: str) -> Resting:
        """Every column above a column, or above any column of a table."""
        asked = self._asked(column)
        values = self._above(asked)
        by = {c for c, o in self._all() if o.by & (asked | values)}
        rows = (by | self._above(by)) - values
        models = frozenset(t for t, inputs in self.learned.items() if inputs & (asked | values | rows))
        scores = {f"{t}.{c}" for t in models for c in TABLES[t].column_names}
        behind = (scores | self._above(scores)) - values - rows
        return Resting(frozenset(values), frozenset(rows), models, frozenset(behind))

    def _above(self, columns: Iterable[str]) -> set[str]:
        found, ahead = set[str](), set(columns)
        while ahead:
            ahead = {c for c, o in self._all() if o.of & ahead} - found
            found |= ahead
        return found

    def _all(self) -> Iterable[tuple[str, Origin]]:
        return ((f"{table}.{name}", o) for table, columns in self.origins.items() for name, o in columns.items())

    def _asked(self, column: str) -> set[str]:
        if column in TABLES:
            return {f"{column}.{name}" for name in (*TABLES[column].column_names, "*")}
        known = {f"{t.name}.{name}" for t in TABLES.values() for name in (*t.column_names, "*")}
        if column not in known:
            raise UnknownColumn(f"no column {column!r}{nearest(column, known)}: write layer.table.column")
        return {column}


def load_lineage() -> Lineage:
    """What `make docs` last found."""
    found = stored()
    plain = {t: {name: _keys_aside(o) for name, o in columns.items()} for t, columns in found.origins.items()}
    return Lineage(plain, found.learned)


def _keys_aside(origin: Origin) -> Origin:
    """A table's key says which of its rows count; its value matters where nothing else of the table is looked at."""
    told = {_table(c) for c in origin.of if not _is_key(c)}
    keys = frozenset(c for c in origin.of if _is_key(c) and _table(c) in told)
    return Origin(origin.of - keys, origin.by | keys)


def _is_key(column: str) -> bool:
    table, _, name = column.rpartition(".")
    return table.startswith("feature.") and name in TABLES[table].key


def _table(column: str) -> str:
    return column.rpartition(".")[0]


def columns_of(tag: Tag) -> tuple[str, ...]:
    """The stored columns that a tag is derived from, as layer.table.column."""
    if isinstance(tag, ImportTag):
        return IMPORTED_COLUMNS
    if isinstance(tag, SequenceTag):
        return tuple(f"{USER_DAY.name}.{c}" for c in tag.columns)
    return tuple(f"{HOMES[c].name}.{c}" for c in tag.columns if c in COLUMNS and c in HOMES)


def tags_on(tags: Sequence[Tag], columns: frozenset[str]) -> tuple[Tag, ...]:
    """The tags that are derived from any of the columns."""
    return tuple(t for t in tags if columns.intersection(columns_of(t)))


def by_table(columns: Iterable[str]) -> Mapping[str, list[str]]:
    """Columns in the order of their tables' declarations, table by table."""
    found: dict[str, list[str]] = {}
    for column in sorted(columns):
        table, _, name = column.rpartition(".")
        found.setdefault(table, []).append(name)
    return found


def delivered_as(table: str, column: str) -> str | None:
    """The field of the feed's contract that brings a silver column; None where the hospital delivers none."""
    layer, _, noun = table.partition(".")
    fields = {f.name for f in FEEDS[noun].fields} if layer == "silver" and noun in FEEDS else set()
    return f"{noun}.{column}" if column in fields else None
