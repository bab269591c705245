"""A shell over the tables, on the engine that made them."""

from __future__ import annotations

import readline
from collections.abc import Callable, Iterator

import pandas as pd
from pyspark.errors import PySparkException
from rich.console import Console
from rich.markup import escape
from rich.table import Table as Screen

from jobs.runtime.engine import get_engine
from jobs.runtime.lake import Lake
from jobs.runtime.settings import Settings, load_settings
from jobs.runtime.sql_help import Help, NoSuchWord, help_word
from jobs.runtime.trail.access import tell_query
from schemas.tables import TABLES

ROWS = 50


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
    """Answers one query or word of help, or what is typed until `exit`; `\\h` lists the words."""
    with console.status("opening the tables"):
        lake = _lake(settings)
        names = lake.register_views(list(TABLES.values()))
    helper = Help(lake.spark.sql, names, settings.root, console)
    if query:
        try:
            _answer(settings, lake, helper, query, console)
        except PySparkException as error:
            raise QueryFailed(str(error).splitlines()[0]) from error
        return
    readline.set_completer(_completer(names))
    readline.parse_and_bind("tab: complete")
    console.print(rf"{len(names)} tables. \examples, \tags, \h for help; any SELECT; exit ends.", highlight=False)
    for line in _typed():
        try:
            _answer(settings, lake, helper, line, console)
        except Exception as error:  # a shell outlives any query that fails
            kind = "" if isinstance(error, NoSuchWord) else type(error).__name__
            console.print(f"[red]{kind}[/red] {escape(str(error).splitlines()[0])}", highlight=False)


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
        if text.endswith(";") or help_word(text):
            yield text.rstrip(";")
            text = ""


def _answer(settings: Settings, lake: Lake, helper: Help, line: str, console: Console) -> None:
    word = help_word(line)
    if word is None:
        tell_query(settings, "sql", line)
        _show(lake, line, console)
    elif word[0] == "example":
        example = helper.example(word[1])
        console.print(f"{example.zh}\n{example.en}\n\n{escape(example.sql)}\n", highlight=False)
        tell_query(settings, "sql", example.sql)
        _show(lake, example.sql, console)
    else:
        helper.answer(*word)


def _show(lake: Lake, query: str, console: Console) -> None:
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
