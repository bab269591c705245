"""Accounts with what they share, as many as wanted: made up with numpy, written as silver tables."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from jobs.runtime.lake import Lake
from schemas.feature.user_day import USER_DAY
from schemas.feeds import FEEDS
from schemas.silver.device_account import DEVICE_ACCOUNT
from schemas.table import Table

FIRST = date(2026, 6, 29)
NEXT = FIRST + timedelta(days=1)
# Identifiers that one account brings on average: telephone, ID card, openid, unionid, address, devices.
_PER_ACCOUNT = 4.95
_NEW_SHARE, _CHANGED_SHARE = 0.005, 0.005
_CHAINS, _CHAIN_LENGTH = 10, 100
Ints = NDArray[np.int64]


def write_day(lake: Lake, identifiers: int, day: date, folder: Path) -> int:
    """Writes what came on FIRST, or on NEXT: new accounts and changed ones; returns how many identifiers came."""
    many = max(int(identifiers / _PER_ACCOUNT), 2 * _CHAINS * _CHAIN_LENGTH)
    new = int(many * _NEW_SHARE)
    rng = np.random.default_rng(7 if day == FIRST else 8)
    changed = rng.permutation(many)[: int(many * _CHANGED_SHARE)]
    rows = np.arange(many) if day == FIRST else np.concatenate([np.arange(many, many + new), changed])
    account = _accounts(rows.astype(np.int64), many, day, len(changed) if day == NEXT else 0)
    pairs = _log_ins(account["account_token"], rows, many)
    days = (np.arange(len(pairs["device_token"])) * 7919 % 60) if day == FIRST else np.zeros(len(pairs["device_token"]))
    on = np.array(day, dtype="datetime64[D]") - days.astype("timedelta64[D]")
    put(lake, FEEDS["account"].silver, account, day, folder)
    if day == FIRST:
        put(lake, DEVICE_ACCOUNT, {**pairs, "known_date": on, "first_event_date": on}, day, folder, days=60)
    else:
        put(lake, FEEDS["event"].silver, {**pairs, "event_id": _words("e", np.arange(len(on)))}, day, folder)
    acting = {"actor_id": account["account_token"][::5]}
    acting |= {"actor_kind": ["account"] * len(acting["actor_id"]), "event_count": np.full(len(acting["actor_id"]), 3)}
    put(lake, USER_DAY, acting, day, folder)
    stated = (account[c] for c in account if c.endswith("_token") and c not in ("account_token", "merged_into_token"))
    return sum(len(set(column) - {None}) for column in [*stated, pairs["device_token"]])


def _accounts(rows: Ints, many: int, day: date, changed: int) -> dict[str, Any]:
    """3 % repeat another's card, unionid or birth, 5 % share a telephone; a few chains hang together by pairs."""
    draw = np.random.default_rng(rows[0] + 1).random((6, len(rows)))
    person = np.where(draw[0] < 0.03, rows * 31 % many, rows)
    phone = np.where(draw[1] < 0.05, rows // 2 * 2, person) + (rows >= many) * 10**7
    phone[len(rows) - changed :] += 2 * 10**7
    in_chain = rows < _CHAINS * _CHAIN_LENGTH
    card, union = np.where(in_chain, 10**8 + (rows + 1) // 2, person), np.where(in_chain, 10**8 + rows // 2, person)
    born = np.array("1990-01-01", dtype="datetime64[D]") - (person * 7919 % 15_000).astype("timedelta64[D]")
    opened = np.array("2026-06-01T00:00:00", dtype="datetime64[us]") - (rows % 500).astype("timedelta64[D]")
    at = np.full(len(rows), datetime.combine(day, time(4)), dtype="datetime64[us]")
    return {
        "account_token": _words("a", rows), "registered_at": opened, "updated_at": at, "birth_date": born,
        "sex": np.where(person % 2, "female", "male"), "status": ["open"] * len(rows),
        "phone_token": _words("p", phone),
        "id_card_token": _words("i", card, (draw[2] < 0.55) | in_chain),
        "unionid_token": _words("w", union, (draw[3] < 0.7) | in_chain),
        "openid_token": _words("o", rows, draw[3] < 0.7),
        "name_token": _words("n", person % 500), "address_token": _words("s", person),
        "merged_into_token": _words("a", np.maximum(rows - 50, 0), draw[4] < 0.002),
    }  # fmt: skip


def _log_ins(accounts: list[str | None], rows: Ints, many: int) -> dict[str, Any]:
    """Each account on its device, 8 % on a neighbour's, 3 % on one of the hubs, 15 % on a second one."""
    draw = np.random.default_rng(rows[0] + 2).random((3, len(rows)))
    device = np.where(draw[0] < 0.08, rows // 2 * 2, rows)
    hub = 3 * 10**7 + rows % max(many // 4_000, 1)
    parts = [(device, np.ones(len(rows), dtype=bool)), (10**7 + rows, draw[1] < 0.15), (hub, draw[2] < 0.03)]
    at = np.concatenate([np.flatnonzero(chosen) for _, chosen in parts])
    devices = np.concatenate([of[chosen] for of, chosen in parts])
    return {"device_token": _words("d", devices), "account_token": [accounts[i] for i in at]}


def _words(letter: str, numbers: Ints, there: NDArray[np.bool_] | None = None) -> list[str | None]:
    """Tokens of 32 characters, in no order of their numbers."""
    said = there if there is not None else np.ones(len(numbers), dtype=bool)
    mixed = (numbers.astype(np.uint64) * np.uint64(11400714819323198485)).tolist()
    return [f"{m:016x}{letter}{n:015d}" if yes else None
            for m, n, yes in zip(mixed, numbers.tolist(), said.tolist(), strict=True)]  # fmt: skip


def put(lake: Lake, table: Table, columns: Mapping[str, Any], day: date, folder: Path, days: int = 1) -> None:
    """Replaces the table's days by these rows; what is not given is empty, or plain where it may not be."""
    path = folder / f"{table.noun}.parquet"
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)
    dates = f"DATE'{day}'"
    plain = {"string": "'x'", "date": dates, "timestamp": f"TIMESTAMP'{day} 16:00:00'", "boolean": "true"}
    empty = {
        c.name: "NULL" if c.nullable and c.name not in table.key else plain.get(c.type, "0") for c in table.columns
    }
    filled = [f"CAST({c.name if c.name in columns else empty[c.name]} AS {c.type}) AS {c.name}" for c in table.columns]
    rows = lake.spark.read.parquet(str(path)).selectExpr(*filled)
    lake.replace(table, rows, day - timedelta(days=days - 1), day, job="bench")
