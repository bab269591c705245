"""Which flaws each export has, how often, and what should become of a row that has one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from models.hospital.exports import SHAPES, Shape

Change = Literal["text", "wide", "html", "newline", "hours", "years_ahead", "years_back", "cut", "times", "relabel"]
Outcome = Literal["taken", "repaired", "rejected", "duplicate"]


@dataclass(frozen=True)
class Flaw:
    """`share` of the rows that have a value in `column` (its name in the export) carry it.

    `text`: what stands there instead, None for nothing; `factor`: the value is multiplied by it, `unit`: the label
    that then stands there. `only`: rows with this word in the column given. `part`: the mapping file concerned, others
    take the row. `least`: only values not below it.
    """

    kind: str
    share: float
    column: str
    outcome: Outcome
    reason: str = ""
    change: Change = "text"
    text: str | None = ""
    factor: float = 1.0
    unit: tuple[str, str] = ("", "")
    only: tuple[str, str] = ("", "")
    part: str = ""
    least: float = -1e18


REPEATED = {"event": 0.003, "meter": 0.004, "bp": 0.004, "orders": 0.004, "wenzhen": 0.006, "touch": 0.002}
REPEATED_ELSEWHERE = 0.003
NEVER_REPEATED = ("account", "weather", "consent")
NEW_ID = {"event": 0.002}
"""Rows that come again under a new number."""
OUT_OF_ORDER = 0.02

OWN: dict[str, tuple[Flaw, ...]] = {
    "event": (
        Flaw("null_word", 0.003, "dwell_ms", "taken", text="null"),
        Flaw("dash", 0.002, "ver", "taken", text="-"),
        Flaw("empty_text", 0.002, "sid", "taken"),
        Flaw("full_width_digits", 0.001, "dwell_ms", "repaired", change="wide"),
        Flaw("stray_html", 0.03, "kw", "repaired", change="html"),
        Flaw("missing_required", 0.0006, "evt", "rejected", "missing:event_name"),
        Flaw("unknown_code", 0.0005, "plat", "rejected", "unknown_code:platform", text="TV"),
        Flaw("unknown_code", 0.0004, "evt", "rejected", "unknown_code:event_name", text="beta_banner"),
        Flaw("unreadable", 0.0005, "ts", "rejected", "unreadable:event_at", text="昨天"),
        Flaw("clock_years_ahead", 0.0005, "ts", "rejected", "future_time", change="years_ahead"),
        Flaw("clock_hours_off", 0.002, "ts", "taken", change="hours"),
        Flaw("clock_years_back", 0.0003, "ts", "rejected", "out_of_range:event_at", change="years_back"),
        Flaw("out_of_range", 0.0004, "dwell_ms", "rejected", "out_of_range:dwell_seconds", text="9000000000"),
        Flaw("broken_line", 0.0004, "", "rejected", "broken_line", change="cut"),
    ),
    "meter": (
        Flaw(
            "unit_mislabelled",
            0.006,
            "v",
            "rejected",
            "out_of_range:value",
            "times",
            factor=18.0182,
            only=("u", "mmol/L"),
            least=4.0,
        ),
        Flaw("unit_mislabelled_unseen", 0.01, "v", "taken", "", "times", factor=2.20462, only=("u", "kg")),
        Flaw("unknown_unit", 0.001, "u", "rejected", "unknown_unit:unit", text="stone"),
        Flaw("missing_required", 0.002, "v", "rejected", "missing:value", text=None),
        Flaw("null_word", 0.001, "v", "rejected", "missing:value", text="null"),
        Flaw("unreadable", 0.001, "v", "rejected", "unreadable:value", text="ERR"),
        Flaw("out_of_range", 0.001, "v", "rejected", "out_of_range:value", text="999999"),
        Flaw("full_width_digits", 0.001, "v", "repaired", change="wide"),
        Flaw("dash", 0.002, "dev.sn", "taken", text="-"),
        Flaw("clock_hours_off", 0.003, "t", "taken", change="hours"),
        Flaw("clock_years_ahead", 0.001, "t", "rejected", "future_time", change="years_ahead"),
        Flaw("clock_years_back", 0.001, "t", "rejected", "out_of_range:measured_at", change="years_back"),
        Flaw("broken_line", 0.0005, "", "rejected", "broken_line", change="cut"),
    ),
    "bp": (
        Flaw("other_unit", 0.02, "sys", "repaired", "", "relabel", factor=1 / 7.50062, unit=("u", "kPa")),
        Flaw("missing_required", 0.004, "dia", "rejected", "missing:value", text=None, part="diastolic"),
        Flaw("out_of_range", 0.002, "sys", "rejected", "out_of_range:value", text="0", part="systolic"),
        Flaw("clock_years_ahead", 0.001, "t", "rejected", "future_time", change="years_ahead"),
        Flaw("broken_line", 0.001, "", "rejected", "broken_line", change="cut"),
    ),
    "orders": (
        Flaw("out_of_range", 0.003, "qty", "rejected", "out_of_range:quantity", text="-1"),
        Flaw("missing_required", 0.002, "amount_fen", "rejected", "missing:amount_yuan", text=None),
        Flaw("unknown_code", 0.002, "type", "rejected", "unknown_code:line_kind", text="X"),
        Flaw("unreadable", 0.002, "pay_time", "rejected", "unreadable:ordered_at", text="2026-13-45 99:00:00"),
        Flaw("null_word", 0.005, "coupon_fen", "taken", text="NULL"),
    ),
    "wenzhen": (
        Flaw("null_word", 0.006, "费用(分)", "taken", text="null"),
        Flaw("dash", 0.01, "评分", "taken", text="-"),
        Flaw("full_width_digits", 0.01, "年龄", "repaired", change="wide"),
        Flaw("stray_html", 0.02, "主诉", "repaired", change="html"),
        Flaw("quoted_newline", 0.01, "主诉", "taken", change="newline"),
        Flaw("unknown_code", 0.003, "科室", "rejected", "unknown_code:department", text="测试科"),
        Flaw("missing_required", 0.003, "提问时间", "rejected", "missing:asked_at"),
        Flaw("unreadable", 0.002, "提问时间", "rejected", "unreadable:asked_at", text="上午"),
        Flaw("out_of_range", 0.01, "评分", "rejected", "out_of_range:rating", text="9"),
        Flaw("broken_line", 0.003, "", "rejected", "broken_line", change="cut"),
    ),
    "account": (
        Flaw("dash", 0.01, "job", "taken", text="-"),
        Flaw("unreadable", 0.001, "birthday", "rejected", "unreadable:birth_date", text="1990-02-30"),
        Flaw("null_word", 0.004, "area", "taken", text="NULL"),
    ),
    "touch": (
        Flaw("unknown_code", 0.0005, "ch", "rejected", "unknown_code:channel", text="fax"),
        Flaw("missing_required", 0.0005, "camp", "rejected", "missing:campaign_id", text=None),
        Flaw("out_of_range", 0.0003, "cost_li", "rejected", "out_of_range:cost_yuan", text="-500"),
    ),
    "consent": (Flaw("unknown_code", 0.0002, "purpose", "rejected", "unknown_code:purpose", text="ALL"),),
    "weather": (Flaw("dash", 0.004, "rh", "taken", text="-"),),
    "pingjia": (
        Flaw("stray_html", 0.02, "内容", "repaired", change="html"),
        Flaw("out_of_range", 0.006, "星级", "rejected", "out_of_range:rating", text="0"),
        Flaw("full_width_digits", 0.01, "星级", "repaired", change="wide"),
        Flaw("broken_line", 0.004, "", "rejected", "broken_line", change="cut"),
    ),
    "mention": (
        Flaw("out_of_range", 0.003, "score", "rejected", "out_of_range:sentiment", text="7"),
        Flaw("stray_html", 0.01, "txt", "repaired", change="html"),
        Flaw("broken_line", 0.003, "", "rejected", "broken_line", change="cut"),
    ),
    "nps": (Flaw("out_of_range", 0.006, "score", "rejected", "out_of_range:score", text="11"),),
}
ELSEWHERE_BROKEN = 0.002


def flaws_of(shape: Shape) -> tuple[Flaw, ...]:
    """An export's own flaws; the smaller exports have a broken line now and then."""
    if shape.stem in OWN:
        return OWN[shape.stem]
    return (Flaw("broken_line", ELSEWHERE_BROKEN, "", "rejected", "broken_line", change="cut"),)


def repeats_of(shape: Shape) -> tuple[float, float]:
    """Share of rows that come twice as they are, and under a new number."""
    if shape.stem in NEVER_REPEATED:
        return 0.0, 0.0
    return REPEATED.get(shape.stem, REPEATED_ELSEWHERE), NEW_ID.get(shape.stem, 0.0)


for _shape in SHAPES:
    for _flaw in flaws_of(_shape):
        if _flaw.column and _flaw.column not in _shape.columns:
            raise ValueError(f"export {_shape.stem} has no column {_flaw.column}")
