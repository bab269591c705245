"""How many come, how often, and how many of the new ones stay."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from jobs.runtime.report.blocks import Block, Chart, Missing, Section
from jobs.runtime.report.charts import in_both
from jobs.runtime.report.figures import Figures, KpiTable
from jobs.runtime.report.people_charts import cohorts
from jobs.runtime.report.sections.series import daily_chart, missing, then_and_now, week_sentence
from jobs.runtime.report.text import (
    NOTHING,
    SMALLEST_GROUP,
    Language,
    Text,
    as_people,
    as_share,
    people,
    percent,
    short_date,
)
from schemas.gold.kpi_day import RETENTION_DAYS


def users(f: Figures) -> Section:
    """Activity, new users, retention."""
    kpis = f.kpis
    blocks: list[Block] = [
        daily_chart(kpis, "dau", as_people, ",d", wide=True, height=220,
                    takeaway=week_sentence(kpis, "dau", as_people)),
        daily_chart(kpis, "mau", as_people, ",d", kind="line",
                    takeaway=then_and_now(kpis, "mau", as_people)),
        daily_chart(kpis, "stickiness", as_share, ".0%",
                    takeaway=then_and_now(kpis, "stickiness", as_share)),
        daily_chart(kpis, "new_user_count", as_people, ",d", kind="columns", height=300,
                    takeaway=week_sentence(kpis, "new_user_count", as_people)),
        _retention(kpis),
    ]  # fmt: skip
    return Section("users", Text("用户", "Users"), _lead(kpis), blocks)


def _lead(kpis: KpiTable) -> Text:
    mau, stickiness = kpis.at("mau"), kpis.at("stickiness")
    if mau is None or stickiness is None:
        return NOTHING
    days = 30 * stickiness
    return Text(
        f"近 30 天有 {people(mau)} 人来过；平均每人 30 天里来 {days:.1f} 天。",
        f"{people(mau)} people came in the last 30 days, each on {days:.1f} of them on average.",
    )


def _retention(kpis: KpiTable) -> Chart | Missing:
    """The heat map; a week whose day n is over for nobody yet has an empty cell."""
    weeks = sorted({w for n in RETENTION_DAYS for w in kpis.days(f"retention_share_day_{n}")})
    title = Text("新用户留存", "Retention of new users")
    if not weeks:
        return missing(title)

    def build(language: Language) -> Any:
        rows: list[dict[str, Any]] = []
        for week in weeks:
            last = week + timedelta(days=6)
            span = f"{short_date(week).say(language)}–{short_date(last).say(language)}"
            for n in RETENTION_DAYS:
                value = kpis.on(f"retention_share_day_{n}", week)
                base = kpis.base(f"retention_share_day_{n}", week)
                few = base is not None and base < SMALLEST_GROUP
                after = f"{n} 日" if language == "zh" else f"day {n}"
                text = percent(value, 0) if value is not None else f"<{SMALLEST_GROUP}" if few else ""
                rows.append({"week": span, "after": after, "value": value, "text": text, "base": people(base)})
        return cohorts(rows, language)

    note = Text(
        "每行是一周内注册的人；第 n 日 = 注册后第 n 天当天活跃的比例。还没有人走到那一天的格子留空。",
        "A row is the people who registered in one week; day n is the share active on exactly that day after. "
        "Cells nobody has reached yet are empty.",
    )
    return Chart("retention", title, in_both(build, 300), _best(kpis), note)


def _best(kpis: KpiTable) -> Text:
    """Pooled over all weeks: day 1, 7 and 30."""
    told = []
    for n in (1, 7, 30):
        kpi = f"retention_share_day_{n}"
        pairs = [(kpis.on(kpi, w), kpis.base(kpi, w)) for w in kpis.days(kpi)]
        known = [(v, b) for v, b in pairs if v is not None and b]
        if known:
            told.append((n, sum(v * b for v, b in known) / sum(b for _, b in known)))
    if not told:
        return NOTHING
    zh = "，".join(f"{n} 日 {percent(v)}" for n, v in told)
    en = ", ".join(f"day {n} {percent(v)}" for n, v in told)
    return Text(f"十二周合计：{zh}。", f"Over twelve weeks: {en}.")
