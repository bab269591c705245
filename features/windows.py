"""Sums over the last days, all windows in one pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from schemas.table import Column, Table

Windows = Mapping[str, Sequence[int]]


def windowed_sums(
    days: DataFrame,
    as_of: date,
    sums: Windows,
    prior: Mapping[str, int] | None = None,
    day_counts: Mapping[str, str] | None = None,
    lasts: Mapping[str, str] | None = None,
) -> DataFrame:
    """One row per user with `<measure>_<n>d` for each measure and window of `sums`.

    `days` has user_id, event_date and the measures, several rows a day allowed. `prior` asks for
    `<measure>_prior_<n>d`, the n days before the last n. A name of `sums` that is in `day_counts` is not a
    column: it counts the different days on which that condition holds. `lasts` gives `<name>_date`, the last day
    (in the longest window) on which a condition holds. Each row is added up once, into the smallest window that
    holds it, and the few rows that remain per user are spread over the windows.
    """
    prior, day_counts, lasts = prior or {}, day_counts or {}, lasts or {}
    edges = sorted({n for spans in sums.values() for n in spans} | {k * n for n in prior.values() for k in (1, 2)})
    pieces = [
        *(F.expr(_piece(name, day_counts)).alias(name) for name in sums),
        *(F.expr(f"max(CASE WHEN {holds} THEN event_date END)").alias(f"{name}_date") for name, holds in lasts.items()),
    ]
    within = days.where(f"event_date <= DATE'{as_of}' AND event_date > date_sub(DATE'{as_of}', {edges[-1]})")
    per_bucket = within.groupBy("user_id", F.expr(_bucket(as_of, edges)).alias("bucket")).agg(*pieces)
    return per_bucket.groupBy("user_id").agg(
        *(
            F.expr(f"sum(CASE WHEN bucket <= {n} THEN {name} ELSE 0 END)").alias(f"{name}_{n}d")
            for name, spans in sums.items()
            for n in spans
        ),
        *(
            F.expr(f"sum(CASE WHEN bucket > {n} AND bucket <= {2 * n} THEN {name} ELSE 0 END)").alias(
                f"{name}_prior_{n}d"
            )
            for name, n in prior.items()
        ),
        *(F.expr(f"max({name}_date)").alias(f"{name}_date") for name in lasts),
    )


def _piece(name: str, day_counts: Mapping[str, str]) -> str:
    holds = day_counts.get(name)
    return f"count(DISTINCT CASE WHEN {holds} THEN event_date END)" if holds else f"sum({name})"


def _bucket(as_of: date, edges: Sequence[int]) -> str:
    age = f"date_diff(DATE'{as_of}', event_date)"
    return "CASE " + " ".join(f"WHEN {age} < {n} THEN {n}" for n in edges) + " END"


def for_every_user(
    users: DataFrame, parts: Sequence[DataFrame], table: Table, as_of: date, derived: Mapping[str, str] | None = None
) -> DataFrame:
    """The table as declared: one row for each of `users`, those without facts too.

    A column is what `derived` says in SQL over the columns of `parts`, or else the part's column of its name. What
    may not be NULL by the table's declaration is 0, false or an empty list where nothing is known.
    """
    joined = users
    for part in parts:
        joined = joined.join(part, "user_id", "left")
    said = {"as_of_date": f"DATE'{as_of}'", **(derived or {})}
    return joined.select(*(F.expr(_declared(c, said.get(c.name, c.name))).alias(c.name) for c in table.columns))


def _declared(column: Column, expression: str) -> str:
    empty = {"boolean": "false", "array<string>": "array()", "string": None, "date": None, "timestamp": None}
    default = empty.get(column.type, "0")
    value = f"CAST({expression} AS {column.type})"
    if column.nullable or default is None:
        return value
    return f"coalesce({value}, CAST({default} AS {column.type}))"


def days_since(date_column: str, as_of: date, window: int) -> str:
    """SQL: days from a date to the as-of day, `window` where there is none or it is older."""
    return f"least(coalesce(date_diff(DATE'{as_of}', {date_column}), {window}), {window})"


def share(part: str, whole: str) -> str:
    """SQL: a share or mean as a double, NULL where the whole is 0."""
    return f"CAST({part} AS DOUBLE) / CAST(nullif({whole}, 0) AS DOUBLE)"


def name_of_largest(columns: Mapping[str, str]) -> str:
    """SQL: the name whose column is largest, the first of equals, NULL where all are 0."""
    if len(columns) < 2:
        raise ValueError("a largest is chosen among two or more columns")
    cases = " ".join(f"WHEN {column} THEN '{name}'" for name, column in columns.items())
    return f"CASE greatest({', '.join(columns.values())}) WHEN 0 THEN NULL {cases} END"
