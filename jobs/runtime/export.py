"""Lists as files: bytes that a rerun repeats, safe in a spreadsheet, seen whole or not at all."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import shutil
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

MANIFEST = "manifest.json"
_PLAIN_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
# A spreadsheet takes these for the beginning of a formula; the wide forms are folded to them on import.
_FORMULA_STARTS = frozenset("=+-@|%")
_CONTROL = dict.fromkeys((*range(32), 127, 133, 8232, 8233), " ")


def safe_cell(value: str | None) -> str:
    """A text that no spreadsheet will run: what could begin a formula gets a leading apostrophe.

    Looked at after the invisible characters that programs skip. A plain negative number stays a number.
    """
    if value is None:
        return ""
    text = value.translate(_CONTROL)
    seen = "".join(c for c in unicodedata.normalize("NFKC", text) if not _is_invisible(c))
    starts = seen[:1] in _FORMULA_STARTS or value[:1] in "\t\r\n"
    if value and starts and not _PLAIN_NUMBER.fullmatch(text):
        return "'" + text
    return text


def _is_invisible(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) in ("Cf", "Cc", "Zs", "Mn") or char in "'\""


def csv_bytes(names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> bytes:
    """UTF-8 with a byte-order mark, every cell quoted and safe."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([safe_cell(n) for n in names])
    for row in rows:
        writer.writerow([safe_cell(None if row[n] is None else str(row[n])) for n in names])
    return out.getvalue().encode("utf-8-sig")


def parquet_bytes(schema: pa.Schema, rows: Sequence[Mapping[str, Any]]) -> bytes:
    """The same rows as Parquet, values as they are."""
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([dict(r) for r in rows], schema=schema), out, compression="zstd")
    return out.getvalue()


def manifest_bytes(stated: Mapping[str, Any], files: Mapping[str, bytes]) -> bytes:
    """What was published: everything `stated`, and size and SHA-256 of each file."""
    told = {n: {"bytes": len(b), "sha256": hashlib.sha256(b).hexdigest()} for n, b in sorted(files.items())}
    text = json.dumps({**stated, "files": told}, ensure_ascii=False, indent=2, sort_keys=True, default=str)
    return (text + "\n").encode()


def publish(folder: Path, files: Mapping[str, bytes]) -> None:
    """Puts the files into `folder` all at once.

    They are written beside it and renamed in, so a reader meets the old folder, the new one, or for the moment between
    two renames none, never a part: a link that could be exchanged at once would not survive being copied by whoever
    pulls lists. The same files once more change nothing. What a killed run left beside it is swept away.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    new, old = _beside(folder, "new"), _beside(folder, "old")
    if old.exists() and not folder.exists():
        old.rename(folder)
    for left in (new, old):
        shutil.rmtree(left, ignore_errors=True)
    if _holds(folder, files):
        return
    new.mkdir()
    for name, content in files.items():
        _write(new / name, content)
    _sync(new)
    if folder.exists():
        folder.rename(old)
    new.rename(folder)
    _sync(folder.parent)
    shutil.rmtree(old, ignore_errors=True)


def withdraw_others(day_folder: Path, keep: Sequence[str]) -> list[str]:
    """Takes away the day's lists of audiences that there are no longer; returns their names."""
    found = [p.parent for p in sorted(day_folder.glob(f"*/{MANIFEST}"))]
    gone = [p for p in found if p.name not in keep and not p.name.startswith(".")]
    for folder in gone:
        shutil.rmtree(folder)
    return [p.name for p in gone]


def _beside(folder: Path, what: str) -> Path:
    return folder.parent / f".{folder.name}.{what}"


def _holds(folder: Path, files: Mapping[str, bytes]) -> bool:
    if not folder.is_dir() or {p.name for p in folder.iterdir()} != set(files):
        return False
    return all((folder / name).read_bytes() == content for name, content in files.items())


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
