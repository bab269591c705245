"""From sections to one HTML file that needs no network."""

from __future__ import annotations

import json
import os
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import vl_convert
from markupsafe import Markup

from jobs.runtime.report.blocks import Chart
from jobs.runtime.report.charts import CONFIG
from jobs.runtime.report.figures import Figures
from jobs.runtime.report.sections import all_sections
from jobs.runtime.report.template import STYLE, as_it_stands, environment
from jobs.runtime.report.text import Text, long_date

_HERE = Path(__file__).parent


def render(figures: Figures, cache_folder: Path) -> str:
    """The whole page. `cache_folder` keeps the charts' program, which takes seconds to put together."""
    sections = all_sections(figures)
    specs = {b.name: b.specs for s in sections for b in s.blocks if isinstance(b, Chart)}
    template = environment().get_template("page.html.j2")
    return template.render(
        title=Text(f"{figures.hospital.zh} · {figures.day} 日报", f"{figures.hospital.en} · report of {figures.day}"),
        hospital=figures.hospital,
        day=long_date(figures.day),
        sections=sections,
        charts=Markup(_as_json({"config": CONFIG, "specs": specs})),
        program=Markup(_program(cache_folder)),
        style=as_it_stands(STYLE),
        behaviour=as_it_stands(_HERE / "page.js"),
    )


def _as_json(value: Any) -> str:
    """JSON that may stand in a script element: nothing in it can end the element."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


@cache
def _program(folder: Path) -> str:
    """Vega, Vega-Lite and vega-embed as one script, made once per version and kept."""
    kept = folder / f"vega-{version('vl-convert-python')}.js"
    if not kept.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        fresh = kept.with_suffix(f".{os.getpid()}")
        bundle: str = vl_convert.javascript_bundle()  # type: ignore[call-arg]
        fresh.write_text(bundle, "utf-8")
        fresh.replace(kept)
    return kept.read_text("utf-8").replace("</script", "<\\/script")
