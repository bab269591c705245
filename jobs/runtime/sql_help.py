"""What the SQL shell answers beside queries: `\\tags`, `\\segments`, `\\tables`, `\\describe`, `\\examples`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from pyspark.sql import DataFrame
from rich.console import Console
from rich.markup import escape
from rich.table import Column
from rich.table import Table as Screen

from features.today import NOW_VIEWS
from schemas.gold.segment_member import SEGMENT_DAY, SEGMENT_VERSION
from schemas.gold.tag import TAG_DAY, TAG_DEFINITION
from schemas.tables import TABLES

PAGE = Path("docs") / "how-to" / "query-the-portraits.md"
_EXAMPLE = re.compile(r"^## (\d+)\. (.+?)\n\n(.+?)\n\n```sql\n(.+?)```", re.DOTALL | re.MULTILINE)
_WORDS = {
    r"\h": "this list",
    r"\tags [word]": "tags of the last day with their users; only those with the word in code or name",
    r"\segments": "rule segments of the last day with their users",
    r"\tables": "the tables, and what a row of each is",
    r"\describe <table>": "a table's columns with their meanings",
    r"\examples": "questions that analysts ask",
    r"\example <number>": "the query that answers one of them, and its answer",
}
_VIEWS = {view.name: view for view in NOW_VIEWS}
Ask = Callable[[str], DataFrame]


class NoSuchWord(ValueError):
    """What stands after the backslash is no word of the shell's, or asks for something that is not there."""


@dataclass(frozen=True)
class Example:
    """A question of the page docs/how-to/query-the-portraits.md, with the query that answers it."""

    number: int
    zh: str
    en: str
    sql: str


def examples(root: Path) -> list[Example]:
    """All questions of the page."""
    page = (root / PAGE).read_text(encoding="utf-8")
    return [Example(int(n), zh, en, sql.strip()) for n, zh, en, sql in _EXAMPLE.findall(page)]


def help_word(line: str) -> tuple[str, str] | None:
    """The word and what follows it; None where a line is a query. `tables` and `describe` need no backslash."""
    first, _, rest = line.strip().rstrip(";").strip().partition(" ")
    if first in ("tables", "describe"):
        return first, rest.strip()
    return (first[1:], rest.strip()) if first.startswith("\\") else None


class Help:
    """Answers the shell's words. `ask` runs a query, `names` are the tables that exist."""

    def __init__(self, ask: Ask, names: Sequence[str], root: Path, console: Console) -> None:
        self._ask, self._names, self._root, self._console = ask, names, root, console
        self._answers: dict[str, Callable[[str], None]] = {
            "h": self._list, "help": self._list, "tags": self._tags, "segments": self._segments,
            "tables": self._tables, "describe": self._describe, "examples": self._examples,
        }  # fmt: skip

    def answer(self, word: str, rest: str) -> None:
        """Shows what was asked for; NoSuchWord, with what may have been meant, where there is no such thing."""
        if word not in self._answers:
            raise NoSuchWord(rf"no word \{word}{_meant(word, [*self._answers, 'example'], chr(92))}; \h lists them")
        self._answers[word](rest)

    def example(self, rest: str) -> Example:
        """The example with that number."""
        known = {str(e.number): e for e in examples(self._root)}
        if rest not in known:
            raise NoSuchWord(rf"\example wants a number from 1 to {len(known)}, found {rest or 'nothing'}")
        return known[rest]

    def _list(self, rest: str) -> None:
        screen = Screen(Column("word", no_wrap=True), "shows")
        for word, shows in _WORDS.items():
            screen.add_row(escape(word), shows)
        self._console.print(screen)
        self._console.print("Anything else is SQL and ends with ; — exit ends.")

    def _tags(self, word: str) -> None:
        self._needs(TAG_DAY.name)
        rows = self._ask(
            f"SELECT d.tag_code, d.name_zh, d.name_en, d.layer, t.user_count FROM {TAG_DEFINITION.name} d "
            f"JOIN {TAG_DAY.name} t ON t.tag_code = d.tag_code AND t.rule_version = d.rule_version "
            f"WHERE t.as_of_date = (SELECT max(as_of_date) FROM {TAG_DAY.name}) ORDER BY d.tag_code"
        ).collect()
        names = ("tag_code", "name_zh", "name_en")
        found = [r for r in rows if word.lower() in " ".join(r[n] for n in names).lower()]
        if not found:
            codes = [r["tag_code"] for r in rows]
            shorts = {code.split(".")[1]: code for code in codes}
            raise NoSuchWord(f"no tag has {word!r} in its code or name{_meant(word, [*codes, *shorts])}")
        screen = Screen(Column("code", no_wrap=True), "名称", "name", "layer", Column("users", justify="right"))
        for row in found:
            screen.add_row(*(escape(row[n]) for n in names), row["layer"], f"{row['user_count']:,}")
        self._console.print(screen)

    def _segments(self, rest: str) -> None:
        self._needs(SEGMENT_DAY.name)
        rows = self._ask(
            f"SELECT v.segment, v.name_zh, v.name_en, d.user_count FROM {SEGMENT_VERSION.name} v "
            f"JOIN {SEGMENT_DAY.name} d ON d.segment = v.segment WHERE v.is_current AND "
            f"d.as_of_date = (SELECT max(as_of_date) FROM {SEGMENT_DAY.name}) ORDER BY v.segment"
        ).collect()
        screen = Screen(Column("segment", no_wrap=True), "名称", "name", Column("users", justify="right"))
        for row in rows:
            users = "too few" if row["user_count"] is None else f"{row['user_count']:,}"
            screen.add_row(*(escape(row[n]) for n in ("segment", "name_zh", "name_en")), users)
        self._console.print(screen)

    def _tables(self, rest: str) -> None:
        screen = Screen("table", "a row is")
        for name in self._names:
            screen.add_row(name, _VIEWS[name].meaning if name in _VIEWS else TABLES[name].meaning)
        self._console.print(screen)

    def _describe(self, name: str) -> None:
        known = TABLES | {view: now.table for view, now in _VIEWS.items()}
        if name not in known:
            raise NoSuchWord(rf"\describe wants a table, found {name or 'nothing'}{_meant(name, list(known))}")
        table, title = known[name], _VIEWS[name].meaning if name in _VIEWS else known[name].meaning
        screen = Screen(Column("column", no_wrap=True), "type", "unit", "meaning", title=title)
        for column in table.columns:
            screen.add_row(column.name, escape(column.type), column.unit or "", column.meaning)
        self._console.print(screen)

    def _examples(self, rest: str) -> None:
        for example in examples(self._root):
            self._console.print(f"{example.number:>2}  {example.zh}\n    {example.en}", highlight=False)
        self._console.print(r"\example <number> shows and runs one", highlight=False)

    def _needs(self, name: str) -> None:
        if name not in self._names:
            raise NoSuchWord(f"there is no {name} yet: a day must have been run")


def _meant(word: str, known: Sequence[str], mark: str = "") -> str:
    close = get_close_matches(word, known, n=2, cutoff=0.5)
    return f"; did you mean {' or '.join(mark + c for c in close)}?" if close else ""
