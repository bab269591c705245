"""Erasing people: first the note that they are to be forgotten, then everything else, last the proof."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jobs.runtime.audit import append_rows, read_rows
from jobs.runtime.erasure.cases import Case, Request, cases_for
from jobs.runtime.erasure.lists import cleaned_lists, removals_path, write_removals
from jobs.runtime.erasure.person import days_known
from jobs.runtime.erasure.tables import Named, find_rows, forget_versions, remove_rows, tables_with_persons
from jobs.runtime.erasure.verify import Verified, holds_any, look_for
from jobs.runtime.export import publish
from jobs.runtime.intake.identifiers import normalised
from jobs.runtime.keys import hospital_key, refuse_while_rotating
from jobs.runtime.registry import Registry
from jobs.runtime.settings import Settings
from jobs.runtime.store import Store
from jobs.runtime.trail.chain import Trail
from jobs.runtime.trail.conf_state import read_conf
from jobs.runtime.trail.entry import Entry
from jobs.runtime.turn import turn
from schemas.erasure import ERASURE

Tell = Callable[[str], None]
_AT_ONCE = 2


class NoSuchReceipt(ValueError):
    """No erasure of that number is done."""


class NotGone(RuntimeError):
    """The verifier still found somebody; the receipts stay open, and the same command goes on with them."""


@dataclass(frozen=True)
class Receipt:
    """What an erasure did."""

    receipt_id: str
    person: Collection[str]
    requests: tuple[str, ...]
    removed: Mapping[str, int]
    lists: int
    removals: Path | None
    models: tuple[str, ...]
    files: int


def erase(settings: Settings, requests: Sequence[Request], tell: Tell = lambda step: None) -> list[Receipt]:
    """Erases everybody who asks, and whoever's erasure was begun and not done, in one pass; a receipt for each.

    Waits for all jobs at work, and all others wait for it: older versions of tables are deleted. Raises as `carry_out`
    does, and LakeBusy.
    """
    with turn(settings.lake, "erase", "an erasure", alone=True, wait_seconds=settings.wait_seconds):
        return carry_out(settings, requests, tell)


def carry_out(settings: Settings, requests: Sequence[Request], tell: Tell = lambda step: None) -> list[Receipt]:
    """As `erase`, for whoever has the lake alone already.

    Raises NobodyFound as `cases_for` does, NotGone when the verifier still finds somebody afterwards.
    """
    refuse_while_rotating(settings.keys, settings.hospital.name)
    store = Store(str(settings.lake))
    cases = cases_for(store, requests)
    if not cases:
        return []
    tokens = frozenset().union(*(case.person.all for case in cases))
    begun = _clean_tables(settings, store, cases, tokens, tell)
    trail = Trail(store, settings.anchors, read_conf(settings.conf), uuid.uuid4().hex)
    tell("lists")
    lists = _clean_lists(settings, trail, begun)
    tell("looking for what is left")
    verified = look_for(settings, tokens)
    receipts = [_receipt(settings, case, lists[case.receipt_id], verified) for case in begun]
    left = {case.receipt_id: _left(settings, verified, case) for case in begun}
    trail.append(*(Entry("erasure", r.receipt_id, _told(r, left[r.receipt_id])) for r in receipts))
    append_rows(store, ERASURE, [_done(receipt) for receipt in receipts if not left[receipt.receipt_id]])
    if verified.found:
        open_ones = ", ".join(receipt_id for receipt_id, found in left.items() if found)
        raise NotGone(
            f"receipt {open_ones}: somebody is still in {len(verified.found)} files, as {verified.found[0]}; "
            "erase again; if it stays, see who else writes there"
        )
    return receipts


def _clean_tables(
    settings: Settings, store: Store, cases: Sequence[Case], tokens: frozenset[str], tell: Tell
) -> list[Case]:
    """The cases, each with what there was of it; each table is wholly clean, or as it was."""
    tables = tables_with_persons(store)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        tell("looking where they are")
        named = find_rows(pool, store, tables, tokens)
        begun = _write_begun(store, cases, named, Registry(settings.mlflow))
        for table in remove_rows(pool, store, named, tokens):
            tell(table.name)
        tell("older versions")
        list(pool.map(lambda table: forget_versions(store, table), tables))
    return begun


def _write_begun(store: Store, cases: Sequence[Case], named: Sequence[Named], registry: Registry) -> list[Case]:
    """Notes what there is, before anything is removed: nobody can tell afterwards, also not after a kill."""
    learned = registry.learned_from()
    begun, new = [], []
    for case in cases:
        if case.begun is None:
            days = days_known(store, case.person.tokens["account"])
            models = sorted(model for model, taught in learned.items() if days & taught.seen)
            case = replace(case, begun=_begun(case, named, models))
            new.append(case.begun)
        begun.append(case)
    append_rows(store, ERASURE, [row for row in new if row])
    return begun


def _clean_lists(settings: Settings, trail: Trail, cases: Sequence[Case]) -> dict[str, int]:
    """How many lists named whom, by receipt. Told first, then done: a kill in between leaves a list found again."""
    accounts = frozenset().union(*(case.person.tokens["account"] for case in cases))
    cleaned = cleaned_lists(settings.exports, accounts)
    counts = {}
    for case in cases:
        mine = case.person.tokens["account"]
        names = [one.entry.subject for one in cleaned if one.accounts & mine]
        counts[case.receipt_id] = write_removals(settings.exports, case.receipt_id, names, mine)
    trail.append(*(one.entry for one in cleaned))
    for one in cleaned:
        publish(one.folder, one.files)
    return counts


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
        append_rows(store, ERASURE, [_step(receipt_id, "confirmed")])
    removals_path(settings.exports, receipt_id).unlink(missing_ok=True)


def _left(settings: Settings, verified: Verified, case: Case) -> list[str]:
    """Of the files in which the verifier still found somebody, those with this person."""
    return [name for name in verified.found if holds_any(settings.hospital.folder / name, case.person.all)]


def _receipt(settings: Settings, case: Case, lists: int, verified: Verified) -> Receipt:
    row = case.begun or {}
    removed = {name: int(rows) for name, rows in dict(row["removed_rows"]).items()}
    path = removals_path(settings.exports, case.receipt_id)
    told = path if path.exists() else None
    return Receipt(
        case.receipt_id, case.person.all, case.requests, removed, lists, told, tuple(row["models"]), verified.files
    )


def _told(receipt: Receipt, left: list[str]) -> dict[str, Any]:
    return {
        "removed_rows": dict(receipt.removed),
        "lists": receipt.lists,
        "models": list(receipt.models),
        "requests": list(receipt.requests),
        "still_found": left,
    }


def _begun(case: Case, named: Sequence[Named], models: list[str]) -> dict[str, Any]:
    rows = {n.table.name: sum(c for there, c in n.rows.items() if there & case.person.all) for n in named}
    removed = {name: float(count) for name, count in rows.items() if count}
    return _step(case.receipt_id, "begun", removed_rows=removed, models=models, requests=list(case.requests))


def _done(receipt: Receipt) -> dict[str, Any]:
    removed = {name: float(rows) for name, rows in receipt.removed.items()}
    return _step(
        receipt.receipt_id,
        "done",
        removed_rows=removed,
        list_count=receipt.lists,
        models=list(receipt.models),
        requests=list(receipt.requests),
        file_count=receipt.files,
        found_count=0,
    )


def _step(receipt_id: str, status: str, **told: Any) -> dict[str, Any]:
    nothing = dict.fromkeys(ERASURE.column_names)
    return {**nothing, "receipt_id": receipt_id, "status": status, "at": datetime.now(UTC), **told}
