"""Pages that are written from the declarations; a test holds that they are up to date."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from features.tag import Tag
from features.tag_phrase import TagPhrase
from features.tag_ranks import RfmTag
from jobs.runtime.declarations import load_tag_phrases, load_tags
from jobs.runtime.settings import project_root
from jobs.runtime.tag_schema import tag_schema
from schemas.data_level import NAME, data_level, table_level
from schemas.gold.tag import KIND_WORDS
from schemas.table import Table
from schemas.tables import TABLES
from schemas.vocabulary import LEGAL_BASES

LAYERS = {
    "bronze": "As delivered: typed, de-identified, repeats still in.",
    "silver": "One row per true event, and what is known about people as of a day.",
    "feature": "What data says about users; everything as of a day and known by then.",
    "gold": "What is used: tags, segments, scores, portraits, lists.",
    "audit": "What ran, what was checked, what was used. Logs, never part of a day's result.",
}
_LEVELS = (
    f"`level` is the one of {NAME}, 6.2, from 1 (open to everybody) to 5 (for very few, under strict control), as "
    "`schemas/data_level.py` understands it for rows that carry tokens instead of names: 3 for tokens and what a "
    "person is like, 4 for a person's health, 5 where HIV or STD, mental health, cancer or the loss of a pregnancy "
    "may be told. A table has the level of its highest column. The standard gives examples, not a list: a hospital's "
    "own officer has the last word."
)
TAG_LAYERS = {
    "basic": "基础属性: who somebody is.",
    "need": "健康需求: what they need for their health.",
    "behaviour": "行为特征: how they use the hospital.",
    "value": "价值分层: what they are worth, and what they may become.",
}


def table_dictionary() -> str:
    """docs/tables.md: every table with its columns, as schemas/ declares them."""
    lines = ["# Tables", "", "Written from `schemas/` by `make docs`; do not edit.", "", _LEVELS, ""]
    for layer, meaning in LAYERS.items():
        lines += [f"## {layer}", "", meaning, ""]
        for name in sorted(n for n in TABLES if n.startswith(f"{layer}.")):
            lines += _table(TABLES[name])
    return "\n".join(lines)


def _table(table: Table) -> list[str]:
    facts = [f"key: {', '.join(f'`{k}`' for k in table.key)}"]
    if table.slice_by:
        facts.append(f"a job replaces days of `{table.slice_by}`")
    if table.partition_by:
        facts.append(f"a folder per {', '.join(f'`{p}`' for p in table.partition_by)}")
    facts.append(f"level {table_level(table)}")
    rows = [
        f"| `{c.name}` | {c.type} | {c.unit or ''} | {_cell(c.meaning)} | {c.sensitivity} | {data_level(table, c)} |"
        for c in table.columns
    ]
    head = ["| column | type | unit | meaning | sensitivity | level |", "| --- " * 6 + "|"]
    return [f"### {table.name}", "", _cell(table.meaning), "", "; ".join(facts) + ".", "", *head, *rows, ""]


def tag_catalogue() -> str:
    """docs/tags.md: every tag with its rule, as conf/tags declares them."""
    tags = load_tags(project_root() / "conf")
    lines = ["# Tags", "", f"All {len(tags)} of them, written from `conf/tags/` by `make docs`; do not edit.", ""]
    lines += _words("kind", KIND_WORDS) + _words("legal basis", LEGAL_BASES)
    lines += _phrases(load_tag_phrases(project_root() / "conf", tags))
    for layer, meaning in TAG_LAYERS.items():
        found = [t for t in tags if t.layer == layer]
        head = ["| code | name | meaning | kind | rule | half-life | sensitivity | owner |", "| --- " * 8 + "|"]
        lines += [f"## {layer}", "", f"{meaning} {len(found)} tags.", "", *head, *map(_tag, found), ""]
    return "\n".join(lines)


def _words(what: str, words: Mapping[str, tuple[str, str]]) -> list[str]:
    rows = [f"| `{code}` | {zh} | {en} |" for code, (zh, en) in words.items()]
    return [f"| {what} | 中文 | English |", "| --- " * 3 + "|", *rows, ""]


def _phrases(phrases: Sequence[TagPhrase]) -> list[str]:
    """What the four layers speak of, and where it is said."""
    rows = [
        f"| {p.layer} | {_cell(p.zh)}<br>{_cell(p.en)} | {', '.join(f'`{c}`' for c in p.tags) or 'none yet'} |"
        for layer in TAG_LAYERS
        for p in phrases
        if p.layer == layer
    ]
    head = ["| layer | phrase | tags |", "| --- " * 3 + "|"]
    return ["## From phrase to tag", "", "As conf/tag_phrases.yml declares it.", "", *head, *rows, ""]


def _tag(tag: Tag) -> str:
    names, meanings = (f"{t.zh}<br>{t.en}" for t in (tag.name, tag.meaning))
    if isinstance(tag, RfmTag) and tag.names:
        meanings += "<br>" + "; ".join(f"{n}: {said.called.zh} {said.called.en}" for n, said in tag.names.items())
    fades = f"{tag.half_life_days} days" if tag.half_life_days else ""
    rule = tag.rule_text.replace("; when: None", "")
    kept = f"{tag.sensitivity}<br>{tag.legal_basis}" if tag.legal_basis else tag.sensitivity
    cells = (f"`{tag.code}`", names, meanings, tag.kind, f"`{rule}`", fades, kept, tag.owner)
    return f"| {' | '.join(map(_cell, cells))} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


PAGES: dict[str, Callable[[], str]] = {
    "docs/tables.md": table_dictionary,
    "docs/tags.md": tag_catalogue,
    "conf/tags.schema.json": tag_schema,
}


def write_pages(root: Path) -> list[Path]:
    """Writes every generated page and returns them."""
    written = []
    for name, page in PAGES.items():
        path = root / name
        path.write_text(page() + "\n", encoding="utf-8")
        written.append(path)
    return written
