"""From sections to one HTML file that needs no network."""

from __future__ import annotations

import json
import os
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jinja2
import vl_convert
from markupsafe import Markup, escape

from jobs.runtime.report.blocks import Chart
from jobs.runtime.report.charts import CONFIG
from jobs.runtime.report.figures import Figures
from jobs.runtime.report.sections import all_sections
from jobs.runtime.report.text import Text, long_date

_HERE = Path(__file__).parent
STYLE = (_HERE / "style.css").read_text("utf-8")
_SPARK_WIDTH, _SPARK_HEIGHT = 120.0, 28.0


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
        style=Markup(STYLE),
        behaviour=Markup((_HERE / "page.js").read_text("utf-8")),
    )


def environment(*folders: Path) -> jinja2.Environment:
    """How pages are put together: texts in both languages, escaped; templates of `folders`, and the report's own."""
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader([*folders, _HERE]), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    env.filters["t"] = _in_both
    env.filters["spark"] = _spark
    return env


def _in_both(text: Text) -> Markup:
    """Both languages side by side, of which style.css shows one; a text that is the same stands once."""
    if text.zh == text.en:
        return escape(text.zh)
    return Markup('<span lang="zh">{}</span><span lang="en">{}</span>').format(text.zh, text.en)


def _spark(values: list[float | None]) -> Markup:
    """A figure's last weeks as a small line with a dot at its end."""
    known = [(i, v) for i, v in enumerate(values) if v is not None]
    if len(known) < 2:
        return Markup("")
    low, high = min(v for _, v in known), max(v for _, v in known)
    points = [
        (round(i / (len(values) - 1) * (_SPARK_WIDTH - 4) + 1, 1),
         round(_SPARK_HEIGHT - 3 - (v - low) / ((high - low) or 1) * (_SPARK_HEIGHT - 6), 1))
        for i, v in known
    ]  # fmt: skip
    drawn = " ".join(f"{x},{y}" for x, y in points)
    x, y = points[-1]
    return Markup(
        '<svg class="spark" viewBox="0 0 {w} {h}" aria-hidden="true"><polyline points="{p}"/>'
        '<circle cx="{x}" cy="{y}" r="2.6"/></svg>'
    ).format(w=int(_SPARK_WIDTH), h=int(_SPARK_HEIGHT), p=drawn, x=x, y=y)


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
