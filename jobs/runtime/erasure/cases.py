"""Who is to be erased: whoever is asked for, and whoever's erasure was begun and not done."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from jobs.runtime.audit import append_rows, read_rows
from jobs.runtime.erasure.person import NobodyFound, Person, find_person
from jobs.runtime.store import Store
from schemas.erasure import ERASURE, SUPPRESSED

Row = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """Somebody asks to be erased: the token of one of their accounts, and the hospital's number of the request.

    Without a number it was typed, and an account that no table knows is a slip; with one it came in a file, and that
    file's own rows are erased at the least.
    """

    account: str
    number: str | None = None


@dataclass(frozen=True)
class Case:
    """One person's erasure; `begun` is the row of audit.erasure that tells what there was of them."""

    receipt_id: str
    person: Person
    requests: tuple[str, ...] = ()
    begun: Row | None = None


def cases_for(store: Store, requests: Sequence[Request]) -> list[Case]:
    """One case a person, however many of their accounts ask; new ones are noted in audit.suppressed.

    Raises NobodyFound for a typed account that no table knows, and for one that is erased already.
    """
    cases, done = _open_cases(store)
    new: list[Case] = []
    for request in requests:
        if request.account in done:
            raise NobodyFound(f"this account's owner is erased already: receipt {done[request.account]}")
        if not any(request.account in case.person.tokens["account"] for case in (*cases, *new)):
            new.append(Case(uuid.uuid4().hex[:12], _person(store, request)))
    _suppress(store, new)
    return [_with_requests(case, requests) for case in (*cases, *new)]


def _person(store: Store, request: Request) -> Person:
    try:
        return find_person(store, request.account)
    except NobodyFound:
        if request.number is None:
            raise
        return Person.of([{"kind": "account", "token": request.account}])


def _with_requests(case: Case, requests: Sequence[Request]) -> Case:
    theirs = {r.number for r in requests if r.number is not None and r.account in case.person.tokens["account"]}
    return replace(case, requests=tuple(sorted(theirs | set(case.requests))))


def _open_cases(store: Store) -> tuple[list[Case], dict[str, str]]:
    """Cases that were begun and not done, and the receipts of accounts whose cases are done."""
    steps = {(row["receipt_id"], row["status"]): row for row in read_rows(store, ERASURE)}
    people: dict[str, list[Row]] = defaultdict(list)
    for row in read_rows(store, SUPPRESSED):
        people[row["receipt_id"]].append(row)
    cases, done = [], {}
    for receipt_id, rows in sorted(people.items()):
        if (receipt_id, "done") in steps:
            done.update({row["token"]: receipt_id for row in rows if row["kind"] == "account"})
            continue
        begun = steps.get((receipt_id, "begun"))
        cases.append(Case(receipt_id, Person.of(rows), tuple((begun or {}).get("requests") or ()), begun))
    return cases, done


def _suppress(store: Store, cases: Collection[Case]) -> None:
    # In one commit and before anything is removed: afterwards nobody could tell any more who it was.
    now = datetime.now(UTC)
    rows = [
        {"token": token, "kind": kind, "receipt_id": case.receipt_id, "suppressed_at": now}
        for case in cases
        for kind, tokens in case.person.tokens.items()
        for token in sorted(tokens)
    ]
    append_rows(store, SUPPRESSED, rows)
