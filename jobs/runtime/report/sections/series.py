"""From a figure's days to the rows, takeaways and changes that several sections show."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jobs.runtime.report.blocks import Change, Chart, Missing, Tone
from jobs.runtime.report.charts import columns, in_both, line, moment, trend
from jobs.runtime.report.figures import KpiTable
from jobs.runtime.report.text import NOTHING, SMALLEST_GROUP, Language, Text, both, percent, signed
from schemas.gold.kpi_day import KPIS

Write = Callable[[float | None], Text]
Kind = Callable[..., Any]
_NOT_MADE = Text(
    "没有这项数据：这家医院没有送来相应的数据，或人数太少不能显示。",
    "Not here: this hospital sends no such data, or too few people stand behind it to show.",
)
YESTERDAY = Text("较前一日", "against the day before")
LAST_WEEK = Text("较 7 天前", "against 7 days before")


def name_of(kpi: str) -> Text:
    return Text(KPIS[kpi].zh, KPIS[kpi].en)


def meaning_of(kpi: str) -> Text:
    return Text(KPIS[kpi].meaning_zh, KPIS[kpi].meaning_en)


def missing(title: Text, why: Text = _NOT_MADE) -> Missing:
    return Missing(title, why)


def rows(kpis: KpiTable, kpi: str, write: Write, language: Language, scale: float = 1.0) -> list[dict[str, Any]]:
    """Sixty days as chart rows; days before the first known figure are left out."""
    told = kpis.series(kpi)
    while told and told[0][1] is None:
        told = told[1:]
    found: list[dict[str, Any]] = []
    for i, (when, value) in enumerate(told):
        week = [v for _, v in told[max(0, i - 6) : i + 1] if v is not None]
        mean = sum(week) / len(week) * scale if len(week) >= SMALLEST_GROUP else None
        found.append({"day": moment(when), "value": None if value is None else value * scale, "mean": mean})
    if found and told[-1][1] is not None:
        found[-1]["label"] = write(told[-1][1]).say(language)
    return found


def daily_chart(
    kpis: KpiTable,
    kpi: str,
    write: Write,
    pattern: str,
    *,
    takeaway: Text = NOTHING,
    kind: str = "trend",
    wide: bool = False,
    height: int = 190,
) -> Chart | Missing:
    """A figure over sixty days: `trend` with its weekly mean, `line` where it is smooth, `columns` for counts."""
    if kpis.is_mostly_small(kpi):
        return missing(name_of(kpi))

    def build(language: Language) -> Any:
        name = name_of(kpi).say(language)
        found = rows(kpis, kpi, write, language)
        if kind == "columns":
            return columns(found, language, name, pattern)
        return (trend if kind == "trend" else line)(found, language, name, pattern)

    return Chart(kpi, name_of(kpi), in_both(build, height), takeaway, meaning_of(kpi), wide)


def week_on_week(kpis: KpiTable, kpi: str) -> float | None:
    """Mean of the last seven days against the seven before, as a relative change."""
    this, before = ([v for _, v in part if v is not None] for part in _weeks(kpis, kpi))
    if len(this) < 4 or len(before) < 4 or sum(before) == 0:
        return None
    return (sum(this) / len(this)) / (sum(before) / len(before)) - 1


def _weeks(kpis: KpiTable, kpi: str) -> tuple[list[tuple[Any, float | None]], list[tuple[Any, float | None]]]:
    series = kpis.series(kpi, 14)
    return series[7:], series[:7]


def week_sentence(kpis: KpiTable, kpi: str, write: Write) -> Text:
    """`近 7 天日均 3,120，比前 7 天高 2.1%。`"""
    week = [v for _, v in kpis.series(kpi, 7) if v is not None]
    if not week:
        return NOTHING
    mean = write(sum(week) / len(week))
    moved = week_on_week(kpis, kpi)
    text = Text(f"近 7 天日均 {mean.zh}", f"{mean.en} a day over the last 7 days")
    if moved is None:
        return text + Text("。", ".")
    if abs(moved) < 0.005:
        return text + Text("，与前 7 天持平。", ", as in the 7 days before.")
    up = moved > 0
    share = percent(abs(moved))
    return text + Text(
        f"，比前 7 天{'高' if up else '低'} {share}。", f", {share} {'above' if up else 'below'} the 7 before."
    )


def then_and_now(kpis: KpiTable, kpi: str, write: Write, ago: int = 30) -> Text:
    """`现在 41.2%，30 天前 39.8%。`"""
    now, then = kpis.at(kpi), kpis.at(kpi, ago)
    if now is None:
        return NOTHING
    text = both(lambda language: write(now).say(language))
    if then is None:
        return Text(f"现在 {text.zh}。", f"Now {text.en}.")
    before = write(then)
    return Text(f"现在 {text.zh}，{ago} 天前 {before.zh}。", f"Now {text.en}; {before.en} {ago} days ago.")


def change(
    kpis: KpiTable, kpi: str, ago: int, against: Text, *, good: str = "up", as_points: bool = False
) -> Change | None:
    """Relative change, or change in points where the figure is itself a share or a score."""
    now, then = kpis.at(kpi), kpis.at(kpi, ago)
    if now is None or then is None or (then == 0 and not as_points):
        return None
    if as_points:
        scale = 100 if KPIS[kpi].unit == "share" else 1
        moved = (now - then) * scale
        text = Text(signed(moved, 1, " 点"), signed(moved, 1, " pts"))
    else:
        moved = 100 * (now / then - 1)
        text = both(lambda _: signed(moved, 1, "%"))
    tone: Tone = "muted" if abs(moved) < 0.05 else "good" if (moved > 0) == (good == "up") else "bad"
    return Change(text, against, tone)
