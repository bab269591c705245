"""The kept versions of a tag's declaration, and how an old one is put back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from features.rule import nearest
from jobs.runtime.audit import read_rows
from jobs.runtime.conf_file import ConfError
from jobs.runtime.declarations import load_audiences, load_policy, load_tags
from jobs.runtime.store import Store
from jobs.runtime.tag_commands.diff import changed_keys
from jobs.runtime.tag_texts import entries_of, read_exactly, tag_texts, write_exactly
from schemas.gold.tag import TAG_DEFINITION


class NoSuchVersion(ValueError):
    """A tag or a version that the lake does not know, or whose declaration was not kept."""


@dataclass(frozen=True)
class Version:
    """One version: its row of gold.tag_definition, and what it changed of the one before."""

    row: Mapping[str, Any]
    changes: tuple[str, ...]


@dataclass(frozen=True)
class PutBack:
    """What a roll-back did: in which file, and which number it will have."""

    file: Path
    next_number: int


def versions_of(store: Store, conf: Path, code: str) -> list[Version]:
    """All versions of a tag, oldest first; last, with no number, what conf/ says where that is not derived yet."""
    rows = _rows(store, code)
    kept = [str(row["declaration"]) if row.get("declaration") else None for row in rows]
    now = tag_texts(conf).get(code)
    if rows and now is not None and (kept[-1] is None or kept[-1].strip() != now.strip()):
        rows, kept = [*rows, {"tag_code": code, "declaration": now}], [*kept, now]
    if not rows:
        known = sorted({str(r["tag_code"]) for r in read_rows(store, TAG_DEFINITION)})
        raise NoSuchVersion(f"tag {code!r} was never derived here{nearest(code, known)}")
    return [Version(row, _changes(kept[i - 1] if i else None, kept[i])) for i, row in enumerate(rows)]


def roll_back(store: Store, conf: Path, code: str, number: int) -> PutBack:
    """Puts the declaration of a version into the tag's file, every other character of which stays as it is.

    ConfError, with the file left as it was, when it is no longer a valid tag.
    """
    rows = _rows(store, code)
    row = next((r for r in rows if r.get("version") == number), None)
    if row is None:
        numbers = ", ".join(str(r.get("version")) for r in rows) or "none"
        raise NoSuchVersion(f"tag {code!r} has no version {number}; there are: {numbers} (cameo tags history {code})")
    if not row.get("declaration"):
        raise NoSuchVersion(
            f"version {number} of {code} is of an older release, which kept no declarations: "
            "the file of that day is in `cameo audit show --kind tags`"
        )
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
    return PutBack(file, max(int(r.get("version") or 0) for r in rows) + 1)


def _rows(store: Store, code: str) -> list[dict[str, Any]]:
    found = read_rows(store, TAG_DEFINITION, ("tag_code", "=", code))
    return sorted(found, key=lambda r: (r.get("version") or 0, r["is_current"], r["rule_version"]))


def _changes(before: str | None, after: str | None) -> tuple[str, ...]:
    if before is None or after is None:
        return ()
    return tuple(changed_keys(*(yaml.safe_load(text)[0] for text in (before, after))))


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
