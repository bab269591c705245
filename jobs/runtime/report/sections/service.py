"""How patients are served: waiting, recommending, complaining, and what goes on in groups."""

from __future__ import annotations

from typing import Any

from jobs.runtime.report.blocks import Bar, BarList, Block, Chart, Missing, Section
from jobs.runtime.report.charts import band, in_both, moment
from jobs.runtime.report.figures import Figures, KpiTable
from jobs.runtime.report.sections.series import daily_chart, meaning_of, missing, name_of, then_and_now
from jobs.runtime.report.text import NOTHING, Language, Text, as_score, duration, is_small, people, same
from jobs.runtime.report.words import ACTS, COMPLAINTS, name


def service(f: Figures) -> Section:
    """First reply, NPS, complaints, community."""
    kpis = f.kpis
    blocks: list[Block] = [
        _replies(kpis),
        daily_chart(kpis, "nps_90d", as_score, "+.0f", kind="line", takeaway=then_and_now(kpis, "nps_90d", as_score)),
        counted(kpis, "complaint_count", COMPLAINTS),
        counted(kpis, "community_act_count", ACTS),
    ]
    return Section("service", Text("服务", "Service"), _lead(kpis), blocks)


def _lead(kpis: KpiTable) -> Text:
    half, tenth = kpis.at("first_reply_seconds_median"), kpis.at("first_reply_seconds_p90")
    if half is None or tenth is None:
        return NOTHING
    first, last = duration(half), duration(tenth)
    return Text(
        f"今天一半的提问在 {first.zh}内得到医生回复，九成在 {last.zh}内。",
        f"Today half of all questions were answered within {first.en}, nine out of ten within {last.en}.",
    )


def _replies(kpis: KpiTable) -> Chart | Missing:
    title = Text("等待首次回复", "Waiting for the first reply")
    half, tenth = (dict(kpis.series(f"first_reply_seconds_{what}")) for what in ("median", "p90"))
    if kpis.is_mostly_small("first_reply_seconds_median"):
        return missing(title)

    def build(language: Language) -> Any:
        rows = [
            {"day": moment(d), "low": v / 60, "high": (tenth[d] or v) / 60} for d, v in half.items() if v is not None
        ]
        zh = language == "zh"
        low, high = ("一半短于", "九成短于") if zh else ("half waited less", "nine in ten waited less")
        return band(rows, language, low, high, "分钟" if zh else "minutes")

    takeaway = then_and_now(kpis, "first_reply_seconds_median", duration, 7)
    return Chart("first_reply", title, in_both(build, 190), takeaway, meaning_of("first_reply_seconds_median"))


def counted(kpis: KpiTable, kpi: str, words: dict[str, Text]) -> BarList | Missing:
    """A count by part over thirty days, the largest first, a tick where it was in the thirty days before."""
    now = {part: kpis.total(kpi, 30, part) for part in kpis.parts(kpi)}
    before = {part: kpis.total(kpi, 30, part, 30) for part in now}
    if not any(now.values()):
        return missing(name_of(kpi))
    top = max(*now.values(), *before.values())
    bars = [
        Bar(name(words, part), same(people(count)), _length(count, top), mark=_length(before[part], top))
        for part, count in sorted(now.items(), key=lambda pair: -pair[1])
    ]
    total, then = sum(now.values()), sum(before.values())
    takeaway = Text(f"近 30 天 {people(total)} 次，之前 30 天 {people(then)} 次。",
                    f"{people(total)} in the last 30 days, {people(then)} in the 30 before.")  # fmt: skip
    note = Text("竖线为之前 30 天。", "The tick is the 30 days before.")
    return BarList(name_of(kpi), bars, takeaway, note)


def _length(count: float, top: float) -> float:
    """A bar must not tell what its figure hides."""
    return 0.0 if is_small(count) else count / top
