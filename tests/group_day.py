"""A day's groups as the page shows them: five, one of them too small to be told, over three months."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any

from jobs.runtime.group_page.figures import NO_MORE, NOT_YET, Flow, GroupFigures
from jobs.runtime.report.text import Text

DAY = date(2026, 6, 29)
_MONTHS = (date(2026, 4, 30), date(2026, 5, 31), DAY)
NAMES = {
    1: Text("高价值活跃", "High-value active"),
    2: Text("规律就诊", "Regular care"),
    3: Text("新用户", "Newcomers"),
    4: Text("沉默流失", "Silent and leaving"),
    5: Text("<b>奇怪</b>", "<b>Odd</b>"),
}
_COUNTS = {
    (1, 1): 800, (1, 2): 60, (1, 4): 90, (2, 2): 1100, (2, 4): 240, (2, 1): 3, (3, 3): 700, (3, 4): 300, (3, 1): 41,
    (4, 4): 5200, (4, 3): 30, (4, NO_MORE): 12, (5, 5): 4, (NOT_YET, 3): 610, (NOT_YET, 2): 55,
}  # fmt: skip


def group_day(**other: Any) -> GroupFigures:
    sizes = {g: sum(n for (_, b), n in _COUNTS.items() if b == g) for g in NAMES}
    named = {g: {"segment_id": g, "segment_zh": t.zh, "segment_en": t.en} for g, t in NAMES.items()}
    money = [{**named[g], "users": n, "churn_probability": 0.2 * g - 0.1, "net_spend_yuan_90d": 400.0 / g,
              "ltv_yuan_365d": 900.0 / g, "days_since_last_activity": 9.0 * g} for g, n in sizes.items()]  # fmt: skip
    axes = (("消费金额", "Spend", 100.0), ("活跃天数", "Active days", 8.0))
    profile = [{**named[g], "axis_zh": zh, "axis_en": en, "segment_mean": mean * 3 / g, "overall_mean": mean}
               for g in NAMES for zh, en, mean in axes]  # fmt: skip
    tags = [{"segment_id": g, "tag_code": "behaviour.night", "layer": "behaviour", "name_zh": "夜间活跃",
             "name_en": "Active at night", "count": n // (2 * g)} for g, n in sizes.items()]  # fmt: skip
    drift = [{"day": d, "metric": m, "value": v} for d, v in zip(_MONTHS, (0.02, 0.07, 0.12), strict=True)
             for m in ("share_psi", "centre_shift")]  # fmt: skip
    change = {"as_of_date": DAY, "change": "new", "user_share": 0.1, "former_zh": None, "former_en": None,
              "named_by": "rule", "segment_zh": "新用户", "segment_en": "Newcomers"}  # fmt: skip
    flows = [Flow(a, b, _COUNTS) for a, b in pairwise(_MONTHS)]
    hospital, bounds = Text("模拟医院", "Simulated hospital"), {"share_psi": 0.1, "centre_shift": 0.5}
    figures = GroupFigures(DAY, hospital, 10, NAMES, money, profile, tags, flows, drift, bounds, [change])
    return replace(figures, **other)
