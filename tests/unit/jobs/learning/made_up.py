"""A small world written straight into feature tables: people who come, buy and leave, with nothing in between."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import SparkSession

from features.wide import THEMES
from jobs.runtime.lake import Lake
from jobs.runtime.settings import Settings, elsewhere, load_settings
from schemas.feature.user_activity import USER_ACTIVITY
from schemas.feature.user_day import USER_DAY
from schemas.feature.user_funnel import USER_FUNNEL
from schemas.feature.user_profile import USER_PROFILE
from schemas.feature.user_value import USER_VALUE
from schemas.silver.consent_state import CONSENT_STATE
from schemas.silver.identity import IDENTITY
from schemas.table import Column, Table
from schemas.vocabulary import DATA_CLASSES

DAY = date(2026, 6, 30)
HISTORY = 180
_BURN_IN = 550
BACK = (0, 30, 45, 60, 90, 120, 135)
_ARROW = {
    "string": pa.string(), "boolean": pa.bool_(), "int": pa.int32(), "bigint": pa.int64(), "double": pa.float64(),
    "date": pa.date32(), "timestamp": pa.timestamp("us", "UTC"), "array<string>": pa.list_(pa.string()),
}  # fmt: skip
_EMPTY: dict[str, Any] = {"string": "none", "boolean": False, "array<string>": [], "date": DAY,
                          "timestamp": datetime(2026, 1, 1, tzinfo=UTC)}  # fmt: skip


@dataclass(frozen=True)
class World:
    """Who came on which day and what they paid: users x days; the last day is DAY."""

    came: NDArray[np.bool_]
    paid: NDArray[np.float64]
    registered: NDArray[np.int64]

    @property
    def users(self) -> list[str]:
        return [f"u{i:05d}" for i in range(len(self.came))]

    def until(self, back: int) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        return self.came[:, : HISTORY - back], self.paid[:, : HISTORY - back]


def people(count: int, seed: int = 7) -> World:
    """Gamma rates, a personal chance of leaving after each visit; some visits of buyers are paid.

    People register over two years and only the last HISTORY days are kept, so that no day looks like another's past.
    """
    rng = np.random.default_rng(seed)
    rate, leaving = rng.gamma(0.9, 0.12, count).clip(0.005, 0.8), rng.beta(0.7, 8, count)
    is_buyer, price = rng.random(count) < 0.5, rng.lognormal(4, 0.6, count)
    registered = rng.integers(-_BURN_IN, HISTORY - 1, count)
    alive = np.ones(count, dtype=bool)
    came, paid = np.zeros((count, HISTORY), dtype=bool), np.zeros((count, HISTORY))
    for day in range(-_BURN_IN, HISTORY):
        here = alive & (registered <= day) & (rng.random(count) < np.where(registered == day, 1, rate))
        buys = here & is_buyer & (rng.random(count) < 0.4)
        if day >= 0:
            came[:, day] = here
            paid[buys, day] = price[buys] * rng.gamma(4, 0.25, buys.sum())
        alive &= ~(here & (rng.random(count) < leaving))
    return World(came, paid, registered)


def settings_in(folder: Path) -> Settings:
    return elsewhere(load_settings("simulated", "sail"), folder, 0)


def write_world(spark: SparkSession, settings: Settings, world: World, backs: Iterable[int] = BACK) -> Lake:
    """Facts of all days, and identity and themes as of each of `backs` days before DAY."""
    lake = Lake(spark, str(settings.lake))
    first = DAY - timedelta(days=HISTORY - 1)
    lake.replace(USER_DAY, _frame(spark, USER_DAY, _facts(world, first)), first, DAY, job="test")
    for back in backs:
        as_of = DAY - timedelta(days=back)
        whose = {"actor_id": world.users, "user_id": world.users, "actor_kind": "account", "link_kind": "own"}
        known = {IDENTITY: whose, **_features(world, back)}
        for table in (IDENTITY, *THEMES):
            told = {"user_id": world.users, "as_of_date": as_of, **known.get(table, {})}
            lake.replace(table, _frame(spark, table, pd.DataFrame(told)), as_of, as_of, job="test")
    agree(spark, lake, world.users)
    return lake


def agree(spark: SparkSession, lake: Lake, users: Iterable[str], classes: Iterable[str] = DATA_CLASSES) -> None:
    """Who has agreed to care as of DAY, for these classes of data; nobody else has said anything."""
    said = [{"user_id": u, "data_class": c} for u in users for c in classes]
    told = pd.DataFrame(said).assign(
        as_of_date=DAY, purpose="care", channel="none", is_granted=True, reason="granted", text_version="1",
        stated_at=datetime(2026, 1, 1, tzinfo=UTC), consent_id="k",
    )  # fmt: skip
    lake.replace(CONSENT_STATE, _frame(spark, CONSENT_STATE, told), DAY, DAY, job="test")


def _facts(world: World, first: date) -> pd.DataFrame:
    user, day = np.nonzero(world.came)
    dates = [first + timedelta(days=int(d)) for d in day]
    spend = [Decimal(f"{v:.2f}") for v in world.paid[user, day]]
    names = np.array(world.users)[user]
    return pd.DataFrame({"actor_id": names, "event_date": dates, "known_date": dates, "active_event_count": 3,
                         "spend_yuan": spend})  # fmt: skip


def _features(world: World, back: int) -> Mapping[Table, Mapping[str, Any]]:
    came, paid = world.until(back)
    days = came.shape[1]
    bought = paid > 0

    def since(mask: NDArray[np.bool_], none: int) -> NDArray[np.int64]:
        return np.where(mask.any(axis=1), np.argmax(mask[:, ::-1], axis=1), none)

    first = np.where(bought.any(axis=1), days - 1 - np.argmax(bought, axis=1), -1)
    last = since(bought, 730)
    has, buys = bought.any(axis=1), bought.sum(axis=1)
    nullable = [None if not h else int(v) for h, v in zip(has, first, strict=True)]
    spans = [None if not h else int(f - lo) for h, f, lo in zip(has, first, last, strict=True)]
    mean = [None if not h else float(p / b) for h, p, b in zip(has, paid.sum(axis=1), buys, strict=True)]
    return {
        USER_PROFILE: {"tenure_days": (days - 1 - world.registered).clip(0)},
        USER_ACTIVITY: {
            "days_since_last_activity": since(came, 180),
            **{f"active_days_{n}d": came[:, -n:].sum(axis=1) for n in (7, 30, 90, 180)},
        },
        USER_FUNNEL: {"start_session_count_90d": bought[:, -90:].sum(axis=1) + came[:, -90:].sum(axis=1) // 4},
        USER_VALUE: {
            **{f"spend_yuan_{n}d": [Decimal(f"{v:.2f}") for v in paid[:, -n:].sum(axis=1)] for n in (30, 90, 180)},
            "order_count_90d": bought[:, -90:].sum(axis=1),
            "days_since_last_order": last,
            "is_buyer": has,
            "repeat_purchase_count": np.maximum(buys - 1, 0),
            "days_since_first_purchase": nullable,
            "days_first_to_last_purchase": spans,
            "mean_spend_yuan": mean,
        },
    }


def _frame(spark: SparkSession, table: Table, told: pd.DataFrame) -> Any:
    """The told columns, all others empty as their declaration has it."""
    columns = [_array(c, told) for c in table.columns]
    return spark.createDataFrame(pa.table(columns, names=list(table.column_names)))


def _array(column: Column, told: pd.DataFrame) -> pa.Array:
    kind = (
        pa.decimal128(*map(int, column.type[8:-1].split(","))) if column.type[:7] == "decimal" else _ARROW[column.type]
    )
    if column.name in told:
        return pa.array(list(told[column.name]), type=kind, from_pandas=True)
    empty = None if column.nullable and column.type != "array<string>" else _EMPTY.get(column.type, 0)
    return pa.nulls(len(told), kind) if empty is None else pa.array([empty] * len(told), type=kind)
