"""The figures as tables, each with the size it was measured on and what was wanted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table

from tests.bench import peer
from tests.bench.parts import Found, Groups
from tests.bench.plan import SHORT_DAYS, Size
from tests.bench.steps import Cost
from tests.whole_day import MODELS

GUARDS = ("prove_sample", "carry_out_erasures")
TO_TAGS = ("build_user_day", "compute_features", "assign_value_tiers", "derive_tags")


def show(found: Found, size: Size, console: Console) -> None:
    """Prints every part that there is, then all figures beside what was wanted, then what failed."""
    if found.day:
        console.print(day_table(found, size))
    if found.day and found.short_day:
        console.print(grown_table(found, size))
    if found.engines.keys() >= {"sail", "local[2]"}:
        console.print(engines_table(found, size))
    if found.peer:
        show_peer(found, console)
    console.print(figures_table(found, size))
    for name, why in found.failed.items():
        console.print(f"[red]✗ {name}[/red]: {why}", highlight=False)


def day_table(found: Found, size: Size) -> Table:
    table = _table(f"A day's jobs, {size.world}", "process", "job", "seconds", "CPU s", "peak MB", "rows written")
    weekly = {"models_weekly": found.loaded["models"]} if found.loaded.get("models") else {}
    for group, costs in {**found.day, **weekly}.items():
        for cost in _feeds_together(costs):
            table.add_row(group, cost.name, *_figures(cost), f"{cost.row_count:,}")
            group = ""
        table.add_row("", "[bold]together", *_figures(_sum("", costs), "bold"), "", end_section=True)
    return table


def grown_table(found: Found, size: Size) -> Table:
    table = _table(
        f"The same day of {size.world.accounts:,} accounts on {SHORT_DAYS} and on {size.world.days} days of history",
        "job", f"s, {SHORT_DAYS} d", f"s, {size.world.days} d", f"CPU s, {SHORT_DAYS} d", f"CPU s, {size.world.days} d",
        "ratio", "CPU ratio",
    )  # fmt: skip
    short, long = _by_name(found.short_day), _by_name(found.day)
    grown = sorted(set(short) & set(long), key=lambda n: short[n].processor - long[n].processor)[:6]
    rows = [(name, short[name], long[name]) for name in grown]
    rows.append(("[bold]all jobs of the daily DAGs", _sum("", _jobs(found.short_day)), _sum("", _jobs(found.day))))
    for name, a, b in rows:
        figures = (a.seconds, b.seconds, a.processor, b.processor)
        table.add_row(
            name, *(f"{f:.1f}" for f in figures), _ratio(b.seconds, a.seconds), _ratio(b.processor, a.processor)
        )
    return table


def engines_table(found: Found, size: Size) -> Table:
    table = _table(f"History and day in one pass, {size.small}", "what", "sail s", "local\\[2] s", "ratio", "MB", "MB ")
    ours, theirs = found.engines["sail"], found.engines["local[2]"]
    names = list(dict.fromkeys(_kind(cost.name) for cost in ours))
    rows = [(n, [c for c in ours if _kind(c.name) == n], [c for c in theirs if _kind(c.name) == n]) for n in names]
    rows.append(("[bold]all but engine start and training", _without(ours), _without(theirs)))
    rows.append(("[bold]everything", ours, theirs))
    for name, a, b in ((name, _sum("", a), _sum("", b)) for name, a, b in rows):
        table.add_row(
            name, f"{a.seconds:.1f}", f"{b.seconds:.1f}", _ratio(b.seconds, a.seconds), f"{a.mb:,.0f}", f"{b.mb:,.0f}"
        )
    return table


def show_peer(found: Found, console: Console) -> None:
    """What the rival computes and what it does not; whether its figures are ours."""
    features, like = sum(len(names) for names in peer.FEATURES.values()), found.likeness
    console.print(
        f"The DuckDB script computes {features} feature columns and {len(peer.TAGS)} tags from silver; the same as "
        f"ours for every user: {len(like['same'])} columns, {len(like['same_tags'])} tags",
        highlight=False,
    )
    if others := [*like["other"], *like["other_tags"]]:
        console.print(f"  [red]not the same:[/red] {', '.join(others)}", highlight=False)
    console.print("It leaves out:")
    for left in peer.LEFT_OUT:
        console.print(f"  - {left}", highlight=False)


def figures_table(found: Found, size: Size) -> Table:
    table = _table("Figures and what was wanted", "figure", "found", "wanted", "", "measured on")
    for name, value, wanted, held, measured_on in [
        *_of_the_day(found, size),
        *_of_the_rest(found, size),
        *_of_persons(found),
        *_of_groups(found),
    ]:
        table.add_row(name, value, wanted, "[green]✓" if held else "" if held is None else "[red]✗", measured_on)
    return table


Figure = tuple[str, str, str, bool | None, str]


def _of_the_day(found: Found, size: Size) -> Iterable[Figure]:
    where = str(size.world)
    if found.day:
        day, largest = _sum("", _jobs(found.day)), max(c.mb for costs in found.day.values() for c in costs)
        yield "a day, all daily jobs", f"{day.seconds:.0f} s", "", None, where
        guards = _sum("", [cost for cost in _jobs(found.day) if cost.name in GUARDS])
        share = guards.seconds / (day.seconds - guards.seconds)
        yield "  of it jobs that only prove and erase : the rest", f"{share:.2f}", "≤ 0.25", share <= 0.25, where
        yield (
            "largest process of a day",
            f"{largest:,.0f} MB",
            f"≤ {size.memory_gb} GB",
            largest <= size.memory_gb * 1024,
            where,
        )
    if found.loaded.get("events"):
        cost = found.loaded["events"][-1]
        events = int(cost.rows["silver.event"])
        rate = events / cost.seconds
        yield "events a second, landing to silver", f"{rate:,.0f}", "≥ 150,000", rate >= 150_000, f"{events:,} events"
    if found.day and found.short_day:
        a, b = _sum("", _jobs(found.short_day)), _sum("", _jobs(found.day))
        where = f"{size.world.accounts:,} accounts, {SHORT_DAYS} and {size.world.days} days"
        yield (
            "a day on long history : on short",
            _ratio(b.seconds, a.seconds),
            "≤ 1.2",
            b.seconds <= 1.2 * a.seconds,
            where,
        )
        yield "  the same in CPU seconds", _ratio(b.processor, a.processor), "", None, where
    if found.day and found.tenth_day:
        a, b = _sum("", _jobs(found.tenth_day)), _sum("", _jobs(found.day))
        where = f"{size.tenth} and {size.world}"
        yield "a day : a day at a tenth", _ratio(b.seconds, a.seconds), "≤ 10", b.seconds <= 10 * a.seconds, where


def _of_persons(found: Found) -> Iterable[Figure]:
    for cost, wanted in zip(found.persons, (90, 10), strict=False):
        told, where = f"{cost.seconds:.1f} s, {cost.mb:,.0f} MB", f"{int(cost.rows['identifiers']):,} identifiers"
        yield f"link_identity, {cost.name}", told, f"≤ {wanted} s", cost.seconds <= wanted, where


def _of_groups(found: Found) -> Iterable[Figure]:
    if len(found.groups) < 3:
        return
    fit, assign, bare = found.groups
    both, where = _sum("", (fit, assign)), f"{int(fit.rows['users']):,} users"
    told = f"{both.seconds:.1f} s, {both.mb:,.0f} MB"
    yield "fit_segments and assign_segments", told, "≤ 30 s", both.seconds <= 30, where
    yield "  finding the groups, placing users", f"{fit.seconds:.1f} s, {assign.seconds:.1f} s", "", None, where
    yield "  the same in CPU seconds", f"{fit.processor:.1f} s, {assign.processor:.1f} s", "", None, where
    yield "  jobs : the same arithmetic on arrays alone", _ratio(both.seconds, bare.seconds), "", None, where


def _of_the_rest(found: Found, size: Size) -> Iterable[Figure]:
    if found.engines.keys() >= {"sail", "local[2]"}:
        a, b = (_sum("", found.engines[e]) for e in ("sail", "local[2]"))
        faster = _ratio(b.seconds, a.seconds)
        yield "Spark local\\[2] : embedded, whole day", faster, "≥ 3", b.seconds >= 3 * a.seconds, str(size.small)
        a, b = (_sum("", _without(found.engines[e])) for e in ("sail", "local[2]"))
        yield "  without engine start and training", _ratio(b.seconds, a.seconds), "", None, str(size.small)
    if found.peer and found.day:
        script, where, ours = found.peer[-1].seconds, str(size.world), _by_name(found.day)
        tags = sum(ours[name].seconds for name in TO_TAGS)
        yield (
            "jobs silver to tags, of a day : DuckDB script",
            _ratio(tags, script),
            "≤ 1.5",
            tags <= 1.5 * script,
            where,
        )
        yield "  seconds", f"{tags:.1f} : {script:.1f}", "", None, where
        more = tags + ours["link_identity"].seconds
        yield "  with link_identity", _ratio(more, script), "", None, where
        past = {c.name: c for c in found.loaded["other feeds and facts"]}
        whole = tags - ours["build_user_day"].seconds + past["build_user_day"].seconds
        yield "  with user_day of all history made anew", _ratio(whole, script), "", None, where


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", header_style="bold")
    for name in columns:
        text = name in ("process", "job", "what", "figure", "wanted", "", "measured on")
        table.add_column(name, justify="left" if text else "right")
    return table


def _figures(cost: Cost, style: str = "") -> list[str]:
    mark = f"[{style}]" if style else ""
    return [f"{mark}{cost.seconds:.1f}", f"{mark}{cost.processor:.1f}", f"{mark}{cost.mb:,.0f}"]


def _sum(name: str, costs: Sequence[Cost]) -> Cost:
    """Times added up, the largest memory, rows by table."""
    rows: dict[str, float] = {}
    for cost in costs:
        for table, count in cost.rows.items():
            rows[table] = rows.get(table, 0) + count
    peak = max((c.mb for c in costs), default=0)
    return Cost(name, sum(c.seconds for c in costs), sum(c.processor for c in costs), peak, rows)


def _feeds_together(costs: Sequence[Cost]) -> list[Cost]:
    """All feeds but the events as one line."""
    others = [c for c in costs if c.name.startswith("ingest_feed") and c.name != "ingest_feed event"]
    kept = [c for c in costs if c not in others]
    line = [_sum(f"ingest_feed, {len(others)} other feeds", others)] if others else []
    return [*kept[:2], *line, *kept[2:]] if line else kept


def _jobs(groups: Groups) -> list[Cost]:
    return [c for costs in groups.values() for c in costs if c.name != "engine start"]


def _by_name(groups: Groups) -> dict[str, Cost]:
    return {c.name: c for c in _jobs(groups)}


def _kind(name: str) -> str:
    return "ingest_feed, all feeds" if name.startswith("ingest_feed") else name


def _without(costs: Sequence[Cost]) -> list[Cost]:
    return [c for c in costs if c.name not in ("engine start", *MODELS)]


def _ratio(above: float, below: float) -> str:
    return f"{above / below:.2f}" if below else "–"
