"""Where files like this one will lie below the landing folder."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_MONTH, _DAY = "(0[1-9]|1[0-2])", r"(0[1-9]|[12]\d|3[01])"
# How a day is written, as it is found and as `where` says it; the first form that some part of the path has.
_FORMS = tuple(
    (re.compile(rf"(?<!\d)20\d{{2}}{re.escape(sign)}{_MONTH}{re.escape(sign)}{_DAY}(?!\d)"), said)
    for sign, said in (
        ("-", "{day}"),
        ("/", "{day:yyyy/MM/dd}"),
        ("_", "{day:yyyy_MM_dd}"),
        (".", "{day:yyyy.MM.dd}"),
        ("", "{day:yyyyMMdd}"),
    )
)
_YEAR, _MONTH_PART, _DAY_PART = (re.compile(p) for p in (r"20\d{2}", _MONTH, _DAY))


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
    parts = _folders_of_a_day(parts)
    for form, said in _FORMS:
        days = [i for i, part in enumerate(parts) if form.search(part)]
        if not days:
            continue
        # The nearest to the file: a folder above may be the day of the copy.
        i = days[-1] if days[-1] < len(parts) - 1 or len(days) == 1 else days[-2]
        before = [_literal(p) for p in (parts[:i] if inside else parts[max(0, i - 1) : i])] if i else [feed]
        day = form.sub(said, parts[i], count=1)
        after = [_pattern(p) for p in parts[i + 1 :]]
        return Place("/".join([*before, day, *after]), "folder", f"the path has a day in it: {_kind(i, parts)}")
    where = "/".join(map(_literal, parts)) if inside else f"{feed}/{_literal(path.name)}"
    return Place(where, "event", "no day in the path: taken for an export of the whole history")


def _folders_of_a_day(parts: tuple[str, ...]) -> tuple[str, ...]:
    """The path's parts, a folder each for year, month and day taken as one."""
    for i in range(len(parts) - 3, -1, -1):
        signs = zip((_YEAR, _MONTH_PART, _DAY_PART), parts[i : i + 3], strict=True)
        if all(sign.fullmatch(part) for sign, part in signs):
            return (*parts[:i], "/".join(parts[i : i + 3]), *parts[i + 3 :])
    return parts


def _kind(i: int, parts: tuple[str, ...]) -> str:
    return "the file's name" if i == len(parts) - 1 else "a folder"


def _literal(part: str) -> str:
    """A name for a glob: its special signs stand for themselves."""
    return re.sub(r"([*?\[])", r"[\1]", part)


def _pattern(part: str) -> str:
    """A file's name as that of its like on other days: numbers in it may be any."""
    return re.sub(r"\d[\d\-_]*", "*", _literal(part))
