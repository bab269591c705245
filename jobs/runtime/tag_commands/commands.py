"""The commands `cameo tags …`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table as Screen

from jobs.runtime.command_options import OfHospital, OfLanguage, language_of

if TYPE_CHECKING:
    from jobs.runtime.lake import Lake
    from jobs.runtime.tag_commands.lint import Findings
    from jobs.runtime.tag_commands.preview import Moved

tags = typer.Typer(no_args_is_help=True, help="The tags of conf/tags: checked, compared, tried out, brought back.")
console = Console()

_Code = Annotated[str, typer.Argument(help="A tag's code, as value.rfm.")]


@tags.command()
def lint(hospital: OfHospital = None) -> None:
    """Check every tag file and audience, and name tags that could go: held by nobody, twins, asked for by nothing."""
    from jobs.runtime.declarations import load_audiences, load_policy, load_tags
    from jobs.runtime.settings import load_settings
    from jobs.runtime.store import Store
    from jobs.runtime.tag_commands.lint import held_on, last_day
    from jobs.runtime.tag_commands.lint import lint as judge
    from schemas.gold.tag import USER_TAG

    settings = load_settings(hospital)
    declared = load_tags(settings.conf)
    load_audiences(settings.conf, declared, load_policy(settings.conf))
    if not Store(str(settings.lake)).exists(USER_TAG):
        _tell(judge(declared, settings.conf))
        console.print("no tags were derived yet: twins and tags that nobody holds were not looked for")
        return
    with console.status("looking who holds which tag"):
        lake = _lake(hospital)
        day = last_day(lake)
        found = judge(declared, settings.conf, held_on(lake, day), day) if day else judge(declared, settings.conf)
    _tell(found)


@tags.command()
def diff(
    old: Annotated[Path, typer.Argument(help="A tag file, or a folder of them.")],
    new: Annotated[Path, typer.Argument(help="The same at another time or place.")],
) -> None:
    """Say which tags were added, removed and changed between two files or folders, with the keys that are other."""
    from jobs.runtime.tag_commands.diff import diff_tags

    found = diff_tags(old, new)
    for code in found.added:
        console.print(f"[green]+ {code}[/green]")
    for code in found.removed:
        console.print(f"[red]- {code}[/red]")
    for code, keys in found.changed.items():
        console.print(f"~ {code}", highlight=False)
        for key in keys:
            console.print(f"    {escape(key)}", highlight=False, soft_wrap=True)
    console.print(f"{len(found.added)} added, {len(found.removed)} removed, {len(found.changed)} changed")


@tags.command()
def preview(
    file: Annotated[Path, typer.Argument(help="A theme file, in conf/tags or elsewhere.")],
    hospital: OfHospital = None,
) -> None:
    """Count on the last day's tables how many users a changed file's tags gain and lose; nothing is written."""
    from jobs.runtime.settings import load_settings
    from jobs.runtime.tag_commands.preview import preview as count

    with console.status("opening the tables") as status, _lake(hospital) as lake:
        found = count(load_settings(hospital), lake, file, status.update)
    if not found.tags:
        console.print(f"no rule differs from the one in force on {found.day}: nobody would gain or lose a tag")
        return
    _show(f"users of {found.day}", "tag", found.tags)
    if found.audiences:
        _show("by the rule alone: consent, caps and hold-outs come after", "audience", found.audiences)
    else:
        console.print("no audience asks for any of these tags")


@tags.command()
def history(code: _Code, hospital: OfHospital = None) -> None:
    """Show a tag's versions: number, first day, and what each changed."""
    from jobs.runtime.calibration.in_force import load_approved
    from jobs.runtime.settings import load_settings
    from jobs.runtime.store import Store
    from jobs.runtime.tag_commands.versions import versions_of

    settings = load_settings(hospital)
    screen = Screen("version", "in force from", "rule version", "what changed", title=code)
    in_force = load_approved(settings).on()
    for version in versions_of(Store(str(settings.lake)), settings.conf, code, in_force):
        row = version.row
        number = "in conf, not derived yet" if row.get("version") is None else str(row["version"])
        since = str(row.get("in_force_from") or "")
        mark = " (now)" if row.get("is_current") else ""
        changes = "\n".join(map(escape, version.changes))
        screen.add_row(f"{number}{mark}", since, str(row.get("rule_version", "")), changes)
    console.print(screen)


@tags.command()
def rollback(
    code: _Code,
    version: Annotated[int, typer.Argument(help="A number that `cameo tags history` shows.")],
    hospital: OfHospital = None,
) -> None:
    """Put an old declaration back into the tag's file; everything else in the file stays as it is."""
    from jobs.runtime.calibration.in_force import load_approved
    from jobs.runtime.settings import load_settings
    from jobs.runtime.store import Store
    from jobs.runtime.tag_commands.versions import roll_back

    settings = load_settings(hospital)
    in_force = load_approved(settings).on()
    done = roll_back(Store(str(settings.lake)), settings.conf, code, version, in_force)
    console.print(f"{done.file}: {code} is declared as in version {version}", highlight=False, soft_wrap=True)
    console.print(
        f"next: cameo tags preview {done.file}; commit the file; derive_tags makes it version {done.next_number} from "
        "its day on",
        highlight=False,
        soft_wrap=True,
    )


@tags.command()
def lineage(
    code: Annotated[str | None, typer.Argument(help="A tag's code, as value.rfm.")] = None,
    column: Annotated[str | None, typer.Option(help="Instead: a column, as silver.event.event_at, or a table.")] = None,
    language: OfLanguage = "en",
    hospital: OfHospital = None,
) -> None:
    """Show what a tag rests on, down to the fields that hospitals deliver; or all that rests on a column."""
    from jobs.runtime.declarations import load_audiences, load_policy, load_segments, load_tags
    from jobs.runtime.lineage.graph import load_lineage
    from jobs.runtime.settings import load_settings
    from jobs.runtime.tag_commands.lineage import column_tree, tag_tree

    if (code is None) == (column is None):
        raise ValueError("say either a tag's code or --column layer.table.column")
    said, conf = language_of(language), load_settings(hospital).conf
    declared, known = load_tags(conf), load_lineage()
    if code is not None:
        console.print(tag_tree(code, declared, known, said), highlight=False)
        return
    policy = load_policy(conf)
    segments = load_segments(conf, declared, policy)
    audiences = load_audiences(conf, declared, policy, segments)
    console.print(column_tree(str(column), declared, segments, audiences, known, said), highlight=False)


def _lake(hospital: str | None) -> Lake:
    from jobs.runtime.engine import get_engine
    from jobs.runtime.lake import Lake
    from jobs.runtime.settings import load_settings

    settings = load_settings(hospital)
    return Lake(get_engine(settings.engine, work=settings.work), str(settings.lake))


def _tell(found: Findings) -> None:
    console.print(f"{found.tags} tags and all audiences are valid")
    if found.day is not None:
        console.print(f"nobody held, on {found.day}: {', '.join(found.dead) or 'none'}", soft_wrap=True)
        for group in found.twins:
            console.print(f"the same users held: {', '.join(group)}", soft_wrap=True)
    console.print(
        f"{len(found.unused)} are asked for by nothing in conf/ and seen in the portrait alone: "
        f"{', '.join(found.unused) or 'none'}",
        soft_wrap=True,
    )
    for code in found.to_retire:
        console.print(f"[yellow]to be retired?[/yellow] {code}: take its entry out of conf/tags", soft_wrap=True)


def _show(title: str, what: str, rows: tuple[Moved, ...]) -> None:
    screen = Screen(what, "", "now", "would be", "gain", "lose", "other value", title=title)
    for m in rows:
        screen.add_row(m.code, m.state, *(f"{n:,}" for n in (m.now, m.after, m.gains, m.loses, m.other)))
    console.print(screen)
