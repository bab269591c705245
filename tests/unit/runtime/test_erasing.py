"""Erasing people rewrites the files that name them, and leaves everything else as it was."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable
from pyspark.sql import SparkSession

from jobs.runtime.audit import append_rows, read_rows, replace_rows
from jobs.runtime.erasure import erase as erasing
from jobs.runtime.erasure.cases import Request
from jobs.runtime.erasure.erase import NotGone, Receipt, erase
from jobs.runtime.erasure.person import NobodyFound
from jobs.runtime.erasure.rewrite import rewritten
from jobs.runtime.erasure.verify import look_for
from jobs.runtime.lake import Lake
from jobs.runtime.settings import HospitalFile, Settings, elsewhere, load_settings
from jobs.runtime.store import Store
from schemas.erasure import ERASURE, SUPPRESSED
from schemas.feature.user_day import USER_DAY
from schemas.feeds import FEEDS
from schemas.gold.user_portrait import USER_PORTRAIT as PORTRAIT
from schemas.intake import REJECTED
from schemas.silver.identity import IDENTITY
from schemas.table import Table

MONDAY, TUESDAY = date(2026, 1, 5), date(2026, 1, 6)
EVENT, CONSENT = FEEDS["event"].silver, FEEDS["consent"].silver
ANNA, OTTO, CARL = ("a" * 32, "b" * 32, "c" * 32)


def add(store: Store, table: Table, *rows: dict[str, Any]) -> None:
    """Rows in one file a day, of which only what matters is stated."""
    append_rows(store, table, [{**dict.fromkeys(table.column_names), **row} for row in rows])


def event(number: str, account: str | None, day: date = MONDAY, **more: Any) -> dict[str, Any]:
    at = datetime(day.year, day.month, day.day, 9, 30, 15, 123456, tzinfo=UTC)
    return {"event_id": number, "account_token": account, "known_date": day, "event_at": at, "event_date": day, **more}


def actor(account: str, user: str) -> dict[str, Any]:
    return {"as_of_date": TUESDAY, "actor_id": account, "user_id": user, "actor_kind": "account"}


@pytest.fixture
def hospital(tmp_path: Path) -> Settings:
    """Three people on two days; Otto acts on Monday only."""
    settings = elsewhere(load_settings("simulated"), tmp_path, 3)
    store = Store(str(settings.lake))
    add(store, EVENT, event("E1", ANNA, dwell_seconds=1.5), event("E2", OTTO), event("E3", None, topic="流感"))
    add(store, EVENT, event("E4", ANNA, TUESDAY), event("E5", CARL, TUESDAY, search_words="头痛"))
    add(store, USER_DAY, {"actor_id": OTTO, "known_date": MONDAY}, {"actor_id": CARL, "known_date": MONDAY})
    add(store, IDENTITY, actor(ANNA, "u1"), actor(OTTO, "u2"), actor(CARL, "u3"))
    return settings


def rows(settings: Settings, table: Table) -> list[dict[str, Any]]:
    found = Store(str(settings.lake)).open(table).to_pyarrow_table().to_pylist()
    return sorted(found, key=str)


def files(settings: Settings, table: Table) -> set[str]:
    return set(Store(str(settings.lake)).open(table).file_uris())


def erase_one(settings: Settings, account: str) -> Receipt:
    (receipt,) = erase(settings, [Request(account)])
    return receipt


def test_rows_of_the_person_go_and_all_others_stay_as_they_were(hospital: Settings) -> None:
    before = {table: rows(hospital, table) for table in (EVENT, USER_DAY, IDENTITY)}
    receipt = erase_one(hospital, OTTO)
    assert receipt.removed == {"feature.user_day": 1, "silver.event": 1, "silver.identity": 1}
    for table, old in before.items():
        assert rows(hospital, table) == [row for row in old if OTTO not in row.values()]


def test_only_files_that_name_the_person_are_written_anew_and_one_file_becomes_one(hospital: Settings) -> None:
    monday, tuesday = sorted(files(hospital, EVENT), key=lambda f: "known_date=2026-01-06" in f)
    erase_one(hospital, OTTO)
    now = files(hospital, EVENT)
    assert tuesday in now
    assert monday not in now
    assert len(now) == 2


def test_a_file_of_nobody_else_is_gone_without_a_new_one(hospital: Settings) -> None:
    add(Store(str(hospital.lake)), CONSENT, {"consent_id": "1", "account_token": OTTO, "known_date": MONDAY})
    erase_one(hospital, OTTO)
    assert files(hospital, CONSENT) == set()
    assert rows(hospital, CONSENT) == []


def test_what_is_stored_about_the_table_stays(hospital: Settings) -> None:
    store = Store(str(hospital.lake))

    def told(table: Table) -> tuple[Any, ...]:
        stored = store.open(table)
        fields = [(f.name, str(f.type), f.nullable, f.metadata) for f in stored.schema().fields]
        meta = stored.metadata()
        kept = {k: v for k, v in meta.configuration.items() if k != "delta.logRetentionDuration"}
        return fields, meta.description, meta.partition_columns, kept

    before = [told(table) for table in (EVENT, USER_DAY, IDENTITY)]
    erase_one(hospital, OTTO)
    assert [told(table) for table in (EVENT, USER_DAY, IDENTITY)] == before


def test_what_is_left_is_read_alike_by_all_and_can_be_asked_for_by_text_and_day(
    hospital: Settings, spark: SparkSession
) -> None:
    erase_one(hospital, OTTO)
    path = Store(str(hospital.lake)).path(EVENT)
    of_anna = [("account_token", "=", ANNA), ("known_date", "=", MONDAY)]
    assert [r["event_id"] for r in DeltaTable(path).to_pyarrow_table(filters=of_anna).to_pylist()] == ["E1"]
    by_engine = spark.read.format("delta").load(path).orderBy("event_id").toArrow().to_pylist()
    by_arrow = sorted(rows(hospital, EVENT), key=lambda row: row["event_id"])
    assert [{**row, "event_at": str(row["event_at"])} for row in by_engine] == [
        {**row, "event_at": str(row["event_at"])} for row in by_arrow
    ]
    left = sorted(Path(path).glob("known_date=2026-01-05/*.parquet"))
    assert duckdb.sql(f"SELECT event_id, topic FROM read_parquet({[str(f) for f in left]}) ORDER BY 1").fetchall() == [
        ("E1", None),
        ("E3", "流感"),
    ]


_LITERALS = {
    "string": "'x'",
    "boolean": "true",
    "date": f"DATE'{TUESDAY}'",
    "timestamp": "TIMESTAMP'2026-01-05 09:30:15.123456'",
    "array<string>": "array('a', NULL)",
    "map<string,string>": "map('k', 'v')",
    "map<string,double>": "map('k', 1.5D)",
}


def test_columns_of_all_kinds_that_an_engine_wrote_it_reads_and_replaces_afterwards(
    engine: SparkSession, hospital: Settings
) -> None:
    lake = Lake(engine, str(hospital.lake))

    def row(user: str) -> str:
        given = {"user_id": f"'{user}'"}
        values = [
            f"CAST({given.get(c.name, _LITERALS.get(c.type, '7'))} AS {c.type}) {c.name}" for c in PORTRAIT.columns
        ]
        return f"SELECT {', '.join(values)}"

    def stored() -> list[Any]:
        return lake.read(PORTRAIT).orderBy("user_id").collect()

    of_all, of_others = (
        engine.sql(" UNION ALL ".join(row(user) for user in users)) for users in (("u2", "u3"), ("u3",))
    )
    lake.replace(PORTRAIT, of_all, TUESDAY, TUESDAY, job="test")
    before = stored()
    assert erase_one(hospital, OTTO).removed["gold.user_portrait"] == 1
    assert stored() == [r for r in before if r.user_id == "u3"]
    assert lake.replace(PORTRAIT, of_others, TUESDAY, TUESDAY, job="test") == 1
    assert stored() == [r for r in before if r.user_id == "u3"]


def test_kinds_that_only_some_write_become_the_usual_ones(tmp_path: Path) -> None:
    views, at = pa.string_view(), datetime(2026, 1, 5, 9, 30, 15, 123456, tzinfo=UTC)
    odd = {
        "user_id": pa.array(["u1", "u2", None], views),
        "texts": pa.array([["a", None], [], None], pa.list_(views)),
        "map": pa.array([[("k", "v")], [], None], pa.map_(views, views)),
        "at": pa.array([at, at, None], pa.timestamp("us", "UTC")),
    }
    pq.write_table(pa.table(odd), tmp_path / "old.parquet", use_deprecated_int96_timestamps=True)
    gone, new = rewritten(tmp_path, {"path": "old.parquet", "size_bytes": 1}, ["u2"], ["user_id"])
    left = pq.read_table(tmp_path / new.path)
    assert left.to_pylist() == [
        {"user_id": "u1", "texts": ["a", None], "map": [("k", "v")], "at": at},
        {"user_id": None, "texts": None, "map": None, "at": None},
    ]
    kinds = ["string", "list<element: string>", "map<string, string ('map')>", "timestamp[us, tz=UTC]"]
    assert [str(kind) for kind in left.schema.types] == kinds
    assert gone.path == "old.parquet"


def test_files_that_pyarrow_cannot_ask_by_text_are_so_no_longer(hospital: Settings) -> None:
    store = Store(str(hospital.lake))
    store.open(EVENT).delete("event_id = 'E3'")
    of_anna = [("account_token", "=", ANNA)]
    with pytest.raises(pa.ArrowNotImplementedError, match="string_view"):
        store.open(EVENT).to_pyarrow_table(filters=of_anna)
    erase_one(hospital, OTTO)
    assert store.open(EVENT).to_pyarrow_table(filters=of_anna).num_rows == 2


def test_the_log_still_tells_of_the_days_in_a_file(hospital: Settings) -> None:
    store = Store(str(hospital.lake))
    said = [(OTTO, MONDAY), (ANNA, MONDAY), (CARL, TUESDAY)]
    add(store, CONSENT, *[{"consent_id": "1", "account_token": who, "known_date": day} for who, day in said])
    erase_one(hospital, OTTO)
    assert store.rows(CONSENT, (MONDAY, TUESDAY)) == 2
    (told,) = pa.table(store.open(CONSENT).get_add_actions(flatten=True)).to_pylist()
    names = ("min.known_date", "max.known_date", "min.account_token", "max.account_token", "null_count.channel")
    assert [told[name] for name in names] == [MONDAY, TUESDAY, ANNA, CARL, 2]


def test_many_are_erased_in_one_pass_with_a_receipt_each(hospital: Settings) -> None:
    anna, otto = erase(hospital, [Request(ANNA), Request(OTTO)])
    assert anna.removed == {"silver.event": 2, "silver.identity": 1}
    assert otto.removed == {"feature.user_day": 1, "silver.event": 1, "silver.identity": 1}
    assert {row["event_id"] for row in rows(hospital, EVENT)} == {"E3", "E5"}
    assert look_for(hospital, [ANNA, OTTO]).found == ()


def test_one_person_has_one_receipt_however_many_of_their_accounts_ask(hospital: Settings) -> None:
    add(Store(str(hospital.lake)), IDENTITY, actor("d" * 32, "u2"))
    (receipt,) = erase(hospital, [Request(OTTO, "7"), Request("d" * 32, "8")])
    assert receipt.requests == ("7", "8")
    assert receipt.person == {OTTO, "d" * 32, "u2"}


def test_whoever_is_typed_and_unknown_or_erased_already_is_told(hospital: Settings) -> None:
    with pytest.raises(NobodyFound, match="knows no such account"):
        erase(hospital, [Request("e" * 32)])
    receipt = erase_one(hospital, OTTO)
    with pytest.raises(NobodyFound, match=f"erased already: receipt {receipt.receipt_id}"):
        erase(hospital, [Request(OTTO)])
    assert erase(hospital, []) == []


@pytest.mark.parametrize("dies_in", ["find_rows", "_write_begun", "remove_rows", "forget_versions", "cleaned_lists"])
@pytest.mark.parametrize("when", ["before", "amid", "after"])
def test_an_erasure_that_dies_anywhere_is_gone_on_with_and_its_receipt_tells_all(
    hospital: Settings, monkeypatch: pytest.MonkeyPatch, dies_in: str, when: str
) -> None:
    whole = getattr(erasing, dies_in)

    def dying(*args: Any) -> Any:
        if when != "before":
            steps = iter(whole(*args) or ())
            list(islice(steps, 1) if when == "amid" else steps)
        raise KeyboardInterrupt

    monkeypatch.setattr(erasing, dies_in, dying)
    with pytest.raises(KeyboardInterrupt):
        erase(hospital, [Request(OTTO, "7")])
    monkeypatch.setattr(erasing, dies_in, whole)
    (receipt,) = erase(hospital, [])
    assert receipt.removed == {"feature.user_day": 1, "silver.event": 1, "silver.identity": 1}
    assert look_for(hospital, receipt.person).found == ()
    steps = [(r["receipt_id"], r["status"]) for r in read_rows(Store(str(hospital.lake)), ERASURE)]
    assert sorted(steps) == [(receipt.receipt_id, "begun"), (receipt.receipt_id, "done")]
    assert {row["token"] for row in read_rows(Store(str(hospital.lake)), SUPPRESSED)} == receipt.person


def test_models_that_learned_from_days_with_the_person_are_named(hospital: Settings) -> None:
    hospital.mlflow.mkdir(parents=True)
    with closing(sqlite3.connect(hospital.mlflow / "mlflow.db")) as db:
        db.execute("CREATE TABLE model_versions (name, version, run_id)")
        db.execute("CREATE TABLE params (run_uuid, key, value)")
        db.executemany(
            "INSERT INTO model_versions VALUES (?, ?, ?)",
            [("churn", 1, "r1"), ("churn", 2, "r2"), ("segments", 1, "r3")],
        )
        learned = [("r1", "train_days", "2026-01-04 2026-01-05"), ("r1", "day", "2026-01-06")]
        learned += [("r2", "test_day", "2026-01-06"), ("r2", "day", "2026-01-07"), ("r3", "day", "2026-01-06")]
        db.executemany("INSERT INTO params VALUES (?, ?, ?)", learned)
        db.commit()
    assert erase_one(hospital, OTTO).models == ("churn 2", "segments 1")


@pytest.mark.parametrize("where", ["mlflow/artifacts/churn/1/input_example.json", "report/2026-01-06.html"])
def test_a_sample_that_still_names_the_person_leaves_the_receipt_open(hospital: Settings, where: str) -> None:
    sample = hospital.hospital.folder / where
    sample.parent.mkdir(parents=True)
    sample.write_text(f'{{"columns": ["user"], "data": [["{OTTO}"]]}}')
    with pytest.raises(NotGone, match=rf"receipt \w+: somebody is still in 1 files, as {where}"):
        erase(hospital, [Request(OTTO)])
    sample.unlink()
    assert [row["status"] for row in read_rows(Store(str(hospital.lake)), ERASURE)] == ["begun"]
    (receipt,) = erase(hospital, [])
    assert receipt.removed["silver.event"] == 1


def test_one_who_is_still_found_keeps_no_other_receipt_open(hospital: Settings) -> None:
    sample = hospital.report / "page.html"
    sample.parent.mkdir(parents=True)
    sample.write_text(OTTO)
    with pytest.raises(NotGone):
        erase(hospital, [Request(ANNA, "7"), Request(OTTO, "8")])
    steps = [(row["status"], row["requests"]) for row in read_rows(Store(str(hospital.lake)), ERASURE)]
    assert sorted(steps) == [("begun", ["7"]), ("begun", ["8"]), ("done", ["7"])]


@pytest.mark.parametrize("place", ["folder", "landing"])
def test_a_lake_that_is_no_folder_is_refused(place: str) -> None:
    told = {"name": "x", "title": {"zh": "x", "en": "x"}, "landing": "in", place: "s3://bucket/x"}
    with pytest.raises(ValueError, match="expected a folder on a disk or a mounted share, found 's3://bucket/x'"):
        HospitalFile.model_validate(told)


@pytest.mark.parametrize("again", [[], [{"reasons": ["wrong:kind"]}]], ids=["no rows", "other rows"])
def test_rows_in_the_place_of_others_can_still_be_asked_for_by_text(
    hospital: Settings, again: list[dict[str, Any]]
) -> None:
    store = Store(str(hospital.lake))
    place = {"feed": "event", "known_date": MONDAY, "batch": "b", "source_line": 1}
    add(store, REJECTED, *[{**place, "source_file": name, "reasons": ["missing"]} for name in ("one", "two")])
    new = [{**dict.fromkeys(REJECTED.column_names), **place, "source_file": "one", **row} for row in again]
    replace_rows(store, REJECTED, new, "feed = 'event' AND source_file = 'one'")
    assert [row["source_file"] for row in read_rows(store, REJECTED, ("source_file", "=", "two"))] == ["two"]
    assert len(rows(hospital, REJECTED)) == 1 + len(again)


def test_rows_that_nobody_replaces_make_no_commit(hospital: Settings) -> None:
    store = Store(str(hospital.lake))
    replace_rows(store, REJECTED, [], "feed = 'event'")
    before = store.version(REJECTED)
    replace_rows(store, REJECTED, [], "feed = 'event'")
    assert store.version(REJECTED) == before
