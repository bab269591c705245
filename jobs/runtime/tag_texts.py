"""Each tag's entry as it stands in its file, to be kept and to be put back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml

from jobs.runtime.conf_file import ConfError


@dataclass(frozen=True)
class Entry:
    """One entry: its tag, and from which character of the file to which it goes."""

    code: str
    start: int
    end: int


def tag_texts(conf: Path, told: Callable[[Path, str], str] = lambda path, text: text) -> dict[str, str]:
    """The text of every tag's entry, by code; `told` makes of a file's text what is to be taken for it."""
    found: dict[str, str] = {}
    for path in sorted((conf / "tags").glob("*/*.yml")):
        text = told(path, read_exactly(path))
        found |= {entry.code: text[entry.start : entry.end] for entry in entries_of(path, text)}
    return found


def read_exactly(path: Path) -> str:
    """The file's text with the line ends that it has."""
    with path.open(encoding="utf-8", newline="") as file:
        return file.read()


def write_exactly(path: Path, text: str) -> None:
    """Writes the text as it is, line ends and all."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(text)


def entries_of(path: Path, text: str) -> list[Entry]:
    """Where each entry of a tag file begins and ends: from its dash to the last line that belongs to it.

    Comments and empty lines between two entries belong to neither.
    """
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if root is None:
        return []
    if not isinstance(root, yaml.SequenceNode) or root.flow_style:
        raise ConfError(f"{path}, line 1: expected a list of tags, each beginning with `- code:` on a line of its own")
    starts = [text.rfind("\n", 0, node.start_mark.index) + 1 for node in root.value]
    ends = [*starts[1:], len(text)]
    return [
        Entry(_code(node), start, start + len(_without_what_follows(text[start:end])))
        for node, start, end in zip(root.value, starts, ends, strict=True)
    ]


def _code(node: yaml.Node) -> str:
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return next((str(value.value) for key, value in pairs if key.value == "code"), "")


def _without_what_follows(text: str) -> str:
    lines = text.splitlines(keepends=True)
    while lines and (not lines[-1].strip() or lines[-1].startswith("#")):
        lines.pop()
    return "".join(lines)
