"""What a tag rests on, and what rests on a column, as small trees for a screen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rich.markup import escape
from rich.tree import Tree

from features.audience import Audience
from features.rule import RuleError, nearest
from features.segment import Segment
from features.tag import Tag
from jobs.runtime.lineage.graph import Lineage, by_table, columns_of, delivered_as, tags_on
from jobs.runtime.report.text import Language, Text
from schemas.tables import TABLES

_ROWS = Text("哪些行算数", "which rows count")
_MODEL = Text("来自模型，它可能用到的列：", "by a model, which may look at so many columns of")
_BROUGHT = Text("由数据源字段提供", "delivered as")


def tag_tree(code: str, tags: Sequence[Tag], lineage: Lineage, language: Language) -> Tree:
    """A tag, the columns that its rule names, and what they rest on, down to what hospitals deliver."""
    by_code = {t.code: t for t in tags}
    if code not in by_code:
        raise RuleError(f"no tag {code!r}{nearest(code, by_code)}")
    tag = by_code[code]
    root = Tree(f"[bold]{code}[/bold] {escape(_name(tag, language))}")
    root.add(f"[dim]{escape(tag.rule_text)}[/dim]")
    drawn = _Drawn(lineage, language)
    for column in columns_of(tag):
        drawn.add(root, column)
    below = lineage.below(columns_of(tag))
    if below.by:
        rows = root.add(f"[dim]{_ROWS.say(language)}[/dim]")
        for table, names in by_table(below.by).items():
            rows.add(f"[dim]{table}: {', '.join(names)}[/dim]")
    return root


@dataclass
class _Drawn:
    """Adds columns to a tree; one that stands in it already is only named."""

    lineage: Lineage
    language: Language
    seen: set[str] = field(default_factory=set)

    def add(self, parent: Tree, column: str) -> None:
        table, _, name = column.rpartition(".")
        origin = self.lineage.origin(column)
        branch = parent.add(f"[bold]{column}[/bold]{_meaning(table, name)}{self._brought(table, name)}")
        if column in self.seen:
            return
        self.seen.add(column)
        if table in self.lineage.learned:
            counts = [f"{t}: {len(names)}" for t, names in by_table(origin.of).items()]
            branch.add(f"{_MODEL.say(self.language)} {', '.join(counts)}")
            return
        for below in sorted(c for c in origin.of if self.lineage.origin(c).of):
            self.add(branch, below)
        self._tables(branch, (c for c in origin.of if not self.lineage.origin(c).of))

    def _tables(self, branch: Tree, columns: Iterable[str]) -> None:
        for table, names in by_table(columns).items():
            fields = [f for n in names if (f := delivered_as(table, n))]
            said = f" [dim]({_BROUGHT.say(self.language)} {', '.join(fields)})[/dim]" if fields else ""
            branch.add(f"{table}: {', '.join(names)}{said}")

    def _brought(self, table: str, name: str) -> str:
        brought = delivered_as(table, name)
        return f" [dim]({_BROUGHT.say(self.language)} {brought})[/dim]" if brought else ""


def _meaning(table: str, name: str) -> str:
    return f" [dim]{escape(TABLES[table].column(name).meaning)}[/dim]" if name != "*" else ""


def column_tree(
    column: str,
    tags: Sequence[Tag],
    segments: Sequence[Segment],
    audiences: Sequence[Audience],
    lineage: Lineage,
    language: Language,
) -> Tree:
    """All that would say something else if a column, or a table, broke."""
    resting = lineage.resting_on(column)
    root = Tree(f"[bold]{column}[/bold]")
    asked = {column} | {f"{column}.{n}" for n in (TABLES[column].column_names if column in TABLES else ())}
    told: dict[str, Tag] = {}
    for title, columns in (
        (Text("标签的值依赖它", "tags whose value rests on it"), resting.values | asked),
        (Text("它只决定哪些行算数的标签", "tags where it only decides which rows count"), resting.rows),
        (Text("经由模型得分的标签", "tags behind a model that may look at it"), resting.behind_models),
    ):
        found = {t.code: t for t in tags_on(tags, columns) if t.code not in told}
        told |= found
        _listed(root, title, [f"{t.code} {escape(_name(t, language))}" for t in found.values()], language)
    lines = [f"{table}: {', '.join(names)}" for table, names in by_table(resting.values).items()]
    _listed(root, Text("列的值依赖它", "columns whose value rests on it"), lines, language, len(resting.values))
    _listed(
        root, Text("可能用到它的模型得分", "scores of models that may look at it"), sorted(resting.models), language
    )
    names = {c.rpartition(".")[2] for c in resting.values | resting.rows | resting.behind_models}
    for title, asking in ((Text("人群", "segments"), segments), (Text("名单", "audiences"), audiences)):
        touched = [s.code for s in asking if told.keys() & {*s.rule.tags} or names & {*s.rule.columns}]
        _listed(root, title, touched, language)
    return root


def _name(tag: Tag, language: Language) -> str:
    return Text(tag.name.zh, tag.name.en).say(language)


def _listed(root: Tree, title: Text, lines: Sequence[str], language: Language, count: int | None = None) -> None:
    if lines:
        branch = root.add(f"{title.say(language)}: {len(lines) if count is None else count}")
        for line in lines:
            branch.add(line)
