"""Checking what a job wrote: great-expectations judges, the engine measures.

Each declared check, the key and the non-nullable columns become great-expectations expectations. Its own
calculation runs several queries and 20 to 40 ms of Python per expectation: 0.4 s for eight, 3 s for the 144
columns of feature.user_day. So the engine counts everything in two queries, and the expectations judge
these counts; a test compares the verdicts with great-expectations' own run on both engines.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pyspark.sql import Column as ColumnExpression
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.sql_text import literal
from schemas.table import Check, Severity, Table

_SHOWN = ("public", "low")


@dataclass(frozen=True)
class CheckResult:
    """How one check came out. Counts only: no value of a personal, health or secret column is in it."""

    table: str
    check: str
    column: str | None
    severity: Severity
    passed: bool
    observed: str
    expected: str
    rows: int
    failing_rows: int


class StopTheDay(RuntimeError):
    """A stop check failed: what was written may not be used. Names all that failed, not the first."""

    def __init__(self, results: list[CheckResult]) -> None:
        super().__init__(results)
        self.failed = [r for r in results if not r.passed and r.severity == "stop"]

    def __str__(self) -> str:
        told = [f"{r.table}{'.' + r.column if r.column else ''}: {r.expected}, but {r.observed}" for r in self.failed]
        return f"{len(self.failed)} stop check(s) failed: " + "; ".join(told)


@dataclass(frozen=True)
class Rule:
    """One check with its expectation, and the metrics it is judged by as aggregates over the rows."""

    name: str
    column: str | None
    severity: Severity
    expected: str
    expectation: Any
    failing: str
    population: str


def warm_up() -> None:
    """Import great-expectations, which takes seconds, while there is something else to wait for."""
    _gx()


def run_checks(table: Table, df: DataFrame) -> list[CheckResult]:
    """Check rows of a table: its key, its non-nullable columns, what it declares.

    Non-nullable columns that hold are told as one result.
    """
    rules = rules_of(table)
    counted = _count(table, df, rules)
    rows = counted["rows"]
    results = [_judge(table, rule, counted, i) for i, rule in enumerate(rules)]
    results = [_with_range(table, df, r) if r.check == "between" and not r.passed else r for r in results]
    held = [r for r in results if r.check == "not_null" and r.passed]
    if len(held) > 1:
        kept = [r for r in results if r not in held]
        told = f"no NULL in {len(held)} columns"
        return [CheckResult(table.name, "not_null", None, "stop", True, "as expected", told, rows, 0), *kept]
    return results


@cache
def rules_of(table: Table) -> tuple[Rule, ...]:
    """The suite of a table; the names of its rules are unique per column."""
    rules = [_key(table)]
    required = [c.name for c in table.columns if not c.nullable or c.name in table.key]
    rules += [_not_null(name) for name in required]
    rules += [_declared(table, check) for check in table.checks]
    seen: Counter[tuple[str, str | None]] = Counter()
    named = []
    for rule in rules:
        seen[rule.name, rule.column] += 1
        again = seen[rule.name, rule.column]
        named.append(rule if again == 1 else Rule(f"{rule.name}_{again}", *list(vars(rule).values())[1:]))
    return tuple(named)


def _judge(table: Table, rule: Rule, counted: Mapping[str, int], number: int) -> CheckResult:
    rows = counted["rows"]
    if rule.name == "unique_key":
        failing, population = counted["duplicates"], rows
    else:
        failing, population = counted.get(f"failing_{number}", 0), counted.get(f"population_{number}", rows)
    metrics = {"table.row_count": rows}
    metric = getattr(rule.expectation, "map_metric", None)
    if metric:
        metrics["column_values.nonnull.unexpected_count"] = rows - population
        metrics[f"{metric}.unexpected_count"] = failing
        metrics[f"{metric}.filtered_row_count"] = population
    judged = rule.expectation._validate(metrics, {"result_format": {"result_format": "BOOLEAN_ONLY"}}, None)
    passed = bool(judged["success"] if isinstance(judged, dict) else judged.success)
    observed = f"{failing:,} of {rows:,} rows do not" if metric else f"{rows:,} rows"
    if passed and not failing:
        observed = "as expected" if metric else observed
    return CheckResult(
        table.name, rule.name, rule.column, rule.severity, passed, observed, rule.expected, rows, failing
    )


def _count(table: Table, df: DataFrame, rules: tuple[Rule, ...]) -> dict[str, int]:
    wanted = ["count(1) AS rows"]
    for i, rule in enumerate(rules):
        if rule.failing:
            wanted.append(f"count(CASE WHEN {rule.failing} THEN 1 END) AS failing_{i}")
        if rule.population:
            wanted.append(f"count(CASE WHEN {rule.population} THEN 1 END) AS population_{i}")
    row = df.selectExpr(*wanted).first()
    counted = {k: int(v) for k, v in (row.asDict() if row else {}).items()}
    counted["duplicates"] = _duplicates(df, [F.xxhash64(*[F.col(f"`{k}`") for k in table.key])])
    if counted["duplicates"]:  # two keys may share a hash
        counted["duplicates"] = _duplicates(df, [F.col(f"`{k}`") for k in table.key])
    return counted


def _duplicates(df: DataFrame, key: list[ColumnExpression]) -> int:
    named = [k.alias(f"k{i}") for i, k in enumerate(key)]
    groups = df.select(*named).groupBy(*[f"k{i}" for i in range(len(key))]).agg(F.count(F.lit(1)).alias("n"))
    row = groups.where("n > 1").agg(F.sum("n").alias("n")).first()
    return int(row["n"] or 0) if row else 0


def _with_range(table: Table, df: DataFrame, result: CheckResult) -> CheckResult:
    """Says from where to where the values go, where they tell nothing about a person."""
    name = str(result.column)
    if table.column(name).sensitivity not in _SHOWN:
        return result
    row = df.selectExpr(f"min(`{name}`) AS low", f"max(`{name}`) AS high").first()
    if row is None:
        return result
    observed = f"{result.observed} (from {row['low']} to {row['high']})"
    return CheckResult(**{**vars(result), "observed": observed})


def _gx() -> Any:
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    import great_expectations.expectations as gxe

    return gxe


def _key(table: Table) -> Rule:
    gxe = _gx()
    if len(table.key) == 1:
        expectation = gxe.ExpectColumnValuesToBeUnique(column=table.key[0])
    else:
        expectation = gxe.ExpectCompoundColumnsToBeUnique(column_list=list(table.key))
    return Rule("unique_key", None, "stop", f"one row per {', '.join(table.key)}", expectation, "", "")


def _not_null(name: str) -> Rule:
    expectation = _gx().ExpectColumnValuesToNotBeNull(column=name)
    return Rule("not_null", name, "stop", "never NULL", expectation, f"`{name}` IS NULL", "")


def _declared(table: Table, check: Check) -> Rule:
    if check.kind == "rows":
        expectation = _gx().ExpectTableRowCountToBeBetween(min_value=check.min, max_value=check.max)
        return Rule("rows", None, check.severity, f"rows {_bounds(check)}", expectation, "", "")
    name = str(check.column)
    present = f"`{name}` IS NOT NULL"
    if check.kind == "share_not_null":
        least = check.min or 0.0
        expectation = _gx().ExpectColumnValuesToNotBeNull(column=name, mostly=least)
        told = f"at least {least:.0%} not NULL"
        return Rule("share_not_null", name, check.severity, told, expectation, f"`{name}` IS NULL", "")
    if check.kind == "compare":
        present += f" AND `{check.other}` IS NOT NULL"
    make = {
        "between": _between,
        "in_set": _in_set,
        "matches": _matches,
        "compare": _compare,
    }[check.kind]
    label, expected, expectation, failing = make(table, check, name)
    return Rule(label, name, check.severity, expected, expectation, f"({present}) AND ({failing})", present)


_Made = tuple[str, str, Any, str]


def _between(table: Table, check: Check, name: str) -> _Made:
    expectation = _gx().ExpectColumnValuesToBeBetween(column=name, min_value=check.min, max_value=check.max)
    value = f"CAST(`{name}` AS DOUBLE)"
    # NaN counts as larger than every number, so a lower bound alone would let it pass.
    outside = [f"isnan({value})"] if table.column(name).type == "double" else []
    outside += [f"{value} < {float(check.min)!r}D"] if check.min is not None else []
    outside += [f"{value} > {float(check.max)!r}D"] if check.max is not None else []
    return "between", f"values {_bounds(check)}", expectation, " OR ".join(outside) or "false"


def _in_set(table: Table, check: Check, name: str) -> _Made:
    expectation = _gx().ExpectColumnValuesToBeInSet(column=name, value_set=list(check.values))
    listed = ", ".join(literal(v) for v in check.values)
    failing = f"CAST(`{name}` AS STRING) NOT IN ({listed})"
    if table.column(name).type == "array<string>":
        failing = f"exists(`{name}`, x -> x IS NULL OR x NOT IN ({listed}))"
    return "in_set", f"one of {', '.join(check.values)}", expectation, failing


def _matches(table: Table, check: Check, name: str) -> _Made:
    expectation = _gx().ExpectColumnValuesToMatchRegex(column=name, regex=check.pattern)
    return "matches", f"matches {check.pattern}", expectation, f"NOT (`{name}` RLIKE {literal(str(check.pattern))})"


def _compare(table: Table, check: Check, name: str) -> _Made:
    expectation = _gx().ExpectColumnPairValuesAToBeGreaterThanB(
        column_A=check.other, column_B=name, or_equal=True, ignore_row_if="either_value_is_missing"
    )
    return f"at_most_{check.other}", f"at most {check.other}", expectation, f"`{name}` > `{check.other}`"


def _bounds(check: Check) -> str:
    low = f"from {check.min:g}" if check.min is not None else ""
    high = f"up to {check.max:g}" if check.max is not None else ""
    return " ".join(p for p in (low, high) if p) or "of any size"
