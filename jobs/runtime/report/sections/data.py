"""Where the figures come from: what came in, what was turned away, which checks held."""

from __future__ import annotations

from jobs.runtime.report.blocks import Bar, BarList, Block, Cell, Grid, Missing, Section, Tone
from jobs.runtime.report.figures import Figures, Row
from jobs.runtime.report.sections.persons import persons
from jobs.runtime.report.sections.proof import self_proof
from jobs.runtime.report.sections.rejects import reject_trend
from jobs.runtime.report.sections.series import missing
from jobs.runtime.report.text import NOTHING, Text, joined, number, percent, same
from jobs.runtime.report.words import FEEDS, STATES, looks, name, reason


def data(f: Figures) -> Section:
    """Feeds, rejects, fields that no mapping names, checks, the self-proof, who is who."""
    found: list[Block] = [_feeds(f), _rejects(f), reject_trend(f), *_fields(f)]
    blocks: list[Block] = [*found, _checks(f), self_proof(f), persons(f)]
    return Section("data", Text("数据来源与质量", "Data and its quality"), _lead(f), blocks)


def _feeds_known(f: Figures) -> list[str]:
    return sorted({r["feed"] for r in (*f.intake, *f.files)})


def _absent(f: Figures) -> list[str]:
    came = {r["feed"] for r in f.files if r["status"] != "absent"}
    return [feed for feed in sorted({r["feed"] for r in f.files}) if feed not in came]


def _lead(f: Figures) -> Text:
    feeds = _feeds_known(f)
    if not feeds:
        return NOTHING
    rows, taken = (sum(r[k] for r in f.intake) for k in ("read_count", "taken_count"))
    share = percent(taken / rows if rows else None, 2)
    came = len(feeds) - len(_absent(f))
    said = Text(
        f"{len(feeds)} 路数据到了 {came} 路，共 {number(rows)} 行，收下 {share}。",
        f"{came} of {len(feeds)} feeds came, with {number(rows)} rows; {share} were taken.",
    )
    if not f.stopped_feeds:
        return said
    stopped = joined([name(FEEDS, feed) for feed in f.stopped_feeds], "、", ", ")
    return Text(
        f"{said.zh}{stopped.zh}被中止，当天的结果缺这部分数据。",
        f"{said.en} Stopped, so that the day went on without it: {stopped.en}.",
    )


def _feeds(f: Figures) -> Grid | Missing:
    title = Text("各路数据", "Feeds")
    feeds = _feeds_known(f)
    if not feeds:
        return missing(title, Text("没有这一天的接收记录。", "Nothing was recorded about what came in on this day."))
    counts = {r["feed"]: r for r in f.intake}
    rows = []
    for feed in sorted(feeds, key=lambda name: -counts.get(name, _NONE)["read_count"]):
        r = counts.get(feed, _NONE)
        rows.append([
            Cell(name(FEEDS, feed)), Cell(same(number(r["read_count"]))), Cell(same(number(r["taken_count"]))),
            Cell(same(number(r["duplicate_count"])), "muted"), _late(r),
            Cell(same(number(r["rejected_count"])), "bad" if r["rejected_count"] else "muted"), _state(f, feed),
        ])  # fmt: skip
    head = [
        Text("数据", "Feed"), Text("收到行数", "Rows in"), Text("收下", "Taken"), Text("重复", "Repeats"),
        Text("迟到", "Late"),
        Text("拒收", "Rejected"), Text("文件", "Files"),
    ]  # fmt: skip
    note = Text(
        "收到 = 收下 + 重复 + 拒收，每次运行都核对。迟到：收下的行里，事件发生在更早的日子；超期的另有标记。",
        "Rows in = taken + repeats + rejected, checked each run. Late: of the rows taken, those of earlier days; "
        "overdue ones came after the feed's window and are marked.",
    )
    return Grid(title, head, rows, NOTHING, note, words=(0, 6))


_NONE: Row = {
    **{"read_count": 0, "taken_count": 0, "duplicate_count": 0, "rejected_count": 0},
    **{"late_count": 0, "overdue_count": 0},
}


def _late(row: Row) -> Cell:
    """Rows of earlier days, and how many of them came when nobody expected them any more."""
    late, overdue = number(row["late_count"] or 0), row["overdue_count"] or 0
    if not overdue:
        return Cell(same(late), "muted")
    return Cell(Text(f"{late}，其中超期 {number(overdue)}", f"{late}, {number(overdue)} of them overdue"), "bad")


def _state(f: Figures, feed: str) -> Cell:
    if feed in f.stopped_feeds:
        return Cell(Text("已中止，缺其余数据", "stopped; what else it had is missing"), "bad")
    found = {r["status"] for r in f.files if r["feed"] == feed}
    told = [text for status, text in STATES.items() if status in found]
    if not told:
        return Cell(Text("正常", "in order"), "muted")
    grave = found & {"absent", "unreadable", "rejected"}
    return Cell(joined(told, "、", ", "), "bad" if grave else "muted")


def _rejects(f: Figures) -> BarList | Missing:
    title = Text("为什么拒收", "Why rows were turned away")
    if not f.rejects:
        return missing(title, Text("没有拒收的行。", "No row was turned away."))
    top = max(r["count"] for r in f.rejects)
    bars = [
        Bar(reason(r["reason"]), same(number(r["count"])), r["count"] / top, name(FEEDS, r["feed"]))
        for r in sorted(f.rejects, key=lambda r: (-r["count"], r["feed"], r["reason"]))[:10]
    ]
    return BarList(title, bars, Text("行数，按原因，前十。", "Rows by reason, the ten most frequent."))


def _fields(f: Figures) -> list[Grid]:
    """What the mappings leave out: new fields first, each with the line that a person may put into the mapping."""
    ordered = sorted(f.fields, key=lambda r: (r["since"] != f.day, r["feed"], r["field"]))
    if not ordered:
        return []
    rows: list[list[Cell]] = []
    for r in ordered[:15]:
        is_new = r["since"] == f.day
        since = Text("今天新出现", "new today") if is_new else same(r["since"].isoformat())
        rows.append([
            Cell(name(FEEDS, r["feed"])), Cell(same(r["field"])), Cell(same(number(r["record_count"]))),
            Cell(since, "bad" if is_new else "muted"), Cell(looks(r["looks_like"] or "")),
            Cell(same(r["proposal"] or "")),
        ])  # fmt: skip
    new = sum(r["since"] == f.day for r in ordered)
    takeaway = Text(
        f"{len(ordered)} 个字段没有映射，其中 {new} 个今天新出现。",
        f"{len(ordered)} fields are not in the mapping files, {new} of them new today.",
    )
    head = [
        Text("数据", "Feed"), Text("字段", "Field"), Text("行数", "Rows"), Text("首次出现", "Since"),
        Text("内容像是", "Looks like"), Text("建议写入映射文件", "Proposed for the mapping file"),
    ]  # fmt: skip
    note = Text(
        "内容已去标识保存在 bronze 表的 other_fields 列。",
        "Their values are kept, de-identified, in bronze's other_fields.",
    )
    title = Text("没有映射的字段", "Fields that no mapping names")
    return [Grid(title, head, rows, takeaway, note, words=(0, 1, 3, 4, 5))]


def _checks(f: Figures) -> Grid | Missing:
    title = Text("质量检查", "Quality checks")
    if not f.checks:
        return missing(title, Text("没有这一天的检查记录。", "No check was recorded for this day."))
    failed = sorted(
        (r for r in f.checks if not r["is_passed"]), key=lambda r: (r["severity"] != "stop", r["table_name"])
    )
    rows = [[
        Cell(same(_where(r))), Cell(same(str(r["expected"] or r["check_name"]))), Cell(same(str(r["observed"] or "—"))),
        Cell(*_SEVERITY[r["severity"]]),
    ] for r in failed[:15]]  # fmt: skip
    passed = len(f.checks) - len(failed)
    takeaway = Text(f"{len(f.checks)} 项检查，{passed} 项通过，{len(failed)} 项未通过。",
                    f"{len(f.checks)} checks: {passed} held, {len(failed)} did not.")  # fmt: skip
    head = [
        Text("表与列", "Table, column"),
        Text("应当", "Expected"),
        Text("实际", "Found"),
        Text("级别", "Severity"),
    ]
    return Grid(title, head if rows else (), rows, takeaway, NOTHING, words=(0, 1, 2, 3), wide=False)


_SEVERITY: dict[str, tuple[Text, Tone]] = {
    "stop": (Text("中止", "stop"), "bad"),
    "warn": (Text("提醒", "warn"), "muted"),
}


def _where(row: Row) -> str:
    return f"{row['table_name']}.{row['column_name']}" if row["column_name"] else str(row["table_name"])
