"""What records have that no mapping names, gathered as it came; `unknown_value` hides it at the door."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.runtime.intake.free_text import scrub

MAP = pa.map_(pa.string(), pa.string())
# Of one record: more is no record, but a table that somebody put into one.
MOST_FIELDS = 100
# Lines that say which names a file's other lines have besides.
_LOOKED_AT = 20
_LONGEST_NAME = 64
_DEEPEST = 4
_LONGEST_VALUE = 2000
_SCALAR = r'(?:"(?:[^"\\]|\\.)*"|[-+.0-9A-Za-z]+)'
_Tree = dict[str, Any]


@dataclass(frozen=True)
class Known:
    """The fields of theirs that some mapping reads, or that are known and not wanted; dots lead into nested ones."""

    paths: frozenset[str]

    @cached_property
    def tree(self) -> _Tree:
        tree: _Tree = {}
        for path in sorted(self.paths):
            node = tree
            for part in path.split("."):
                node = node.setdefault(part, {})
        return tree

    @cached_property
    def line(self) -> str:
        """Matches lines of JSON in which plainly all is known; RE2 tells so ten times as fast as a parser."""
        return rf"^{_object(self.tree)}$"

    def has(self, name: str) -> bool:
        """Whether a column is read, or something inside of it."""
        return name in self.paths or name in self.tree


def _object(tree: _Tree) -> str:
    values: dict[str, list[str]] = {}
    for name, inner in tree.items():
        values.setdefault(f"(?:{_object(inner)}|null)" if inner else _SCALAR, []).append(re.escape(name))
    pairs = "|".join(rf'"(?:{"|".join(names)})"\s*:\s*{value}' for value, names in values.items())
    return rf"\{{(?:\s*(?:{pairs})\s*,?)*\s*\}}"


def of_lines(lines: pa.Array, usable: pa.Array, known: Known) -> pa.Array:
    """Of JSON lines: NULL where nothing is unknown, which is told without parsing them."""
    strange = pc.and_(usable, pc.invert(pc.match_substring_regex(lines, known.line)))
    places = pc.indices_nonzero(strange)
    if len(places) == 0:
        return pa.nulls(len(lines), MAP)
    rest = lines.take(places)
    columns, is_flat = _flat(rest, _plain_names(rest[:_LOOKED_AT].to_pylist(), known), known)
    found = of_columns(columns, len(rest))
    others = pc.indices_nonzero(pc.invert(is_flat))
    if len(others):
        parsed = pa.array([_of_line(line, known) or None for line in rest.take(others).to_pylist()], MAP)
        # Its place among the parsed for each of these, among the others for each that is flat.
        order = np.arange(len(rest))
        order[others.to_numpy()] = len(rest) + np.arange(len(others))
        found = pa.concat_arrays([found, parsed]).take(pa.array(order))
    back = np.full(len(lines), -1)
    back[places.to_numpy()] = np.arange(len(rest))
    return found.take(pa.array(back, mask=back < 0))


def _plain_names(lines: Sequence[str], known: Known) -> list[str]:
    """Names that a few lines have besides, with one value each, that can be cut out of a line without parsing it."""
    names = dict.fromkeys(name for line in lines for name, value in _loaded(line).items() if not _is_deep(value))
    inner = {part for path in known.paths for part in path.split(".")}
    return [n for n in names if n not in inner and re.fullmatch(r"\w+", n) and field_name(n) == n][:MOST_FIELDS]


def _is_deep(value: object) -> bool:
    return isinstance(value, dict | list)


def _flat(lines: pa.Array, names: Sequence[str], known: Known) -> tuple[dict[str, pa.Array], pa.Array]:
    """Their values as columns, and for which lines these are all: a new version's fields are in most, and the same."""
    more = Known(known.paths | {*names})
    is_flat = pc.match_substring_regex(lines, more.line) if names else pa.array(np.zeros(len(lines), dtype=bool))
    columns = {}
    for name in names:
        value = pc.struct_field(pc.extract_regex(lines, rf'"{name}"\s*:\s*(?P<v>{_SCALAR})'), 0)
        # What is escaped takes a parser.
        is_flat = pc.and_(is_flat, pc.fill_null(pc.invert(pc.match_substring(value, "\\")), True))
        columns[name] = pc.if_else(pc.equal(value, "null"), "", pc.utf8_trim(value, '"'))
    return {name: pc.if_else(is_flat, column, "") for name, column in columns.items()}, is_flat


def _of_line(line: str, known: Known) -> list[tuple[str, str]]:
    others: dict[str, str] = {}
    for name, value in _others(_loaded(line), known.tree, ""):
        others.setdefault(field_name(name), value)
        if len(others) == MOST_FIELDS:
            break
    return list(others.items())


class _Number(float):
    """A number that remembers how it was written."""

    written = ""


def _as_written(text: str) -> _Number:
    number = _Number(text)
    number.written = text
    return number


def _loaded(line: str) -> _Tree:
    try:
        record = json.loads(line, parse_float=_as_written)
    except (ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def _others(record: _Tree, tree: _Tree, above: str) -> Iterator[tuple[str, str]]:
    for name, value in record.items():
        inner = tree.get(name)
        if inner is None and isinstance(value, dict) and above.count(".") < _DEEPEST:
            # Each by its own name, which may be what tells that somebody stands there.
            yield from _others(value, {}, f"{above}{name}.")
        elif inner is None:
            if value is not None and value != "":
                yield above + name, _text(value)[:_LONGEST_VALUE].encode("utf-8", "replace").decode()
        elif inner and isinstance(value, dict):
            yield from _others(value, inner, f"{above}{name}.")


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    return value.written if isinstance(value, _Number) else json.dumps(value, ensure_ascii=False)


def unread(header: Sequence[str], known: Known) -> dict[str, int]:
    """The columns that nothing reads, with their place; of two with one name, the first."""
    found: dict[str, int] = {}
    for place, name in enumerate(header):
        if name and not known.has(name):
            found.setdefault(field_name(name), place)
    return dict(list(found.items())[:MOST_FIELDS])


def of_columns(columns: dict[str, pa.Array], rows: int) -> pa.Array:
    """Of columns of text: a record has those that are not empty there."""
    if not columns or not rows:
        return pa.nulls(rows, MAP)
    values = [pc.utf8_slice_codeunits(pc.fill_null(c, ""), 0, _LONGEST_VALUE) for c in columns.values()]
    filled = np.array([pc.not_equal(c, "").to_numpy(zero_copy_only=False) for c in values]).T
    # Row by row: place of the row in its column, the columns lying end to end.
    places = np.arange(len(values) * rows).reshape(len(values), rows).T[filled]
    names = pa.array(list(columns), pa.string()).take(pa.array(np.nonzero(filled)[1]))
    counts = filled.sum(axis=1)
    offsets = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
    return map_of(offsets, counts == 0, names, pa.concat_arrays(values).take(pa.array(places)))


def map_of(offsets: np.ndarray, nothing: np.ndarray, names: pa.Array, values: pa.Array) -> pa.MapArray:
    """Maps that are NULL where there is nothing."""
    marked = pa.array(offsets, pa.int32(), mask=np.append(nothing, False))
    return pa.MapArray.from_arrays(marked, names, values)


@lru_cache(maxsize=4096)
def field_name(name: str) -> str:
    """A field's name as it may be shown: persons may be the keys of an object."""
    plain = re.sub(r"[0-9０-９]{6,}", "[number]", scrub(re.sub(r"[\s\x00-\x1f]+", " ", name)))
    return plain[:_LONGEST_NAME].encode("utf-8", "replace").decode()


def known_of(paths: Iterable[str]) -> Known:
    return Known(frozenset(paths))
