"""Erasing a person: first the note that they are to be forgotten, then everything else, last the proof."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from jobs.runtime.audit import append_rows, read_rows
from jobs.runtime.erasure.lists import cleaned_lists, removals_path, write_removals
from jobs.runtime.erasure.person import NobodyFound, Person, days_known, find_person
from jobs.runtime.erasure.tables import forget_versions, remove_rows, tables_with_persons
from jobs.runtime.erasure.verify import look_for
from jobs.runtime.export import publish
from jobs.runtime.intake.identifiers import normalised
from jobs.runtime.keys import hospital_key, refuse_while_rotating
from jobs.runtime.registry import Registry
from jobs.runtime.settings import Settings
from jobs.runtime.store import Store
from jobs.runtime.trail.chain import Trail
from jobs.runtime.trail.conf_state import read_conf
from jobs.runtime.trail.entry import Entry
from schemas.erasure import ERASURE, SUPPRESSED
from schemas.table import Table

Tell = Callable[[str], None]


class NoSuchReceipt(ValueError):
    """No erasure of that number is done."""


class NotGone(RuntimeError):
    """The verifier still found the person; the receipt stays open, and the same command goes on with it."""


@dataclass(frozen=True)
class Receipt:
    """What an erasure did."""

    receipt_id: str
    removed: dict[str, int]
    lists: int
    removals: Path | None
    models: tuple[str, ...]
    files: int


def erase(spark: SparkSession, settings: Settings, account: str, tell: Tell = lambda step: None) -> Receipt:
    """Erases the owner of the account with this token; begun and not done, it is gone on with.

    Nothing else may write to the lake meanwhile: older versions of its tables are deleted. Raises NobodyFound for an
    account that no table knows, NotGone when the verifier still finds the person afterwards.
    """
    refuse_while_rotating(settings.keys, settings.hospital.name)
    store = Store(str(settings.lake))
    receipt_id, person = _begun(store, account) or _begin(store, account, Registry(settings.mlflow))
    removed = _clean_tables(spark, store, person, tell)
    trail = Trail(store, settings.anchors, read_conf(settings.conf), receipt_id)
    tell("lists")
    lists = _clean_lists(settings, trail, receipt_id, person)
    tell("looking for what is left")
    verified = look_for(settings, person.all)
    counts = {name: rows for name, rows in removed.items() if rows}
    models = _models(store, receipt_id)
    detail = {"removed_rows": counts, "lists": lists, "models": models, "still_found": list(verified.found)}
    trail.append(Entry("erasure", receipt_id, detail))
    if verified.found:
        raise NotGone(
            f"receipt {receipt_id}: the person is still in {len(verified.found)} files, as {verified.found[0]}; "
            "see that no job runs, then erase again"
        )
    _note(store, receipt_id, "done", counts, lists, models, verified.files)
    path = removals_path(settings.exports, receipt_id)
    return Receipt(receipt_id, counts, lists, path if path.exists() else None, tuple(models), verified.files)


def _clean_tables(spark: SparkSession, store: Store, person: Person, tell: Tell) -> dict[str, int]:
    """Rows removed by table, two tables at a time; each is wholly clean, or as it was."""

    def clean(table: Table) -> tuple[str, int]:
        tell(table.name)
        rows = remove_rows(spark, store, table, person.all)
        forget_versions(store, table)
        return table.name, rows

    with ThreadPoolExecutor(2) as pool:
        return dict(pool.map(clean, tables_with_persons(store)))


def _clean_lists(settings: Settings, trail: Trail, receipt_id: str, person: Person) -> int:
    """How many lists named the person. Told first, then done: a kill in between leaves a list that is found again."""
    cleaned = cleaned_lists(settings.exports, person.tokens["account"])
    names = [one.entry.subject for one in cleaned]
    count = write_removals(settings.exports, receipt_id, names, person.tokens["account"])
    trail.append(*(one.entry for one in cleaned))
    for one in cleaned:
        publish(one.folder, one.files)
    return count


def account_token(settings: Settings, account: str) -> str:
    """The token of an account as the hospital writes it."""
    key = hospital_key(settings.keys, settings.hospital.name).read()
    return key.token("account", normalised("account", account) or account)


def confirm(settings: Settings, receipt_id: str) -> None:
    """Whoever pulled lists has taken the person out of them: the file that told them goes, too."""
    store = Store(str(settings.lake))
    known = {row["status"] for row in read_rows(store, ERASURE, ("receipt_id", "=", receipt_id))}
    if "done" not in known:
        raise NoSuchReceipt(f"no erasure with the receipt {receipt_id} is done; `cameo receipts list` lists them")
    if "confirmed" not in known:
        _note(store, receipt_id, "confirmed")
    removals_path(settings.exports, receipt_id).unlink(missing_ok=True)


def _begun(store: Store, account: str) -> tuple[str, Person] | None:
    """An erasure of the account that was begun and not done."""
    mine = read_rows(store, SUPPRESSED, ("token", "=", account))
    if not mine:
        return None
    receipt_id = mine[0]["receipt_id"]
    if any(row["status"] == "done" for row in read_rows(store, ERASURE, ("receipt_id", "=", receipt_id))):
        raise NobodyFound(f"this account's owner is erased already: receipt {receipt_id}")
    return receipt_id, Person.of(read_rows(store, SUPPRESSED, ("receipt_id", "=", receipt_id)))


def _begin(store: Store, account: str, registry: Registry) -> tuple[str, Person]:
    person = find_person(store, account)
    days = days_known(store, person.tokens["account"])
    models = sorted(model for model, learned in registry.learned_from().items() if days & learned)
    receipt_id, now = uuid.uuid4().hex[:12], datetime.now(UTC)
    # In one commit and before anything is removed: afterwards nobody could tell any more who it was.
    rows = [
        {"token": token, "kind": kind, "receipt_id": receipt_id, "suppressed_at": now}
        for kind, tokens in person.tokens.items()
        for token in sorted(tokens)
    ]
    append_rows(store, SUPPRESSED, rows)
    _note(store, receipt_id, "begun", models=models)
    return receipt_id, person


def _models(store: Store, receipt_id: str) -> list[str]:
    """As told when the erasure was begun: by now nobody knows any more on which days there was such a person."""
    begun = read_rows(store, ERASURE, ("receipt_id", "=", receipt_id), ("status", "=", "begun"))
    return list(begun[0]["models"]) if begun else []


def _note(
    store: Store,
    receipt_id: str,
    status: str,
    removed: dict[str, int] | None = None,
    lists: int | None = None,
    models: list[str] | None = None,
    files: int | None = None,
) -> None:
    row: dict[str, Any] = {
        "receipt_id": receipt_id,
        "status": status,
        "at": datetime.now(UTC),
        "removed_rows": None if removed is None else {name: float(rows) for name, rows in removed.items()},
        "list_count": lists,
        "models": models,
        "file_count": files,
        "found_count": None if files is None else 0,
    }
    append_rows(store, ERASURE, [row])
