"""Under which tokens a person is in the lake."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import dataset

from features.sql_text import literal
from jobs.runtime.audit import read_rows
from jobs.runtime.store import Store
from schemas.erasure import SUPPRESSED, TOKEN_KINDS
from schemas.feeds import FEEDS
from schemas.silver.identity import IDENTITY
from schemas.table import Table

# Tokens of these kinds name one actor; a telephone or an address may be a whole family's, and goes with the account.
_ACTORS = {"account": "account", "device": "device", "member": "member"}
_FIELDS = {f.name: _ACTORS[f.identifier] for feed in FEEDS.values() for f in feed.fields if f.identifier in _ACTORS}
COLUMNS = frozenset({*_FIELDS, "actor_id", "user_id", "old_user_id", "new_user_id", "patient_id", "linked_patient_id"})


class NobodyFound(ValueError):
    """No such account, or one whose owner is erased already."""


@dataclass(frozen=True)
class Person:
    """The tokens of one person by kind; those of `user` are the person's numbers."""

    tokens: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def all(self) -> frozenset[str]:
        return frozenset().union(*self.tokens.values())

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]]) -> Person:
        """From rows of audit.suppressed."""
        listed = list(rows)
        return cls({kind: frozenset(r["token"] for r in listed if r["kind"] == kind) for kind in TOKEN_KINDS})


def columns_of(table: Table) -> list[str]:
    """The columns in which a person may stand."""
    return [c.name for c in table.columns if c.name in COLUMNS]


def names_anyone(table: Table, tokens: Collection[str]) -> str:
    """SQL, never NULL: the row names one of the tokens."""
    listed = ", ".join(literal(token) for token in sorted(tokens))
    return " OR ".join(f"(`{name}` IS NOT NULL AND `{name}` IN ({listed}))" for name in columns_of(table))


def find_person(store: Store, account: str) -> Person:
    """Everyone the account's owner is: all their accounts, devices that are theirs alone, members only they act for.

    Raises NobodyFound when no table knows the account.
    """
    users, accounts, devices = _actors(store, account)
    mine = _members(store, accounts)
    numbers = users | {f"p{token[:31]}" for token in mine}
    found = {"account": accounts, "device": devices, "member": mine, "user": numbers}
    return Person({kind: frozenset(tokens) for kind, tokens in found.items()})


def suppressed_tokens(store: Store) -> list[str]:
    """Whoever carries one of these is not taken in again."""
    return sorted({row["token"] for row in read_rows(store, SUPPRESSED) if row["kind"] != "user"})


def days_known(store: Store, accounts: Set[str]) -> set[date]:
    """The as-of days on which silver.identity has one of the accounts."""
    if not store.exists(IDENTITY):
        return set()
    mine = dataset.field("actor_id").isin(sorted(accounts))
    rows = store.open(IDENTITY).to_pyarrow_dataset().to_table(columns=["as_of_date"], filter=mine)
    return set(rows["as_of_date"].to_pylist())


def _actors(store: Store, account: str) -> tuple[set[str], set[str], set[str]]:
    """The person's numbers, accounts and devices, as last known."""
    if not store.exists(IDENTITY):
        raise NobodyFound("silver.identity does not exist yet: run link_identity first")
    stored = store.open(IDENTITY).to_pyarrow_dataset()
    mine = stored.to_table(columns=["as_of_date", "user_id"], filter=dataset.field("actor_id") == account).to_pylist()
    if not mine:
        raise NobodyFound(
            "silver.identity knows no such account: is it a token, or the hospital's number (--help tells which is "
            "expected), and is the hospital's key the right one?"
        )
    last = max(mine, key=lambda row: row["as_of_date"])
    same = (dataset.field("user_id") == last["user_id"]) & (dataset.field("as_of_date") == last["as_of_date"])
    actors = stored.to_table(columns=["actor_id", "actor_kind"], filter=same).to_pylist()
    accounts = {account, *(a["actor_id"] for a in actors if a["actor_kind"] == "account")}
    devices = {a["actor_id"] for a in actors if a["actor_kind"] == "device"}
    others = _users_of_others(stored, {row["user_id"] for row in mine} - {None}, accounts | devices, last["as_of_date"])
    return ({row["user_id"] for row in mine} | {last["user_id"]}) - others - {None}, accounts, devices


def _users_of_others(stored: Any, users: Set[str], mine: Set[str], day: Any) -> set[str]:
    """Numbers that once were this person's and now are another's, since two were parted."""
    now = (dataset.field("as_of_date") == day) & dataset.field("user_id").isin(list(users))
    rows = stored.to_table(columns=["actor_id", "user_id"], filter=now).to_pylist()
    return {row["user_id"] for row in rows if row["actor_id"] not in mine}


def _members(store: Store, accounts: Set[str]) -> set[str]:
    """Family members for whom only these accounts act."""
    mine: set[str] = set()
    others: set[str] = set()
    for feed in FEEDS.values():
        names = [n for n, kind in _FIELDS.items() if kind == "member" and n in feed.silver.column_names]
        if not names or not store.exists(feed.silver):
            continue
        stored = store.open(feed.silver).to_pyarrow_dataset()
        for name in names:
            theirs = stored.to_table(columns=["account_token", name], filter=dataset.field(name).is_valid())
            own = pc.is_in(theirs["account_token"], pa.array(sorted(accounts)))
            mine |= set(theirs.filter(own)[name].to_pylist())
            others |= set(theirs.filter(pc.invert(own))[name].to_pylist())
    return mine - others
