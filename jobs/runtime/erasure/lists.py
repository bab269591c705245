"""Taking a person out of the lists on disk, and telling who has pulled them."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from jobs.runtime.export import MANIFEST, csv_bytes, manifest_bytes
from jobs.runtime.trail.entry import Entry
from jobs.runtime.trail.lists import list_entry

REMOVALS = "removals"
_ACCOUNT = "account_token"
_COLUMNS = ("list", _ACCOUNT, "receipt")


@dataclass(frozen=True)
class Cleaned:
    """A list as it is to be published anew, what the trail is to be told of it, and which accounts were on it."""

    folder: Path
    files: dict[str, bytes]
    entry: Entry
    accounts: frozenset[str]


def cleaned_lists(exports: Path, accounts: Collection[str]) -> list[Cleaned]:
    """Every list on disk that names one of the accounts, without it; nothing is written yet."""
    found = []
    for path in sorted(exports.glob(f"*/*/{MANIFEST}")):
        folder = path.parent
        old = {file.name: file.read_bytes() for file in folder.iterdir() if file.name != MANIFEST}
        named = frozenset().union(*(_accounts(name, content) for name, content in old.items())) & frozenset(accounts)
        if named:
            new = {name: _without(name, content, accounts) for name, content in old.items()}
            entry, files = _as_published(folder, json.loads(path.read_bytes()), new)
            found.append(Cleaned(folder, files, entry, named))
    return found


def _as_published(folder: Path, manifest: dict[str, Any], files: dict[str, bytes]) -> tuple[Entry, dict[str, bytes]]:
    said = {key: value for key, value in manifest.items() if key != "files"}
    rows = pq.read_metadata(io.BytesIO(files["list.parquet"])).num_rows
    erased = said.get("erased", 0) + said["rows"] - rows
    content = manifest_bytes({**said, "rows": rows, "erased": erased}, files)
    digest = hashlib.sha256(content).hexdigest()
    day = date.fromisoformat(folder.parent.name)
    return list_entry(day, folder.name, digest, rows, said["purpose"]), {**files, MANIFEST: content}


def removals_path(exports: Path, receipt: str) -> Path:
    return exports / REMOVALS / f"{receipt}.csv"


def write_removals(exports: Path, receipt: str, lists: Collection[str], accounts: Collection[str]) -> int:
    """`removals/<receipt>.csv`: for whoever pulled a list, which account to take out of which; returns how many lists.

    What an erasure that was killed has told already stays told.
    """
    path = removals_path(exports, receipt)
    before = _rows(path.read_bytes()) if path.exists() else []
    known = {row[0] for row in before[1:]}
    new = [(name, account, receipt) for name in sorted(set(lists) - known) for account in sorted(accounts)]
    if new:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        rows = [dict(zip(_COLUMNS, row, strict=True)) for row in [*before[1:], *new]]
        fresh.write_bytes(csv_bytes(_COLUMNS, rows))
        fresh.replace(path)
    return len(known | set(lists))


def _rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def _accounts(name: str, content: bytes) -> set[str]:
    """Everybody who is on the list, as this file of it has them."""
    if name.endswith(".parquet"):
        return set(pq.read_table(io.BytesIO(content), columns=[_ACCOUNT])[_ACCOUNT].to_pylist())
    if not name.endswith(".csv"):
        return set()
    header, *rows = _rows(content)
    place = header.index(_ACCOUNT)
    return {row[place] for row in rows}


def _without(name: str, content: bytes, accounts: Collection[str]) -> bytes:
    if name.endswith(".parquet"):
        return _parquet_without(content, accounts)
    return _csv_without(content, accounts) if name.endswith(".csv") else content


def _parquet_without(content: bytes, accounts: Collection[str]) -> bytes:
    table = pq.read_table(io.BytesIO(content))
    theirs = pc.is_in(table[_ACCOUNT], pa.array(sorted(accounts)))
    if not pc.any(theirs).as_py():
        return content
    out = io.BytesIO()
    pq.write_table(table.filter(pc.invert(theirs)), out, compression="zstd")
    return out.getvalue()


def _csv_without(content: bytes, accounts: Collection[str]) -> bytes:
    header, *rows = _rows(content)
    place = header.index(_ACCOUNT)
    kept = [row for row in rows if row[place] not in accounts]
    if len(kept) == len(rows):
        return content
    out = io.StringIO(newline="")
    # The cells are safe for spreadsheets already.
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows([header, *kept])
    return out.getvalue().encode("utf-8-sig")
