"""Charts as Vega-Lite specifications, made with altair: one look, one idea each, in one language at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import altair as alt
from altair.utils.schemapi import debug_mode

from jobs.runtime.report.text import LANGUAGES, Language

Rows = Sequence[dict[str, Any]]
Spec = dict[str, Any]
# The chart and its rows; altair calls a chart by many types, by what is layered.
Drawn = tuple[Any, Rows]

# Whether altair holds each chart to Vega-Lite's schema: the tests do, a day's report need not.
VALIDATE = False

# Two hues that every kind of colour vision tells apart, and greys. style.css has the same.
TEAL, TEAL_LIGHT, AMBER, INK, MUTED, FAINT, LINE, PAPER = (
    "#0f6e78", "#9cc7c9", "#c8701a", "#22313a", "#667680", "#c3ccd0", "#e6eaeb", "#fbfbf9",
)  # fmt: skip
SEQUENTIAL = ["#eef5f4", "#cfe3e2", "#9cc7c9", "#5a9fa5", "#1f7a83", "#0b4f58"]
DIVERGING = ["#c8701a", "#e4ad76", "#f3dcc4", "#f2f3f2", "#c5dedd", "#6aacb0", "#0f6e78"]
ALERTS = ["#e9c46a", "#d9822b", "#a63c1e"]
FONT = (
    "'Inter', 'Helvetica Neue', Arial, 'PingFang SC', 'Hiragino Sans GB', 'Microsoft YaHei', "
    "'Noto Sans CJK SC', 'Noto Sans SC', sans-serif"
)
_AXIS = {
    "domain": False, "ticks": False, "labelColor": MUTED, "labelFontSize": 11, "labelPadding": 6,
    "titleColor": MUTED, "titleFontSize": 11, "titleFontWeight": "normal", "gridColor": LINE, "titlePadding": 10,
}  # fmt: skip
# The look of all charts; the page hands it to each.
CONFIG: Spec = {
    "font": FONT,
    "background": "transparent",
    "view": {"stroke": None},
    "axis": _AXIS,
    "axisX": {"grid": False, "labelFlush": True},
    "legend": {
        "orient": "top", "title": None, "labelColor": MUTED, "labelFontSize": 11, "symbolStrokeWidth": 3,
        "symbolSize": 60, "columnPadding": 16, "offset": 6,
    },
    "text": {"font": FONT, "fontSize": 11, "color": INK},
}  # fmt: skip


def in_both(build: Callable[[Language], Drawn], height: int = 200) -> dict[Language, Spec]:
    """The specification of a chart in each language; its width follows the page."""
    with debug_mode(VALIDATE):
        return {language: _finish(*build(language), height) for language in LANGUAGES}


def _finish(chart: Any, rows: Rows, height: int) -> Spec:
    """The rows stand once beside the layers that name them: altair would copy and check them for each."""
    fit = alt.AutoSizeParams(type="fit-x", contains="padding")
    sized = chart.properties(width="container", height=height, autosize=fit)
    spec: Spec = sized.to_dict(validate=VALIDATE)
    for same_for_all in ("$schema", "config"):
        spec.pop(same_for_all, None)
    return {**spec, "datasets": {**spec.get("datasets", {}), "rows": list(rows)}}


def moment(day: date) -> str:
    """A day as charts want it: without the time they would read it in UTC and draw it a day off in the west."""
    return f"{day}T00:00:00"


def base_chart() -> alt.Chart:
    """A chart of the rows that `in_both` puts beside it."""
    return alt.Chart(alt.NamedData("rows"))


def days(language: Language, title: str | None = None) -> alt.X:
    pattern = "%-m月%-d日" if language == "zh" else "%-d %b"
    return alt.X(
        "day:T", title=title, axis=alt.Axis(format=pattern, tickCount=6, labelOverlap="greedy", labelSeparation=12)
    )


def day_tip(language: Language) -> alt.Tooltip:
    title, pattern = ("日期", "%Y年%-m月%-d日") if language == "zh" else ("Day", "%-d %b %Y")
    return alt.Tooltip("day:T", title=title, format=pattern)


def _told(rows: Rows, base: alt.Chart, y: alt.Y, *, dx: int = -2, dot: bool = True) -> list[alt.Chart]:
    """The last day's dot and figure, on a halo so that lines do not run through it."""
    if not any("label" in row for row in rows):
        return []
    last = base.transform_filter("isValid(datum.label)").encode(y=y)
    text: dict[str, Any] = {"align": "right", "dx": dx, "dy": -13, "fontSize": 13, "fontWeight": 600}
    halo = last.mark_text(**text, stroke=PAPER, strokeWidth=5, strokeJoin="round", color=PAPER).encode(text="label:N")
    dots = [last.mark_point(color=AMBER, fill=AMBER, size=46, opacity=1)] if dot else []
    return [halo, last.mark_text(**text, color=AMBER).encode(text="label:N"), *dots]


def _value(pattern: str) -> alt.Y:
    scale = alt.Scale(zero=False, nice=True, padding=4)
    return alt.Y("value:Q", title=None, scale=scale, axis=alt.Axis(format=pattern, tickCount=4))


def trend(rows: Rows, language: Language, name: str, pattern: str) -> Drawn:
    """A daily figure: each day thin, its mean over seven days thick, the last day told.

    Rows have `day`, `value`, `mean` and, on the last one only, `label`.
    """
    mean = "7 日均值" if language == "zh" else "7-day mean"
    base = base_chart().encode(x=days(language))
    y = _value(pattern)
    tips = [
        day_tip(language),
        alt.Tooltip("value:Q", title=name, format=pattern),
        alt.Tooltip("mean:Q", title=mean, format=pattern),
    ]
    daily = base.mark_line(color=TEAL_LIGHT, strokeWidth=1.4).encode(y=y)
    smooth = base.mark_line(color=TEAL, strokeWidth=2.6, interpolate="monotone").encode(y=alt.Y("mean:Q", title=None))
    hover = base.mark_rule(opacity=0, strokeWidth=9).encode(tooltip=tips)
    return alt.layer(daily, smooth, *_told(rows, base, y), hover), rows


def line(rows: Rows, language: Language, name: str, pattern: str) -> Drawn:
    """A figure that is smooth by itself, such as one over thirty days; the last day told. Rows as in `trend`."""
    base = base_chart().encode(x=days(language))
    y = _value(pattern)
    drawn = base.mark_line(color=TEAL, strokeWidth=2.6, interpolate="monotone").encode(y=y)
    tips = [day_tip(language), alt.Tooltip("value:Q", title=name, format=pattern)]
    hover = base.mark_rule(opacity=0, strokeWidth=9).encode(tooltip=tips)
    return alt.layer(drawn, *_told(rows, base, y), hover), rows


def columns(rows: Rows, language: Language, name: str, pattern: str) -> Drawn:
    """A daily count as columns, the last one and its figure in the accent. Rows as in `trend`."""
    base = base_chart().encode(x=days(language))
    y = alt.Y("value:Q", title=None, axis=alt.Axis(format=pattern, tickCount=4))
    colour = alt.condition("isValid(datum.label)", alt.value(AMBER), alt.value(TEAL_LIGHT))
    tips = [day_tip(language), alt.Tooltip("value:Q", title=name, format=pattern)]
    bars = base.mark_bar(width={"band": 0.74}, cornerRadiusEnd=1.5).encode(
        x=days(language).timeUnit("yearmonthdate"), y=y, color=colour, tooltip=tips
    )
    mean = base.mark_line(color=TEAL, strokeWidth=2.2, interpolate="monotone").encode(y="mean:Q")
    return alt.layer(bars, mean, *_told(rows, base, y, dx=4, dot=False)), rows


def band(rows: Rows, language: Language, low: str, high: str, unit: str) -> Drawn:
    """What half of all wait and what nine out of ten wait, a band between them. Rows: `day`, `low`, `high`."""
    base = base_chart().encode(x=days(language))
    axis = alt.Axis(tickCount=4, format=",.0f")
    tips = [
        day_tip(language),
        alt.Tooltip("low:Q", title=low, format=".1f"),
        alt.Tooltip("high:Q", title=high, format=".1f"),
    ]
    area = base.mark_area(color=TEAL_LIGHT, opacity=0.35, interpolate="monotone").encode(
        y=alt.Y("low:Q", title=unit, axis=axis, scale=alt.Scale(zero=True)), y2="high:Q"
    )
    lines = [
        base.transform_calculate(kind=f"'{label}'").mark_line(strokeWidth=width, interpolate="monotone").encode(
            y=f"{field}:Q",
            color=alt.Color("kind:N", scale=alt.Scale(domain=[low, high], range=[TEAL, TEAL_LIGHT]), sort=[low, high]),
        )
        for field, label, width in (("high", high, 1.6), ("low", low, 2.6))
    ]  # fmt: skip
    return alt.layer(area, *lines, base.mark_rule(opacity=0, strokeWidth=9).encode(tooltip=tips)), rows


def heat(rows: Rows, x: alt.X, y: alt.Y, colour: alt.Scale, tips: Sequence[alt.Tooltip], light_above: str) -> Drawn:
    """A table in colour. Rows have `value` (may be empty) and `text`; `light_above` says where the text is white."""
    base = base_chart().encode(x=x, y=y)
    cells = base.mark_rect(cornerRadius=3, stroke="white", strokeWidth=2).encode(
        color=alt.Color("value:Q", scale=colour, legend=None), tooltip=list(tips)
    )
    text = base.mark_text(fontSize=11.5).encode(
        text="text:N", color=alt.condition(light_above, alt.value("white"), alt.value(INK))
    )
    return alt.layer(cells, text), rows
