"""Puts the page where people look for it, whole or not at all."""

from __future__ import annotations

from pathlib import Path

from jobs.runtime.report.figures import Figures
from jobs.runtime.report.page import render


def publish(figures: Figures, folder: Path, cache_folder: Path) -> Path:
    """Writes <folder>/<day>.html and returns it; latest.html is the newest day's, whichever was written last."""
    folder.mkdir(parents=True, exist_ok=True)
    page = render(figures, cache_folder)
    path = folder / f"{figures.day}.html"
    put(path, page)
    newest = max(folder.glob("[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9].html"))
    if newest == path:
        put(folder / "latest.html", page)
    return path


def put(path: Path, text: str) -> None:
    """Writes a page, whole or not at all."""
    # The same name each time: what a killed run left is written over. Only one run of the job is at work.
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(text, "utf-8")
    fresh.replace(path)
