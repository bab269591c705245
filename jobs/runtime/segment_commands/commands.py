"""The commands `cameo segments …`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column
from rich.table import Table as Screen

from jobs.runtime.command_options import ISO_DAY, OfHospital, day_of

if TYPE_CHECKING:
    from features.segment import Segment, SegmentViews
    from jobs.runtime.segment_commands.preview import Count, SegmentPreview
    from jobs.runtime.settings import Settings

segments = typer.Typer(no_args_is_help=True, help="The rule segments of conf/segments: listed, tried out, compared.")
console = Console()


@segments.command(name="list")
def list_segments(hospital: OfHospital = None) -> None:
    """Every segment with what it is for, and how many were in it, came and went on the last day."""
    from jobs.runtime.audit import read_rows
    from jobs.runtime.settings import load_settings
    from jobs.runtime.store import Store
    from schemas.gold.segment_member import SEGMENT_DAY, SEGMENT_VERSION

    settings = load_settings(hospital)
    declared, views = _declared(settings)
    store = Store(str(settings.lake))
    days = read_rows(store, SEGMENT_DAY)
    last = max((r["as_of_date"] for r in days), default=None)
    counts = {r["segment"]: r for r in days if r["as_of_date"] == last}
    versions = {r["segment"]: r for r in read_rows(store, SEGMENT_VERSION) if r["is_current"]}
    screen = Screen(Column("code", no_wrap=True), "name", "for", "users", "came", "went", "version")
    for segment in sorted(declared, key=lambda s: s.code):
        stated, day, version = segment.stated, counts.get(segment.code), versions.get(segment.code)
        names = ("user_count", "entered_count", "left_count")
        figures = [_count(day[n], views) for n in names] if day else ["", "", ""]
        since = f"{version['version']} since\n{version['in_force_from']}" if version else "none yet"
        name = f"{stated.name.zh}\n{stated.name.en}"
        screen.add_row(stated.code, name, "\n".join(stated.purposes), *figures, since)
    console.print(screen)
    console.print(f"as of {last}" if last else "no day was judged yet: cameo run build_segments --day …")


@segments.command()
def preview(
    what: Annotated[str, typer.Argument(help="A segment's code, or a file, in conf/segments or elsewhere.")],
    hospital: OfHospital = None,
) -> None:
    """Count on the last day's tables whom a segment has, what they are worth and who can be reached; writes nothing."""
    from jobs.runtime.declarations import load_policy
    from jobs.runtime.segment_commands.day_users import DayUsers
    from jobs.runtime.segment_commands.preview import preview as count
    from jobs.runtime.settings import load_settings
    from jobs.runtime.store import Store

    settings = load_settings(hospital)
    with console.status("reading conf") as status:
        segment, views = _segment_of(settings, what)
        status.update("counting")
        with DayUsers(Store(str(settings.lake))) as day_users:
            found = count(day_users, segment, load_policy(settings.conf), views)
    _show(segment, found, views)


@segments.command()
def overlap(
    codes: Annotated[list[str], typer.Argument(help="Two or more segments.")],
    hospital: OfHospital = None,
) -> None:
    """Show how many users each pair of segments has in common, and what part of the row's users that is."""
    from jobs.runtime.segment_commands.day_users import DayUsers
    from jobs.runtime.segment_commands.overlap import overlap as compare
    from jobs.runtime.settings import load_settings
    from jobs.runtime.store import Store

    settings = load_settings(hospital)
    with console.status("counting"):
        declared, views = _declared(settings)
        chosen = [_named(declared, code) for code in dict.fromkeys(codes)]
        with DayUsers(Store(str(settings.lake))) as day_users:
            found, day = compare(day_users, chosen, views), day_users.day
    screen = Screen(Column("", no_wrap=True), *(s.code for s in chosen), title=f"users of {day} in both")
    for row in chosen:
        whole = found[row.code, row.code]
        cells = [_with_share(found[row.code, other.code], whole, views) for other in chosen]
        screen.add_row(row.code, *cells)
    console.print(screen)


@segments.command()
def lookalike(
    what: Annotated[str, typer.Argument(help="A segment's code, or a file, in conf/segments or elsewhere.")],
    day: Annotated[datetime | None, typer.Option(formats=ISO_DAY, help="As of; the last day with portraits.")] = None,
    share: Annotated[str, typer.Option(help="Which part of the others, the most alike, is counted.")] = "5%",
    hospital: OfHospital = None,
) -> None:
    """Learn who is like a segment's users, on what may be used for it, and tell how well; writes nothing."""
    from jobs.learning.settings import load_lookalike, load_training
    from jobs.runtime.declarations import load_policy
    from jobs.runtime.feature_names import load_feature_names
    from jobs.runtime.segment_commands.day_users import DayUsers
    from jobs.runtime.segment_commands.lookalike import Terms
    from jobs.runtime.segment_commands.lookalike import lookalike as learn
    from jobs.runtime.segment_commands.lookalike_screen import show, stated_share
    from jobs.runtime.settings import load_settings
    from jobs.runtime.store import Store

    settings, part = load_settings(hospital), stated_share(share)
    with console.status("learning"):
        segment, views = _segment_of(settings, what)
        conf = settings.conf
        threads = load_training(conf).num_threads
        terms = Terms(load_lookalike(conf), load_policy(conf), views, settings.hospital.name, threads)
        with DayUsers(Store(str(settings.lake)), day_of(day)) as day_users:
            found = learn(day_users, segment, terms, part)
    show(console, segment, found, terms, part, load_feature_names(conf))


def _declared(settings: Settings, file: Path | None = None) -> tuple[tuple[Segment, ...], SegmentViews]:
    from jobs.runtime.declarations import load_policy, load_segment_views, load_segments, load_tags

    tags = load_tags(settings.conf)
    own = settings.conf.resolve() / "segments"
    outside = file if file and file.resolve().parent != own else None
    return load_segments(settings.conf, tags, load_policy(settings.conf), outside), load_segment_views(
        settings.conf, tags
    )


def _segment_of(settings: Settings, what: str) -> tuple[Segment, SegmentViews]:
    """The segment of a code or a file."""
    file = Path(what) if what.endswith((".yml", ".yaml")) else None
    declared, views = _declared(settings, file)
    return _named(declared, _code_in(file) if file else what), views


def _code_in(file: Path) -> str:
    from features.segment import SegmentFile
    from jobs.runtime.conf_file import load

    return load(file, SegmentFile).code


def _named(declared: tuple[Segment, ...], code: str) -> Segment:
    from features.rule import nearest

    by_code = {s.code: s for s in declared}
    if code not in by_code:
        raise ValueError(f"no segment {code!r} in conf/segments{nearest(code, by_code)}")
    return by_code[code]


def _show(segment: Segment, found: SegmentPreview, views: SegmentViews) -> None:
    stated = segment.stated
    console.rule(f"{escape(stated.name.zh)} {escape(stated.name.en)} ({stated.code}), {found.day}")
    share = f", {found.share:.2%} of all {found.all_users:,}" if found.share is not None else ""
    console.print(f"{_count(found.users, views)} users{share}", highlight=False)
    if found.entering != 0 or found.leaving != 0:
        moved = f"{_count(found.entering, views)} would come in and {_count(found.leaving, views)} leave"
        console.print(f"against gold.segment_member: {moved}", highlight=False)
    for worth in found.worth:
        console.print(f"{worth.column}: {worth.total:,.0f} yuan, {worth.mean:,.2f} each", highlight=False)
    if found.reach:
        told = ", ".join(f"{channel} {_count(count, views)}" for channel, count in found.reach.items())
        console.print(f"reached for {found.reach_purpose} (consent and bans, before caps): {told}", soft_wrap=True)
    if found.profile:
        screen = Screen("", "here", "everybody", "index")
        for one in found.profile:
            here = f"< {views.smallest_count} users" if one.here is None else f"{one.here:,.3f}"
            screen.add_row(one.what, here, f"{one.everywhere:,.3f}", "" if one.index is None else f"{one.index:.0f}")
        console.print(screen)


def _count(count: Count, views: SegmentViews) -> str:
    return f"< {views.smallest_count}" if count is None else f"{count:,}"


def _with_share(count: Count, whole: Count, views: SegmentViews) -> str:
    return f"{_count(count, views)} ({count / whole:.0%})" if count and whole else _count(count, views)
