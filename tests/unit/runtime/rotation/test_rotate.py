"""A rotation moves every token and no more, keeps who is who, and can be killed anywhere."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from jobs.runtime.audit import append_rows, read_rows
from jobs.runtime.erasure.lists import removals_path, write_removals
from jobs.runtime.erasure.person import suppressed_tokens
from jobs.runtime.export import MANIFEST, csv_bytes, manifest_bytes, parquet_bytes, publish
from jobs.runtime.keys import VARIABLE, Key, KeyUnusable, RotationUnderWay, hospital_key, rotation_mark
from jobs.runtime.keys_in_use import keys_in_use
from jobs.runtime.rotation import rotate as rotating
from jobs.runtime.rotation.exchange import Exchange, NotTokens
from jobs.runtime.rotation.rotate import NEXT_VARIABLE, OldTokensLeft, rotate
from jobs.runtime.run_job import run_job
from jobs.runtime.staging import FOLDER
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
from schemas.trail import TRAIL
from tests.unit.runtime.intake.small_hospital import HEADER, SmallHospital, review

DAY = date(2026, 1, 5)
USERS = ("U1", "U2", "U3")
ERASED = "U9"
REVIEWS = (FEEDS["review"].bronze, FEEDS["review"].silver)


class Killed(BaseException):
    """As SIGKILL, but that the test goes on."""


@pytest.fixture(autouse=True)
def _no_key_around(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.delenv(NEXT_VARIABLE, raising=False)


@pytest.fixture
def hospital(made: Path, tmp_path: Path, spark: SparkSession) -> SmallHospital:
    """Three people with a review each, who they are, a list of two of them, and one who was erased."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return SmallHospital(tmp_path, spark, keeps_key=True)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, spark: SparkSession) -> Path:
    folder = tmp_path_factory.mktemp("rotation")
    make(folder, spark, Key.fresh())
    return folder


def make(folder: Path, spark: SparkSession, key: Key) -> SmallHospital:
    hospital = SmallHospital(folder, spark)
    (hospital.settings.keys / "small.key").write_text(key.text)
    rows = "".join(review(i, DAY, user=user) for i, user in enumerate(USERS))
    hospital.deliver("review", DAY, "a.csv", HEADER + rows)
    hospital.take_in("review", DAY)
    store = Store(str(hospital.settings.lake))
    _add(store, IDENTITY, *[_actor(key, user) for user in USERS])
    erased = {"kind": "account", "receipt_id": "r1", "suppressed_at": datetime(2026, 1, 1, tzinfo=UTC)}
    _add(store, SUPPRESSED, {"token": key.token("account", ERASED), **erased})
    _publish(hospital, [{"account_token": key.token("account", user), "rank": i} for i, user in enumerate(USERS[:2])])
    write_removals(hospital.settings.exports, "r1", [f"{DAY}/recall"], [key.token("account", ERASED)])
    return hospital


def _add(store: Store, table: Table, *rows: dict[str, Any]) -> None:
    append_rows(store, table, [{**dict.fromkeys(table.column_names), **row} for row in rows])


def _actor(key: Key, account: str) -> dict[str, Any]:
    token = key.token("account", account)
    return {"as_of_date": DAY, "actor_id": token, "actor_kind": "account", "user_id": f"u{token[:31]}"}


def _publish(hospital: SmallHospital, rows: list[dict[str, Any]]) -> None:
    settings = hospital.settings
    schema = pa.schema([("account_token", pa.string()), ("rank", pa.int32())])
    files = {"list.csv": csv_bytes(schema.names, rows), "list.parquet": parquet_bytes(schema, rows)}
    manifest = manifest_bytes({"rows": len(rows), "purpose": "marketing"}, files)
    publish(settings.exports / str(DAY) / "recall", {**files, MANIFEST: manifest})
    trail = Trail(Store(str(settings.lake)), settings.anchors, read_conf(settings.conf), "run")
    trail.append(list_entry(DAY, "recall", hashlib.sha256(manifest).hexdigest(), len(rows), "marketing"))


def _key(hospital: SmallHospital) -> Key:
    return hospital_key(hospital.settings.keys, "small").read()


def _expected(hospital: SmallHospital) -> None:
    """Everything stands under the key that is there now, and under no other."""
    settings, key = hospital.settings, _key(hospital)
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
    assert {row["key_id"] for row in read_rows(store, INGEST_FILE)} == {key.key_id}
    assert verify(store, settings.anchors, settings.exports).faults == []
    assert sorted(p.name for p in settings.keys.iterdir()) == ["small.key"]


def test_every_token_is_moved_and_the_next_files_tokens_fit(hospital: SmallHospital) -> None:
    old, before = _key(hospital), hospital.rows(FEEDS["review"].silver)
    done = rotate(hospital.settings)

    assert (done.old, done.new, done.lists) == (old.key_id, _key(hospital).key_id, 1)
    _expected(hospital)
    again = hospital.rows(FEEDS["review"].silver)
    hospital.take_in("review", DAY)
    assert hospital.rows(FEEDS["review"].silver) == again != before
    moved = Exchange(old, _key(hospital)).moved
    at = FEEDS["review"].silver.column_names.index("account_token")
    assert sorted((*r[:at], moved(r[at]), *r[at + 1 :]) for r in before) == sorted(again)
    entries = read_rows(Store(str(hospital.settings.lake)), TRAIL, ("kind", "=", "key"))
    assert [json.loads(row["detail"])["new"] for row in entries] == [done.new]
    assert [key.key_id for key in keys_in_use(Store(str(hospital.settings.lake)))] == [done.new]


def test_no_byte_of_the_old_tokens_or_the_old_key_is_left(hospital: SmallHospital) -> None:
    old = _key(hospital)
    gone = [old.token("account", user) for user in (*USERS, ERASED)]
    gone += [f"u{token[:31]}" for token in gone]
    rotate(hospital.settings)

    for path in (hospital.folder / "out", hospital.settings.keys):
        for file in (f for f in path.rglob("*") if f.is_file()):
            content = str(pq.read_table(file).to_pylist()).encode() if file.suffix == ".parquet" else b""
            content += file.read_bytes()
            assert not [g for g in gone if g.encode() in content], file
            assert (old.outer or b"").hex().encode() not in content


STEPS = (
    *(("move_tokens", n) for n in (0, 1, 3)),
    *(("forget_versions", n) for n in (0, 2)),
    *((step, 0) for step in ("publish", "move_removals", "restate_key", "look_for", "_destroy_old")),
)


@pytest.mark.parametrize(("step", "number"), STEPS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_any_step_it_is_gone_on_with(
    hospital: SmallHospital, monkeypatch: pytest.MonkeyPatch, step: str, number: int, when: str
) -> None:
    whole = getattr(rotating, step)
    monkeypatch.setattr(rotating, step, _dying(number, whole, when))
    with pytest.raises(Killed):
        rotate(hospital.settings)
    with pytest.raises(RotationUnderWay, match="cameo keys rotate"):
        run_job("ingest_feed", DAY, settings=hospital.settings, options={"feed": "review"})
    with pytest.raises(RotationUnderWay):
        hospital_key(hospital.settings.keys, "small")
    monkeypatch.setattr(rotating, step, whole)
    rotate(hospital.settings)

    _expected(hospital)


def _dying(number: int, whole: Callable[..., Any], when: str) -> Callable[..., Any]:
    calls = iter(range(10_000))

    def dying(*args: Any) -> Any:
        now = next(calls) == number
        if now and when == "before":
            raise Killed
        done = whole(*args)
        if now:
            raise Killed
        return done

    return dying


def test_a_second_rotation_moves_on_from_the_first(hospital: SmallHospital) -> None:
    first = rotate(hospital.settings)
    second = rotate(hospital.settings)

    assert (second.old, second.lists) == (first.new, 1)
    _expected(hospital)


def test_a_key_of_before_there_were_rotations_gets_its_second_part(tmp_path: Path, spark: SparkSession) -> None:
    first = Key(b"k" * 32)
    hospital = make(tmp_path, spark, first)
    rotate(hospital.settings)

    assert _key(hospital).inner == first.inner
    assert _key(hospital).outer is not None
    _expected(hospital)


def test_a_key_of_the_environment_is_exchanged_there(
    tmp_path: Path, spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    hospital, stated = SmallHospital(tmp_path, spark), Key.fresh()
    following = Key(stated.inner, Key.fresh().outer)
    hospital.deliver("review", DAY, "a.csv", HEADER + review(1, DAY, user="U1"))
    monkeypatch.setenv(VARIABLE, stated.text)
    hospital.take_in("review", DAY)
    with pytest.raises(KeyUnusable, match=NEXT_VARIABLE):
        rotate(hospital.settings)
    monkeypatch.setenv(NEXT_VARIABLE, Key.fresh().text)
    with pytest.raises(KeyUnusable, match="up to the colon"):
        rotate(hospital.settings)
    monkeypatch.setenv(NEXT_VARIABLE, following.text)
    assert rotate(hospital.settings).new == following.of_hospital("small").key_id
    with pytest.raises(KeyUnusable, match="the lake's tokens are of key"):
        hospital.take_in("review", DAY)
    monkeypatch.setenv(VARIABLE, following.text)
    rows = hospital.rows(FEEDS["review"].silver)
    hospital.take_in("review", DAY)

    assert hospital.rows(FEEDS["review"].silver) == rows


def test_a_lake_of_another_key_is_let_be(hospital: SmallHospital) -> None:
    (hospital.settings.keys / "small.key").write_text(Key.fresh().text)
    with pytest.raises(KeyUnusable, match="the lake's tokens are of key"):
        rotate(hospital.settings)
    with pytest.raises(KeyUnusable, match="the lake's tokens are of key"):
        hospital.take_in("review", DAY)

    assert not rotation_mark(hospital.settings.keys, "small").exists()


def test_what_is_no_token_stops_it_before_anything_is_changed(hospital: SmallHospital) -> None:
    store = Store(str(hospital.settings.lake))
    _add(store, IDENTITY, {"as_of_date": DAY, "actor_id": "13812345678", "actor_kind": "account"})
    with pytest.raises(NotTokens, match=r"silver\.identity\.actor_id") as error:
        rotate(hospital.settings)

    assert "13812345678" not in str(error.value)
    assert not rotation_mark(hospital.settings.keys, "small").exists()


def test_an_old_token_that_nobody_declared_keeps_the_old_key(hospital: SmallHospital) -> None:
    stray = hospital.settings.report / "page.html"
    stray.parent.mkdir(parents=True, exist_ok=True)
    stray.write_text("x" * 200 + _key(hospital).token("account", "U1"))
    with pytest.raises(OldTokensLeft, match=r"report/page\.html"):
        rotate(hospital.settings)
    assert rotation_mark(hospital.settings.keys, "small").exists()
    stray.unlink()
    rotate(hospital.settings)

    _expected(hospital)


def test_what_a_killed_run_had_put_aside_goes_too(hospital: SmallHospital) -> None:
    left = hospital.settings.lake / FOLDER / "intake_review-elsewhere-1-0" / "part.json"
    left.parent.mkdir(parents=True)
    left.write_text(_key(hospital).token("account", "U1"))
    rotate(hospital.settings)

    assert not left.exists()


def test_two_rotations_at_once_are_one(hospital: SmallHospital) -> None:
    with rotating._alone(hospital.settings.keys), pytest.raises(RotationUnderWay, match="another process"):
        rotate(hospital.settings)
