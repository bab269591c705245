"""Reads out of a data frame's plan which stored columns each of its columns rests on.

The plan is the one that PySpark's client sends to the engine, so it is the same for both engines, and nothing is run.
A part of a plan that is not known here is an error, never a gap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

import pyarrow as pa
import sqlglot
from pyspark.sql import DataFrame
from sqlglot import exp

from schemas.lineage import Origin

_NONE: frozenset[str] = frozenset()
_SEMI = ("JOIN_TYPE_LEFT_SEMI", "JOIN_TYPE_LEFT_ANTI")
_SAME_COLUMNS = ("sort", "limit", "offset", "repartition", "repartition_by_expression", "hint")


class PlanNotRead(ValueError):
    """A plan has a part of which it is not known what it does to columns."""


@dataclass(frozen=True)
class _Frame:
    """What is known of a relation: its columns' origins, what decides about all its rows, the tables it reads."""

    columns: Mapping[str, Origin]
    by: frozenset[str] = _NONE
    tables: frozenset[str] = _NONE
    aliases: frozenset[str] = field(default=_NONE)

    def find(self, parts: list[str]) -> Origin:
        """The column of a name, perhaps with an alias before it or a field of it after."""
        known = parts[1:] if len(parts) > 1 and parts[0] in self.aliases else parts
        if known[0] not in self.columns:
            raise PlanNotRead(f"unknown column {'.'.join(parts)!r} among {', '.join(sorted(self.columns))}")
        return self.columns[known[0]]

    def found(self, names: Iterable[list[str]]) -> Origin:
        return reduce(Origin.__or__, (self.find(n) for n in names), Origin())

    def filtered(self, origin: Origin) -> _Frame:
        return replace(self, by=self.by | origin.of | origin.by)


def origins(df: DataFrame, tables: Mapping[str, Iterable[str]]) -> dict[str, Origin]:
    """Of each column of the data frame its origin; an alias that is the name of one of `tables` stands for it."""
    plan: Any = df
    proto = plan._plan.to_proto(plan.sparkSession.client).root
    frame = _Reader(tables).frame(proto)
    return {name: Origin(o.of, o.by | frame.by) for name, o in frame.columns.items()}


class _Reader:
    def __init__(self, tables: Mapping[str, Iterable[str]]) -> None:
        self._tables = tables
        self._kinds: dict[str, Callable[[Any], _Frame]] = {
            "subquery_alias": self._alias,
            "project": self._project,
            "filter": lambda r: self._filter(self.frame(r.input), r.condition),
            "aggregate": self._aggregate,
            "join": self._join,
            "set_op": self._union,
            "with_columns": self._with_columns,
            "with_columns_renamed": self._renamed,
            "drop": self._drop,
            "deduplicate": self._deduplicate,
            "local_relation": _local,
            **dict.fromkeys(_SAME_COLUMNS, lambda r: self.frame(r.input)),
        }

    def frame(self, relation: Any) -> _Frame:
        kind = relation.WhichOneof("rel_type")
        if kind not in self._kinds:
            raise PlanNotRead(f"a plan with {kind!r}: say in {__name__} what it does to columns")
        return self._kinds[kind](getattr(relation, kind))

    def _alias(self, r: Any) -> _Frame:
        if r.alias in self._tables:
            columns = {name: Origin(frozenset({f"{r.alias}.{name}"})) for name in self._tables[r.alias]}
            return _Frame(columns, tables=frozenset({r.alias}))
        return replace(self.frame(r.input), aliases=frozenset({r.alias}))

    def _project(self, r: Any) -> _Frame:
        frame = self.frame(r.input)
        return replace(frame, columns=dict(_named(frame, r.expressions)))

    def _filter(self, frame: _Frame, condition: Any) -> _Frame:
        return frame.filtered(_origin(frame, condition))

    def _aggregate(self, r: Any) -> _Frame:
        frame = self.frame(r.input)
        keys = dict(_named(frame, r.grouping_expressions))
        rows = Origin(frozenset(f"{t}.*" for t in frame.tables))
        # What is made of no column counts rows.
        made = {name: o if o.of else o | rows for name, o in _named(frame, r.aggregate_expressions)}
        parted_by = reduce(Origin.__or__, keys.values(), Origin())
        columns = {name: o | Origin(by=_of_the_same(frame, o, parted_by)) for name, o in {**keys, **made}.items()}
        return replace(frame, columns=columns, aliases=_NONE)

    def _join(self, r: Any) -> _Frame:
        left, right = self.frame(r.left), self.frame(r.right)
        kind = type(r).JoinType.Name(r.join_type)
        both = _Frame(
            {
                n: left.columns.get(n, Origin()) | right.columns.get(n, Origin())
                for n in (*left.columns, *right.columns)
            },
            aliases=left.aliases | right.aliases,
        )
        on = both.found([n] for n in r.using_columns)
        if r.HasField("join_condition"):
            on |= _origin(both, r.join_condition)
        met = Origin(by=on.of | on.by | right.by)
        # What is joined to a table tells more of its rows, or which of them count: the rows are still the left side's.
        if kind in _SEMI:
            return left.filtered(met)
        columns = {**both.columns, **{n: left.columns[n] for n in r.using_columns}}
        if kind == "JOIN_TYPE_INNER":
            return _Frame(columns, left.by | met.by, left.tables, both.aliases)
        if kind == "JOIN_TYPE_LEFT_OUTER":
            met_columns = {n: o | met if n not in left.columns else o for n, o in columns.items()}
            return _Frame(met_columns, left.by, left.tables, both.aliases)
        raise PlanNotRead(f"a join of the kind {kind}")

    def _union(self, r: Any) -> _Frame:
        parts = [self.frame(r.left_input), self.frame(r.right_input)]
        names = [list(p.columns) for p in parts]
        columns = {
            name: reduce(Origin.__or__, (_in_part(p, name if r.by_name else names[j][i]) for j, p in enumerate(parts)))
            for i, name in enumerate(names[0])
        }
        return _Frame(columns, tables=parts[0].tables | parts[1].tables)

    def _with_columns(self, r: Any) -> _Frame:
        frame = self.frame(r.input)
        new = {a.name[0]: _origin(frame, a.expr) for a in r.aliases}
        return replace(frame, columns={**frame.columns, **new})

    def _renamed(self, r: Any) -> _Frame:
        frame = self.frame(r.input)
        names = dict(r.rename_columns_map) | {x.col_name: x.new_col_name for x in r.renames}
        return replace(frame, columns={names.get(n, n): o for n, o in frame.columns.items()})

    def _drop(self, r: Any) -> _Frame:
        frame = self.frame(r.input)
        gone = {*r.column_names, *(c.unresolved_attribute.unparsed_identifier for c in r.columns)}
        return replace(frame, columns={n: o for n, o in frame.columns.items() if n not in gone})

    def _deduplicate(self, r: Any) -> _Frame:
        frame = self.frame(r.input)
        return frame.filtered(frame.found([n] for n in (r.column_names or frame.columns)))


def _of_the_same(frame: _Frame, column: Origin, keys: Origin) -> frozenset[str]:
    """Of what groups are made by, what is of the tables that the column rests on: after a union there are others."""
    tables = {_table(name) for name in column.of | column.by | frame.by}
    return frozenset(name for name in keys.of | keys.by if _table(name) in tables)


def _table(name: str) -> str:
    return name.rpartition(".")[0]


def _in_part(part: _Frame, name: str) -> Origin:
    """What one side of a union gives a column: nothing, where it is a constant there."""
    origin = part.columns[name]
    return Origin(origin.of, origin.by | part.by) if origin.of else Origin()


def _local(r: Any) -> _Frame:
    """A few rows that a declaration gave, which are no table's."""
    if r.data:
        return _Frame(dict.fromkeys(pa.ipc.open_stream(r.data).schema.names, Origin()))
    raise PlanNotRead("a data frame made of nothing: give it one row")


def _named(frame: _Frame, expressions: Iterable[Any]) -> Iterator[tuple[str, Origin]]:
    """The columns that a select makes."""
    for e in expressions:
        kind = e.WhichOneof("expr_type")
        if kind == "unresolved_star":
            yield from frame.columns.items()
        elif kind == "alias":
            for name in e.alias.name:
                yield name, _origin(frame, e.alias.expr)
        elif kind == "unresolved_attribute":
            yield e.unresolved_attribute.unparsed_identifier.split(".")[-1].strip("`"), _origin(frame, e)
        elif kind == "expression_string":
            yield from _named_sql(frame, e.expression_string.expression)
        else:
            raise PlanNotRead(f"a column without a name: {kind}")


def _named_sql(frame: _Frame, text: str) -> Iterator[tuple[str, Origin]]:
    tree = _parsed(text)
    if isinstance(tree, exp.Star):
        yield from frame.columns.items()
        return
    inner = tree.this if isinstance(tree, exp.Alias | exp.Aliases) else tree
    names = [i.name for i in tree.aliases] if isinstance(tree, exp.Aliases) else [tree.alias_or_name]
    if not all(names):
        raise PlanNotRead(f"a column without a name: {text}")
    for name in names:
        yield name, frame.found(_columns(inner))


def _origin(frame: _Frame, expression: Any) -> Origin:
    """What an expression rests on, however deep in it."""
    found = Origin()
    for e in _inside(expression):
        kind = e.WhichOneof("expr_type")
        if kind == "unresolved_attribute":
            found |= frame.find([p.strip("`") for p in e.unresolved_attribute.unparsed_identifier.split(".")])
        elif kind == "expression_string":
            found |= frame.found(_columns(_parsed(e.expression_string.expression)))
        elif kind in ("unresolved_regex", "subquery_expression"):
            raise PlanNotRead(f"an expression with {kind!r}")
    return found


def _inside(message: Any) -> Iterator[Any]:
    """The expression and all expressions in it."""
    if message.DESCRIPTOR.name == "Expression":
        yield message
    for descriptor, value in message.ListFields():
        if descriptor.message_type is None or descriptor.message_type.GetOptions().map_entry:
            continue
        for each in value if descriptor.is_repeated else [value]:
            yield from _inside(each)


def _parsed(text: str) -> exp.Expr:
    return sqlglot.parse_one(text, dialect="spark")


def _columns(tree: exp.Expr) -> Iterator[list[str]]:
    """The columns that SQL names; not the variables of lambdas."""
    variables = {p.name for f in tree.find_all(exp.Lambda) for p in f.expressions}
    for column in tree.find_all(exp.Column):
        parts = [part.name for part in column.parts]
        if parts[0] not in variables and not isinstance(column.this, exp.Star):
            yield parts
