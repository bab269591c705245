"""One person's traces: tables, runs, lists, models, scores, consent. Read without an engine."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pyarrow.compute as pc
from pyarrow import dataset

from jobs.runtime.audit import read_rows
from jobs.runtime.erasure.person import NobodyFound, Person, columns_of, find_person
from jobs.runtime.registry import TRAINERS, Registry
from jobs.runtime.settings import Settings
from jobs.runtime.store import Store
from schemas.erasure import SUPPRESSED
from schemas.feeds import FEEDS
from schemas.gold.audience import AUDIENCE_MEMBER
from schemas.gold.churn_score import CHURN_SCORE
from schemas.gold.ltv_score import LTV_SCORE
from schemas.gold.text_department import TEXT_DEPARTMENT
from schemas.gold.user_segment import USER_SEGMENT
from schemas.gold.user_value_tier import USER_VALUE_TIER
from schemas.silver.consent_state import CONSENT_STATE
from schemas.silver.identity import IDENTITY
from schemas.table import Table
from schemas.tables import TABLES
from schemas.trail import TRAIL

SCORES = (CHURN_SCORE, LTV_SCORE, USER_SEGMENT, USER_VALUE_TIER, TEXT_DEPARTMENT)
Row = dict[str, Any]


@dataclass(frozen=True)
class Held:
    """Rows that a table has of the person, and over which of its days."""

    table: str
    rows: int
    first: date | None
    last: date | None


@dataclass(frozen=True)
class Use:
    """Runs of one job that read tables with the person in, as audit.trail has them.

    `left_out` of them learned without the person, who had not agreed.
    """

    purpose: str
    job: str
    runs: int
    left_out: int
    first: datetime
    last: datetime
    tables: tuple[str, ...]


@dataclass(frozen=True)
class OnList:
    """One place on one list. `manifest` is the start of the hash that the trail has of what went out."""

    day: date
    audience: str
    arm: str
    channel: str
    purpose: str
    offer_zh: str | None
    offer_en: str | None
    manifest: str | None


@dataclass(frozen=True)
class Learned:
    """A model that was made when the person was known; `is_in` where it learned from the person, too."""

    model: str
    day: date
    is_in: bool


@dataclass(frozen=True)
class Scored:
    """What a score says of the person on its last day, and on how many days it said something."""

    table: str
    days: int
    last: date
    row: Row


@dataclass(frozen=True)
class UsedFor:
    """Everything that the report tells."""

    known_since: date
    accounts: int
    held: list[Held]
    uses: list[Use]
    lists: list[OnList]
    models: list[Learned]
    scores: list[Scored]
    statements: list[Row]
    standing: list[Row]


def person_of(settings: Settings, asked: str) -> Person:
    """Whoever has this account token or user_id; NobodyFound where that is nobody, or somebody who is erased."""
    store = Store(str(settings.lake))
    gone = read_rows(store, SUPPRESSED, ("token", "=", asked))
    if gone:
        raise NobodyFound(f"this person is erased: receipt {gone[0]['receipt_id']}; only that record is kept")
    for account in _accounts_of(store, asked):
        return find_person(store, account)
    return find_person(store, asked)


def collect(settings: Settings, person: Person) -> UsedFor:
    """All that the lake, its trail and the registry tell of the person."""
    store = Store(str(settings.lake))
    held = list(_held(store, person))
    agreed = _rows(store, CONSENT_STATE, "user_id", person.tokens["user"])
    runs = [(row, json.loads(row["detail"])) for row in read_rows(store, TRAIL, ("kind", "=", "run"))]
    known = {r["as_of_date"] for r in _rows(store, IDENTITY, "actor_id", person.tokens["account"])}
    since = min(h.first for h in held if h.first)
    last = max((r["as_of_date"] for r in agreed), default=None)
    said = _rows(store, FEEDS["consent"].silver, "account_token", person.tokens["account"])
    order = ("purpose", "data_class", "channel")
    return UsedFor(
        since,
        len(person.tokens["account"]),
        held,
        _uses(runs, {h.table for h in held}, since, agreed),
        _lists(store, person),
        _models(Registry(settings.mlflow), runs, known, agreed),
        [scored for table in SCORES for scored in _scored(store, table, person)],
        sorted(said, key=lambda r: (r["stated_at"], *(r[c] for c in order))),
        sorted((r for r in agreed if r["as_of_date"] == last), key=lambda r: tuple(r[c] for c in order)),
    )


def _accounts_of(store: Store, user: str) -> list[str]:
    found = _rows(store, IDENTITY, "user_id", [user])
    newest = max((r["as_of_date"] for r in found), default=None)
    return [r["actor_id"] for r in found if r["actor_kind"] == "account" and r["as_of_date"] == newest]


def _rows(store: Store, table: Table, column: str, tokens: Collection[str]) -> list[Row]:
    return read_rows(store, table, (column, "in", sorted(tokens))) if tokens else []


def _held(store: Store, person: Person) -> Iterator[Held]:
    tokens = sorted(person.all)
    for table in TABLES.values():
        names = columns_of(table)
        if table.layer == "audit" or not names or not store.exists(table):
            continue
        wanted = dataset.field(names[0]).isin(tokens)
        for name in names[1:]:
            wanted = wanted | dataset.field(name).isin(tokens)
        day = table.slice_by or names[0]
        found = store.open(table).to_pyarrow_dataset().to_table(columns=[day], filter=wanted)
        if found.num_rows:
            span = pc.min_max(found[day]).as_py() if table.slice_by else {"min": None, "max": None}
            yield Held(table.name, found.num_rows, span["min"], span["max"])


def _uses(runs: Collection[tuple[Row, Row]], held: set[str], since: date, agreed: list[Row]) -> list[Use]:
    """Runs by purpose and job; one that worked on days before the person was known used nothing of them."""
    found: dict[tuple[str, str], list[tuple[Row, Row]]] = {}
    for row, detail in runs:
        if held & set(detail["read"]) and date.fromisoformat(detail["days"][1]) >= since:
            found.setdefault((detail["purpose"], row["subject"]), []).append((row, detail))
    uses = []
    for (purpose, job), of_job in found.items():
        moments = sorted(row["at"] for row, _ in of_job)
        out = sum(_left_out(detail, agreed) for _, detail in of_job)
        tables = tuple(sorted(held & {name for _, detail in of_job for name in detail["read"]}))
        uses.append(Use(purpose, job, len(of_job), out, moments[0], moments[-1], tables))
    return sorted(uses, key=lambda u: (u.purpose, u.job))


def _left_out(detail: Mapping[str, Any], agreed: list[Row]) -> bool:
    """The run asked for a consent that the person had not given on its day."""
    asked = detail.get("asked", {})
    if "consent" not in asked:
        return False
    given = {
        r["data_class"]
        for r in agreed
        if str(r["as_of_date"]) == detail["days"][1]
        and (r["purpose"], r["channel"], r["is_granted"]) == (asked["consent"], "none", True)
    }
    return not set(asked["data_classes"]) <= given


def _lists(store: Store, person: Person) -> list[OnList]:
    told = {
        row["subject"]: json.loads(row["detail"])["manifest_sha256"]
        for row in sorted(read_rows(store, TRAIL, ("kind", "=", "export")), key=lambda r: (r["day"], r["seq"]))
    }
    names = ("audience", "arm", "channel", "purpose", "offer_zh", "offer_en")
    rows = _rows(store, AUDIENCE_MEMBER, "user_id", person.tokens["user"])
    found = [
        OnList(day=r["as_of_date"], **{n: r[n] for n in names}, manifest=told.get(f"{r['as_of_date']}/{r['audience']}"))
        for r in rows
    ]
    return sorted(found, key=lambda r: (r.day, r.audience))


def _models(
    registry: Registry, runs: Collection[tuple[Row, Row]], known: set[date], agreed: list[Row]
) -> list[Learned]:
    details = {(row["subject"], detail["days"][1]): detail for row, detail in runs}
    found = []
    for model, taught in sorted(registry.learned_from().items()):
        if known & taught.seen:
            detail = details.get((TRAINERS.get(model.split()[0], ""), str(taught.day)), {})
            found.append(Learned(model, taught.day, not _left_out(detail, agreed)))
    return found


def _scored(store: Store, table: Table, person: Person) -> Iterator[Scored]:
    rows = _rows(store, table, "user_id", person.tokens["user"])
    if rows:
        last = max(rows, key=lambda r: r["as_of_date"])
        yield Scored(table.name, len({r["as_of_date"] for r in rows}), last["as_of_date"], last)
