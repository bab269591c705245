"""A proposal as one page with pictures of before and after; nothing on it comes from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2

from jobs.runtime.calibration.proposal import Proposal
from jobs.runtime.calibration.words import KINDS, OUTCOMES, reason
from jobs.runtime.report.charts import AMBER, FAINT, INK, LINE, MUTED, TEAL, TEAL_LIGHT
from jobs.runtime.report.text import Text, number
from jobs.runtime.settings import Settings

_HERE = Path(__file__).parent
_WIDE, _HIGH, _FOOT = 460, 130, 20
_HEADS = (
    Text("现在", "now"), Text("改后", "would be"), Text("获得", "gain"), Text("失去", "lose"),
    Text("值变化", "other value"),
)  # fmt: skip


def page_of(settings: Settings, found: Proposal) -> Path:
    """Writes the page where the report lies, and says where; of the same proposal it is the same."""
    file = settings.report / "calibration" / f"{found.id}.html"
    file.parent.mkdir(parents=True, exist_ok=True)
    title = settings.hospital.title
    file.write_text(html(found, Text(title.zh, title.en)), encoding="utf-8")
    return file


def html(found: Proposal, hospital: Text) -> str:
    """The page in both languages, with a switch."""
    loader = jinja2.FileSystemLoader(_HERE)
    page = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
    style = (_HERE.parent / "report" / "style.css").read_text(encoding="utf-8")
    rows = sorted(found.numbers, key=lambda r: r["outcome"] != "proposed")
    return page.get_template("page.html.j2").render(
        title=Text("月度校准建议", "Monthly calibration"), hospital=hospital, id=found.id, day=found.day,
        style=style, says=_headline(found), lead=_LEAD, lines=[_line(r) for r in rows], heads=_HEADS,
        moved=Text("谁会变", "Who would move"), moved_lead=_MOVED, kinds=_kinds(found.moves),
    )  # fmt: skip


def _headline(found: Proposal) -> Text:
    many, few = len(found.proposed), sum(r["outcome"] == "too_few" for r in found.numbers)
    zh = f"{len(found.numbers)} 个数字中，建议修改 {many} 个。"
    en = f"{many} of {len(found.numbers)} numbers would fit better if they were changed."
    told = Text(f"{few} 个因用户太少未提建议。", f" {few} were measured on too few users.") if few else Text("", "")
    return Text(zh, en) + told


_LEAD = Text(
    "未经批准，一切照旧。批准后自某日起生效，此前各日保持当时的数字。",
    "Nothing changes before somebody approves it. Then it holds from a day on; older days keep their numbers.",
)
_MOVED = Text("假定以上全部生效，按当天的用户计算。", "Counted on the users of the day, as if all of the above held.")


def _line(row: Mapping[str, Any]) -> dict[str, Any]:
    picture, caption = _picture(row)
    return {
        "of": row["of"], "number": row["number"], "file": row["file"], "outcome": OUTCOMES[row["outcome"]],
        "is_proposed": row["outcome"] == "proposed", "now": f"{row['in_force']:g}", "then": f"{row['proposed']:g}",
        "reason": reason(row), "picture": picture, "caption": caption,
    }  # fmt: skip


def _picture(row: Mapping[str, Any]) -> tuple[str, Text]:
    bins = sorted((float(at), count) for at, count in dict(row["bins"] or {}).items())
    if len(bins) < 2:
        return "", Text("", "")
    if row["method"] in ("quantile", "held_by", "half_life"):
        days = row["method"] == "half_life"
        caption = Text("多少次在多少天后恢复", "After how many days it came back, and how often") if days else Text(
            "用户按该列的分布", "Users by what the column says"
        )  # fmt: skip
        return _histogram(bins, row["in_force"], row["proposed"]), caption + _LEGEND
    # Of a share of users the cut itself is no number that the column has: where it falls is counted from the top.
    cuts = (_cut(bins, 1 - _above(row, row["in_force"])), _cut(bins, 1 - _above(row, row["proposed"])))
    return _histogram(bins, *cuts), Text("用户按金额的分布", "Users by amount") + _LEGEND


_LEGEND = Text("；灰线为现值，橙线为建议值", "; grey: the number now, amber: the one proposed")


def _above(row: Mapping[str, Any], number_: float) -> float:
    return number_ if row["of"] == "value_tiers" else 1 - number_


def _cut(bins: Sequence[tuple[float, float]], part: float) -> float:
    """Where the part of all users lies below, read off the bins."""
    wanted, seen = part * sum(count for _, count in bins), 0.0
    width = bins[1][0] - bins[0][0]
    for at, count in bins:
        if seen + count >= wanted and count:
            return at + width * (wanted - seen) / count
        seen += count
    return bins[-1][0] + width


def _histogram(bins: Sequence[tuple[float, float]], now: float, then: float) -> str:
    low, width = bins[0][0], bins[1][0] - bins[0][0]
    most = max(count for _, count in bins) or 1
    span = width * len(bins)

    def x(value: float) -> float:
        return min(max((value - low) / span, 0.0), 1.0) * _WIDE

    bars = "".join(
        f'<rect x="{x(at) + 1:.1f}" y="{_HIGH * (1 - count / most):.1f}" width="{_WIDE / len(bins) - 2:.1f}" '
        f'height="{_HIGH * count / most:.1f}" fill="{TEAL if at >= then else TEAL_LIGHT}"/>'
        for at, count in bins
    )
    lines = "".join(
        f'<line x1="{x(value):.1f}" x2="{x(value):.1f}" y1="-6" y2="{_HIGH}" stroke="{colour}" stroke-width="2.5"/>'
        for value, colour in ((now, MUTED), (then, AMBER))
    )
    ends = "".join(
        f'<text x="{at}" y="{_HIGH + 15}" text-anchor="{anchor}" font-size="11" fill="{MUTED}">{value:.4g}</text>'
        for at, anchor, value in ((0, "start", low), (_WIDE, "end", low + span))
    )
    axis = f'<line x1="0" x2="{_WIDE}" y1="{_HIGH}" y2="{_HIGH}" stroke="{FAINT}"/>'
    box = f"0 -8 {_WIDE} {_HIGH + _FOOT + 8}"
    return f'<svg viewBox="{box}" role="img">{bars}{axis}{lines}{ends}</svg>'


def _kinds(moves: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for kind, name in KINDS.items():
        mine = [m for m in moves if m["kind"] == kind]
        if mine:
            most = max(max(m["now_count"], m["after_count"]) for m in mine) or 1
            found.append({"name": name, "rows": [_moved(m, most) for m in mine]})
    return found


def _moved(move: Mapping[str, Any], most: int) -> dict[str, Any]:
    names = ("now", "after", "gained", "lost", "other_value")
    return {"code": move["code"], "counts": [number(move[f"{n}_count"]) for n in names], "bar": _bar(move, most)}


def _bar(move: Mapping[str, Any], most: int) -> str:
    """Before in grey over after in colour."""
    now, then = (150 * move[f"{n}_count"] / most for n in ("now", "after"))
    return (
        f'<svg width="150" height="16" role="img"><rect width="150" height="16" fill="{LINE}"/>'
        f'<rect width="{now:.1f}" height="7" fill="{MUTED}"/><rect y="9" width="{then:.1f}" height="7" fill="{TEAL}"/>'
        f'<rect x="{now:.1f}" width="1" height="16" fill="{INK}"/></svg>'
    )
