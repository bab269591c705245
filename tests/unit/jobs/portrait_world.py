"""A small lake of users' feature and score rows, written without the jobs that would make them."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from features.columns import FEATURE_TABLES, SCORE_TABLES
from features.comparison import Difference
from jobs.proof.rows import proof_rows
from jobs.runtime.audit import append_rows
from jobs.runtime.settings import Settings, elsewhere, load_settings
from jobs.runtime.store import Store
from schemas.gold.user_value_tier import USER_VALUE_TIER
from schemas.intake import INGEST_FILE
from schemas.self_proof import SELF_PROOF
from schemas.silver.consent_state import CONSENT_STATE
from schemas.silver.identity import IDENTITY
from schemas.table import Column, Table
from schemas.vocabulary import CHANNELS, DATA_CLASSES

DAYS = tuple(date(2026, 4, 1) + timedelta(days=i) for i in range(4))
CHOICES: dict[str, Sequence[Any]] = {
    "age_band": ("25-34", "65+"), "generation": ("gen_z", "silver"), "sex": ("female", "male", "unknown"),
    "city_tier": ("first", "other"), "climate": ("north_cold", "south_humid"), "membership_level": ("ordinary", "gold"),
    "risk_tier": ("high", "middle", "low"), "top_department_180d": ("dermatology", "tcm", None),
    "last_department": ("respiratory", "tcm"), "top_left_at_step_90d": ("search", "payment", None),
    "top_channel_90d": (*CHANNELS, None), "fertility_state": ("trying", "none", None),
    "segment_code": ("newcomer", "regular"), "income_band": ("low", "high", None),
    "registration_channel": ("wechat", "organic"), "top_daypart_90d": ("night", "evening"),
    "departments_180d": ([], ["tcm"], ["psychiatry"]),
}  # fmt: skip
RARE = ("has_mental_condition", "has_hiv_or_std", "has_cancer", "has_pregnancy_loss", "has_sensitive_condition",
        "is_closed", "is_minor", "is_under_14")  # fmt: skip


def settings_in(folder: Path) -> Settings:
    return elsewhere(load_settings("simulated", "sail"), folder, 0)


def write_world(settings: Settings, users: int = 40, days: Sequence[date] = DAYS, seed: int = 1) -> None:
    """Feature and score rows, identity and consent of every day."""
    store = Store(str(settings.lake))
    for day in days:
        write_day(store, day, [f"u{i:04d}" for i in range(users)], seed)


def write_day(store: Store, day: date, users: Sequence[str], seed: int) -> None:
    for table in (*FEATURE_TABLES, *SCORE_TABLES):
        if table != USER_VALUE_TIER:
            append_rows(store, table, rows_of(table, users, day, seed))
    append_rows(store, IDENTITY, [_identity(user, i, day) for i, user in enumerate(users)])
    append_rows(store, CONSENT_STATE, [r for i, user in enumerate(users) for r in _consents(user, i, day)])
    append_rows(store, INGEST_FILE, [file_row(feed, day) for feed in ("account", "consent")])
    append_rows(store, SELF_PROOF, proof_rows(day, len(users), {CONSENT_STATE.name: Difference(len(users))}))


def rows_of(table: Table, users: Sequence[str], day: date, seed: int = 1) -> list[Mapping[str, Any]]:
    """A believable row of each user."""
    return [_row(table, user, day, seed) for user in users]


def _row(table: Table, user: str, day: date, seed: int) -> Mapping[str, Any]:
    rng = random.Random(f"{seed} {table.name} {user} {day.day // 2}")  # every other day is like the one before
    return {c.name: {"user_id": user, "as_of_date": day}.get(c.name, _value(c, rng)) for c in table.columns}


def _value(column: Column, rng: random.Random) -> Any:
    if column.name in CHOICES:
        return rng.choice(CHOICES[column.name])
    if column.type == "boolean":
        return rng.random() < (0.03 if column.name in RARE else 0.3)
    if column.type in ("int", "bigint"):
        return rng.choice((0, 1, 2, 3, 5, 20, 40, 90)) if "share" not in column.name else 1
    if column.type == "double":
        return round(rng.random(), 3) if "share" in column.name or "prob" in column.name else round(rng.random() * 9, 2)
    if column.type.startswith("decimal"):
        return Decimal(rng.randrange(0, 400_000)) / 100
    if column.type == "date":
        return date(2026, 1, 1) + timedelta(days=rng.randrange(0, 80))
    if column.type == "timestamp":
        return datetime(2026, 1, 1, tzinfo=UTC)
    return [] if column.type.startswith("array") else "x"


def _identity(user: str, i: int, day: date) -> Mapping[str, Any]:
    return {
        "as_of_date": day, "actor_id": f"acc_{user}", "actor_kind": "account", "user_id": user, "link_kind": "own",
        "registered_at": datetime(2026, 1, 1, tzinfo=UTC), "is_excluded": i == 0,
        "excluded_reason": "robot" if i == 0 else None,
    }  # fmt: skip


def file_row(feed: str, day: date) -> Mapping[str, Any]:
    return {
        "feed": feed, "known_date": day, "source_file": f"{feed}/{day}.csv", "status": "taken", "message": None,
        "sha256": "0", "size_bytes": 1, "read_count": 1, "bad_count": 0, "key_id": "k",
    }  # fmt: skip


def _consents(user: str, i: int, day: date) -> list[Mapping[str, Any]]:
    """User 1 has never said anything; every fifth refuses health; the rest agree to all but phone."""
    if i == 1:
        return []
    return [
        {
            "as_of_date": day, "user_id": user, "purpose": purpose, "data_class": data_class, "channel": channel,
            "is_granted": channel != "phone" and not (i % 5 == 2 and data_class == "health"), "reason": "granted",
            "text_version": "v1", "stated_at": datetime(2026, 1, 2, tzinfo=UTC), "expires_at": None,
            "consent_id": f"{user}{purpose}{data_class}{channel}",
        }
        for purpose in ("care", "marketing") for data_class in DATA_CLASSES for channel in CHANNELS
    ]  # fmt: skip
