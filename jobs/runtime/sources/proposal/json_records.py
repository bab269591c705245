"""The records of JSON lines, of a JSON array, and of an array inside of an object."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from jobs.runtime.sources.proposal import SourceUnreadable
from jobs.runtime.sources.proposal.records import Found, columns_of, flat

_BLANK = re.compile(r"[ \t\r\n]*")
# Numbers stay as they are written: an identity number is not a double.
_DECODER = json.JSONDecoder(parse_float=str, parse_int=str, strict=False)


def read_json(path: Path, text: str, whole: bool, most: int) -> Found:
    """The first records, whichever of the three it is."""
    lines = _as_lines(text, whole, most)
    if lines is not None:
        told = f"each of the first {len(lines):,} lines is a JSON object of its own"
        return _found("json_lines", lines, None, {"format": told})
    where, rows = _array(text, whole, most)
    if rows is None:
        raise SourceUnreadable(
            f"{path}: it begins like JSON, but is neither an object on each line nor has an array of objects: "
            "export one object per line"
        )
    if not where:
        return _found("json_array", rows, None, {"format": "it is one JSON array of objects"})
    why = {"format": "it is one JSON object", "records": f"the objects are in the array at {where}"}
    return _found("json_array", rows, where, why)


def _found(kind: str, rows: list[dict[str, str | None]], where: str | None, why: dict[str, str]) -> Found:
    columns = columns_of(rows)
    return Found(kind, columns, tuple(columns), records_path=where, why=why)


def _as_lines(text: str, whole: bool, most: int) -> list[dict[str, str | None]] | None:
    """None unless at least nine in ten lines are objects; one object that holds an array of them is no line."""
    lines = [line for line in text.split("\n", most + 1)[: most + (not whole)] if line.strip()][:most]
    objects = [o for line in lines if isinstance(o := _loaded(line), dict)]
    if not objects or len(objects) < 0.9 * len(lines):
        return None
    if len(objects) == 1 and _longest(objects[0], "")[1]:
        return None
    return [flat(o) for o in objects]


def _loaded(text: str) -> object:
    try:
        return _DECODER.decode(text)
    except (ValueError, RecursionError):
        return None


def _array(text: str, whole: bool, most: int) -> tuple[str, list[dict[str, str | None]] | None]:
    """Where the array of objects is, and its first records."""
    loaded = _loaded(text) if whole else None
    if loaded is not None:
        where, records = _longest(loaded, "")
        return where, [flat(r) for r in records[:most] if isinstance(r, dict)] if records else None
    found = _first_array(text, _skip(text, 0), "")
    if found is None:
        return "", None
    where, at = found
    return where, [flat(o) for _, o in zip(range(most), _objects(text, at), strict=False)] or None


def _longest(value: object, at: str) -> tuple[str, list[object]]:
    """The longest array of objects and the dotted path to it; objects in arrays are not looked into."""
    if isinstance(value, list):
        return at, value if value and sum(isinstance(v, dict) for v in value) > 0.9 * len(value) else []
    if not isinstance(value, dict):
        return at, []
    inner = [_longest(v, f"{at}.{k}" if at else k) for k, v in value.items()]
    return max(inner, key=lambda found: len(found[1]), default=(at, []))


def _first_array(text: str, at: int, path: str) -> tuple[str, int] | None:
    """The first array of objects of a text whose end is missing: its path and the place after its bracket."""
    if text[at : at + 1] == "[":
        first = _skip(text, at + 1)
        return (path, first) if text[first : first + 1] == "{" else None
    if text[at : at + 1] != "{":
        return None
    at = _skip(text, at + 1)
    try:
        while text[at : at + 1] == '"':
            key, at = _DECODER.raw_decode(text, at)
            at = _skip(text, _skip(text, at) + 1)
            if found := _first_array(text, at, f"{path}.{key}" if path else str(key)):
                return found
            _, at = _DECODER.raw_decode(text, at)
            at = _skip(text, at)
            at = _skip(text, at + 1) if text[at : at + 1] == "," else at
    except (ValueError, RecursionError):
        return None
    return None


def _objects(text: str, at: int) -> Iterator[dict[str, object]]:
    """The objects of an array up to where the text is cut or broken."""
    while text[at : at + 1] == "{":
        try:
            value, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            return
        yield value
        at = _skip(text, at)
        if text[at : at + 1] != ",":
            return
        at = _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at
