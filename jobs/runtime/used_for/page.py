"""The report in words: sections of plain sentences and tables, for a screen or one HTML file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jinja2
from rich.console import Console
from rich.markup import escape
from rich.table import Table as Screen

from jobs.runtime.report.text import NO_FIGURE, Language, Text, joined, percent, same, yuan
from jobs.runtime.report.words import CHANNELS, FEEDS
from jobs.runtime.used_for.collect import Row, Scored, UsedFor
from jobs.runtime.used_for.words import ARMS, CLASSES, JOBS, LAYERS, NO_CHANNEL, PURPOSES, REASONS, SCORES, TIERS, word


@dataclass(frozen=True)
class Part:
    """One section: what it says in a sentence, and the lines behind it."""

    title: Text
    says: Text
    head: Sequence[Text] = ()
    rows: Sequence[Sequence[Text]] = ()


def parts(found: UsedFor) -> list[Part]:
    """The whole report, the plainest first."""
    return [_held(found), _lists(found), _scores(found), _models(found), _uses(found), _standing(found), _said(found)]


def show(found: UsedFor, language: Language, console: Console) -> None:
    """On a screen."""
    for part in parts(found):
        console.rule(f"[bold]{part.title.say(language)}", align="left")
        console.print(part.says.say(language), highlight=False)
        if part.rows:
            screen = Screen(*(h.say(language) for h in part.head))
            for row in part.rows:
                screen.add_row(*(escape(cell.say(language)) for cell in row))
            console.print(screen)


def html(found: UsedFor, language: Language) -> str:
    """One page without anything from elsewhere."""
    title = _TITLE.say(language)
    told = [
        {
            "title": part.title.say(language), "says": part.says.say(language),
            "head": [h.say(language) for h in part.head],
            "rows": [[cell.say(language) for cell in row] for row in part.rows],
        }
        for part in parts(found)
    ]  # fmt: skip
    page = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(_PAGE)
    return page.render(language=language, title=title, parts=told)


def _held(found: UsedFor) -> Part:
    rows = [[_data(h.table), same(h.table), same(f"{h.rows:,}"), same(_span(h.first, h.last))] for h in found.held]
    says = Text(
        f"自 {found.known_since} 起，{found.accounts} 个账号的数据保存在 {len(rows)} 张表里。",
        f"Since {found.known_since} data of {found.accounts} account(s) is kept, in {len(rows)} tables.",
    )
    head = [Text("内容", "Data"), Text("数据表", "Table"), Text("行数", "Rows"), Text("日期", "Days")]
    return Part(Text("保存了什么", "What is kept"), says, head, rows)


def _data(table: str) -> Text:
    layer, noun = table.split(".")
    return FEEDS[noun] if noun in FEEDS else word(LAYERS, layer)


def _lists(found: UsedFor) -> Part:
    rows = [[
        same(str(r.day)), same(r.audience), word(PURPOSES, r.purpose), word(ARMS, r.arm), word(CHANNELS, r.channel),
        Text(r.offer_zh or "—", r.offer_en or "—"), same(r.manifest[:12]) if r.manifest else _NOT_OUT,
    ] for r in found.lists]  # fmt: skip
    reached = sum(r.arm == "list" and r.manifest is not None for r in found.lists)
    says = Text(f"在已发布的名单上 {reached} 次。", f"On published lists {reached} times.")
    head = [
        Text("日期", "Day"), Text("名单", "List"), Text("目的", "Purpose"), Text("情况", "How"),
        Text("渠道", "Channel"), Text("提供了什么", "Offer"), Text("清单指纹", "Manifest"),
    ]  # fmt: skip
    return Part(Text("上过哪些名单", "Lists"), says, head, rows)


def _scores(found: UsedFor) -> Part:
    rows = [[word(SCORES, s.table), same(f"{s.days:,}"), same(str(s.last)), _score(s)] for s in found.scores]
    says = Text(
        "以下是模型和规则给出的评分，仅供照护与服务参考，可以要求解释或拒绝。",
        "What models and rules say; you may ask for an explanation, or refuse.",
    )
    nothing = Text("没有任何评分。", "There is no score.")
    head = [Text("评分", "Score"), Text("天数", "Days"), Text("最近", "Last"), Text("内容", "What it says")]
    return Part(Text("有哪些评分", "Scores"), says if rows else nothing, head, rows)


def _score(scored: Scored) -> Text:
    row = scored.row
    match scored.table:
        case "gold.churn_score":
            why = Text("；".join(row["reasons_zh"] or []), "; ".join(row["reasons_en"] or []))
            return same(percent(row["churn_probability"], 0)) + Text("：", ": ") + why
        case "gold.ltv_score":
            return Text("一年内 ", "within a year ") + same(yuan(float(row["ltv_yuan_365d"])))
        case "gold.text_department":
            return same(row["text_department"] or "—")
        case "gold.user_segment":
            return Text(row["segment_zh"], row["segment_en"])
        case _:
            return word(TIERS, str(row["value_tier"]))


def _models(found: UsedFor) -> Part:
    learned = Text("用到了此人的数据", "learned from this person, too")
    not_in = Text("未同意，未用到", "did not: no consent")
    rows = [[same(m.model), same(str(m.day)), learned if m.is_in else not_in] for m in found.models]
    count = sum(m.is_in for m in found.models)
    says = Text(
        f"{count} 个模型版本在训练或评估时用到了此人的数据。", f"{count} versions of models learned from this person."
    )
    head = [
        Text("模型与版本", "Model and version"),
        Text("训练日", "Trained for"),
        Text("是否用到", "From this person"),
    ]
    return Part(Text("训练过哪些模型", "Models"), says, head, rows)


def _uses(found: UsedFor) -> Part:
    rows = [[
        word(PURPOSES, u.purpose), word(JOBS, u.job), same(f"{u.runs:,}"),
        same(f"{u.left_out:,}" if u.left_out else "—"), same(_span(u.first.date(), u.last.date())),
        same(", ".join(u.tables)),
    ] for u in found.uses]  # fmt: skip
    runs = sum(u.runs for u in found.uses)
    purposes = joined([word(PURPOSES, p) for p in sorted({u.purpose for u in found.uses})], "、")
    zh = f"系统运行 {runs} 次读过相关的表，目的：{purposes.zh}。"
    says = Text(zh, f"{runs} runs read these tables, for: {purposes.en}.")
    head = [
        Text("目的", "Purpose"), Text("做什么", "What for"), Text("次数", "Runs"),
        Text("未用到", "Without this person"), Text("时间", "When"), Text("读了哪些表", "Tables"),
    ]  # fmt: skip
    nothing = Text("没有记录到读取。", "No run is recorded that read these tables.")
    return Part(Text("什么时候、为什么用过", "When and why it was used"), says if rows else nothing, head, rows)


def _standing(found: UsedFor) -> Part:
    single = [[*_asked(r), word(REASONS, r["reason"]), same(r["text_version"])] for r in found.standing]
    rows = _channels_together(single, at=2)
    day = found.standing[0]["as_of_date"] if found.standing else None
    says = Text(f"{day} 的状态；没有列出的一律视为不同意。", f"As of {day}; whatever is not here counts as no.")
    nothing = Text("没有任何同意，一律视为不同意。", "Nothing was agreed to: everything counts as no.")
    head = [*_ASKED, Text("状态", "State"), Text("文本版本", "Text version")]
    return Part(Text("同意的现状", "Consent now"), says if rows else nothing, head, rows)


def _said(found: UsedFor) -> Part:
    yes, no = Text("同意", "yes"), Text("不同意", "no")
    by_guardian, alone = Text("监护人", "guardian"), NO_FIGURE
    single = [[
        same(f"{r['stated_at']:%Y-%m-%d %H:%M}"), *_asked(r), yes if r["is_granted"] else no, same(r["text_version"]),
        same(f"{r['expires_at']:%Y-%m-%d}" if r["expires_at"] else "—"), by_guardian if r["guardian_token"] else alone,
    ] for r in found.statements]  # fmt: skip
    rows = _channels_together(single, at=3)
    says = Text(f"共 {len(single)} 次表示（UTC 时间）。", f"{len(single)} statements (UTC).")
    head = [
        Text("时间", "When"), *_ASKED, Text("表示", "Said"), Text("文本版本", "Text version"),
        Text("有效期至", "Until"), Text("由谁", "By whom"),
    ]  # fmt: skip
    return Part(Text("同意的历史", "History of consent"), says, head, rows)


def _asked(row: Row) -> list[Text]:
    channel = NO_CHANNEL if row["channel"] == "none" else word(CHANNELS, row["channel"])
    return [word(PURPOSES, row["purpose"]), word(CLASSES, row["data_class"]), channel]


def _channels_together(rows: Sequence[list[Text]], at: int) -> list[list[Text]]:
    """Rows that differ in their channel alone as one: a person agrees to a purpose once, for several channels."""
    together: dict[tuple[Text, ...], list[Text]] = {}
    for row in rows:
        together.setdefault((*row[:at], *row[at + 1 :]), []).append(row[at])
    return [[*key[:at], joined(channels, "、"), *key[at:]] for key, channels in together.items()]


def _span(first: Any, last: Any) -> str:
    return "—" if first is None else str(first) if first == last else f"{first} … {last}"


_NOT_OUT = Text("未发布", "not published")
_ASKED = (Text("目的", "Purpose"), Text("数据", "Data"), Text("渠道", "Channel"))
_TITLE = Text("你的数据被如何使用", "What your data was used for")
_PAGE = """<!doctype html>
<html lang="{{ language }}"><head><meta charset="utf-8"><title>{{ title }}</title><style>
body{font:15px/1.6 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#222}
table{border-collapse:collapse;margin:.5rem 0 1.5rem}th,td{text-align:left;padding:.25rem .8rem .25rem 0;
border-bottom:1px solid #ddd;vertical-align:top}</style></head><body><h1>{{ title }}</h1>
{% for part in parts %}<h2>{{ part.title }}</h2><p>{{ part.says }}</p>
{% if part.rows %}<table><tr>{% for cell in part.head %}<th>{{ cell }}</th>{% endfor %}</tr>
{% for row in part.rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>
{% endfor %}</table>{% endif %}
{% endfor %}</body></html>
"""
