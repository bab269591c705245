"""The small hospital's day as its users see it."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from jobs.runtime.settings import Settings
from jobs.runtime.store import Store
from schemas.calibration import CALIBRATION_MOVE, CALIBRATION_PROPOSAL
from schemas.erasure import ERASURE, SUPPRESSED
from schemas.feeds import FEEDS
from schemas.gold.today import USER_PORTRAIT_TODAY, USER_TAG_TODAY
from schemas.removal import REMOVAL
from schemas.silver.patient_link import PATIENT_LINK
from schemas.tables import TABLES
from schemas.tag_truth import TAG_TRUTH
from schemas.trigger import TRIGGER_FILE
from tests.whole_day import FACTS, LAST, START, contents, exported, ingest, simulate, small_settings, whole_day

REQUEST, IMPORTED = FEEDS["erasure_request"], FEEDS["imported_tag"]


def test_every_declared_table_has_been_written(small_day: Settings):
    store = Store(str(small_day.lake))
    # Nobody has asked to be erased, there are no earlier lists to be taken out of, patients are not linked, the
    # hospital gives no tags of its own, no trigger was followed, it is not the month's first day, and the truth is
    # opened apart.
    later = {SUPPRESSED, ERASURE, REMOVAL, PATIENT_LINK, TAG_TRUTH, USER_TAG_TODAY, USER_PORTRAIT_TODAY, TRIGGER_FILE}
    later |= {CALIBRATION_PROPOSAL, CALIBRATION_MOVE}
    later |= {REQUEST.bronze, REQUEST.silver, IMPORTED.bronze, IMPORTED.silver}
    assert {t for t in TABLES.values() if not store.exists(t)} == later


def test_the_same_day_again_changes_no_table_and_no_list(small_day: Settings):
    before, lists = contents(small_day), exported(small_day)
    assert lists
    whole_day(small_day, since=None, train=False)
    assert [name for name, digest in contents(small_day).items() if before.get(name) != digest] == []
    assert exported(small_day) == lists


@pytest.mark.slow
def test_history_in_one_pass_and_the_last_days_one_by_one_make_the_same_tables(small_day: Settings, tmp_path: Path):
    daily = small_settings(tmp_path)
    shutil.copytree(small_day.hospital.landing, daily.hospital.landing)
    from jobs.runtime.run_job import run_job

    shutil.copytree(small_day.keys, daily.keys)
    until = LAST - timedelta(days=3)
    ingest(daily, until, START)
    for name in ("build_user_day", "link_identity"):
        run_job(name, until, settings=daily, since=START)
    for day in (LAST - timedelta(days=n) for n in (2, 1, 0)):
        ingest(daily, day)
        for name in FACTS:
            run_job(name, day, settings=daily)
    ours, theirs = contents(small_day), contents(daily)
    for table in set(TABLES.values()) - {REQUEST.silver, IMPORTED.silver}:
        if table.slice_by == "known_date" and table.layer in ("silver", "feature"):
            assert ours[table.name] == theirs[table.name], table.name
    as_of = {t for t in TABLES.values() if t.slice_by == "as_of_date" and t.layer in ("silver", "feature")}
    one_day = {t.name for t in as_of - {PATIENT_LINK}}
    assert one_day
    last = f"as_of_date = DATE '{LAST}'"
    for name in sorted(one_day):
        assert slice_of(small_day, name, last) == slice_of(daily, name, last), name


def slice_of(settings: Settings, name: str, condition: str) -> object:
    import duckdb

    table = TABLES[name]
    with duckdb.connect() as db:
        db.register("data", Store(str(settings.lake)).open(table).to_pyarrow_dataset())
        columns = ", ".join(
            f'round("{c.name}", 6)' if c.type == "double" else f'CAST("{c.name}" AS VARCHAR)' for c in table.columns
        )
        return sorted(db.execute(f"SELECT {columns} FROM data WHERE {condition}").fetchall(), key=str)


def test_records_in_are_taken_rejected_or_repeats(small_day: Settings):
    import duckdb

    from schemas.intake import INGEST_BALANCE

    with duckdb.connect() as db:
        db.register("data", Store(str(small_day.lake)).open(INGEST_BALANCE).to_pyarrow_dataset())
        sums = db.execute(
            "SELECT sum(read_count), sum(taken_count), sum(rejected_count), sum(duplicate_count) FROM data"
        ).fetchone()
    assert sums is not None
    read, taken, rejected, repeats = sums
    assert read == taken + rejected + repeats
    assert min(taken, rejected, repeats) > 0


def test_nothing_outside_the_landing_folder_holds_a_telephone_number(small_day: Settings):
    """Every telephone of the registry's exports, looked for in every byte that the day has written."""
    import re

    landing = small_day.hospital.landing
    raw = b"".join(p.read_bytes() for p in (landing / "account").rglob("*.csv"))
    phones = set(re.findall(rb"(?<![0-9])1[3-9][0-9]{9}(?![0-9])", raw))
    assert len(phones) > 100
    for path in small_day.run_folder.rglob("*"):
        inside = path.is_file() and landing not in path.parents and small_day.truth not in path.parents
        if inside:
            found = set(re.findall(rb"(?<![0-9])1[3-9][0-9]{9}(?![0-9])", path.read_bytes())) & phones
            assert not found, f"{path.relative_to(small_day.run_folder)} holds {len(found)} telephone numbers"


def test_a_world_is_simulated_once(small_day: Settings):
    sign = small_day.hospital.folder / "simulated.json"
    before = sign.stat().st_mtime_ns
    simulate(small_day)
    assert sign.stat().st_mtime_ns == before
