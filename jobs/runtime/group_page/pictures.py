"""Pictures of groups as SVG in the page itself: no script, no network, sharp in print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from math import log2

from markupsafe import Markup

from jobs.runtime.group_page.figures import NO_MORE, NOT_YET, Flow
from jobs.runtime.report.charts import AMBER, FAINT, INK, LINE, MUTED, TEAL
from jobs.runtime.report.text import Language, Text, number, short_date

# Hues of groups in the order of their size, apart for every kind of colour vision; what is no group is grey.
HUES = ("#0f6e78", "#c8701a", "#7a9e9f", "#8a5a83", "#d9b26f", "#4a6fa5", "#a8452c", "#9cb38b")
_MOST = 2.0
_ROOM_FOR_A_NAME = 12.0


def _svg(width: float, height: float, parts: Sequence[Markup], label: str) -> Markup:
    return Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        round(width), round(height), label, Markup("").join(parts)
    )


def _text(x: float, y: float, said: str, anchor: str = "start", colour: str = INK, size: int = 13) -> Markup:
    return Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}" fill="{}" font-size="{}">{}</text>').format(
        x, y, anchor, colour, size, said
    )


def _box(x: float, y: float, width: float, height: float, colour: str, tip: str = "") -> Markup:
    return Markup(
        '<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="2" fill="{}"><title>{}</title></rect>'
    ).format(x, y, max(width, 0.5), max(height, 0.5), colour, tip)


def index_bars(rows: Sequence[tuple[str, float | None, str]], label: str) -> Markup:
    """One bar per (name, index, tip) to the right of 100 or to its left, on a scale of doublings up to four times."""
    width, step, middle, reach = 480.0, 34.0, 268.0, 130.0
    parts = [Markup('<line x1="{0}" x2="{0}" y1="4" y2="{1}" stroke="{2}"/>').format(middle, step * len(rows), FAINT)]
    for i, (name, index, tip) in enumerate(rows):
        y = i * step
        parts.append(_text(0, y + 21, name))
        if index is None:
            parts.append(_text(width, y + 21, "—", "end", MUTED))
            continue
        bent = max(-_MOST, min(_MOST, log2(max(index, 1) / 100)))
        length = abs(bent) / _MOST * reach
        colour = TEAL if bent >= 0 else AMBER
        parts.append(_box(middle if bent >= 0 else middle - length, y + 9, length, 16, colour, tip))
        parts.append(_text(width, y + 21, number(index), "end"))
    return _svg(width, step * len(rows) + 4, parts, label)


def alluvial(
    flows: Sequence[Flow],
    order: Sequence[int],
    names: Mapping[int, Text],
    smallest: int,
    language: Language,
    label: str,
) -> Markup:
    """Users as streams between groups from day to day; streams below `smallest` users are left out."""
    days = [flows[0].since, *(f.until for f in flows)]
    width, height, node = 1000.0, 400.0, 14.0
    stacks = [_stack(flows, i, order) for i in range(len(days))]
    most = max(sum(stack.values()) for stack in stacks)
    scale = (height - 74 - 9 * max(len(s) for s in stacks)) / most
    left, right = 8.0, width - 190.0
    xs = [left + i * (right - left - node) / (len(days) - 1) for i in range(len(days))]
    tops = [_tops(stack, scale) for stack in stacks]
    parts = [_text(x + (0 if i == 0 else node / 2), 16, _day(d, language), "start" if i == 0 else "middle", MUTED)
             for i, (x, d) in enumerate(zip(xs, days, strict=True))]  # fmt: skip
    for i, flow in enumerate(flows):
        parts += _streams(flow, order, tops[i], tops[i + 1], (xs[i] + node, xs[i + 1]), scale, smallest)
    for x, stack, top in zip(xs, stacks, tops, strict=True):
        parts += [
            _box(x, top[g], node, n * scale, colour_of(g, order), _said(g, names, language)) for g, n in stack.items()
        ]
    first, last = stacks[0], stacks[-1]
    parts += [_text(left + node + 8, tops[0][g] + n * scale / 2 + 4, _said(g, names, language), size=11)
              for g, n in first.items() if n * scale > _ROOM_FOR_A_NAME]  # fmt: skip
    parts += [_text(right + 10, tops[-1][g] + n * scale / 2 + 5, _said(g, names, language))
              for g, n in last.items()]  # fmt: skip
    foot = max(top[g] + n * scale for stack, top in zip(stacks, tops, strict=True) for g, n in stack.items())
    return _svg(width, foot + 12, parts, label)


def colour_of(group: int, order: Sequence[int]) -> str:
    """A group keeps its hue all over the page."""
    return HUES[order.index(group) % len(HUES)] if group in order else FAINT


def _said(group: int, names: Mapping[int, Text], language: Language) -> str:
    outside = {NOT_YET: Text("尚未注册", "Not yet registered"), NO_MORE: Text("已不在", "No longer here")}
    return (names.get(group) or outside.get(group) or Text(f"群{group}", f"Group {group}")).say(language)


def _day(day: date, language: Language) -> str:
    return short_date(day).say(language)


def _stack(flows: Sequence[Flow], at: int, order: Sequence[int]) -> dict[int, int]:
    """Users of each node on one of the days, from top to bottom."""
    flow, side = (flows[at], 0) if at < len(flows) else (flows[-1], 1)
    sums: dict[int, int] = {}
    for cell, count in flow.counts.items():
        sums[cell[side]] = sums.get(cell[side], 0) + count
    if 0 < at < len(flows):
        # Who comes later, or went before, is drawn at the day next to it only.
        gone = sum(n for (_, b), n in flows[at - 1].counts.items() if b == NO_MORE)
        sums |= {NO_MORE: gone} if gone else {}
    ranked = {g: i for i, g in enumerate(order)}
    return dict(sorted(sums.items(), key=lambda kv: ranked.get(kv[0], 99 - kv[0])))


def _tops(stack: Mapping[int, int], scale: float) -> dict[int, float]:
    tops, y = {}, 32.0
    for group, count in stack.items():
        tops[group] = y
        y += count * scale + 9
    return tops


def _streams(
    flow: Flow, order: Sequence[int], left: Mapping[int, float], right: Mapping[int, float], xs: tuple[float, float],
    scale: float, smallest: int,
) -> list[Markup]:  # fmt: skip
    """Bands between two days, each as thick as its users are many."""
    down_left, down_right = dict(left), dict(right)
    ranked = {g: i for i, g in enumerate([*order, NOT_YET, NO_MORE])}
    parts = []
    a, b = xs
    bend = (a + b) / 2
    for (was, now), count in sorted(flow.counts.items(), key=lambda kv: tuple(ranked.get(g, 99) for g in kv[0])):
        thick = count * scale
        y, z = down_left[was], down_right[now]
        down_left[was], down_right[now] = y + thick, z + thick
        if count < smallest:
            continue
        path = (
            f"M{a:.1f},{y:.1f}C{bend:.1f},{y:.1f} {bend:.1f},{z:.1f} {b:.1f},{z:.1f}"
            f"V{z + thick:.1f}C{bend:.1f},{z + thick:.1f} {bend:.1f},{y + thick:.1f} {a:.1f},{y + thick:.1f}Z"
        )
        shade = 0.22 if was == now else 0.5
        parts.append(Markup('<path d="{}" fill="{}" fill-opacity="{}"/>').format(path, colour_of(was, order), shade))
    return parts


def drift_line(points: Sequence[tuple[date, float]], bound: float, language: Language, label: str) -> Markup:
    """A figure from day to day, and the bound past which it is warned of."""
    width, height, foot = 480.0, 150.0, 122.0
    most = max([bound * 1.25, *(v for _, v in points)])
    days = [d.toordinal() for d, _ in points]
    span = (days[-1] - days[0]) or 1

    def x(day: int) -> float:
        return 8 + (day - days[0]) / span * (width - 70) if len(points) > 1 else width - 70

    def y(value: float) -> float:
        return foot - value / most * (foot - 16)

    line = " ".join(f"{x(d):.1f},{y(v):.1f}" for d, (_, v) in zip(days, points, strict=True))
    warn = Text("警戒线", "bound").say(language)
    return _svg(width, height, [
        Markup('<line x1="0" x2="{}" y1="{}" y2="{}" stroke="{}"/>').format(width, foot, foot, LINE),
        Markup('<line x1="0" x2="{}" y1="{:.1f}" y2="{:.1f}" stroke="{}" stroke-dasharray="5 4"/>').format(
            width, y(bound), y(bound), AMBER),
        _text(width, y(bound) - 5, f"{warn} {bound:g}", "end", AMBER, 12),
        Markup('<polyline points="{}" fill="none" stroke="{}" stroke-width="2.4"/>').format(line, TEAL),
        Markup('<circle cx="{:.1f}" cy="{:.1f}" r="4" fill="{}"/>').format(x(days[-1]), y(points[-1][1]), TEAL),
        _text(x(days[-1]) + 9, y(points[-1][1]) + 4, number(points[-1][1], 3), "start", TEAL),
        _text(0, height - 6, _day(points[0][0], language), "start", MUTED, 12),
        _text(width, height - 6, _day(points[-1][0], language), "end", MUTED, 12),
    ], label)  # fmt: skip
