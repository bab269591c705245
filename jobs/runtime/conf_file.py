"""Read a YAML file into a strict model, or fail naming file, line, key, what was expected and what was found.

How to use it:

    class Tag(Strict):
        code: str
        half_life_days: int | None = None

    tags = load(path, list[Tag])      # a file that is a list
    settings = load(path, Settings)   # a file that is one thing

All that is wrong is told in one ConfError. Numbers are not made of text nor text of numbers; a YAML
list fits list and tuple, a YAML date or text like 2026-01-31 fits date. Keys of mappings are always
text, as written: `codes: {0: none}` has the key "0". A key given twice is an error.

Rules that pydantic cannot know (a column that is not a field) point at their line through ConfFile:

    source = ConfFile(path)
    mapping = source.to(Mapping)
    source.refuse([source.wrong(("columns", "x"), "a field of feed event", "x")])   # raises if not empty
"""

from __future__ import annotations

import datetime as dt
import difflib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

T = TypeVar("T")
KeyPath = tuple[str | int, ...]


class ConfError(ValueError):
    """A configuration file is wrong; the message says where and how, a line for each mistake."""


class Strict(BaseModel):
    """Base of what is read from configuration: unknown keys are refused, nothing is converted, nothing changes."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, populate_by_name=True)


class ConfFile:
    """One YAML file: its data, and the line of each key. `text`, where it is given, is read instead of the file's."""

    def __init__(self, path: Path, text: str | None = None) -> None:
        self.path = path
        self.data: Any = None
        self._lines: dict[KeyPath, int] = {(): 1}
        self._doubled: list[str] = []
        try:
            root = yaml.compose(path.read_text(encoding="utf-8") if text is None else text, Loader=yaml.SafeLoader)
        except FileNotFoundError:
            raise ConfError(f"{path}: expected a file here, found none") from None
        except UnicodeDecodeError as error:
            raise ConfError(f"{path}: expected UTF-8, found byte {error.object[error.start]:#x}") from None
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark else 1
            raise ConfError(f"{path}, line {line}: expected YAML, found: {error.problem}") from None
        except yaml.YAMLError as error:
            raise ConfError(f"{path}: expected YAML, found: {error}") from None
        if root is not None:
            self.data = self._build(root, ())
        self.refuse(self._doubled)

    def _build(self, node: yaml.Node, at: KeyPath) -> Any:
        self._lines.setdefault(at, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            built: dict[str, Any] = {}
            for key_node, value_node in node.value:
                key = str(key_node.value)
                here = (*at, key)
                if key in built:
                    self._doubled.append(self._say(key_node.start_mark.line + 1, here, "each key once", "it again"))
                self._lines[here] = key_node.start_mark.line + 1
                built[key] = self._build(value_node, here)
            return built
        if isinstance(node, yaml.SequenceNode):
            return [self._build(item, (*at, i)) for i, item in enumerate(node.value)]
        try:
            return yaml.SafeLoader("").construct_object(node, deep=True)
        except (yaml.YAMLError, ValueError) as error:
            raise ConfError(self._say(node.start_mark.line + 1, at, "a value YAML knows", str(error))) from None

    def line(self, at: KeyPath) -> int:
        """Line of a key, or of the nearest key around it."""
        while at not in self._lines:
            at = at[:-1]
        return self._lines[at]

    def _say(self, line: int, at: KeyPath, expected: str, found: str) -> str:
        key = f", key {'.'.join(map(str, at))}" if at else ""
        return f"{self.path}, line {line}{key}: expected {expected}, found {found}"

    def wrong(self, at: KeyPath, expected: str, found: object) -> str:
        """The sentence for one mistake."""
        return self._say(self.line(at), at, expected, found if isinstance(found, str) else _shown(found))

    def refuse(self, mistakes: Sequence[str]) -> None:
        """Raise all mistakes at once; nothing when there are none."""
        if mistakes:
            raise ConfError("\n".join(mistakes))

    def to(self, kind: type[T]) -> T:
        """The file's data as `kind`."""
        try:
            # Through JSON: there pydantic's strict mode takes lists for tuples and texts for dates, and nothing more.
            return TypeAdapter(kind).validate_json(json.dumps(self.data, default=_plain), strict=True)
        except ValidationError as error:
            self.refuse(list(dict.fromkeys(self._mistakes(error, kind))))
            raise

    def _mistakes(self, error: ValidationError, kind: Any) -> Iterator[str]:
        for item in error.errors(include_url=False):
            at = self._known_part(item["loc"])
            what, found = item["type"], item.get("input")
            if what == "missing":
                yield self.wrong(at, f"the key {item['loc'][-1]!r}", "no such key")
            elif what == "extra_forbidden":
                name = str(item["loc"][-1])
                keys = _keys(kind, item["loc"][:-1])
                near = difflib.get_close_matches(name, keys, 1)
                hint = f" (did you mean {near[0]!r}?)" if near else ""
                yield self.wrong(at, f"one of {', '.join(keys)}" if keys else "no such key", f"{name!r}{hint}")
            elif what == "value_error":
                yield f"{self._say(self.line(at), at, '', '').split(': expected')[0]}: {item['ctx']['error']}"
            else:
                expected = item["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
                yield self.wrong(at, expected, _shown(found))

    def _known_part(self, loc: tuple[str | int, ...]) -> KeyPath:
        # Pydantic puts the names of union members into the path; the file does not know those.
        at: KeyPath = ()
        for part in loc:
            if (*at, part) in self._lines:
                at = (*at, part)
        return at


def load(path: Path, kind: type[T]) -> T:
    """The file as `kind`: a Strict model, or list[model], dict[str, model]."""
    return ConfFile(path).to(kind)


def _plain(value: object) -> str:
    if isinstance(value, dt.date):
        return value.isoformat()
    raise TypeError(f"{value!r} has no place in a configuration file")


def _shown(value: object) -> str:
    shown = json.dumps(value, ensure_ascii=False, default=str)
    return shown if len(shown) <= 80 else shown[:77] + "..."


def _keys(kind: Any, loc: tuple[str | int, ...]) -> list[str]:
    """Keys that the model at `loc` below `kind` knows; empty where that cannot be told."""
    models = list(_models(kind))
    for part in loc:
        inner = [m.model_fields[name] for m in models for name in _field_of(m, part)]
        if inner:
            models = [found for f in inner for found in _models(f.annotation)]
    return [f.alias or name for m in models[:1] for name, f in m.model_fields.items()]


def _field_of(model: type[BaseModel], part: str | int) -> list[str]:
    return [name for name, f in model.model_fields.items() if part in (name, f.alias)]


def _models(kind: Any) -> Iterator[type[BaseModel]]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
    for inner in get_args(kind):
        yield from _models(inner)
