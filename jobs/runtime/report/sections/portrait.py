"""What is known about users: four layers of tags, and the groups they fall into."""

from __future__ import annotations

from typing import Any

from jobs.runtime.report.blocks import Bar, BarList, Block, Cell, Chart, Grid, Missing, Section, Subhead
from jobs.runtime.report.charts import in_both
from jobs.runtime.report.figures import Figures, Row
from jobs.runtime.report.people_charts import groups
from jobs.runtime.report.sections.group_story import group_story
from jobs.runtime.report.sections.series import missing
from jobs.runtime.report.text import (
    NOTHING,
    Language,
    Text,
    as_people,
    as_share,
    is_small,
    number,
    people,
    percent,
    same,
    signed,
    yuan,
)
from jobs.runtime.report.words import LAYERS

_TOP_TAGS = 8
_NO_TAGS = Text("这一天还没有标签。", "No tags were derived for this day yet.")
_NO_GROUPS = Text("这一天还没有分群。", "No groups were assigned for this day yet.")


def portrait(f: Figures) -> Section:
    """Coverage of the most frequent tags by layer; groups with size, money and profile."""
    blocks: list[Block] = [
        Subhead(Text("标签覆盖", "Tags"), _tag_lead(f)),
        *(_layer(f, layer) for layer in LAYERS),
        Subhead(Text("用户分群", "Groups"), _group_lead(f)),
        _money(f),
        _profile(f),
        *group_story(f),
    ]
    if not f.tags:
        blocks[:5] = [missing(Text("标签覆盖", "Tags"), _NO_TAGS)]
    return Section("portrait", Text("人群画像", "Portraits"), NOTHING, blocks)


def _tag_lead(f: Figures) -> Text:
    if not f.tags:
        return NOTHING
    used = sum(r["user_count"] > 0 for r in f.tags)
    return Text(
        f"四层共 {len(f.tags)} 个标签，今天有 {used} 个至少落在一名用户身上；每层列出覆盖最广的几个。",
        f"{len(f.tags)} tags in four layers, {used} of them held by somebody today; the widest of each layer.",
    )


def _layer(f: Figures, layer: str) -> BarList | Missing:
    found = sorted((r for r in f.tags if r["layer"] == layer), key=lambda r: -r["user_count"])
    if not found:
        return missing(LAYERS[layer], _NO_TAGS)
    shown = [r for r in found if r["user_count"]][:_TOP_TAGS]
    bars = [
        Bar(Text(r["name_zh"], r["name_en"]), as_people(r["user_count"]), 0.0)
        if is_small(r["user_count"])
        else Bar(Text(r["name_zh"], r["name_en"]), as_share(r["user_share"]), r["user_share"])
        for r in shown
    ]
    more = len(found) - len(shown)
    note = Text(f"另有 {more} 个标签。", f"{more} more tags.") if more else NOTHING
    return BarList(LAYERS[layer], bars, Text("占全部用户的比例", "Share of all users"), note)


def _sizes(f: Figures) -> list[Row]:
    """One row per group, the largest first."""
    once = {r["segment_id"]: r for r in f.segments}
    return sorted(once.values(), key=lambda r: -r["user_count"])


def _group_lead(f: Figures) -> Text:
    sizes = _sizes(f)
    if not sizes:
        return NOTHING
    largest = sizes[0]
    text = Text(
        f"{len(sizes)} 个群；最大的是「{largest['segment_zh']}」，占 {percent(largest['user_share'], 0)}。",
        f"{len(sizes)} groups; the largest, “{largest['segment_en']}”, holds {percent(largest['user_share'], 0)}.",
    )
    worth = [r for r in f.segment_money if r["ltv_yuan_365d"] is not None and not is_small(r["users"])]
    if not worth:
        return text
    best = max(worth, key=lambda r: r["ltv_yuan_365d"])
    return text + Text(
        f"人均预期价值最高的是「{best['segment_zh']}」：未来一年 {yuan(best['ltv_yuan_365d'])}。",
        f" The most valuable per head is “{best['segment_en']}”: {yuan(best['ltv_yuan_365d'])} expected in a year.",
    )


def _money(f: Figures) -> Grid | Missing:
    title = Text("各群规模与价值", "Size and value of groups")
    if not f.segment_money:
        return missing(title, _NO_GROUPS)
    total = sum(r["users"] for r in f.segment_money)
    rows = []
    for r in sorted(f.segment_money, key=lambda r: -r["users"]):
        few = is_small(r["users"])
        told = [None] * 4 if few else [r[k] for k in ("net_spend_yuan_90d", "ltv_yuan_365d", "days_since_last_activity",
                                                      "churn_probability")]  # fmt: skip
        spend, value, last, churn = told
        days = Text(f"{number(last, 1)} 天", f"{number(last, 1)} d") if last is not None else same("—")
        rows.append([
            Cell(Text(r["segment_zh"], r["segment_en"])), Cell(same(people(r["users"]))),
            Cell(same("—" if few else percent(r["users"] / total))), Cell(same(yuan(spend))), Cell(same(yuan(value))),
            Cell(days), Cell(same(percent(churn, 0)), "bad" if churn is not None and churn >= 0.7 else "plain"),
        ])  # fmt: skip
    head = [
        Text("人群", "Group"), Text("人数", "Users"), Text("占比", "Share"),
        Text("90 天净消费", "Net spend, 90 d"), Text("预期一年价值", "Expected, 1 y"),
        Text("距上次活跃", "Last active"),
        Text("流失概率", "Churn"),
    ]  # fmt: skip
    return Grid(title, head, rows, NOTHING, Text("金额与概率为群内人均。", "Money and chances are means per user."))


def _profile(f: Figures) -> Chart | Missing:
    title = Text("各群有何不同", "How the groups differ")
    told = [r for r in f.segments if not is_small(r["user_count"])]
    if not told:
        return missing(title, _NO_GROUPS)
    order = {r["segment_id"]: i for i, r in enumerate(_sizes(f))}

    def build(language: Language) -> Any:
        return groups([_cell(r, language) for r in sorted(told, key=lambda r: order[r["segment_id"]])], language)

    note = Text(
        "颜色与数字：群中心离全体中位数有几个标准差；青为高，橙为低。",
        "Colour and number: spreads between the group's centre and everybody's median; teal is above, amber below.",
    )
    return Chart("groups", title, in_both(build, 64 + 34 * len(order)), NOTHING, note, wide=True)


def _cell(row: Row, language: Language) -> dict[str, Any]:
    unit = f" {row['unit']}" if row["unit"] else ""
    return {
        "group": row[f"segment_{language}"],
        "axis": row[f"axis_{language}"],
        "value": row["centre_z"],
        "text": signed(row["centre_z"], 1),
        "mean_text": number(row["segment_mean"], 2) + unit,
        "all_text": number(row["overall_mean"], 2) + unit,
    }
