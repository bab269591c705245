"""A shell over the tables, on the engine that made them."""

from __future__ import annotations

import readline
from collections.abc import Callable, Iterator

import pandas as pd
from pyspark.errors import PySparkException
from rich.console import Console
from rich.markup import escape
from rich.table import Table as Screen

from features.today import NOW_VIEWS
from jobs.runtime.engine import get_engine
from jobs.runtime.lake import Lake
from jobs.runtime.settings import Settings, load_settings
from jobs.runtime.trail.access import tell_query
from schemas.tables import TABLES

ROWS = 50
_VIEWS = {view.name: view.meaning for view in NOW_VIEWS}


class QueryFailed(RuntimeError):
    """The engine could not answer; the text is the first line of what it said."""


def open_tables(settings: Settings | None = None) -> Callable[[str], pd.DataFrame]:
    """A function that answers SQL over all tables with a pandas frame; for notebooks. The trail tells of each query."""
    chosen = settings or load_settings()
    lake = _lake(chosen)
    lake.register_views(list(TABLES.values()))

    def answer(query: str) -> pd.DataFrame:
        tell_query(chosen, "notebook", query)
        return lake.spark.sql(query).toPandas()

    return answer


def _lake(settings: Settings) -> Lake:
    return Lake(get_engine(settings.engine, work=settings.work), str(settings.lake))


def ask(settings: Settings, query: str | None, console: Console) -> None:
    """Answers one query, or queries typed until `exit`; `tables` lists them, `describe <table>` explains one."""
    with console.status("opening the tables"):
        lake = _lake(settings)
        names = lake.register_views(list(TABLES.values()))
    if query:
        try:
            tell_query(settings, "sql", query)
            _answer(lake, query, names, console)
        except PySparkException as error:
            raise QueryFailed(str(error).splitlines()[0]) from error
        return
    readline.set_completer(_completer(names))
    readline.parse_and_bind("tab: complete")
    console.print(f"{len(names)} tables. `tables`, `describe gold.user_portrait`, any SELECT; `exit` ends.")
    for line in _typed():
        try:
            tell_query(settings, "sql", line)
            _answer(lake, line, names, console)
        except Exception as error:  # a shell outlives any query that fails
            console.print(f"[red]{type(error).__name__}[/red] {str(error).splitlines()[0]}", highlight=False)


def _typed() -> Iterator[str]:
    text = ""
    while True:
        try:
            line = input("cameo> " if not text else "   ... ").strip()
        except (EOFError, KeyboardInterrupt):
            return
        if not text and line.rstrip(";") in {"exit", "quit"}:
            return
        text = f"{text} {line}".strip()
        words = text.split()
        if text.endswith(";") or (words and words[0] in {"tables", "describe"}):
            yield text.rstrip(";")
            text = ""


def _answer(lake: Lake, query: str, names: list[str], console: Console) -> None:
    words = query.split()
    if words[0] == "tables":
        screen = Screen("table", "a row is")
        for name in names:
            screen.add_row(name, TABLES[name].meaning if name in TABLES else _VIEWS[name])
    elif words[0] == "describe" and words[-1] in TABLES:
        table = TABLES[words[-1]]
        screen = Screen("column", "type", "unit", "meaning", title=table.meaning)
        for column in table.columns:
            screen.add_row(column.name, column.type, column.unit or "", column.meaning)
    else:
        found = lake.spark.sql(query)
        rows = found.limit(ROWS + 1).collect()
        screen = Screen(*found.columns, caption=f"first {ROWS} rows" if len(rows) > ROWS else f"{len(rows)} rows")
        for row in rows[:ROWS]:
            screen.add_row(*("" if value is None else escape(str(value)) for value in row))
    console.print(screen)


def _completer(names: list[str]):  # type: ignore[no-untyped-def]  # readline's own untyped protocol
    def complete(text: str, state: int) -> str | None:
        fitting = [n for n in names if n.startswith(text)]
        return fitting[state] if state < len(fitting) else None

    return complete
