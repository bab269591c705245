"""Charts of cohorts, public opinion, groups and models; the look is that of `charts`."""

from __future__ import annotations

import altair as alt

from jobs.runtime.report.charts import (
    ALERTS,
    AMBER,
    DIVERGING,
    FAINT,
    INK,
    LINE,
    MUTED,
    PAPER,
    SEQUENTIAL,
    TEAL,
    TEAL_LIGHT,
    Drawn,
    Rows,
    base_chart,
    day_tip,
    days,
    heat,
)
from jobs.runtime.report.text import Language

# Narrower than this for each axis, and the names above a heat map are turned.
_AXIS_WIDTH = 105


def cohorts(rows: Rows, language: Language) -> Drawn:
    """Retention by week of registration: rows `week`, `after`, `value`, `text`, `base`; weeks and days in order."""
    zh = language == "zh"
    order = list(dict.fromkeys(r["after"] for r in rows))
    weeks = list(dict.fromkeys(r["week"] for r in rows))
    axis = alt.Axis(orient="top", labelAngle=0, labelOverlap=False)
    x = alt.X("after:N", sort=order, title=None, axis=axis, scale=alt.Scale(paddingInner=0.02))
    y = alt.Y("week:N", sort=weeks, title=None, axis=alt.Axis(labelLimit=140))
    tips = [
        alt.Tooltip("week:N", title="注册周" if zh else "Week of registration"),
        alt.Tooltip("after:N", title="注册后" if zh else "After"),
        alt.Tooltip("text:N", title="活跃比例" if zh else "Active"),
        alt.Tooltip("base:N", title="用户数" if zh else "Users"),
    ]
    top = max([r["value"] for r in rows if r["value"] is not None], default=1) or 1
    colour = alt.Scale(domain=[0, top], range=SEQUENTIAL, interpolate="rgb")
    return heat(rows, x, y, colour, tips, f"isValid(datum.value) && datum.value > {0.6 * top}")


def mentions(rows: Rows, language: Language) -> Drawn:
    """Who talks about what: a bubble per topic and day, larger with volume, coloured by sentiment, ringed on alert.

    Rows: `day`, `topic`, `count`, `sentiment` (may be empty), `level`, `level_text`.
    """
    zh = language == "zh"
    topics = list(dict.fromkeys(r["topic"] for r in rows))
    y = alt.Y("topic:N", sort=topics, title=None, axis=alt.Axis(grid=True, labelLimit=130))
    # Room at both ends: a large circle of the first day must not cover its topic.
    base = base_chart().encode(x=days(language).scale(padding=16), y=y)
    size = alt.Size("count:Q", scale=alt.Scale(range=[8, 900], type="sqrt", zero=True), legend=None)
    legend = alt.Legend(
        values=[-1, 0, 1], gradientLength=90, gradientThickness=7, format="+.0f", orient="top", direction="horizontal",
        labelExpr=("datum.value < 0 ? '负面' : datum.value > 0 ? '正面' : ''" if zh
                   else "datum.value < 0 ? 'hostile' : datum.value > 0 ? 'friendly' : ''"),
    )  # fmt: skip
    colour = alt.Color(
        "sentiment:Q",
        scale=alt.Scale(domain=[-1, 0, 1], range=[AMBER, "#d5dadc", TEAL], interpolate="rgb"),
        legend=legend,
    )
    tips = [
        day_tip(language),
        alt.Tooltip("topic:N", title="话题" if zh else "Topic"),
        alt.Tooltip("count:Q", title="条数" if zh else "Mentions", format=",d"),
        alt.Tooltip("sentiment:Q", title="情感" if zh else "Sentiment", format="+.2f"),
        alt.Tooltip("level_text:N", title="预警" if zh else "Alert"),
    ]
    dots = base.mark_circle(opacity=0.85).encode(size=size, color=colour, tooltip=tips)
    if not any(r["level"] for r in rows):
        return dots, rows
    shade = alt.Scale(domain=[1, 2, 3], range=ALERTS)
    rings = base.mark_point(filled=False, strokeWidth=2.4, shape="circle", opacity=1).encode(
        size=size, stroke=alt.Stroke("level:O", scale=shade, legend=None)
    )
    chart = alt.layer(dots, rings.transform_filter("datum.level > 0"))
    return chart.resolve_scale(size="shared", color="independent", stroke="independent"), rows


def groups(rows: Rows, language: Language) -> Drawn:
    """How groups differ: rows `group`, `axis`, `value` (spreads from the median), `text`, `mean_text`, `all_text`."""
    zh = language == "zh"
    axes, names = (list(dict.fromkeys(r[k] for r in rows)) for k in ("axis", "group"))
    crowded = f"width < {_AXIS_WIDTH * len(axes)}"
    short = alt.Axis(
        orient="top",
        labelAngle=alt.ExprRef(f"{crowded} ? -40 : 0"),
        labelAlign=alt.ExprRef(f"{crowded} ? 'left' : 'center'"),
        labelLimit=150,
        labelOverlap=False,
    )
    x = alt.X("axis:N", sort=axes, title=None, axis=short)
    y = alt.Y("group:N", sort=names, title=None, axis=alt.Axis(labelLimit=150))
    tips = [
        alt.Tooltip("group:N", title="人群" if zh else "Group"),
        alt.Tooltip("axis:N", title="维度" if zh else "Axis"),
        alt.Tooltip("mean_text:N", title="本群均值" if zh else "Group's mean"),
        alt.Tooltip("all_text:N", title="全体均值" if zh else "Everybody's mean"),
    ]
    colour = alt.Scale(domain=[-2, -1, -0.4, 0, 0.4, 1, 2], range=DIVERGING, clamp=True, interpolate="rgb")
    return heat(rows, x, y, colour, tips, "abs(datum.value) > 1.4")


def risk(rows: Rows, language: Language) -> Drawn:
    """Users by churn probability: rows `low`, `high`, `range`, `below`, `above`, `users_text`, `tier` in tier order."""
    zh = language == "zh"
    tiers = list(dict.fromkeys(r["tier"] for r in rows))
    title = "未来 30 天不活跃的概率" if zh else "Chance of no activity in the next 30 days"
    tips = [
        alt.Tooltip("range:N", title="概率" if zh else "Chance"),
        alt.Tooltip("users_text:N", title="用户数" if zh else "Users"),
        alt.Tooltip("tier:N", title="风险" if zh else "Risk"),
    ]
    share = alt.Axis(format=".0%", values=[0, 0.2, 0.4, 0.6, 0.8, 1])
    colours = alt.Scale(domain=tiers, range=[TEAL_LIGHT, TEAL, AMBER])
    bars = (
        base_chart()
        .mark_rect(stroke=PAPER, strokeWidth=1.5)
        .encode(
            x=alt.X("low:Q", title=title, axis=share, scale=alt.Scale(domain=[0, 1])),
            x2="high:Q",
            y=alt.Y("below:Q", title=None, axis=alt.Axis(format=",d", tickCount=4)),
            y2="above:Q",
            color=alt.Color("tier:N", sort=tiers, scale=colours),
            tooltip=tips,
        )
    )
    return bars, rows


def calibration(rows: Rows, language: Language) -> Drawn:
    """What was predicted beside what happened: rows `predicted`, `observed`, `users_text`; on the line is right."""
    zh = language == "zh"
    domain = alt.Scale(domain=[0, 1])
    x = alt.X(
        "predicted:Q", title="预测概率" if zh else "Predicted", scale=domain, axis=alt.Axis(format=".0%", tickCount=5)
    )
    y = alt.Y(
        "observed:Q", title="实际比例" if zh else "Observed", scale=domain, axis=alt.Axis(format=".0%", tickCount=5)
    )
    tips = [
        alt.Tooltip("predicted:Q", title="预测" if zh else "Predicted", format=".1%"),
        alt.Tooltip("observed:Q", title="实际" if zh else "Observed", format=".1%"),
        alt.Tooltip("users_text:N", title="用户数" if zh else "Users"),
    ]
    ideal = alt.Chart(alt.InlineData(values=[{"predicted": 0, "observed": 0}, {"predicted": 1, "observed": 1}]))
    diagonal = ideal.mark_line(color=FAINT, strokeDash=[4, 4], strokeWidth=1.5).encode(x=x, y=y)
    base = base_chart().encode(x=x, y=y)
    return alt.layer(
        diagonal,
        base.mark_line(color=TEAL, strokeWidth=2.2),
        base.mark_point(color=TEAL, fill="white", size=60, strokeWidth=2, opacity=1).encode(tooltip=tips),
    ), rows


def deciles(rows: Rows, language: Language) -> Drawn:
    """Expected value by tenth of users: rows `tenth`, `label`, `share`, `text`, `tip`; the first is told."""
    zh = language == "zh"
    order = [r["label"] for r in rows]
    x = alt.X("label:N", sort=order, title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True))
    y = alt.Y("share:Q", title=None, axis=alt.Axis(format=".0%", tickCount=4))
    tips = [
        alt.Tooltip("label:N", title="用户分位" if zh else "Tenth of users"),
        alt.Tooltip("text:N", title="价值占比" if zh else "Share of value"),
        alt.Tooltip("tip:N", title="人均" if zh else "Each"),
    ]
    base = base_chart().encode(x=x, y=y)
    colour = alt.condition("datum.tenth == 1", alt.value(TEAL), alt.value(TEAL_LIGHT))
    bars = base.mark_bar(cornerRadiusEnd=2).encode(color=colour, tooltip=tips)
    text = base.mark_text(dy=-8, fontSize=11.5).encode(
        text="text:N", color=alt.condition("datum.tenth == 1", alt.value(INK), alt.value(MUTED))
    )
    zero = alt.Chart(alt.InlineData(values=[{"y": 0}])).mark_rule(color=LINE).encode(y="y:Q")
    return alt.layer(zero, bars, text), rows
