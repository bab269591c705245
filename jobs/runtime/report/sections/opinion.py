"""What the public says, and what reaching people costs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from jobs.runtime.report.blocks import Block, Cell, Chart, Grid, Missing, Section
from jobs.runtime.report.charts import in_both, moment
from jobs.runtime.report.figures import Figures, KpiTable
from jobs.runtime.report.people_charts import mentions
from jobs.runtime.report.sections.series import missing
from jobs.runtime.report.text import NOTHING, Language, Text, is_small, number, people, percent, same, short_date, yuan
from jobs.runtime.report.words import ALERTS, CHANNELS, TOPICS, name

_CHANNEL_KPIS = ("touch_count", "click_count", "cost_yuan")


def opinion(f: Figures) -> Section:
    """Mentions by topic with sentiment and alerts; channels with cost."""
    blocks: list[Block] = [_mentions(f.kpis), _channels(f.kpis)]
    return Section("opinion", Text("舆情与渠道", "Public opinion and channels"), _lead(f.kpis), blocks)


def _alerts(kpis: KpiTable) -> list[tuple[Any, int, str]]:
    """Day, level and topic of the alerts of sixty days, the newest first."""
    found = [
        (when, int(level), topic)
        for topic in kpis.parts("mention_alert_level")
        for when, level in kpis.series("mention_alert_level", part=topic)
        if level
    ]
    return sorted(found, reverse=True)


def _lead(kpis: KpiTable) -> Text:
    if not kpis.has("mention_count"):
        return NOTHING
    alerts = _alerts(kpis)
    if not alerts:
        return Text("近 60 天没有舆情预警。", "No alert in public opinion in the last 60 days.")
    worst = max(level for _, level, _ in alerts)
    when, _, topic = next(a for a in alerts if a[1] == worst)
    day, about, alert = short_date(when), name(TOPICS, topic), ALERTS[worst]
    return Text(
        f"近 60 天共 {len(alerts)} 次预警；最严重的是 {day.zh}的「{about.zh}」{alert.zh}。",
        f"{len(alerts)} alerts in the last 60 days; the gravest: {alert.en} about {about.en.lower()}, {day.en}.",
    )


def _mentions(kpis: KpiTable) -> Chart | Missing:
    title = Text("谁在谈论什么", "What people talk about")
    topics = [t for t in TOPICS if t in kpis.parts("mention_count")]
    topics += [t for t in kpis.parts("mention_count") if t not in TOPICS]
    first = kpis.day - timedelta(days=59)

    def build(language: Language) -> Any:
        rows = []
        for topic in topics:
            for when in kpis.days("mention_count", topic):
                level = int(kpis.on("mention_alert_level", when, topic) or 0)
                rows.append({
                    "day": moment(when), "topic": name(TOPICS, topic).say(language), "level": level,
                    "count": next(v for d, v in kpis.series("mention_count", part=topic) if d == when) or 0,
                    "sentiment": kpis.on("mention_sentiment", when, topic), "level_text": ALERTS[level].say(language),
                })  # fmt: skip
        return mentions([r for r in rows if r["count"]], language)

    if not topics or not any(when >= first for t in topics for when in kpis.days("mention_count", t)):
        return missing(title)
    note = Text(
        "每个圆是一个话题的一天：越大条数越多，颜色为情感，外圈为预警级别（黄、橙、红）。只有负面增多才预警，善意的热议不会。",
        "A circle is one topic on one day: larger with volume, coloured by sentiment, ringed when an alert was raised "
        "(yellow, orange, red). Only hostile volume raises one; a friendly burst does not.",
    )
    return Chart("mentions", title, in_both(build, 40 + 44 * len(topics)), NOTHING, note, wide=True)


def _channels(kpis: KpiTable) -> Grid | Missing:
    title = Text("渠道触达与花费", "Channels: reach and cost")
    channels = sorted(kpis.parts("channel_touch_count"), key=lambda c: -kpis.total("channel_cost_yuan", 30, c))
    if not channels:
        return missing(title)
    rows = []
    for channel in channels:
        touches, clicks, cost = (kpis.total(f"channel_{k}", 30, channel) for k in _CHANNEL_KPIS)
        before = kpis.total("channel_cost_yuan", 30, channel, 30)
        told = clicks and not is_small(clicks)
        rows.append([
            Cell(name(CHANNELS, channel)), Cell(same(number(touches))), Cell(same(people(clicks))),
            Cell(same(percent(clicks / touches if told and touches else None))), Cell(same(yuan(cost))),
            Cell(same(yuan(before)), "muted"), Cell(same(yuan(cost / clicks if told else None, 2))),
        ])  # fmt: skip
    head = [
        Text("渠道", "Channel"), Text("触达", "Touches"), Text("点击", "Clicks"), Text("点击率", "Click rate"),
        Text("花费", "Cost"), Text("之前 30 天", "30 days before"), Text("每次点击", "Per click"),
    ]  # fmt: skip
    cost = sum(kpis.total("channel_cost_yuan", 30, c) for c in channels)
    return Grid(title, head, rows, Text(f"近 30 天共花费 {yuan(cost)}。", f"{yuan(cost)} in the last 30 days."))
