"""Why records were turned away, over the last two weeks."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

from jobs.runtime.report.blocks import Cell, Grid, Missing, Tone
from jobs.runtime.report.figures import TREND_DAYS, Figures
from jobs.runtime.report.sections.series import missing
from jobs.runtime.report.text import NOTHING, Text, joined, number, same
from jobs.runtime.report.words import reason

_TITLE = Text(f"拒收原因，近 {TREND_DAYS} 天", f"Reasons of rejects, {TREND_DAYS} days")
_HEAD = [
    Text("原因", "Reason"), Text("今天", "Today"), Text("此前日均", "A day before"), Text("最多的一天", "Highest day"),
]  # fmt: skip
# Today counts as high when it is this many times the days before, and more than a handful.
_HIGH, _FEW = 2.0, 10
_MOST = 10


def reject_trend(f: Figures) -> Grid | Missing:
    """Each reason's rejects today beside the days before."""
    if not f.reject_days:
        return missing(_TITLE, Text("这段时间没有拒收的行。", "No row was turned away in these days."))
    counts: dict[str, Counter[date]] = {}
    for r in f.reject_days:
        counts.setdefault(r["reason"], Counter())[r["known_date"]] += r["count"]
    most = sorted(counts, key=lambda code: (-sum(counts[code].values()), code))
    rows = [_row(code, counts[code], f.day) for code in most[:_MOST]]
    grown = joined([row[0].text for row in rows if row[1].tone == "bad"], "；", "; ")
    takeaway = Text(f"今天明显多于此前：{grown.zh}。", f"Far more today than before: {grown.en}.")
    note = Text("行数；一行可以有几个原因。", "Rows; a row may have several reasons.")
    return Grid(_TITLE, _HEAD, rows, NOTHING if grown.is_empty else takeaway, note, wide=False)


def _row(code: str, by_day: Counter[date], day: date) -> list[Cell]:
    before = [by_day[day - timedelta(days=n)] for n in range(1, TREND_DAYS)]
    mean, today = sum(before) / len(before), by_day[day]
    tone: Tone = "bad" if today >= _FEW and today > _HIGH * mean else "plain"
    cells = [Cell(same(number(mean, 1)), "muted"), Cell(same(number(max(by_day.values()))), "muted")]
    return [Cell(reason(code)), Cell(same(number(today)), tone), *cells]
