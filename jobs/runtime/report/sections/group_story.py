"""Which groups came, went or were renamed lately: whoever knows them by name must hear of it."""

from __future__ import annotations

from jobs.runtime.report.blocks import Cell, Grid
from jobs.runtime.report.figures import CHANGE_DAYS, Figures, Row, Rows
from jobs.runtime.report.text import NOTHING, Text, percent, same, short_date

_KINDS = {
    "new": Text("新出现", "new"),
    "vanished": Text("已消失", "vanished"),
    "renamed": Text("改了名", "renamed"),
}
_TITLE = Text("分群的变动", "Changes of groups")
_NOTE = Text(
    "群的编号不会再给别的群；消失的群，其用户归入最近的群。占比为建群时的占比。",
    "A group's number is never given to another; users of a group that went are in the nearest one now. "
    "Shares are those when the group was fitted.",
)


def group_story(f: Figures) -> list[Grid]:
    """A table of the changes of the last weeks; nothing where there were none."""
    title = Text(f"近 {CHANGE_DAYS} 天的分群变动", f"Changes of groups in the last {CHANGE_DAYS} days")
    return change_table(f.segment_changes, title)


def change_table(changes: Rows, title: Text = _TITLE) -> list[Grid]:
    """Rows of audit.segment_change; nothing where there are none."""
    if not changes:
        return []
    head = [Text("日期", "Day"), Text("群", "Group"), Text("变动", "Change"), Text("占比", "Share")]
    rows = [
        [
            Cell(short_date(r["as_of_date"])),
            Cell(Text(r["segment_zh"], r["segment_en"]), detail=_detail(r)),
            Cell(_KINDS[r["change"]], "plain" if r["change"] == "new" else "bad"),
            Cell(same(percent(r["user_share"]))),
        ]
        for r in changes
    ]
    return [Grid(title, head, rows, NOTHING, _NOTE, words=(0, 1, 2))]


def _detail(row: Row) -> Text:
    """What it was called before, or that no rule names it."""
    if row["change"] == "renamed":
        return Text(f"原名「{row['former_zh']}」", f"“{row['former_en']}” before")
    if row["named_by"] == "fallback":
        return Text("没有命名规则适用", "no naming rule holds for it")
    return NOTHING
