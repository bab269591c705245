"""The published lists under another key: each is published anew, and the trail is told."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from jobs.runtime.erasure.lists import REMOVALS
from jobs.runtime.export import MANIFEST, csv_bytes, manifest_bytes, parquet_bytes
from jobs.runtime.rotation.exchange import Exchange
from jobs.runtime.trail.entry import Entry
from jobs.runtime.trail.lists import list_entry
from schemas.tokens import PERSON_NUMBERS, TOKENS

_KEY_ID = "key_id"
_HOLD_TOKENS = TOKENS | PERSON_NUMBERS


@dataclass(frozen=True)
class Moved:
    """A list as it is to be published anew, and what the trail is to be told of it."""

    folder: Path
    files: dict[str, bytes]
    entry: Entry


def moved_lists(exports: Path, exchange: Exchange) -> Iterator[Moved]:
    """Every list on disk that is not under the new key; nothing is written yet."""
    for path in sorted(exports.glob(f"*/*/{MANIFEST}")):
        said: dict[str, Any] = json.loads(path.read_bytes())
        if path.parent.name.startswith(".") or said.get(_KEY_ID) == exchange.new.key_id:
            continue
        del said["files"]
        files = {f.name: _moved(f, exchange) for f in sorted(path.parent.iterdir()) if f.name != MANIFEST}
        manifest = manifest_bytes({**said, _KEY_ID: exchange.new.key_id}, files)
        day, digest = date.fromisoformat(path.parent.parent.name), hashlib.sha256(manifest).hexdigest()
        entry = list_entry(day, path.parent.name, digest, said["rows"], said["purpose"])
        yield Moved(path.parent, {**files, MANIFEST: manifest}, entry)


def moved_removals(exports: Path, exchange: Exchange) -> dict[str, bytes]:
    """What those who pulled lists have to take out of them, as it is to be published anew; none when that is done."""
    folder = exports / REMOVALS
    key_id = exchange.new.key_id.encode()
    told = {f.name: f for f in sorted(folder.glob("*.csv"))}
    mark = folder / f".{_KEY_ID}"
    if not told or (mark.exists() and mark.read_bytes() == key_id):
        return {}
    return {**{name: _moved_removal(file, exchange) for name, file in told.items()}, mark.name: key_id}


def _moved(file: Path, exchange: Exchange) -> bytes:
    if file.suffix == ".parquet":
        return _moved_parquet(file, exchange)
    return _moved_csv(file.read_bytes(), exchange) if file.suffix == ".csv" else file.read_bytes()


def _moved_parquet(file: Path, exchange: Exchange) -> bytes:
    table = pq.read_table(file)
    return parquet_bytes(table.schema, _rows(table.to_pylist(), exchange))


def _moved_csv(content: bytes, exchange: Exchange) -> bytes:
    names, rows = _read(content)
    return csv_bytes(names, _rows(rows, exchange))


def _moved_removal(file: Path, exchange: Exchange) -> bytes:
    """In the order that a rerun of its day would lay it down in: else it would be told again."""
    names, rows = _read(file.read_bytes())
    return csv_bytes(names, sorted(_rows(rows, exchange), key=lambda row: [row[name] for name in names]))


def _read(content: bytes) -> tuple[list[str], list[dict[str, Any]]]:
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    return list(rows.fieldnames or ()), list(rows)


def _rows(rows: list[dict[str, Any]], exchange: Exchange) -> list[dict[str, Any]]:
    return [{n: exchange.moved(v) if v and n in _HOLD_TOKENS else v for n, v in row.items()} for row in rows]
