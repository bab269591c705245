"""The way from a visit to a paid consultation, and what users spend."""

from __future__ import annotations

from jobs.runtime.report.blocks import Bar, BarList, Block, Missing, Section
from jobs.runtime.report.figures import Figures, KpiTable
from jobs.runtime.report.sections.series import daily_chart, meaning_of, missing, name_of, then_and_now, week_sentence
from jobs.runtime.report.text import NOTHING, Text, as_exact_yuan, as_share, as_yuan, number, percent, same
from jobs.runtime.report.words import FUNNEL
from schemas.gold.kpi_day import FUNNEL_STEPS


def money(f: Figures) -> Section:
    """Funnel, spend, first and repeat orders."""
    kpis = f.kpis
    blocks: list[Block] = [
        _funnel(kpis),
        daily_chart(kpis, "net_spend_yuan", as_yuan, ",.0f",
                    takeaway=week_sentence(kpis, "net_spend_yuan", as_yuan)),
        daily_chart(kpis, "arpu_yuan_30d", as_exact_yuan, ",.0f", kind="line",
                    takeaway=then_and_now(kpis, "arpu_yuan_30d", as_exact_yuan)),
        daily_chart(kpis, "first_order_share_30d", as_share, ".1%", kind="line",
                    takeaway=then_and_now(kpis, "first_order_share_30d", as_share)),
        daily_chart(kpis, "repeat_buyer_share_90d", as_share, ".1%", kind="line",
                    takeaway=then_and_now(kpis, "repeat_buyer_share_90d", as_share)),
    ]  # fmt: skip
    return Section("money", Text("问诊与消费", "Consultations and spend"), _lead(kpis), blocks)


def _visits(kpis: KpiTable, ago: int = 0) -> list[float]:
    return [kpis.total("funnel_visit_count", 30, step, ago) for step in FUNNEL_STEPS]


def _lead(kpis: KpiTable) -> Text:
    visits = _visits(kpis)
    if not visits[0]:
        return NOTHING
    kept = [(visits[i + 1] / visits[i], i) for i in range(len(visits) - 1) if visits[i]]
    share, i = min(kept)
    here, there = FUNNEL[FUNNEL_STEPS[i]], FUNNEL[FUNNEL_STEPS[i + 1]]
    return Text(
        f"每 100 次访问有 {100 * visits[-1] / visits[0]:.1f} 次付款；流失最大的一步是「{here.zh} → {there.zh}」，"
        f"{percent(1 - share, 0)} 停在这里。",
        f"{100 * visits[-1] / visits[0]:.1f} of 100 visits end in a payment; the steepest step is "
        f"“{here.en} → {there.en}”, where {percent(1 - share, 0)} stop.",
    )


def _funnel(kpis: KpiTable) -> BarList | Missing:
    now, before = _visits(kpis), _visits(kpis, 30)
    if not now[0]:
        return missing(name_of("funnel_visit_count"))
    bars = []
    for i, step in enumerate(FUNNEL_STEPS):
        kept = now[i] / now[i - 1] if i and now[i - 1] else None
        detail = (
            Text(f"上一步的 {percent(kept, 0)}", f"{percent(kept, 0)} of the step before")
            if kept is not None
            else NOTHING
        )
        mark = before[i] / before[0] if before[0] else None
        bars.append(Bar(FUNNEL[step], same(number(now[i])), now[i] / now[0], detail, mark=mark))
    note = meaning_of("funnel_visit_count") + Text(
        " 近 30 天合计；竖线为之前 30 天的占比。", " Last 30 days; the tick is the share in the 30 days before."
    )
    return BarList(name_of("funnel_visit_count"), bars, NOTHING, note, wide=True)
