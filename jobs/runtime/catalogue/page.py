"""From the catalogue's figures to one HTML file that needs no network and no program but its own few lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import sqlglot

from features.tag import Tag
from features.tag_ranks import RfmTag
from jobs.runtime.catalogue import words
from jobs.runtime.catalogue.figures import Catalogue, Entry
from jobs.runtime.catalogue.stability import MOVED_BELOW, STABLE_BELOW
from jobs.runtime.report.publish import put
from jobs.runtime.report.template import STYLE, as_it_stands, environment
from jobs.runtime.report.text import NOTHING, Text, joined, long_date, number, percent, same
from jobs.runtime.report.words import LAYERS, name
from jobs.runtime.used_for.words import CLASSES, PURPOSES, SCORES
from schemas.gold.tag import KIND_WORDS
from schemas.vocabulary import LEGAL_BASES

_HERE = Path(__file__).parent
_DAY = re.compile(r'<meta name="day" content="(\d{4}-\d{2}-\d{2})">')


def publish(catalogue: Catalogue, folder: Path) -> Path:
    """Writes <folder>/index.html and returns it; a page of a later day stays."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "index.html"
    there = _DAY.search(path.read_text("utf-8")[:2000]) if path.exists() else None
    if there is None or there[1] <= str(catalogue.day):
        put(path, render(catalogue))
    return path


def render(catalogue: Catalogue) -> str:
    """The whole page."""
    env = environment(_HERE)
    env.filters["word"] = lambda code, of: name(getattr(words, of), code)
    env.filters["percent"] = lambda share: percent(share)
    env.filters["number"] = lambda count: number(count)
    env.filters["rule"] = _rule
    env.filters["month"] = lambda day: Text(f"{day.month}月", f"{day:%b}")
    env.filters["bilingual"] = lambda said: env.filters["t"](Text(said.zh, said.en))
    env.globals["most"] = lambda trend: max((p.share or 0 for p in trend), default=0)
    title = Text(f"{catalogue.hospital.zh} · 标签目录", f"{catalogue.hospital.en} · catalogue of tags")
    return env.get_template("catalogue.html.j2").render(
        title=title,
        catalogue=catalogue,
        day=long_date(catalogue.day),
        layers=_layers(catalogue.entries),
        filters=_filters(catalogue.entries),
        facts=_facts,
        stability=_stability,
        search_text=_search_text,
        by_code={e.tag.code: e for e in catalogue.entries},
        scores=SCORES,
        style=as_it_stands(STYLE) + as_it_stands(_HERE / "catalogue.css"),
        behaviour=as_it_stands(_HERE / "catalogue.js"),
    )


def _layers(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Entries by layer and theme, in the order of the layers and of the themes' names."""
    return [
        {
            "code": layer,
            "name": said,
            "count": sum(e.tag.layer == layer for e in entries),
            "themes": [
                {"code": theme, "name": name(words.THEMES, theme),
                 "entries": [e for e in entries if (e.tag.layer, e.theme) == (layer, theme)]}
                for theme in sorted({e.theme for e in entries if e.tag.layer == layer})
            ],
        }
        for layer, said in LAYERS.items()
    ]  # fmt: skip


def _filters(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """What can be chosen: of each property the values that there are."""

    def chosen(code: str, title: Text, said: dict[str, Text], of: Callable[[Entry], str]) -> dict[str, Any]:
        found = {of(e) for e in entries}
        ordered = [c for c in said if c in found] + sorted(found - said.keys())
        return {"code": code, "title": title, "values": [(c, name(said, c)) for c in ordered]}

    return [
        chosen("layer", Text("层", "Layer"), LAYERS, lambda e: e.tag.layer),
        chosen("theme", Text("主题", "Theme"), words.THEMES, lambda e: e.theme),
        chosen("sensitivity", Text("敏感度", "Sensitivity"), words.SENSITIVITIES, lambda e: e.tag.sensitivity),
        chosen("owner", Text("负责方", "Owner"), words.OWNERS, lambda e: e.tag.owner),
    ]


def _facts(entry: Entry) -> list[tuple[Text, Text]]:
    """What is declared of a tag besides its rule."""
    tag = entry.tag
    told = [
        (Text("类型", "Kind"), Text(*KIND_WORDS[tag.kind])),
        (Text("单位", "Unit"), same(tag.unit or "")),
        (Text("更新", "Refreshed"), name(words.REFRESH, tag.refresh)),
        (Text("有效期", "Expires"), _days(tag.expires_days, "证据之后", "after its evidence")),
        (Text("半衰期", "Half-life"), _days(tag.half_life_days, "失去之后", "once it is lost")),
        (Text("证据", "Evidence"), name(words.EVIDENCE, tag.evidence)),
        (Text("负责方", "Owner"), name(words.OWNERS, tag.owner)),
        (Text("敏感度", "Sensitivity"), name(words.SENSITIVITIES, tag.sensitivity)),
        (Text("可用目的", "Purposes"), _listed(name(PURPOSES, p) for p in tag.purposes)),
        (Text("所涉数据", "Data classes"), _listed(name(CLASSES, c) for c in tag.data_classes)),
        (Text("合法性基础", "Legal basis"), Text(*LEGAL_BASES[tag.legal_basis]) if tag.legal_basis else NOTHING),
        (Text("取值", "Its values"), _value_names(tag)),
    ]
    return [(title, said) for title, said in told if not said.is_empty]


def _rule(tag: Tag) -> str:
    """The declared rule as it is run, each part on its own line."""
    said = {k: v for k, v in tag.says.items() if v is not None}
    if set(said) == {"rule"}:
        return _formatted(said["rule"])
    return "\n".join(f"{key}: {value}" for key, value in said.items())


def _formatted(sql: str) -> str:
    tree = sqlglot.parse_one(sql, dialect="spark")
    return tree.sql(dialect="spark", pretty=True)


def _days(days: int | None, zh: str, en: str) -> Text:
    return NOTHING if days is None else Text(f"{zh} {days} 天", f"{days} days {en}")


def _listed(texts: Iterable[Text]) -> Text:
    return joined(list(texts), "、")


def _value_names(tag: Tag) -> Text:
    if not isinstance(tag, RfmTag) or not tag.names:
        return NOTHING
    called = [Text(f"{n}：{said.called.zh}", f"{n}: {said.called.en}") for n, said in tag.names.items()]
    return joined(called, "；", "; ")


def _stability(entry: Entry) -> tuple[str, Text]:
    """How steady a tag is, as a tone and in words."""
    if entry.psi is None:
        return "muted", NOTHING
    if entry.psi < STABLE_BELOW:
        return "good", Text("稳定", "stable")
    return "bad", Text("有变动", "moved") if entry.psi < MOVED_BELOW else Text("明显偏移", "shifted")


def _search_text(entry: Entry) -> str:
    tag = entry.tag
    named = [column for box in entry.rests.named for column in box.columns]
    said = (tag.code, tag.name.zh, tag.name.en, tag.meaning.zh, tag.meaning.en, *named)
    return " ".join(said).lower()
