"""Where in a YAML text a number stands, so that it alone is put in another's place."""

from __future__ import annotations

from collections.abc import Mapping

import yaml

from features.calibration import as_text, place_in_rule

Place = tuple[int, int]


class NoSuchNumber(ValueError):
    """A text that has no number under a key."""


def number_at(text: str, key: str) -> float:
    """The number that the text has under the key."""
    start, end = place_of(text, key)
    return float(text[start:end])


def with_numbers(text: str, numbers: Mapping[str, float]) -> str:
    """The text with these numbers by key; every other character stays as it is."""
    places = sorted(((place_of(text, key), number) for key, number in numbers.items()), reverse=True)
    for (start, end), number in places:
        text = text[:start] + as_text(number) + text[end:]
    return text


def place_of(text: str, key: str) -> Place:
    """From where to where: `half_life_days`, `rule.<column>`, `percentiles.<label>`, or keys with dots between."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    node = root.value[0] if isinstance(root, yaml.SequenceNode) else root
    kind, _, name = key.partition(".")
    found = _child(node, kind, key)
    if kind == "rule":
        begin = found.start_mark.index
        try:
            start, end = place_in_rule(text[begin : found.end_mark.index], name)
        except ValueError as error:
            raise NoSuchNumber(str(error)) from None
        return begin + start, begin + end
    if kind == "percentiles":
        labels = [label.value for label in _child(node, "labels", key).value][1:]
        if name not in labels:
            raise NoSuchNumber(f"no label {name} in {labels}")
        found = found.value[labels.index(name)]
    elif name:
        for part in name.split("."):
            found = _child(found, part, key)
    return found.start_mark.index, found.end_mark.index


def _child(node: yaml.Node | None, name: str, key: str) -> yaml.Node:
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    found: yaml.Node | None = next((value for k, value in pairs if k.value == name), None)
    if found is None:
        raise NoSuchNumber(f"there is no {key}")
    return found
