"""Sums over the last days, all windows and themes in one pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.totals import total
from schemas.table import Column, Table

# Days of one span are told apart by a bit each in a bigint.
_MASK_DAYS = 60


@dataclass(frozen=True)
class Measures:
    """What a theme wants added up of user_day.

    `sums`: measures, and of how many last days each; a name is a column of user_day, a row's formula in `formulas`,
    or, in `day_counts`, the number of different days on which a condition holds. `prior`: the n days before the last
    n. `lasts` and `firsts`: the last and the first day on which a condition holds. `picks`: a value between
    0 and 999 of the last day on which a condition holds, the largest of that day.
    """

    sums: Mapping[str, Sequence[int]]
    formulas: Mapping[str, str] = field(default_factory=dict)
    day_counts: Mapping[str, str] = field(default_factory=dict)
    prior: Mapping[str, int] = field(default_factory=dict)
    lasts: Mapping[str, str] = field(default_factory=dict)
    firsts: Mapping[str, str] = field(default_factory=dict)
    picks: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def edges(self) -> set[int]:
        return {n for spans in self.sums.values() for n in spans} | {k * n for n in self.prior.values() for k in (1, 2)}

    def pieces(self, as_of: date) -> dict[str, str]:
        """The aggregates, in SQL by name, of one span of days."""
        bit = f"shiftleft(CAST(1 AS BIGINT), CAST(date_diff(DATE'{as_of}', event_date) % {_MASK_DAYS} AS INT))"
        days = {name: f"bit_count(bit_or(CASE WHEN {holds} THEN {bit} END))" for name, holds in self.day_counts.items()}
        # max_by wants an order without equals: the day, then the value.
        newest = f"date_diff(event_date, DATE'{as_of}') * 1000.0D"
        return {
            **{name: days.get(name, total(name, self.formulas.get(name))) for name in self.sums},
            **{f"{name}_date": f"max(CASE WHEN {holds} THEN event_date END)" for name, holds in self.lasts.items()},
            **{
                f"first_{name}_date": f"min(CASE WHEN {holds} THEN event_date END)"
                for name, holds in self.firsts.items()
            },
            **{
                piece: sql
                for name, (holds, value) in self.picks.items()
                for piece, sql in (
                    (name, f"max_by({value}, CASE WHEN {holds} THEN {newest} + {value} END)"),
                    (f"{name}_order", f"max(CASE WHEN {holds} THEN {newest} + {value} END)"),
                )
            },
        }


def add_up(days: DataFrame, as_of: date, wanted: Sequence[Measures]) -> DataFrame:
    """One row per user and span of days, for the themes' measures together: the only pass over many rows.

    `days` is user_day `of_users`, several rows a day allowed. Spans lie between the windows' ends: with windows of 7
    and 30 days, days 0 to 6 and 7 to 29 before `as_of`; `span` is the end. `spread` makes windows of them.
    """
    edges = sorted(set().union(*(w.edges() for w in wanted)))
    if any(w.day_counts for w in wanted):
        edges = _no_wider(edges, _MASK_DAYS)
    pieces: dict[str, str] = {}
    for name, sql in ((name, sql) for w in wanted for name, sql in w.pieces(as_of).items()):
        if pieces.setdefault(name, sql) != sql:
            raise ValueError(f"two themes mean different things by {name}: {pieces[name]} and {sql}")
    age = f"date_diff(DATE'{as_of}', event_date)"
    span = "CASE " + " ".join(f"WHEN {age} < {n} THEN {n}" for n in edges) + " END"
    within = days.where(f"event_date <= DATE'{as_of}' AND event_date > date_sub(DATE'{as_of}', {edges[-1]})")
    return within.groupBy("user_id", F.expr(span).alias("span")).agg(
        *(F.expr(sql).alias(name) for name, sql in pieces.items())
    )


def spread(spans: DataFrame, measures: Measures) -> DataFrame:
    """One row per user: `<measure>_<n>d`, `<measure>_prior_<n>d`, `<last>_date`, `first_<first>_date`, and picks."""
    columns = {
        **{
            f"{name}_{n}d": total(name, f"CASE WHEN span <= {n} THEN {name} ELSE 0 END")
            for name, windows in measures.sums.items()
            for n in windows
        },
        **{
            f"{name}_prior_{n}d": total(name, f"CASE WHEN span > {n} AND span <= {2 * n} THEN {name} ELSE 0 END")
            for name, n in measures.prior.items()
        },
        **{f"{name}_date": f"max({name}_date)" for name in measures.lasts},
        **{f"first_{name}_date": f"min(first_{name}_date)" for name in measures.firsts},
        **{name: f"max_by({name}, {name}_order)" for name in measures.picks},
    }
    return spans.groupBy("user_id").agg(*(F.expr(sql).alias(name) for name, sql in columns.items()))


def _no_wider(edges: Sequence[int], limit: int) -> list[int]:
    cut: list[int] = []
    for low, high in zip([0, *edges], edges, strict=False):
        cut += [*range(low + limit, high, limit), high]
    return cut


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


def name_of_second(columns: Mapping[str, str], first: str) -> str:
    """SQL: what `name_of_largest` would give without the name in the column `first`.

    A column of its own, since an expression that repeats the first one's takes Sail seconds to plan.
    """
    return name_of_largest(
        {name: f"(CASE WHEN {first} = '{name}' THEN 0 ELSE {column} END)" for name, column in columns.items()}
    )
