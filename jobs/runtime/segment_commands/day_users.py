"""The users of a day read out of the tables' files by DuckDB, so that nobody waits for an engine.

A rule means here what it means on the engines: a test holds both to the same users.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import unquote

import duckdb
import pandas as pd
import pyarrow as pa
import sqlglot
from deltalake import DeltaTable
from sqlglot import exp

from features.columns import HOMES, SCORE_TABLES
from jobs.runtime.store import Store
from schemas.feature.user_profile import USER_PROFILE
from schemas.gold.user_portrait import USER_PORTRAIT
from schemas.table import Table

_TAGS = ("tag_codes", "tag_values")


class NothingToCount(ValueError):
    """There are no tables of a day to count on."""


class DayUsers:
    """One row per user of a day. As a context manager it lets go of what DuckDB holds."""

    def __init__(self, store: Store, day: date | None = None) -> None:
        self.store = store
        self.day = day or last_day(store)
        self._opened: set[str] = set()
        self._db = duckdb.connect()
        self._db.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")

    def __enter__(self) -> DayUsers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows that a query of DuckDB's gives."""
        return self._db.execute(sql).fetchall()

    def frame(self, sql: str) -> pd.DataFrame:
        """As `ask`, for models."""
        return self._db.execute(sql).df()

    def hold(self, name: str, rows: pd.DataFrame) -> None:
        """Lets queries find these rows by the name."""
        self._db.register(name, rows)

    def open(self, table: Table) -> str:
        """The name by which queries find the table, all its days; NothingToCount where nobody has written it."""
        return self._register(table, table.noun, {})

    def of_day(self, table: Table) -> str:
        """As `open`, but with the rows of this day alone; NothingToCount where it has none."""
        name = self._register(table, f"{table.noun}_of_day", {"as_of_date": str(self.day)})
        if not self.ask(f"SELECT 1 FROM {name} LIMIT 1"):
            raise NothingToCount(f"{table.name} has no rows of {self.day}: run the jobs that make it for that day")
        return name

    def _register(self, table: Table, name: str, only: Mapping[str, str]) -> str:
        if name in self._opened:
            return name
        if not self.store.exists(table):
            raise NothingToCount(f"{table.name} is not in {self.store.root}: the jobs of a day come first")
        stored = self.store.open(table)
        rows = self._plain_files(stored, table, only)
        if rows is None:
            rows = f"{name}_files"
            self._db.register(rows, stored.to_pyarrow_dataset())
        held = " AND ".join(f"{column} = DATE '{value}'" for column, value in only.items()) or "true"
        self._db.execute(f"CREATE TEMP VIEW {name} AS SELECT * FROM {rows} WHERE {held}")
        self._opened.add(name)
        return name

    def _plain_files(self, stored: DeltaTable, table: Table, only: Mapping[str, str]) -> str | None:
        """What reads the files as they stand, four times as fast; None where only Delta readers understand them."""
        if "://" in self.store.root or stored.protocol().min_reader_version > 1:
            return None
        files = [str(Path(self.store.path(table), path)) for path in _files(stored, only)]
        if not files:
            return None
        rows = f"read_parquet({files!r}, hive_partitioning = true, union_by_name = true)"
        # A column that was added later than the files were written is not in them.
        there = {row[0] for row in self.ask(f"DESCRIBE SELECT * FROM {rows}")}
        return rows if there.issuperset(table.column_names) else None

    def judge(self, name: str, said: Mapping[str, str], columns: Iterable[str]) -> None:
        """Keeps a table of user_id and what `said` says of each user, as SQL of the engines by name.

        `columns` are the feature and score columns that this needs; who is a user is whom the portrait and the feature
        tables have, and of scores there may be none.
        """
        wanted = sorted(set(columns) - {"user_id", "as_of_date"})
        homes = {HOMES[c].name: HOMES[c] for c in wanted} | {USER_PROFILE.name: USER_PROFILE}
        known = ["user_id", *_TAGS, f"DATE '{self.day}' AS as_of_date", *(f'"{c}"' for c in wanted)]
        joined = f"(SELECT user_id, {', '.join(_TAGS)} FROM {self.of_day(USER_PORTRAIT)})"
        for table in homes.values():
            mine = ", ".join(['"user_id"', *(f'"{c}"' for c in wanted if HOMES[c] == table)])
            how = "LEFT JOIN" if table in SCORE_TABLES else "JOIN"
            joined += f" {how} (SELECT {mine} FROM {self.of_day(table)}) USING (user_id)"
        asked = ", ".join(f'{as_duckdb(sql)} AS "{alias}"' for alias, sql in said.items())
        rows = f"SELECT user_id, {asked} FROM (SELECT {', '.join(known)} FROM {joined})"
        self.ask(f"CREATE OR REPLACE TEMP TABLE {name} AS {rows}")


def last_day(store: Store) -> date:
    """The last day of which there are portraits."""
    if not store.exists(USER_PORTRAIT):
        raise NothingToCount(f"there are no portraits in {store.root}: cameo run build_portrait --day … comes first")
    days = [str(part["as_of_date"]) for part in store.open(USER_PORTRAIT).partitions()]
    if not days:
        raise NothingToCount(f"{USER_PORTRAIT.name} is empty: cameo run build_portrait --day … comes first")
    return date.fromisoformat(max(days))


def _files(stored: DeltaTable, only: Mapping[str, str]) -> list[str]:
    """The table's files that may have such rows, by what its log says of each."""
    found = []
    for file in pa.table(stored.get_add_actions(flatten=True)).to_pylist():
        least = [str(file.get(f"partition.{c}") or file.get(f"min.{c}") or value) for c, value in only.items()]
        most = [str(file.get(f"partition.{c}") or file.get(f"max.{c}") or value) for c, value in only.items()]
        if all(a <= value <= b for a, value, b in zip(least, only.values(), most, strict=True)):
            found.append(unquote(file["path"]))
    return found


def as_duckdb(sql: str) -> str:
    """SQL of the engines in DuckDB's words."""
    return sqlglot.parse_one(sql, dialect="spark").transform(_translated).sql(dialect="duckdb")


def _translated(node: exp.Expr) -> exp.Expr:
    # The engines' LIKE takes a backslash before % and _ for "as it stands"; DuckDB's must be told.
    if isinstance(node, exp.Like) and not isinstance(node.parent, exp.Escape):
        return exp.Escape(this=node.copy(), expression=exp.Literal.string("\\"))
    return node


def listed(values: Sequence[str]) -> str:
    """Codes of ours as SQL, for IN."""
    return ", ".join(f"'{value}'" for value in values)
