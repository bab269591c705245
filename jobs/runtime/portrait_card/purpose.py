"""What of a card a purpose may see: asked of the one policy, for this one person."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from features.columns import COLUMNS, at_least, data_classes
from features.declared_fields import Purpose
from features.policy import NO_CONSENT, Known, Policy, permitted
from features.reachable import reachable_accounts
from features.segment import Segment
from jobs.runtime.audit import read_rows
from jobs.runtime.portrait_card.collect import Card, HeldTag
from jobs.runtime.portrait_card.whose import NoCard
from jobs.runtime.store import Store
from schemas.gold.audience import AUDIENCE_MEMBER
from schemas.silver.consent_state import CONSENT_STATE
from schemas.silver.identity import IDENTITY
from schemas.table import Table
from schemas.vocabulary import CHANNELS

Classes = tuple[str, ...]


def seen_for(
    card: Card, purpose: Purpose, policy: Policy, segments: Sequence[Segment], spark: SparkSession, store: Store
) -> Card:
    """The card with what the purpose may see and nothing else, as if the rest were not known.

    A tag, segment or figure is shown where it is meant for the purpose, the policy does not object to its columns
    being listed, and the person agreed to all of its data classes for the purpose on some channel. NoCard where the
    policy keeps the person out: why is not told, since it may be the very thing that must not be seen.
    """
    if purpose not in policy.purposes:
        raise NoCard(f"purpose {purpose} is not allowed by conf/policy.yml: default is no")
    kept = [t for t in card.tags if _is_meant_for(t, purpose, policy)]
    declared = {s.code: s for s in segments if purpose in s.stated.purposes}
    told = {c for c in card.portrait if c in COLUMNS and not policy.objections(purpose, (c,), (c,))}
    asked = {t.code: t.data_classes for t in kept} | {c: data_classes((c,)) for c in told}
    asked |= {code: s.data_classes for code, s in declared.items()}
    agreed = _agreed(card, purpose, policy, {_with_basic(c) for c in asked.values()}, spark, store)
    may = {name for name, classes in asked.items() if _with_basic(classes) in agreed}
    return replace(
        card,
        tags=[t for t in kept if t.code in may],
        segments=[s for s in card.segments if s.code in may],
        portrait={c: v for c, v in card.portrait.items() if c in may or c in ("user_id", "as_of_date")},
        consent=[r for r in card.consent if r["purpose"] == purpose],
        steps=[s for s in card.steps if s.of in may],
        columns={},
        is_withheld=True,
    )


def _is_meant_for(tag: HeldTag, purpose: Purpose, policy: Policy) -> bool:
    if at_least(tag.sensitivity, "health") and not policy.purposes[purpose].health_columns_on_lists:
        return False
    listed = tuple(c for c in tag.columns if c in COLUMNS)
    return purpose in tag.purposes and not policy.objections(purpose, tag.columns, listed)


def _with_basic(classes: Collection[str]) -> Classes:
    # As lists do: whoever did not agree to be known at all agreed to nothing else.
    return tuple(sorted({"basic", *classes}))


def _agreed(
    card: Card, purpose: Purpose, policy: Policy, asked: set[Classes], spark: SparkSession, store: Store
) -> set[Classes]:
    """The sets of data classes that the policy lets the purpose use on one channel or another."""
    mine = (("as_of_date", "=", card.day), ("user_id", "=", card.user_id))
    consent = _frame(spark, CONSENT_STATE, card.consent)
    accounts = reachable_accounts(_frame(spark, IDENTITY, read_rows(store, IDENTITY, *mine)))
    known = Known(card.day, consent, accounts, _flags(card, policy, spark), _frame(spark, AUDIENCE_MEMBER, []))
    sets = sorted(asked)
    rows = [(str(i), i, card.user_id, purpose, list(c), ch) for i, c in enumerate(sets) for ch in (*CHANNELS, "none")]
    ddl = "audience string, priority int, user_id string, purpose string, data_classes array<string>, channel string"
    looking = {p: s.model_copy(update={"cap": None}) for p, s in policy.purposes.items()}
    judged = permitted(spark.createDataFrame(rows, ddl), known, policy.model_copy(update={"purposes": looking}))
    found = judged.select("priority", "refused").collect()
    if any(r["refused"] not in (None, NO_CONSENT) for r in found):
        raise NoCard(f"nothing of this person may be seen for {purpose}")
    return {sets[r["priority"]] for r in found if r["refused"] is None}


def _flags(card: Card, policy: Policy, spark: SparkSession) -> DataFrame:
    names = policy.columns
    ddl = ", ".join(["user_id string", *(f"`{c}` {COLUMNS[c].type}" for c in names)])
    # What is not kept of the day is NULL, and a ban whose rule is unknown bans.
    return spark.createDataFrame([(card.user_id, *(card.columns.get(c) for c in names))], ddl)


def _frame(spark: SparkSession, table: Table, rows: Sequence[Mapping[str, Any]]) -> DataFrame:
    return spark.createDataFrame([tuple(r[c] for c in table.column_names) for r in rows], table.ddl)
