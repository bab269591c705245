"""A small hospital whose key is rotated, and what must hold of it afterwards."""

from __future__ import annotations

import csv
import hashlib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import SparkSession

from jobs.runtime.audit import append_rows, read_rows
from jobs.runtime.erasure.lists import removals_path, write_removals
from jobs.runtime.erasure.person import suppressed_tokens
from jobs.runtime.export import MANIFEST, csv_bytes, manifest_bytes, parquet_bytes, publish
from jobs.runtime.keys import Key, hospital_key
from jobs.runtime.removals import tell_removals
from jobs.runtime.store import Store
from jobs.runtime.trail.chain import Trail
from jobs.runtime.trail.conf_state import read_conf
from jobs.runtime.trail.lists import list_entry
from jobs.runtime.trail.verify import verify
from schemas.erasure import SUPPRESSED
from schemas.feeds import FEEDS
from schemas.intake import INGEST_FILE
from schemas.silver.identity import IDENTITY
from schemas.table import Table
from tests.unit.runtime.intake.small_hospital import HEADER, SmallHospital, review

DAY = date(2026, 1, 5)
USERS = ("U1", "U2", "U3")
ERASED = "U9"
REVIEWS = (FEEDS["review"].bronze, FEEDS["review"].silver)


def make(folder: Path, spark: SparkSession, key: Key) -> SmallHospital:
    hospital = SmallHospital(folder, spark)
    (hospital.settings.keys / "small.key").write_text(key.text)
    rows = "".join(review(i, DAY, user=user) for i, user in enumerate(USERS))
    hospital.deliver("review", DAY, "a.csv", HEADER + rows)
    hospital.take_in("review", DAY)
    store = Store(str(hospital.settings.lake))
    add(store, IDENTITY, *[actor(key, user) for user in USERS])
    erased = {"kind": "account", "receipt_id": "r1", "suppressed_at": datetime(2026, 1, 1, tzinfo=UTC)}
    add(store, SUPPRESSED, {"token": key.token("account", ERASED), **erased})
    publish_list(
        hospital, [{"account_token": key.token("account", user), "rank": i} for i, user in enumerate(USERS[:2])]
    )
    write_removals(hospital.settings.exports, "r1", [f"{DAY}/recall"], [key.token("account", ERASED)])
    assert withdrawn(hospital, key) == 1
    return hospital


def withdrawn(hospital: SmallHospital, key: Key) -> int:
    """Tells who took consent back, as any run of that day does; returns how many receipts are new."""
    exports, store = hospital.settings.exports, Store(str(hospital.settings.lake))
    gone = [(DAY, key.token("account", f"W{i}")) for i in range(6)]
    return tell_removals(store, exports, trail(hospital), DAY, {"recall": gone})


def add(store: Store, table: Table, *rows: dict[str, Any]) -> None:
    append_rows(store, table, [{**dict.fromkeys(table.column_names), **row} for row in rows])


def actor(key: Key, account: str) -> dict[str, Any]:
    token = key.token("account", account)
    return {"as_of_date": DAY, "actor_id": token, "actor_kind": "account", "user_id": f"u{token[:31]}"}


def publish_list(hospital: SmallHospital, rows: list[dict[str, Any]]) -> None:
    settings = hospital.settings
    schema = pa.schema([("account_token", pa.string()), ("rank", pa.int32())])
    files = {"list.csv": csv_bytes(schema.names, rows), "list.parquet": parquet_bytes(schema, rows)}
    manifest = manifest_bytes({"rows": len(rows), "purpose": "marketing"}, files)
    publish(settings.exports / str(DAY) / "recall", {**files, MANIFEST: manifest})
    trail(hospital).append(list_entry(DAY, "recall", hashlib.sha256(manifest).hexdigest(), len(rows), "marketing"))


def trail(hospital: SmallHospital) -> Trail:
    settings = hospital.settings
    return Trail(Store(str(settings.lake)), settings.anchors, read_conf(settings.conf), "run")


def key_of(hospital: SmallHospital) -> Key:
    return hospital_key(hospital.settings.keys, "small").read()


def expected(hospital: SmallHospital) -> None:
    """Everything stands under the key that is there now, and under no other."""
    settings, key = hospital.settings, key_of(hospital)
    store = Store(str(settings.lake))
    tokens = [key.token("account", user) for user in USERS]
    for table in REVIEWS:
        assert sorted(row["account_token"] for row in read_rows(store, table)) == sorted(tokens)
    people = {row["actor_id"]: row["user_id"] for row in read_rows(store, IDENTITY)}
    assert people == {token: f"u{token[:31]}" for token in tokens}
    assert suppressed_tokens(store) == [key.token("account", ERASED)]
    folder = settings.exports / str(DAY) / "recall"
    listed = list(csv.DictReader((folder / "list.csv").open(encoding="utf-8-sig")))
    assert listed == [{"account_token": token, "rank": str(i)} for i, token in enumerate(tokens[:2])]
    assert pq.read_table(folder / "list.parquet")["account_token"].to_pylist() == tokens[:2]
    removed = csv.DictReader(removals_path(settings.exports, "r1").open(encoding="utf-8-sig"))
    assert [row["account_token"] for row in removed] == [key.token("account", ERASED)]
    assert withdrawn(hospital, key) == 0, "told once"
    assert {row["key_id"] for row in read_rows(store, INGEST_FILE)} == {key.key_id}
    assert verify(store, settings.anchors, settings.exports).faults == []
    assert sorted(p.name for p in settings.keys.iterdir()) == ["small.key"]
