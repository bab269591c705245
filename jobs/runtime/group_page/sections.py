"""The sections of the page of groups: all at a glance, who moved, each by itself, and whether they hold."""

from __future__ import annotations

from jobs.runtime.group_page.figures import NO_MORE, NOT_YET, Flow, GroupFigures, hidden_cells
from jobs.runtime.group_page.pictures import alluvial, drift_line, index_bars
from jobs.runtime.report.blocks import Bar, BarList, Block, Cell, Grid, Missing, Picture, Section, Subhead
from jobs.runtime.report.figures import Row
from jobs.runtime.report.sections.group_story import change_table
from jobs.runtime.report.text import LANGUAGES, NOTHING, Language, Text, number, percent, same, short_date, yuan

_TOP_TAGS, _FEWEST_SHARE = 6, 0.02
_OUTSIDE = {NOT_YET: Text("尚未注册", "Not yet registered"), NO_MORE: Text("已不在", "No longer here")}


def all_sections(f: GroupFigures) -> list[Section]:
    return [_overview(f), _migration(f), _profiles(f), _stability(f)]


def _name(row: Row) -> Text:
    return Text(row["segment_zh"], row["segment_en"])


def _overview(f: GroupFigures) -> Section:
    largest = f.groups[0]
    lead = Text(
        f"{number(f.users)} 名用户分为 {len(f.groups)} 个群；最大的「{largest['segment_zh']}」占"
        f" {percent(largest['users'] / f.users, 0)}。",
        f"{number(f.users)} users in {len(f.groups)} groups; the largest, “{largest['segment_en']}”, holds"
        f" {percent(largest['users'] / f.users, 0)}.",
    )
    worth = [g for g in f.groups if g["users"] >= f.smallest and g["ltv_yuan_365d"] is not None]
    if worth:
        best = max(worth, key=lambda g: g["ltv_yuan_365d"])
        lead += Text(
            f"人均预期价值最高的是「{best['segment_zh']}」，未来一年 {yuan(best['ltv_yuan_365d'])}。",
            f" The most valuable per head is “{best['segment_en']}”: {yuan(best['ltv_yuan_365d'])} expected in a year.",
        )
    return Section("overview", Text("一览", "At a glance"), lead, [_money(f)])


def _money(f: GroupFigures) -> Grid:
    head = [
        Text("人群", "Group"), Text("人数", "Users"), Text("占比", "Share"), Text("90 天净消费", "Net spend, 90 d"),
        Text("预期一年价值", "Expected, 1 y"), Text("流失概率", "Churn"), Text("距上次活跃", "Last active"),
    ]  # fmt: skip
    rows = []
    for g in f.groups:
        if g["users"] < f.smallest:
            rows.append([Cell(_name(g)), Cell(same(f"<{f.smallest}")), *[Cell(same("—"), "muted")] * 5])
            continue
        churn, last = g["churn_probability"], g["days_since_last_activity"]
        rows.append([
            Cell(_name(g)), Cell(same(number(g["users"]))), Cell(same(percent(g["users"] / f.users))),
            Cell(same(yuan(g["net_spend_yuan_90d"]))), Cell(same(yuan(g["ltv_yuan_365d"]))),
            Cell(same(percent(churn, 0)), "bad" if churn is not None and churn >= 0.7 else "plain"),
            Cell(Text(f"{number(last, 1)} 天", f"{number(last, 1)} d") if last is not None else same("—")),
        ])  # fmt: skip
    note = Text("金额、概率与天数为群内人均。", "Money, chances and days are means per user.")
    return Grid(Text("规模、价值与流失", "Size, value and churn"), head, rows, NOTHING, note)


def _migration(f: GroupFigures) -> Section:
    title = Text("谁在移动", "Who moves")
    if not f.flows:
        why = Text(
            "分群的历史只有这一天；从明天起这里会有变化。", "Groups have this day only; from tomorrow on there is more."
        )
        return Section("migration", title, NOTHING, [Missing(Text("群间迁移", "Migration"), why, wide=True)])
    last = f.flows[-1]
    stayed = sum(n for (a, b), n in last.counts.items() if a == b)
    both_days = sum(n for (a, b), n in last.counts.items() if a != NOT_YET and b != NO_MORE)
    since, share = short_date(last.since), percent(stayed / max(both_days, 1), 0)
    lead = Text(
        f"自{since.zh}以来，{share} 的用户仍在原来的群。",
        f"Since {since.en}, {share} of users have stayed in their group.",
    )
    return Section("migration", title, lead, [_streams(f), _matrix(f, last)])


def _order(f: GroupFigures) -> list[int]:
    now = [g["segment_id"] for g in f.groups]
    return now + sorted(set(f.names) - set(now))


def _streams(f: GroupFigures) -> Picture:
    title = Text("群间迁移", "Migration between groups")
    drawn = {
        language: alluvial(f.flows, _order(f), f.names, f.smallest, language, title.say(language))
        for language in LANGUAGES
    }
    note = Text(
        f"每个月取最后一天；带子的粗细是人数，深色为换了群的人，颜色为原来的群。不足 {f.smallest} 人的不画。",
        "The last day of each month. A band is as thick as its users are many; the dark ones changed groups and have "
        f"the colour of the one they left. Fewer than {f.smallest} users are not drawn.",
    )
    return Picture(title, drawn, NOTHING, note, wide=True)


def _matrix(f: GroupFigures, flow: Flow) -> Grid:
    hidden = hidden_cells(flow.counts, f.smallest)
    order = _order(f)
    rows_of = [g for g in (*order, NOT_YET) if any(a == g for a, _ in flow.counts)]
    columns = [g for g in (*order, NO_MORE) if any(b == g for _, b in flow.counts)]
    told = {**f.names, **_OUTSIDE}
    rows = []
    for a in rows_of:
        total = sum(n for (was, _), n in flow.counts.items() if was == a)
        cells = [_cell(flow.counts.get((a, b), 0), total, (a, b) in hidden, a == b) for b in columns]
        rows.append([Cell(told[a]), *cells])
    head = [Text("从 ↓ 到 →", "From ↓ to →"), *(told[b] for b in columns)]
    title = Text(
        f"{short_date(flow.since).zh} → {short_date(flow.until).zh}",
        f"{short_date(flow.since).en} → {short_date(flow.until).en}",
    )
    note = Text(
        "每行合计 100%：原在左边群里的用户，现在在哪里。「·」为人数太少，不显示。",
        "Each row adds up to 100%: where users of the group on the left are now. “·” is too few to be shown.",
    )
    return Grid(title, head, rows, NOTHING, note)


def _cell(count: int, total: int, is_hidden: bool, stayed: bool) -> Cell:
    if is_hidden:
        return Cell(same("·"), "muted")
    return Cell(same(percent(count / total, 0) if count else "–"), "good" if stayed else "plain" if count else "muted")


def _profiles(f: GroupFigures) -> Section:
    lead = Text(
        "指数 100 即与全体用户相同，200 为两倍，50 为一半。", "An index of 100 is as everybody; 200 is twice, 50 half."
    )
    blocks: list[Block] = []
    for g in f.groups:
        share = percent(g["users"] / f.users, 0)
        few = g["users"] < f.smallest
        said = NOTHING if few else Text(f"{number(g['users'])} 人，占 {share}", f"{number(g['users'])} users, {share}")
        blocks.append(Subhead(_name(g), said))
        blocks += [Missing(_name(g), Text("人数太少，不显示。", "Too few users to be shown."))] if few else [
            _axes(f, g), _tags(f, g)]  # fmt: skip
    return Section("profiles", Text("各群画像", "Each group"), lead, blocks)


def _axes(f: GroupFigures, group: Row) -> Picture:
    rows = [r for r in f.profile if r["segment_id"] == group["segment_id"]]

    def of(language: Language) -> list[tuple[str, float | None, str]]:
        return [(r[f"axis_{language}"], _index(r["segment_mean"], r["overall_mean"]),
                 f"{number(r['segment_mean'], 1)} / {number(r['overall_mean'], 1)}") for r in rows]  # fmt: skip

    title = Text("与全体用户相比", "Against all users")
    note = Text(
        "左橙为低，右青为高；条长按倍数，四倍到头。",
        "Amber is less, teal is more; a bar's length goes by doublings, up to four times.",
    )
    return Picture(title, {lang: index_bars(of(lang), title.say(lang)) for lang in LANGUAGES}, NOTHING, note)


def _index(here: float | None, everywhere: float | None) -> float | None:
    return None if here is None or not everywhere else 100 * here / everywhere


def _tags(f: GroupFigures, group: Row) -> BarList | Missing:
    """The tags that are furthest from everybody's share, above and below."""
    title = Text("最突出的标签", "What stands out")
    found = _indexed(f, group)
    over = sorted((t for t in found if t[1] > 110), key=lambda t: -t[1])[:_TOP_TAGS]
    under = sorted((t for t in found if t[1] < 90), key=lambda t: t[1])[: _TOP_TAGS // 2]
    if not over + under:
        return Missing(
            title, Text("没有明显高于或低于全体的标签。", "No tag is clearly above or below everybody's share.")
        )
    most = max(t[1] for t in over + under)
    bars = [
        Bar(
            name,
            same(number(index)),
            min(index / most, 1),
            Text(f"群内 {_part(share)}", f"{_part(share)} of the group"),
            "plain" if index > 100 else "bad",
            100 / most if most > 100 else None,
        )
        for name, index, share in [*over, *under]
    ]
    return BarList(title, bars, NOTHING, Text("竖线为 100。", "The upright line is 100."))


def _part(share: float) -> str:
    return percent(share, 0 if share >= 0.01 else 1)


def _indexed(f: GroupFigures, group: Row) -> list[tuple[Text, float, float]]:
    """Name, index and share in the group of every tag that may be told."""
    everywhere: dict[str, int] = {}
    for row in f.tags:
        everywhere[row["tag_code"]] = everywhere.get(row["tag_code"], 0) + row["count"]
    told = []
    for row in f.tags:
        base = everywhere[row["tag_code"]] / f.users
        if row["segment_id"] != group["segment_id"] or row["count"] < f.smallest or base < _FEWEST_SHARE:
            continue
        share = row["count"] / group["users"]
        told.append((Text(row["name_zh"], row["name_en"]), 100 * share / base, share))
    return told


def _stability(f: GroupFigures) -> Section:
    names = {
        "centre_shift": Text("群中心的偏移", "Drift of centres"),
        "share_psi": Text("各群占比的偏移（PSI）", "Drift of shares (PSI)"),
    }
    blocks: list[Block] = []
    for metric, title in names.items():
        points = sorted((r["day"], r["value"]) for r in f.drift if r["metric"] == metric and r["value"] is not None)
        if points and metric in f.bounds:
            drawn = {lang: drift_line(points, f.bounds[metric], lang, title.say(lang)) for lang in LANGUAGES}
            blocks.append(Picture(title, drawn))
    blocks += change_table(f.changes)
    if not blocks:
        blocks = [Missing(Text("稳定性", "Stability"), Text("还没有测量。", "Nothing was measured yet."))]
    past = [
        m for m in f.bounds if any(r["metric"] == m and r["day"] == f.day and r["value"] > f.bounds[m] for r in f.drift)
    ]
    lead = (
        Text(
            "用户已明显偏离建群时的样子，宜重新审视分群。",
            "Users have moved away from the groups: it is time to look at them anew.",
        )
        if past
        else Text(
            "群与建群时相符，名称可放心使用。", "The groups are as when they were fitted; their names can be relied on."
        )
    )
    return Section("stability", Text("还可靠吗", "Do they hold?"), lead, blocks)
