"""What conf/ itself declares, without any approval over it."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from jobs.runtime.tag_texts import entries_of, read_exactly

VALUE_TIERS_FILE = "value_tiers.yml"


@dataclass(frozen=True)
class Declared:
    """Where a tag is declared, and how."""

    file: str
    text: str


def declared_tags(conf: Path) -> dict[str, Declared]:
    """Every tag's file below conf/ and entry as it stands there, without any approval."""
    found = {}
    for path in sorted((conf / "tags").glob("*/*.yml")):
        text = read_exactly(path)
        for e in entries_of(path, text):
            found[e.code] = Declared(path.relative_to(conf).as_posix(), text[e.start : e.end])
    return found


def mark_of(text: str) -> str:
    """What tells one declaration from another; spaces around it do not count."""
    return sha256(text.strip().encode()).hexdigest()
