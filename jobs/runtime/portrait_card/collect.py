"""What the lake knows of one user as of a day. Read without an engine: each table's files, by day and user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

from features.columns import FEATURE_TABLES, HOMES, SCORE_TABLES
from jobs.runtime.audit import read_rows
from jobs.runtime.portrait_card.evidence import Fact, columns_asked, declared, evidence
from jobs.runtime.portrait_card.whose import days_with_tags
from jobs.runtime.report.text import Text, same
from jobs.runtime.store import Store
from schemas.gold.care_alert import CARE_ALERT
from schemas.gold.care_event import CARE_EVENT
from schemas.gold.segment_member import SEGMENT_MEMBER, SEGMENT_VERSION
from schemas.gold.tag import FORGOTTEN_BELOW, TAG_DAY, TAG_DEFINITION, USER_TAG
from schemas.gold.user_portrait import USER_PORTRAIT
from schemas.silver.consent_state import CONSENT_STATE
from schemas.silver.identity_event import IDENTITY_EVENT
from schemas.table import Sensitivity, Table

Row = dict[str, Any]


@dataclass(frozen=True)
class HeldTag:
    """A tag that is held (`until` empty, weight 1) or fading, and the facts it rests on.

    `main` is the column whose value it says, where it says that of one.
    """

    code: str
    layer: str
    name: Text
    meaning: Text
    value: str
    weight: float
    since: date
    until: date | None
    purposes: tuple[str, ...]
    data_classes: tuple[str, ...]
    columns: tuple[str, ...]
    main: str
    certainty: str
    sensitivity: Sensitivity
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True)
class Membership:
    """A rule segment that the user is in."""

    code: str
    name: Text
    since: date
    purposes: tuple[str, ...]


@dataclass(frozen=True)
class Step:
    """One thing that came or went; `of` is the tag or segment it is about, so that it can be withheld with it."""

    day: date
    kind: str
    what: Text
    of: str = ""


@dataclass(frozen=True)
class Card:
    """Everything that the card tells. `first_day` is the first on which tags were derived at all.

    `is_withheld` says that the purpose it is read for may not see all of it; `user` of the flags that policy asks.
    """

    user_id: str
    day: date
    portrait: Row
    tags: Sequence[HeldTag]
    segments: Sequence[Membership]
    consent: Sequence[Row]
    steps: Sequence[Step]
    columns: Row
    first_day: date
    tables: tuple[str, ...]
    is_withheld: bool = False


def collect(store: Store, user: str, day: date, also: Sequence[str] = ()) -> Card:
    """The card of a user; `also` are columns wanted beside those of the tags held."""
    history = [r for r in read_rows(store, USER_TAG, ("user_id", "=", user)) if r["valid_from"] <= day]
    days = read_rows(store, TAG_DAY, ("as_of_date", "=", day))
    definitions = {(d["tag_code"], d["rule_version"]): d for d in read_rows(store, TAG_DEFINITION)}
    standing = _standing(history, day)
    mine = [definitions[r["tag_code"], r["rule_version"]] for r, _ in standing.values()]
    held = [d for d in mine if standing[d["tag_code"]][1] == 1.0]
    columns, tables = _columns(store, user, day, columns_asked(held) | set(also))
    bars = {r["tag_code"]: _bar(r, standing) for r in days if r["thresholds"]}
    facts = evidence(held, columns, bars)
    portrait = next(iter(_of_day(store, USER_PORTRAIT, user, day)), {})
    segments = read_rows(store, SEGMENT_MEMBER, ("user_id", "=", user))
    names = {r["segment"]: r for r in read_rows(store, SEGMENT_VERSION) if r["is_current"]}
    first = min(days_with_tags(store))
    steps = [*_tag_steps(history, definitions, day, first), *_segment_steps(segments, names, day, first)]
    steps += [*_alerts(store, user, day), *_identity_steps(store, user, day)]
    return Card(
        user, day, portrait,
        sorted((_held(d, *standing[d["tag_code"]], facts) for d in mine), key=_strongest_first),
        [_member(r, names) for r in segments if _holds(r, day)],
        _of_day(store, CONSENT_STATE, user, day),
        sorted(steps, key=lambda s: (-s.day.toordinal(), s.kind, s.what.en)),
        columns.to_pylist()[0] if columns.num_rows else {}, first,
        (USER_TAG.name, TAG_DEFINITION.name, USER_PORTRAIT.name, SEGMENT_MEMBER.name, CONSENT_STATE.name, *tables),
    )  # fmt: skip


def _of_day(store: Store, table: Table, user: str, day: date) -> list[Row]:
    return read_rows(store, table, ("as_of_date", "=", day), ("user_id", "=", user))


def _holds(stretch: Row, day: date) -> bool:
    return stretch["valid_from"] <= day and (stretch["valid_to"] is None or stretch["valid_to"] > day)


def _standing(history: Sequence[Row], day: date) -> dict[str, tuple[Row, float]]:
    """The last stretch of each tag that is held or not forgotten, with its weight: as features.tags.weights."""
    found: dict[str, tuple[Row, float]] = {}
    began: dict[tuple[str, str, date], Any] = {}
    for row in sorted(history, key=lambda r: (r["valid_from"], _holds(r, day))):
        weight = 1.0 if _holds(row, day) else _faded(row, day)
        # Another version of the rule begins a stretch of its own: whoever stays has it since the first of them.
        since = began.get((row["tag_code"], row["value"], row["valid_from"]), row["valid_from"])
        if row["valid_to"]:
            began[row["tag_code"], row["value"], row["valid_to"]] = since
        if weight >= FORGOTTEN_BELOW:
            found[row["tag_code"]] = (row | {"since": since}, weight)
    return found


def _faded(row: Row, day: date) -> float:
    if not row["half_life_days"]:
        return 0.0
    return float(round(0.5 ** ((day - row["valid_to"]).days / row["half_life_days"]), 4))


def _columns(store: Store, user: str, day: date, wanted: set[str]) -> tuple[pa.Table, list[str]]:
    """One row of the user's feature and score columns; a table that has no row of the day gives none."""
    found: dict[str, Any] = {"as_of_date": pa.array([day])}
    tables = []
    for table in (*FEATURE_TABLES, *SCORE_TABLES):
        mine = [c for c in table.column_names if c in wanted and HOMES.get(c) == table]
        if not mine or not store.exists(table):
            continue
        asked = [("as_of_date", "=", day), ("user_id", "=", user)]
        stored = [c for c in mine if c in store.columns(table)]
        rows = pa.table(store.open(table).to_pyarrow_table(columns=stored, filters=asked))
        if rows.num_rows:
            found |= {c: rows[c] for c in stored}
            tables.append(table.name)
    return pa.table(found), tables


def _bar(row: Row, standing: Mapping[str, tuple[Row, float]]) -> Row:
    """Of a tier: the threshold above which the user's own label begins."""
    value = standing[row["tag_code"]][0]["value"] if row["tag_code"] in standing else None
    return {"reached": dict(row["thresholds"]).get(value)}


def _held(d: Row, row: Row, weight: float, facts: Mapping[str, tuple[Fact, ...]]) -> HeldTag:
    return HeldTag(
        code=d["tag_code"], layer=d["layer"], name=Text(d["name_zh"], d["name_en"]),
        meaning=Text(d["meaning_zh"], d["meaning_en"]), value=row["value"], weight=weight, since=row["since"],
        until=row["valid_to"] if weight < 1.0 else None, purposes=tuple(d["purposes"]),
        data_classes=tuple(d["data_classes"]), columns=tuple(d["source_columns"]), main=_main(d),
        certainty=d["evidence"], sensitivity=d["sensitivity"], facts=facts.get(d["tag_code"], ()),
    )  # fmt: skip


def _main(d: Row) -> str:
    said = declared(d["rule"]).get("column", "None")
    return "" if said == "None" else said


def _strongest_first(tag: HeldTag) -> tuple[object, ...]:
    return (tag.layer, -tag.weight, -tag.since.toordinal(), tag.code)


def _named(row: Row | None, code: str) -> Text:
    return Text(row["name_zh"], row["name_en"]) if row else same(code)


def _member(row: Row, names: Mapping[str, Row]) -> Membership:
    known = names.get(row["segment"])
    purposes = tuple(known["purposes"]) if known else ()
    return Membership(row["segment"], _named(known, row["segment"]), row["valid_from"], purposes)


def _tag_steps(
    history: Sequence[Row], definitions: Mapping[tuple[str, str], Row], day: date, first: date
) -> list[Step]:
    """Tags that came or went after the first day; where one value follows another, the new one alone is told."""
    began = {(r["tag_code"], r["valid_from"]) for r in history}
    ended = {(r["tag_code"], r["value"], r["valid_to"]) for r in history}
    steps = []
    for r in history:
        name = _named(definitions.get((r["tag_code"], r["rule_version"])), r["tag_code"])
        if r["valid_from"] > first and (r["tag_code"], r["value"], r["valid_from"]) not in ended:
            steps.append(Step(r["valid_from"], "entered", name, r["tag_code"]))
        if r["valid_to"] and r["valid_to"] <= day and (r["tag_code"], r["valid_to"]) not in began:
            steps.append(Step(r["valid_to"], "left", name, r["tag_code"]))
    return steps


def _segment_steps(rows: Sequence[Row], names: Mapping[str, Row], day: date, first: date) -> list[Step]:
    steps = []
    for r in rows:
        name = _named(names.get(r["segment"]), r["segment"])
        if first < r["valid_from"] <= day:
            steps.append(Step(r["valid_from"], "joined", name, r["segment"]))
        if r["valid_to"] and r["valid_to"] <= day:
            steps.append(Step(r["valid_to"], "parted", name, r["segment"]))
    return steps


def _alerts(store: Store, user: str, day: date) -> list[Step]:
    return [
        Step(row["as_of_date"], kind, Text(row["text_zh"], row["text_en"]))
        for table, kind in ((CARE_ALERT, "alert"), (CARE_EVENT, "begun"))
        for row in read_rows(store, table, ("user_id", "=", user))
        if row["as_of_date"] <= day
    ]


def _identity_steps(store: Store, user: str, day: date) -> list[Step]:
    rows = read_rows(store, IDENTITY_EVENT, ("new_user_id", "=", user))
    merged = {r["as_of_date"] for r in rows if r["kind"] in ("merge", "rename") and r["as_of_date"] <= day}
    return [Step(d, "merged", Text("账号合并到此人", "Accounts put together")) for d in merged]
