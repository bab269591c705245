"""From the figures of groups to one HTML file that needs neither a network nor a script to be drawn."""

from __future__ import annotations

from pathlib import Path

from markupsafe import Markup

from jobs.runtime.group_page.figures import GroupFigures
from jobs.runtime.group_page.sections import all_sections
from jobs.runtime.report.publish import put
from jobs.runtime.report.template import STYLE, as_it_stands, environment
from jobs.runtime.report.text import Text, long_date

_HERE = Path(__file__).parent
_REPORT = _HERE.parent / "report"


def render(figures: GroupFigures) -> str:
    """The whole page."""
    hospital, day = figures.hospital, figures.day
    return environment(_HERE).get_template("groups.html.j2").render(
        title=Text(f"{hospital.zh} · 用户分群 {day}", f"{hospital.en} · groups on {day}"),
        hospital=hospital,
        day=long_date(figures.day),
        sections=all_sections(figures),
        smallest=figures.smallest,
        charts=Markup('{"config":{},"specs":{}}'),
        program="",
        style=as_it_stands(STYLE) + as_it_stands(_HERE / "groups.css"),
        behaviour=as_it_stands(_REPORT / "page.js"),
    )  # fmt: skip


def publish(figures: GroupFigures, folder: Path) -> Path:
    """Writes <folder>/<day>.html and returns it; latest.html is the newest day's, whichever was written last."""
    folder.mkdir(parents=True, exist_ok=True)
    page, path = render(figures), folder / f"{figures.day}.html"
    put(path, page)
    if path == max(folder.glob("[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9].html")):
        put(folder / "latest.html", page)
    return path
