"""Whoever is to be erased is told from those who share something with them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jobs.runtime.audit import append_rows
from jobs.runtime.erasure.person import COLUMNS, NobodyFound, columns_of, find_person
from jobs.runtime.erasure.verify import holds_any
from jobs.runtime.store import Store
from schemas.feeds import FEEDS
from schemas.silver.identity import IDENTITY
from schemas.table import Table
from schemas.tables import TABLES

MONDAY, TUESDAY = date(2026, 1, 5), date(2026, 1, 6)
BINDING = FEEDS["family_binding"].silver


def add(store: Store, table: Table, *rows: dict[str, Any]) -> None:
    """Rows of which only what matters is stated."""
    append_rows(store, table, [{**dict.fromkeys(table.column_names), **row} for row in rows])


def actor(actor_id: str, user_id: str | None, day: date = TUESDAY, kind: str = "account") -> dict[str, Any]:
    seen = datetime(2026, 1, 1, tzinfo=UTC)
    return {"as_of_date": day, "actor_id": actor_id, "user_id": user_id, "actor_kind": kind, "registered_at": seen}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "lake"))


def test_all_accounts_and_own_devices_are_the_person_and_shared_devices_are_not(store: Store) -> None:
    device = "device"
    add(
        store,
        IDENTITY,
        *[actor("a1", "u1"), actor("a2", "u1"), actor("d1", "u1", kind=device)],
        *[actor("d2", None, kind=device), actor("a3", "u3"), actor("d3", "u3", kind=device)],
    )
    found = find_person(store, "a2")
    assert {k: set(v) for k, v in found.tokens.items()} == {
        "account": {"a1", "a2"},
        "device": {"d1"},
        "member": set(),
        "user": {"u1"},
    }


def test_a_number_that_is_anothers_now_is_not_erased(store: Store) -> None:
    # On Monday both were taken for one person, on Tuesday they were parted.
    add(store, IDENTITY, actor("a1", "u1", MONDAY), actor("a2", "u1", MONDAY), actor("a1", "u1"), actor("a2", "u2"))
    assert set(find_person(store, "a2").tokens["user"]) == {"u2"}
    assert set(find_person(store, "a1").tokens["user"]) == {"u1"}


def test_members_for_whom_another_account_acts_too_stay(store: Store) -> None:
    add(store, IDENTITY, actor("mother", "u1"), actor("father", "u2"))
    bound = [("mother", "child"), ("father", "child"), ("mother", "grandmother")]
    add(store, BINDING, *[{"account_token": account, "member_token": member} for account, member in bound])
    found = find_person(store, "mother")
    assert set(found.tokens["member"]) == {"grandmother"}
    assert set(found.tokens["user"]) == {"u1", "pgrandmother"}


def test_an_unknown_account_is_told(store: Store) -> None:
    with pytest.raises(NobodyFound, match="does not exist yet"):
        find_person(store, "a1")
    add(store, IDENTITY, actor("a1", "u1"))
    with pytest.raises(NobodyFound, match="knows no such account"):
        find_person(store, "a9")


def test_no_column_that_names_a_person_is_forgotten() -> None:
    """A column that is called like a token, and is none of those that are looked at, must be known not to be one."""
    of_the_account = {f"{kind}_token" for kind in ("phone", "id_card", "openid", "unionid", "hospital_card")}
    known = COLUMNS | of_the_account | {"name_token", "address_token"}
    named = {c.name for t in TABLES.values() for c in t.columns if c.name.endswith(("_token", "user_id", "actor_id"))}
    assert named <= known
    assert all("account_token" in columns_of(t) for t in TABLES.values() if of_the_account & set(t.column_names))


@pytest.mark.parametrize(
    "column",
    [
        pa.array(["a", "secret"]),
        pa.array(["a", "secret"], pa.string_view()),
        pa.array(["a", "secret"], pa.large_string()),
        pa.array([["a"], ["b", "secret"]]),
        pa.array([[("k", "secret")], None], pa.map_(pa.string(), pa.string())),
        pa.array([[("secret", 1.0)], None], pa.map_(pa.string(), pa.float64())),
        pa.array([{"inside": "secret"}, None]),
    ],
    ids=lambda c: str(c.type),
)
def test_a_token_is_seen_in_a_column_of_any_kind(column: pa.Array, tmp_path: Path) -> None:
    path = tmp_path / "part.parquet"
    pq.write_table(pa.table({"n": [1, 2], "c": column}), path)
    assert holds_any(path, ["secret"])
    assert not holds_any(path, ["secre", "other"])


def test_a_token_is_seen_in_a_text_and_in_a_checkpoint(tmp_path: Path) -> None:
    text, checkpoint = tmp_path / "00.json", tmp_path / "_delta_log" / "1.checkpoint.parquet"
    text.write_text('{"minValues": {"t": "secret"}}')
    checkpoint.parent.mkdir()
    pq.write_table(pa.table({"add": [{"stats": '{"minValues": {"t": "secret"}}'}]}), checkpoint)
    for path in (text, checkpoint):
        assert holds_any(path, ["secret"])
        assert not holds_any(path, ["other"])
