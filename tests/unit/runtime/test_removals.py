"""A removal file lies there until whoever pulled the lists has confirmed it."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from jobs.runtime.audit import append_rows, read_rows
from jobs.runtime.removals import NoSuchReceipt, confirm, open_receipts, receipt_of, tell_removals
from jobs.runtime.settings import Settings, elsewhere, load_settings
from jobs.runtime.store import Store
from jobs.runtime.trail.chain import Trail
from jobs.runtime.trail.conf_state import read_conf
from schemas.erasure import ERASURE
from schemas.removal import REMOVAL
from schemas.trail import TRAIL

DAY = date(2026, 6, 29)
LIST = DAY - timedelta(days=1)
GONE = {"a": [(LIST, "x"), (LIST - timedelta(days=7), "x")], "b": [(LIST, "y")]}
Gone = Mapping[str, Sequence[tuple[date, str]]]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return elsewhere(load_settings("simulated"), tmp_path, 5)


def store_of(settings: Settings) -> Store:
    return Store(str(settings.lake))


def tell(settings: Settings, gone: Gone, day: date = DAY) -> int:
    trail = Trail(store_of(settings), settings.anchors, read_conf(settings.conf), "run")
    return tell_removals(store_of(settings), settings.exports, trail, day, gone)


def lying_there(settings: Settings) -> dict[str, list[tuple[str, str]]]:
    """Receipt -> (list, account) of each file."""
    found = {}
    for path in sorted((settings.exports / "removals").glob("*")):
        rows = list(csv.DictReader(path.open(encoding="utf-8-sig")))
        assert {r["receipt"] for r in rows} == {path.stem}
        found[path.stem] = [(r["list"], r["account_token"]) for r in rows]
    return found


def test_each_audience_has_a_file_that_names_the_lists_and_a_receipt_without_persons(settings: Settings) -> None:
    assert tell(settings, GONE) == 2
    assert lying_there(settings) == {
        "withdrawal-2026-06-29-a": [("2026-06-21/a", "x"), ("2026-06-28/a", "x")],
        "withdrawal-2026-06-29-b": [("2026-06-28/b", "y")],
    }
    receipts = open_receipts(store_of(settings))
    assert [(r.receipt_id, r.audience, r.told_on, r.rows) for r in receipts] == [
        (receipt_of(DAY, "a"), "a", DAY, 2), (receipt_of(DAY, "b"), "b", DAY, 1),
    ]  # fmt: skip
    assert [receipts[0].days(day) for day in (DAY, DAY + timedelta(days=4))] == [0, 4]
    told = read_rows(store_of(settings), TRAIL, ("kind", "=", "removal"))
    assert {r["subject"] for r in told} == {r.receipt_id for r in receipts}
    assert not any('"x"' in r["detail"] or '"y"' in r["detail"] for r in told)


def test_a_rerun_changes_nothing_and_lays_down_what_is_not_confirmed(settings: Settings) -> None:
    tell(settings, GONE)
    before, steps = lying_there(settings), read_rows(store_of(settings), REMOVAL)
    (settings.exports / "removals" / f"{receipt_of(DAY, 'a')}.csv").unlink()
    assert tell(settings, GONE) == 0
    assert (lying_there(settings), read_rows(store_of(settings), REMOVAL)) == (before, steps)


def test_what_is_confirmed_goes_and_stays_gone(settings: Settings) -> None:
    tell(settings, GONE)
    for _ in range(2):
        confirm(settings, receipt_of(DAY, "a"))
    tell(settings, GONE)
    assert set(lying_there(settings)) == {receipt_of(DAY, "b")}
    assert [r.audience for r in open_receipts(store_of(settings))] == ["b"]
    assert [r["status"] for r in read_rows(store_of(settings), REMOVAL, ("audience", "=", "a"))].count("confirmed") == 1


def test_a_rerun_that_finds_more_opens_the_receipt_again_and_one_that_finds_nobody_takes_it_back(
    settings: Settings,
) -> None:
    tell(settings, GONE)
    confirm(settings, receipt_of(DAY, "b"))
    assert tell(settings, {**GONE, "b": [(LIST, "y"), (LIST, "z")]}) == 1
    assert [r.rows for r in open_receipts(store_of(settings))] == [2, 2]
    tell(settings, {"b": GONE["b"]})
    assert set(lying_there(settings)) == {receipt_of(DAY, "b")}
    assert [r.audience for r in open_receipts(store_of(settings))] == ["b"]
    with pytest.raises(NoSuchReceipt, match="no removal file with the receipt"):
        confirm(settings, receipt_of(DAY, "a"))


def test_somebody_else_in_the_place_of_who_was_told_is_told_anew(settings: Settings) -> None:
    tell(settings, GONE)
    assert tell(settings, {**GONE, "b": [(LIST, "z")]}) == 1
    assert lying_there(settings)[receipt_of(DAY, "b")] == [("2026-06-28/b", "z")]


def test_a_day_without_withdrawals_writes_nothing_of_those_before(settings: Settings) -> None:
    tell(settings, GONE)
    before = read_rows(store_of(settings), REMOVAL)
    tell(settings, {}, DAY + timedelta(days=1))
    assert read_rows(store_of(settings), REMOVAL) == before


def test_a_receipt_is_overdue_after_the_days_that_are_given_and_not_on_the_last(settings: Settings) -> None:
    tell(settings, {"b": GONE["b"]})
    (receipt,) = open_receipts(store_of(settings))
    assert [receipt.is_overdue(DAY + timedelta(days=n), 3) for n in (3, 4)] == [False, True]


def test_another_day_has_receipts_of_its_own(settings: Settings) -> None:
    tell(settings, GONE)
    tell(settings, {"b": [(LIST, "z")]}, DAY + timedelta(days=1))
    assert len(lying_there(settings)) == 3
    tell(settings, {}, DAY + timedelta(days=2))
    assert len(lying_there(settings)) == 3


def test_an_erasure_is_open_until_the_lists_are_confirmed_to_be_clean(settings: Settings) -> None:
    at = datetime(2026, 6, 20, tzinfo=UTC)
    blank = {**dict.fromkeys(ERASURE.column_names), "at": at}
    rows = [
        {**blank, "receipt_id": "r1", "status": "done", "list_count": 3},
        {**blank, "receipt_id": "r2", "status": "done", "list_count": 0},
        {**blank, "receipt_id": "r3", "status": "done", "list_count": 1},
        {**blank, "receipt_id": "r3", "status": "confirmed"},
    ]
    append_rows(store_of(settings), ERASURE, rows)
    assert [(r.receipt_id, r.rows, r.days(DAY)) for r in open_receipts(store_of(settings))] == [("r1", 3, 9)]


def test_nothing_is_open_in_a_lake_without_either(settings: Settings) -> None:
    assert open_receipts(store_of(settings)) == []
