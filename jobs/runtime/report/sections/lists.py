"""The lists marketing gets, who was kept off them and why."""

from __future__ import annotations

from jobs.runtime.report.blocks import Bar, BarList, Block, Cell, Grid, Missing, Section
from jobs.runtime.report.figures import Figures
from jobs.runtime.report.sections.series import missing
from jobs.runtime.report.text import NO_FIGURE, NOTHING, Text, is_small, number, people, percent, same, signed
from jobs.runtime.report.words import OUTCOMES, name

_NO_LISTS = Text("这一天还没有名单。", "No lists were made for this day yet.")


def lists(f: Figures) -> Section:
    """One line per audience; refusals by reason."""
    blocks: list[Block] = [_table(f), _refusals(f)] if f.audiences else [missing(Text("名单", "Lists"), _NO_LISTS)]
    return Section("lists", Text("营销名单", "Lists"), _lead(f), [*blocks, *_receipts(f)])


def _counts(f: Figures, audience: str) -> dict[str, int]:
    return {r["outcome"]: r["user_count"] for r in f.audiences if r["audience"] == audience}


def _refused(counts: dict[str, int]) -> int:
    return sum(n for outcome, n in counts.items() if outcome not in ("list", "holdout"))


def _lead(f: Figures) -> Text:
    if not f.audiences:
        return NOTHING
    listed = sum(r["user_count"] for r in f.audiences if r["outcome"] == "list")
    every = sum(r["user_count"] for r in f.audiences)
    codes = {r["audience"] for r in f.audiences}
    return Text(
        f"{len(codes)} 份名单共 {people(listed)} 人次；候选者中 {percent(1 - listed / every if every else None, 0)} "
        "因授权、规则或对照组没有进入名单。",
        f"{len(codes)} lists with {people(listed)} entries; {percent(1 - listed / every if every else None, 0)} of the "
        "candidates were kept off by consent, rules or as hold-out.",
    )


def _table(f: Figures) -> Grid:
    rows = []
    codes = sorted({r["audience"] for r in f.audiences}, key=lambda a: -_counts(f, a).get("list", 0))
    moved = {(r["audience"], r["change"]): r["count"] for r in f.audience_changes}
    for code in codes:
        counts = _counts(f, code)
        listed, held = counts.get("list", 0), counts.get("holdout", 0)
        refused = _refused(counts)
        every = listed + held + refused
        share = percent(refused / every, 0) if every and not is_small(refused) else "—"
        rows.append([
            Cell(f.audience_names.get(code) or same(code)), Cell(same(people(listed))),
            Cell(same(people(held)), "muted"), _moved(moved.get((code, "added"), 0), "added"),
            _moved(moved.get((code, "removed"), 0), "removed"), Cell(same(people(refused))), Cell(same(share), "muted"),
        ])  # fmt: skip
    head = [
        Text("名单", "List"), Text("人数", "Users"), Text("对照组", "Hold-out"), Text("新进", "Added"),
        Text("移出", "Removed"), Text("被排除", "Refused"), Text("占候选", "Of candidates"),
    ]  # fmt: skip
    note = Text(
        "新进与移出相对于上一份已发布的名单；对照组不触达，用来衡量效果。",
        "Added and removed against the last list; the hold-out is not contacted, to measure the effect.",
    )
    return Grid(Text("今天的名单", "Today's lists"), head, rows, NOTHING, note)


def _moved(count: int, change: str) -> Cell:
    if not count:
        return Cell(NO_FIGURE, "muted")
    sign = 1 if change == "added" else -1
    shown = people(count) if is_small(count) else signed(sign * count, 0)
    return Cell(same(shown), "good" if change == "added" else "bad")


def _refusals(f: Figures) -> BarList | Missing:
    totals: dict[str, int] = {}
    for r in f.audiences:
        if r["outcome"] not in ("list", "holdout"):
            totals[r["outcome"]] = totals.get(r["outcome"], 0) + r["user_count"]
    title = Text("为什么没有进入名单", "Why candidates were refused")
    if not totals:
        return missing(title, Text("没有候选者被排除。", "No candidate was refused."))
    top = max(totals.values())
    words = {**OUTCOMES, **f.reason_names}
    bars = [
        Bar(name(words, reason), same(people(count)), count / top if top else 0.0)
        for reason, count in sorted(totals.items(), key=lambda pair: -pair[1])
    ]
    return BarList(title, bars, Text("各名单合计的人次。", "Candidates over all lists."), wide=True)


def _receipts(f: Figures) -> list[Block]:
    """Withdrawals and erasures that whoever pulled lists has yet to confirm; no block where none is open."""
    if not f.open_receipts:
        return []
    late = sum(r["is_overdue"] for r in f.open_receipts)
    rows = [[
        Cell(f.audience_names.get(r["audience"], same(r["audience"])) if r["audience"] else _ERASED),
        Cell(same(people(r["rows"]))), Cell(same(str(r["told_on"])), "muted"), Cell(same(number(r["days"]))),
        Cell(Text("逾期", "overdue"), "bad") if r["is_overdue"] else Cell(Text("待确认", "open"), "muted"),
    ] for r in f.open_receipts]  # fmt: skip
    head = [
        Text("名单", "List"), Text("须移除行数", "Rows to remove"), Text("告知日", "Told on"), Text("已过天数", "Days"),
        Text("状态", "State"),
    ]  # fmt: skip
    takeaway = Text(
        f"{len(rows)} 份移除通知尚未确认，其中 {late} 份逾期。",
        f"{len(rows)} removal files are not confirmed yet, {late} of them overdue.",
    )
    note = Text(
        "撤回同意或要求删除的人已在旧名单里；取走名单的一方移除后，用 cameo receipts confirm 确认。",
        "Persons who took consent back, or were erased, are on pulled lists; cameo receipts confirm closes a receipt.",
    )
    return [Grid(Text("撤回同意的移除回执", "Removal receipts"), head, rows, takeaway, note, words=(0, 2, 4))]


_ERASED = Text("已删除的人（各名单）", "An erased person (all lists)")
