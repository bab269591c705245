"""Where files like this one will lie below the landing folder."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_ISO_DAY = re.compile(r"(?<!\d)20\d{2}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(?!\d)")
_OTHER_DAY = re.compile(r"(?<!\d)20\d{2}[_.]?(0[1-9]|1[0-2])[_.]?(0[1-9]|[12]\d|3[01])(?!\d)")


@dataclass(frozen=True)
class Place:
    where: str
    known: str
    why: str


def place_of(path: Path, feed: str, landing: Path | None = None) -> Place:
    """`where` and `known`: by the day in the file's path, as of the landing folder where it lies in there."""
    whole = path.resolve()
    inside = landing is not None and whole.is_relative_to(landing)
    parts = whole.relative_to(landing).parts if inside and landing else whole.parts[1:]
    days = [i for i, part in enumerate(parts) if _ISO_DAY.search(part)]
    if days:
        # The nearest to the file: a folder above may be the day of the copy.
        i = days[-1] if days[-1] < len(parts) - 1 or len(days) == 1 else days[-2]
        before = [_literal(p) for p in (parts[:i] if inside else parts[max(0, i - 1) : i])] if i else [feed]
        day = _ISO_DAY.sub("{day}", parts[i], count=1)
        after = [_pattern(p) for p in parts[i + 1 :]]
        return Place("/".join([*before, day, *after]), "folder", f"the path has a day in it: {_kind(i, parts)}")
    where = "/".join(map(_literal, parts)) if inside else f"{feed}/{_literal(path.name)}"
    if any(_OTHER_DAY.search(p) for p in parts[-2:]):
        told = "the path has a day in it, but not as 2026-01-31, the only form that {day} stands for"
        return Place(where, "event", told + ": taken for an export of the whole history")
    return Place(where, "event", "no day in the path: taken for an export of the whole history")


def _kind(i: int, parts: tuple[str, ...]) -> str:
    return "the file's name" if i == len(parts) - 1 else "a folder"


def _literal(part: str) -> str:
    """A name for a glob: its special signs stand for themselves."""
    return re.sub(r"([*?\[])", r"[\1]", part)


def _pattern(part: str) -> str:
    """A file's name as that of its like on other days: numbers in it may be any."""
    return re.sub(r"\d[\d\-_]*", "*", _literal(part))
