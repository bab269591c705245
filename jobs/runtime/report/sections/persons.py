"""Who was put together and parted, and what is too widely shared to tell who somebody is."""

from __future__ import annotations

from jobs.runtime.report.blocks import Cell, Grid, Missing
from jobs.runtime.report.figures import Figures
from jobs.runtime.report.sections.series import missing
from jobs.runtime.report.text import NOTHING, Text, number, same
from jobs.runtime.report.words import HUB_REASONS, IDENTIFIERS, name


def persons(f: Figures) -> Grid | Missing:
    """The day's hubs by kind and reason, under a sentence about merges and partings."""
    title = Text("身份归并与枢纽标识", "Who is one person, and hubs")
    if not f.hubs and not f.identity_events:
        return missing(title, Text("没有这一天的归并记录。", "Nothing was recorded about who is one person."))
    rows = [
        [
            Cell(name(IDENTIFIERS, r["identifier_kind"])), Cell(name(HUB_REASONS, r["hub_reason"])),
            Cell(same(number(r["count"]))), Cell(same(number(r["most_accounts"]))),
        ]
        for r in sorted(f.hubs, key=lambda r: (r["identifier_kind"], r["hub_reason"]))
    ]  # fmt: skip
    head = [
        Text("标识", "Identifier"), Text("原因", "Reason"), Text("枢纽数", "Hubs"), Text("最多账号", "Most accounts"),
    ]  # fmt: skip
    note = Text(
        "枢纽不归并任何人；上限见 conf/identity.yml。", "A hub joins nobody; the limits stand in conf/identity.yml."
    )
    return Grid(title, head if rows else (), rows, _moved(f), note if rows else NOTHING, words=(0, 1), wide=False)


def _moved(f: Figures) -> Text:
    counts = {r["kind"]: r["count"] for r in f.identity_events}
    new, merged, parted = (number(counts.get(kind, 0)) for kind in ("new", "merge", "unmerge"))
    return Text(
        f"与前一天相比：新增 {new} 人，归并 {merged} 次，拆分 {parted} 次。",
        f"Against the day before: {new} new persons, {merged} merged, {parted} parted.",
    )
