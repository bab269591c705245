"""Holding a data frame to its declared table: every difference in one error, nothing inferred."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache

from pyspark.sql import Column as ColumnExpression
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from schemas.table import Column, Table

REFUSED = "nothing was written"


class SchemaMismatch(ValueError):
    """A data frame or a stored table is not what its declaration says."""


def conform(table: Table, df: DataFrame) -> DataFrame:
    """The declared columns in their order, or an error that names every difference.

    Only what loses nothing is cast: int to bigint, float to double, a decimal to a wider one, a bare NULL.
    """
    found = {f.name: f.dataType.simpleString() for f in df.schema.fields}
    problems = differences(table, found)
    if problems:
        raise SchemaMismatch(f"{table.name} is not as declared: " + "; ".join(problems))
    return df.select(*[_as_declared(c, found[c.name]) for c in table.columns])


def _as_declared(column: Column, found: str) -> ColumnExpression:
    # On Sail array('a') has elements that cannot be NULL, and a replaceWhere cannot join them to the stored ones.
    if found == column.type and "<" not in found:
        return F.col(f"`{column.name}`")
    return F.expr(f"CAST(`{column.name}` AS {column.type})").alias(column.name)


def differences(table: Table, found: dict[str, str]) -> list[str]:
    """What is missing, not declared or of another type; empty when it fits."""
    declared = {c.name: c.type for c in table.columns}
    missing = [f"column {n} ({t}) is missing" for n, t in declared.items() if n not in found]
    unknown = [f"column {n} ({t}) is not declared" for n, t in found.items() if n not in declared]
    wrong = [
        f"column {n} is {found[n]}, declared {t}" for n, t in declared.items() if n in found and not fits(found[n], t)
    ]
    return missing + unknown + wrong


def fits(found: str, declared: str) -> bool:
    """Whether each value of one type is one of the other."""
    if _plain(found) == _plain(declared) or found == "void":
        return True
    if (found, declared) in {("int", "bigint"), ("smallint", "int"), ("smallint", "bigint"), ("float", "double")}:
        return True
    have, want = _decimal(found), _decimal(declared)
    return bool(have and want and want[1] >= have[1] and want[0] - want[1] >= have[0] - have[1])


def guard(
    table: Table, df: DataFrame, slice_: tuple[date, date] | None = None, of: Mapping[str, str] | None = None
) -> DataFrame:
    """The same rows, but a NULL where none may be, or a row outside of the slice or not `of` it, fails the write.

    `df` has the declared columns, as `conform` gives them.
    Sail writes rows outside of a `replaceWhere` without a word, and the next run writes them again. Its
    NOT NULL columns would be no help: Sail checks them with a filter that is pushed below the query's own
    filters and joins, so that rows which never reach the table fail the write. A projection stays in place.
    """
    required = [c.name for c in table.columns if not c.nullable or c.name in table.key]
    holds = [f"`{name}` IS NOT NULL" for name in required]
    wrong = [f"CASE WHEN `{name}` IS NULL THEN '{name} NULL' END" for name in required]
    carrier = required[0] if required else table.columns[0].name
    if slice_ is not None:
        carrier = str(table.slice_by)
        inside = f"`{carrier}` BETWEEN DATE'{slice_[0]}' AND DATE'{slice_[1]}'"
        holds.append(f"`{carrier}` IS NOT NULL AND {inside}")
        value = f"coalesce(CAST(`{carrier}` AS STRING), 'NULL')"
        told = f"concat('{carrier} ', {value}, ' outside of {slice_[0]}..{slice_[1]}')"
        wrong.append(f"CASE WHEN `{carrier}` IS NULL OR NOT ({inside}) THEN {told} END")
    for name, value in (of or {}).items():
        holds.append(f"`{name}` = '{value}'")
        wrong.append(f"CASE WHEN `{name}` <> '{value}' THEN '{name} not {value}' END")
    if not holds:
        return df
    message = f"concat('{REFUSED} to {table.name}: a row has ', concat_ws(', ', {', '.join(wrong)}))"
    kind = table.column(carrier).type
    checked = f"CASE WHEN {' AND '.join(holds)} THEN `{carrier}` ELSE CAST(raise_error({message}) AS {kind}) END"
    return _with(table, df, carrier, checked)


def only_once(table: Table, df: DataFrame, keys: Sequence[str]) -> DataFrame:
    """The same rows, but a key that comes twice fails the write: MERGE would insert both."""
    listed = ", ".join(f"`{k}`" for k in keys)
    message = f"{REFUSED} to {table.name}: a key ({', '.join(keys)}) comes more than once in what is to be merged"
    kind = table.column(keys[0]).type
    guarded = (
        f"CASE WHEN count(1) OVER (PARTITION BY {listed}) = 1 THEN `{keys[0]}` "
        f"ELSE CAST(raise_error('{message}') AS {kind}) END"
    )
    return _with(table, df, keys[0], guarded)


@cache
def schema_version(table: Table) -> str:
    """A short hash of what the declaration says about columns, key and slice; meanings do not change it."""
    said = [[c.name, c.type, c.nullable] for c in table.columns]
    text = json.dumps([table.name, table.key, table.slice_by, table.partition_by, said])
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _with(table: Table, df: DataFrame, name: str, expression: str) -> DataFrame:
    # The declared names, since asking the data frame for its own makes the engine plan the whole query once more.
    return df.select(*[F.expr(expression).alias(n) if n == name else F.col(f"`{n}`") for n in table.column_names])


def _plain(kind: str) -> str:
    return re.sub(r"\s", "", kind.lower())


def _decimal(kind: str) -> tuple[int, int] | None:
    found = re.fullmatch(r"decimal\((\d+),(\d+)\)", _plain(kind))
    return (int(found.group(1)), int(found.group(2))) if found else None
