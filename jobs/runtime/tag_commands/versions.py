"""The kept versions of a tag's declaration, and how an old one is put back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from features.rule import nearest
from jobs.runtime.audit import read_rows
from jobs.runtime.calibration.in_force import InForce
from jobs.runtime.conf_file import ConfError
from jobs.runtime.declarations import load_audiences, load_policy, load_tags
from jobs.runtime.store import Store
from jobs.runtime.tag_commands.diff import changed_keys
from jobs.runtime.tag_texts import entries_of, read_exactly, tag_texts, write_exactly
from schemas.gold.tag import TAG_VERSION

_NOTHING = InForce()


class NoSuchVersion(ValueError):
    """A tag or a version that the lake does not know."""


@dataclass(frozen=True)
class Version:
    """One version: its row of gold.tag_version, and what it changed of the one before."""

    row: Mapping[str, Any]
    changes: tuple[str, ...]


@dataclass(frozen=True)
class PutBack:
    """What a roll-back did: in which file, and its number: a new one, unless it is the last version anyway."""

    file: Path
    next_number: int


def versions_of(store: Store, conf: Path, code: str, in_force: InForce = _NOTHING) -> list[Version]:
    """All versions of a tag, oldest first; last, with no number, what conf/ says where that is not derived yet."""
    rows, now = _rows(store, code), tag_texts(conf, in_force.tag_file).get(code)
    if rows and now is not None and rows[-1]["declaration"].strip() != now.strip():
        rows.append({"tag_code": code, "declaration": now})
    if not rows:
        known = sorted({str(r["tag_code"]) for r in read_rows(store, TAG_VERSION)})
        raise NoSuchVersion(f"tag {code!r} was never derived here{nearest(code, known)}")
    entries = [yaml.safe_load(row["declaration"])[0] for row in rows]
    changes = [(), *(tuple(changed_keys(*pair)) for pair in pairwise(entries))]
    return [Version(row, changed) for row, changed in zip(rows, changes, strict=True)]


def roll_back(store: Store, conf: Path, code: str, number: int, in_force: InForce = _NOTHING) -> PutBack:
    """Puts the declaration of a version into the tag's file, every other character of which stays as it is.

    ConfError, with the file left as it was, when it is no longer a valid tag, or when `in_force` holds numbers of it.
    """
    for held in (h for (of, _), h in in_force.held.items() if of == code):
        raise ConfError(
            f"{held.file} says {held.number.number} of {code} from {held.approval.since} on, whatever its file says: "
            "add `until: <day>` there first"
        )
    rows = _rows(store, code)
    row = next((r for r in rows if r["version"] == number), None)
    if row is None:
        numbers = ", ".join(str(r["version"]) for r in rows) or "none"
        raise NoSuchVersion(f"tag {code!r} has no version {number}; there are: {numbers} (cameo tags history {code})")
    file = _file_of(conf, code) or conf / "tags" / str(row["layer"]) / f"{row['theme']}.yml"
    before = read_exactly(file) if file.exists() else ""
    file.parent.mkdir(parents=True, exist_ok=True)
    write_exactly(file, _with(file, before, code, str(row["declaration"])))
    try:
        load_audiences(conf, load_tags(conf), load_policy(conf))
    except ConfError as error:
        if before:
            write_exactly(file, before)
        else:
            file.unlink()
        raise ConfError(f"version {number} of {code} is no longer valid, {file} was left as it was:\n{error}") from None
    is_last = rows[-1]["declaration"].strip() == row["declaration"].strip()
    return PutBack(file, rows[-1]["version"] + (0 if is_last else 1))


def _rows(store: Store, code: str) -> list[dict[str, Any]]:
    return sorted(read_rows(store, TAG_VERSION, ("tag_code", "=", code)), key=lambda r: int(r["version"]))


def _file_of(conf: Path, code: str) -> Path | None:
    files: Sequence[Path] = sorted((conf / "tags").glob("*/*.yml"))
    return next((f for f in files if any(e.code == code for e in entries_of(f, read_exactly(f)))), None)


def _with(file: Path, text: str, code: str, entry: str) -> str:
    """The file's text with the entry in the place of the tag's present one, or at the end."""
    ended = entry if entry.endswith("\n") else f"{entry}\n"
    for present in entries_of(file, text):
        if present.code == code:
            at_end = present.end == len(text) and not text.endswith("\n")
            return text[: present.start] + (ended.rstrip("\r\n") if at_end else ended) + text[present.end :]
    gap = "" if not text or text.endswith("\n") else "\n"
    return f"{text}{gap}{ended}"
