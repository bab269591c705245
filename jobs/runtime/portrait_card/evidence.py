"""Why somebody holds a tag: the parts of its rule that are true of them, with what their own columns hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa
import sqlglot
from sqlglot import exp

from features.columns import COLUMNS
from jobs.runtime.segment_commands.day_users import as_duckdb

Row = Mapping[str, Any]
_SIGNS = {exp.GT: ">", exp.GTE: "≥", exp.LT: "<", exp.LTE: "≤"}
_MOST = 4


@dataclass(frozen=True)
class Fact:
    """What a column holds of the user; `sign` and `bound` are what the rule compares it with, where it is a number."""

    column: str
    value: Any
    sign: str = ""
    bound: float | None = None


def evidence(definitions: Sequence[Row], user: pa.Table, thresholds: Mapping[str, Row]) -> dict[str, tuple[Fact, ...]]:
    """The facts behind each tag by code, the strongest four.

    `definitions` are rows of gold.tag_definition, `user` is one row of feature and score columns, `thresholds` are
    those of gold.tag_day by tag. A tag whose columns are not kept of that day has none.
    """
    row = user.to_pylist()[0] if user.num_rows else {}
    told = [d for d in definitions if set(d["source_columns"]) & set(row)]
    conditions = {d["tag_code"]: _condition(d, set(row)) for d in told}
    true = _true({_sql(part) for tree in conditions.values() if tree for part in _parts(tree)}, user)
    found = {}
    for d in told:
        tree, bars = conditions[d["tag_code"]], thresholds.get(d["tag_code"], {})
        facts = _measured(d, row, bars) if tree is None else _facts(tree, true, row)
        found[d["tag_code"]] = tuple({f.column: f for f in reversed(list(facts))}.values())[::-1][:_MOST]
    return found


def declared(rule: str) -> dict[str, str]:
    """gold.tag_definition.rule, taken apart again: what stands in it is `key: value; key: value`."""
    return dict(pair.split(": ", 1) for pair in rule.split("; ") if ": " in pair)


def _condition(definition: Row, known: set[str]) -> exp.Expr | None:
    said = declared(definition["rule"])
    text = next((said[k] for k in ("rule", "when") if said.get(k, "None") != "None"), None)
    tree = None if text is None else sqlglot.parse_one(text, dialect="spark")
    return tree if tree is not None and known.issuperset(c.name for c in tree.find_all(exp.Column)) else None


def _parts(node: exp.Expr) -> Iterator[exp.Expr]:
    """The condition and whatever AND and OR hold together in it."""
    yield node
    if isinstance(node, exp.And | exp.Or | exp.Paren):
        for part in (node.this, node.args.get("expression")):
            yield from _parts(part) if part is not None else ()


def _sql(node: exp.Expr) -> str:
    return node.sql(dialect="spark")


def _true(asked: Iterable[str], user: pa.Table) -> set[str]:
    conditions = sorted(asked)
    if not conditions:
        return set()
    with duckdb.connect() as db:
        db.register("person", user)
        found = db.execute(f"SELECT {', '.join(as_duckdb(sql) for sql in conditions)} FROM person").fetchall()[0]
    return {sql for sql, holds in zip(conditions, found, strict=True) if holds}


def _facts(node: exp.Expr, true: set[str], row: Row) -> Iterator[Fact]:
    """What stands in the parts that are true; of an OR the branches that are not are left out whole."""
    if _sql(node) not in true:
        return
    if isinstance(node, exp.And | exp.Or | exp.Paren):
        for part in (node.this, node.args.get("expression")):
            yield from _facts(part, true, row) if part is not None else ()
        return
    sign, bound = _compared_with(node)
    for column in (c.name for c in node.find_all(exp.Column) if c.name != "as_of_date"):
        yield Fact(column, row[column], sign, bound)


def _compared_with(node: exp.Expr) -> tuple[str, float | None]:
    for kind, sign in _SIGNS.items():
        if type(node) is kind and isinstance(node.this, exp.Column) and isinstance(node.expression, exp.Literal):
            return ("", None) if node.expression.is_string else (sign, float(node.expression.name))
    return "", None


def _measured(d: Row, row: Row, thresholds: Row) -> Iterator[Fact]:
    """Of tags without a condition: what their columns hold, the largest first, and how high the bar was."""
    held = [(c, row[c]) for c in d["source_columns"] if c in row and row[c] and c != "as_of_date"]
    main = declared(d["rule"]).get("column")
    for column, value in sorted(held, key=lambda pair: (pair[0] != main, -_size(pair[1]), pair[0])):
        if main in (None, "None", column):
            bar = thresholds.get("reached") if column == main else None
            yield Fact(column, value, ">" if bar is not None else "", bar)


def _size(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def columns_asked(definitions: Sequence[Row]) -> set[str]:
    """The feature and score columns that the tags rest on."""
    return {c for d in definitions for c in d["source_columns"] if c in COLUMNS}
