"""The day at a glance: what is notable, in words, and a few big numbers."""

from __future__ import annotations

from statistics import mean, pstdev

from jobs.runtime.report.blocks import Section, Tile, Tiles
from jobs.runtime.report.figures import Figures, KpiTable
from jobs.runtime.report.sections.proof import proof_warning
from jobs.runtime.report.sections.series import LAST_WEEK, YESTERDAY, Write, change, meaning_of, name_of
from jobs.runtime.report.text import (
    NO_FIGURE,
    Text,
    as_people,
    as_score,
    as_share,
    as_yuan,
    duration,
    joined,
    number,
    percent,
    signed,
)
from jobs.runtime.report.words import ALERTS, FEEDS, TOPICS, name

# What the tiles show: figure, how it is written, which way is good, whether its change is told in points.
_TILES: tuple[tuple[str, Write, str, bool], ...] = (
    ("dau", as_people, "up", False),
    ("new_user_count", as_people, "up", False),
    ("net_spend_yuan", as_yuan, "up", False),
    ("first_order_share_30d", as_share, "up", True),
    ("first_reply_seconds_median", duration, "down", False),
    ("nps_90d", as_score, "up", True),
)
# A day is told in words when it is this many spreads from the same figure of the four weeks before.
_NOTABLE = 1.8


def headline(f: Figures) -> Section:
    """The lead is made of what is unusual today; a quiet day is called one."""
    notes = [*_alerts(f.kpis), *_unusual(f.kpis)[:3], *_data_warnings(f)]
    if not f.kpis.has("dau"):
        lead = Text("这一天还没有指标。", "There are no figures of this day yet.")
    elif notes:
        lead = joined(notes, "", " ")
    else:
        lead = Text(
            "平稳的一天：主要指标都在近四周的正常范围内。",
            "A quiet day: the main figures are all within their usual range of four weeks.",
        )
    return Section("today", Text("今日要点", "Today"), lead, [Tiles([_tile(f.kpis, *t) for t in _TILES])])


def _tile(kpis: KpiTable, kpi: str, write: Write, good: str, points: bool) -> Tile:
    value = kpis.at(kpi)
    changes = [
        change(kpis, kpi, ago, against, good=good, as_points=points)
        for ago, against in ((1, YESTERDAY), (7, LAST_WEEK))
    ]
    shown = write(value) if value is not None else NO_FIGURE
    history = [v for _, v in kpis.series(kpi)]
    return Tile(name_of(kpi), shown, [c for c in changes if c], meaning_of(kpi), history)


def _unusual(kpis: KpiTable) -> list[Text]:
    """Figures far from the same weekdays of the four weeks before, the farthest first."""
    found = []
    for kpi, write, _, points in _TILES:
        now = kpis.at(kpi)
        before = [v for v in (kpis.at(kpi, 7 * n) for n in range(1, 5)) if v is not None]
        if now is None or len(before) < 3:
            continue
        spread = max(pstdev(before), 0.03 * abs(mean(before)), 1e-9)
        distance = (now - mean(before)) / spread
        if abs(distance) >= _NOTABLE:
            found.append((abs(distance), _sentence(kpi, now, mean(before), write, points)))
    return [text for _, text in sorted(found, key=lambda pair: -pair[0])]


def _sentence(kpi: str, now: float, usual: float, write: Write, points: bool) -> Text:
    title, value = name_of(kpi), write(now)
    if points:
        scale = 100 if kpi.endswith(("_30d", "_90d")) and abs(usual) <= 1 else 1
        moved = abs(now - usual) * scale
        zh, en = f"{moved:.1f} 点", f"{moved:.1f} points"
    else:
        zh = en = percent(abs(now / usual - 1), 0) if usual else signed(now - usual)
    up = now > usual
    return Text(
        f"{title.zh} {value.zh}，比前四周同一星期几的均值{'高' if up else '低'} {zh}。",
        f"{title.en}: {value.en}, {en} {'above' if up else 'below'} the same weekday's mean of four weeks.",
    )


def _alerts(kpis: KpiTable) -> list[Text]:
    """Public opinion that somebody must answer today."""
    notes: list[Text] = []
    for topic in kpis.parts("mention_alert_level"):
        level = int(kpis.at("mention_alert_level", 0, topic) or 0)
        if level:
            count = number(kpis.at("mention_count", 0, topic))
            about, alert = name(TOPICS, topic), ALERTS[level]
            notes.append(Text(f"舆情{alert.zh}：「{about.zh}」今天 {count} 条，须在四小时内回应。",
                              f"Public opinion, {alert.en}: {count} mentions about {about.en.lower()} today; "
                              "answer within four hours."))  # fmt: skip
    return notes


def _data_warnings(f: Figures) -> list[Text]:
    """Feeds that did not come, checks that stop."""
    notes: list[Text] = []
    came = {r["feed"] for r in f.files if r["status"] != "absent"}
    absent = [name(FEEDS, feed) for feed in sorted({r["feed"] for r in f.files} - came)]
    if absent:
        listed = joined(absent, "、", ", ")
        notes.append(Text(f"今天没有收到：{listed.zh}。", f"Did not come today: {listed.en}."))
    stopped = sum(not r["is_passed"] and r["severity"] == "stop" for r in f.checks)
    if not (wrong := proof_warning(f)).is_empty:
        notes.append(wrong)
    if stopped:
        notes.append(Text(f"有 {stopped} 项关键检查未通过。", f"{stopped} stop checks failed."))
    return notes
