"""Whose turn it is to be computed anew, and in what two versions of a table differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from pyspark.sql import Column as ColumnExpression
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from schemas.table import Column, Table

# Doubles that were added up in another order may differ in their last digits.
_CLOSE = 1e-6


@dataclass(frozen=True)
class Difference:
    """In what a table differs from what it should be: counts and names of columns, never a value."""

    compared: int
    missing: int = 0
    surplus: int = 0
    changed: int = 0
    columns: Mapping[str, int] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return self.missing + self.surplus + self.changed


def in_turn(user: str, turns: int, day: date) -> str:
    """SQL: whether it is a user's turn on a day; everybody's comes once in `turns` days in a row."""
    return f"pmod(xxhash64({user}), {turns}) = {day.toordinal() % turns}"


def difference(table: Table, stored: DataFrame, anew: DataFrame) -> Difference:
    """In what stored rows of a table differ from those computed anew; both have its declared columns.

    Rows are matched by the table's key. A digest of both sides comes first: as a rule they are alike, and comparing
    wide tables column by column takes several times as long.
    """
    compared, alike = _digests(table, stored, anew)
    if alike:
        return Difference(compared)
    others = [c for c in table.columns if c.name not in table.key]
    found = _matched(table, stored, anew, others).agg(*_counts(others)).collect()[0]
    columns = {c.name: found[f"n{i}"] for i, c in enumerate(others) if found[f"n{i}"]}
    return Difference(compared, found["missing"], found["surplus"], found["changed"], columns)


def _digests(table: Table, stored: DataFrame, anew: DataFrame) -> tuple[int, bool]:
    """Rows stored, and whether both sides hold the same rows, whatever their order."""
    names = ", ".join(_hashable(c) for c in table.columns)
    hashed = [df.selectExpr(f"{side} AS side", f"xxhash64({names}) AS h") for side, df in ((0, stored), (1, anew))]
    sums = {"row_count": "count(1)", "mixed": "bit_xor(h)", "added": "sum(pmod(h, 2147483647))"}
    found = hashed[0].unionAll(hashed[1]).groupBy("side").agg(*(F.expr(sql).alias(n) for n, sql in sums.items()))
    sides = {r["side"]: (r["row_count"], r["mixed"], r["added"]) for r in found.collect()}
    return sides.get(0, (0,))[0], sides.get(0) == sides.get(1)


def _hashable(column: Column) -> str:
    return _entries(f"`{column.name}`") if column.type.startswith("map") else f"`{column.name}`"


def _entries(value: str) -> str:
    """A map in one order, as a list of texts: maps themselves are neither compared nor hashed."""
    return f"array_sort(transform(map_keys({value}), k -> concat(k, '=', coalesce(CAST({value}[k] AS STRING), ''))))"


def _matched(table: Table, stored: DataFrame, anew: DataFrame, others: Sequence[Column]) -> DataFrame:
    """Every row of either side beside its counterpart: column `i` of `others` as a{i} and b{i}."""
    keys = ", ".join(f"`{k}`" for k in table.key)
    # A key that comes twice on one side has one counterpart at most.
    nth = f"row_number() OVER (PARTITION BY {keys} ORDER BY {keys}) AS nth"
    named = [f"`{k}` AS k{i}" for i, k in enumerate(table.key)]
    a, b = (
        df.selectExpr(*named, *(f"`{c.name}` AS {side}{i}" for i, c in enumerate(others)), f"true AS in_{side}", nth)
        for side, df in (("a", stored), ("b", anew))
    )
    return a.join(b, [*(f"k{i}" for i in range(len(table.key))), "nth"], "full")


def _counts(others: Sequence[Column]) -> list[ColumnExpression]:
    both = "in_a IS NOT NULL AND in_b IS NOT NULL"
    differ = [f"NOT ({_same(c, f'a{i}', f'b{i}')})" for i, c in enumerate(others)]
    wanted = {
        "missing": "count_if(in_a IS NULL)",
        "surplus": "count_if(in_b IS NULL)",
        "changed": f"count_if({both} AND ({' OR '.join(differ) or 'false'}))",
        **{f"n{i}": f"count_if({both} AND {sql})" for i, sql in enumerate(differ)},
    }
    return [F.expr(sql).alias(name) for name, sql in wanted.items()]


def _same(column: Column, a: str, b: str) -> str:
    if column.type.startswith("map"):
        return f"{_entries(a)} <=> {_entries(b)}"
    same = f"{a} <=> {b}"
    if column.type == "double":
        same += f" OR coalesce(abs({a} - {b}) <= {_CLOSE} * greatest(abs({a}), abs({b})), false)"
    # No job writes NULL where none may be: such a row is older than the column.
    return same if column.nullable else f"{same} OR {a} IS NULL"
