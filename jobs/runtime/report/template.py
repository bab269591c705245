"""What all our pages share: both languages side by side, one look, and nothing unescaped that is not ours."""

from __future__ import annotations

from pathlib import Path

import jinja2
from markupsafe import Markup, escape

from jobs.runtime.report.text import Text

STYLE = Path(__file__).parent / "style.css"
_SPARK_WIDTH, _SPARK_HEIGHT = 120.0, 28.0


def environment(*folders: Path) -> jinja2.Environment:
    """For templates of these folders and the report's: all is escaped, and a name that is missing is an error."""
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader([*folders, STYLE.parent]), autoescape=True, undefined=jinja2.StrictUndefined,
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


def as_it_stands(ours: Path) -> Markup:
    """A style or program of ours, which needs no escaping."""
    return Markup(ours.read_text("utf-8"))
