"""Somebody who asked to be erased is in no file any more, does not come back, and nobody else is touched."""

from __future__ import annotations

import csv
import shutil
from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest

from jobs.runtime.audit import read_rows
from jobs.runtime.erasure.cases import Request
from jobs.runtime.erasure.erase import NoSuchReceipt, Receipt, confirm, erase
from jobs.runtime.erasure.person import NobodyFound, find_person
from jobs.runtime.erasure.verify import look_for
from jobs.runtime.settings import Settings
from jobs.runtime.store import Store
from jobs.runtime.trail.verify import verify
from schemas.erasure import ERASURE
from schemas.feeds import FEEDS
from schemas.intake import INGEST_BALANCE, REJECTED
from tests.whole_day import LAST, ingest, small_settings

EVENT = FEEDS["event"]


def listed(settings: Settings) -> str:
    """Of the accounts on a list of the day that did something on it, the one with the longest history."""
    lists = [csv.DictReader(p.open(encoding="utf-8-sig")) for p in sorted(settings.exports.glob("*/*/list.csv"))]
    named = {row["account_token"] for rows in lists for row in rows}
    stored = Store(str(settings.lake)).open(EVENT.silver).to_pyarrow_table(columns=["account_token", "known_date"])
    days: dict[str, set[date]] = defaultdict(set)
    for row in stored.to_pylist():
        days[row["account_token"]].add(row["known_date"])
    return min((account for account in named if LAST in days[account]), key=lambda account: min(days[account]))


def events(settings: Settings) -> list[tuple[str, str, str]]:
    """Number, account and device of every event."""
    names = ["event_id", "account_token", "device_token"]
    found = Store(str(settings.lake)).open(EVENT.silver).to_pyarrow_table(columns=names).to_pylist()
    return sorted((row["event_id"], row["account_token"] or "", row["device_token"] or "") for row in found)


@pytest.fixture
def hospital(small_day: Settings, tmp_path: Path) -> Settings:
    shutil.copytree(small_day.run_folder, tmp_path, dirs_exist_ok=True)
    return small_settings(tmp_path)


def test_an_erased_person_is_found_nowhere_and_does_not_come_back(hospital: Settings) -> None:
    store, account, before = Store(str(hospital.lake)), listed(hospital), events(hospital)
    person = find_person(store, account)
    assert look_for(hospital, person.all).found
    (receipt,) = erase(hospital, [Request(account)])
    assert look_for(hospital, person.all).found == ()
    assert events(hospital) == [e for e in before if not {*e[1:]} & person.all]
    assert receipt.models
    # Whoever reads the tables with pyarrow can still ask for one person.
    (other, *_) = sorted({e[1] for e in events(hospital)} - {""})
    assert find_person(store, other).tokens["account"] >= {other}
    assert verify(store, hospital.anchors, hospital.exports).faults == []

    ingest(hospital, LAST, LAST)
    assert look_for(hospital, person.all).found == ()
    refused = [r for r in read_rows(store, REJECTED, ("feed", "=", "event")) if r["reasons"] == ["erased"]]
    balance = read_rows(store, INGEST_BALANCE, ("feed", "=", "event"), ("known_date", "=", LAST))[0]
    kinds = ("taken_count", "rejected_count", "duplicate_count")
    assert balance["read_count"] == sum(balance[kind] for kind in kinds)
    assert {r["known_date"] for r in refused} == {LAST}

    with pytest.raises(NobodyFound, match=f"erased already: receipt {receipt.receipt_id}"):
        erase(hospital, [Request(account)])
    _who_has_pulled_a_list_is_told_until_they_confirm(hospital, receipt, account)


def _who_has_pulled_a_list_is_told_until_they_confirm(hospital: Settings, receipt: Receipt, account: str) -> None:
    assert receipt.removals is not None
    told = list(csv.DictReader(receipt.removals.open(encoding="utf-8-sig")))
    assert {row["account_token"] for row in told} >= {account}
    assert len({row["list"] for row in told}) == receipt.lists
    with pytest.raises(NoSuchReceipt, match="no erasure with the receipt nothing"):
        confirm(hospital, "nothing")
    confirm(hospital, receipt.receipt_id)
    assert not receipt.removals.exists()
    assert [row["status"] for row in read_rows(Store(str(hospital.lake)), ERASURE)].count("confirmed") == 1
