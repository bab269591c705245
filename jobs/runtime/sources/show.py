"""A checked source on one screen."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table as Screen

from jobs.runtime.report.words import reason
from jobs.runtime.sources.check import Checked, problems


def show_checked(checked: Checked, console: Console) -> bool:
    """Prints what was found; whether the file would be taken in as it is."""
    told = list(problems(checked))
    console.print(
        f"{checked.feed.name}: {checked.read:,} records looked at, {checked.taken:,} would be taken, "
        f"{checked.read - checked.taken:,} rejected",
        highlight=False,
    )
    console.print(_columns(checked))
    for code, count in checked.reasons.most_common():
        said = reason(code)
        console.print(f"  {count:>9,}  {code}: {said.en} · {said.zh}", highlight=False, markup=False)
    if checked.first:
        console.print(_first_rows(checked))
    if checked.unmapped:
        console.print("left empty: " + ", ".join(f.name for f in checked.unmapped), highlight=False)
    if checked.unused:
        console.print("their columns that nothing reads: " + ", ".join(checked.unused), highlight=False, markup=False)
    for sentence in told:
        console.print(f"✗ {sentence}", style="red", highlight=False, markup=False)
    return not told and checked.taken > 0


def _columns(checked: Checked) -> Screen:
    screen = Screen("our column", "type", "from", "filled", "not readable", "as", title="columns", title_justify="left")
    for column in checked.columns:
        needed = "*" if column.field.required else ""
        share = f"{column.filled / checked.read:.1%}" if checked.read else ""
        unit = f" [{column.field.unit}]" if column.field.unit else ""
        screen.add_row(
            column.field.name + needed,
            column.field.type + escape(unit),
            ", ".join(column.origins) or "constant",
            share,
            f"{column.refused:,}" if column.refused else "",
            escape("\n".join(column.examples)),
        )
    return screen


def _first_rows(checked: Checked) -> Screen:
    screen = Screen("our column", *[f"row {i + 1}" for i in range(len(checked.first))], title="first rows")
    screen.title_justify = "left"
    for name in checked.first[0]:
        screen.add_row(name, *[escape(row[name]) for row in checked.first])
    return screen
