"""A rotation moves every token and no more, keeps who is who, and can be killed anywhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession
from rotation_hospital import DAY, ERASED, USERS, actor, add, expected, key_of, make

from jobs.runtime.audit import read_rows
from jobs.runtime.keys import VARIABLE, Key, KeyUnusable, RotationUnderWay, hospital_key, rotation_mark
from jobs.runtime.keys_in_use import keys_in_use
from jobs.runtime.rotation import rotate as rotating
from jobs.runtime.rotation.exchange import Exchange, NotTokens
from jobs.runtime.rotation.rotate import NEXT_VARIABLE, OldTokensLeft, rotate
from jobs.runtime.run_job import run_job
from jobs.runtime.staging import FOLDER
from jobs.runtime.store import Store
from jobs.runtime.turn import LakeBusy, turn
from schemas.feeds import FEEDS
from schemas.silver.identity import IDENTITY
from schemas.trail import TRAIL
from tests.unit.runtime.intake.small_hospital import HEADER, SmallHospital, review


class Killed(BaseException):
    """As SIGKILL, but that the test goes on."""


def test_every_token_is_moved_and_the_next_files_tokens_fit(hospital: SmallHospital) -> None:
    old, before = key_of(hospital), hospital.rows(FEEDS["review"].silver)
    done = rotate(hospital.settings)

    assert (done.old, done.new, done.lists) == (old.key_id, key_of(hospital).key_id, 1)
    expected(hospital)
    again = hospital.rows(FEEDS["review"].silver)
    hospital.take_in("review", DAY)
    assert hospital.rows(FEEDS["review"].silver) == again != before
    moved = Exchange(old, key_of(hospital)).moved
    at = FEEDS["review"].silver.column_names.index("account_token")
    assert sorted((*r[:at], moved(r[at]), *r[at + 1 :]) for r in before) == sorted(again)
    entries = read_rows(Store(str(hospital.settings.lake)), TRAIL, ("kind", "=", "key"))
    assert [json.loads(row["detail"])["new"] for row in entries] == [done.new]
    assert [key.key_id for key in keys_in_use(Store(str(hospital.settings.lake)))] == [done.new]


def test_no_byte_of_the_old_tokens_or_the_old_key_is_left(hospital: SmallHospital) -> None:
    old = key_of(hospital)
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
    *((step, 0) for step in ("publish", "restate_files", "restate_key", "look_for", "_destroy_old")),
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

    expected(hospital)


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


def test_a_rotation_that_was_begun_goes_on_with_its_own_key_only(
    hospital: SmallHospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = rotating.move_tokens
    monkeypatch.setattr(rotating, "move_tokens", _dying(1, whole, "before"))
    with pytest.raises(Killed):
        rotate(hospital.settings)
    monkeypatch.setattr(rotating, "move_tokens", whole)
    following = hospital.settings.keys / "small.key.next"
    kept = following.rename(following.with_name("kept"))
    with pytest.raises(KeyUnusable, match="the rotation that was begun goes from key"):
        rotate(hospital.settings)
    kept.replace(following)
    rotate(hospital.settings)

    expected(hospital)


def test_a_next_key_that_does_not_hash_as_the_old_one_is_refused(hospital: SmallHospital) -> None:
    (hospital.settings.keys / "small.key.next").write_text(Key.fresh().text)
    with pytest.raises(KeyUnusable, match=r"small\.key\.next does not go with"):
        rotate(hospital.settings)


def test_the_old_keys_bytes_are_written_over(hospital: SmallHospital, tmp_path: Path) -> None:
    (tmp_path / "watched").hardlink_to(hospital.settings.keys / "small.key")
    rotate(hospital.settings)

    assert set((tmp_path / "watched").read_bytes()) == {0}


def test_a_second_rotation_moves_on_from_the_first(hospital: SmallHospital) -> None:
    first = rotate(hospital.settings)
    second = rotate(hospital.settings)

    assert (second.old, second.lists) == (first.new, 1)
    expected(hospital)


def test_a_key_of_before_there_were_rotations_gets_its_second_part(tmp_path: Path, spark: SparkSession) -> None:
    first = Key(b"k" * 32)
    hospital = make(tmp_path, spark, first)
    rotate(hospital.settings)

    assert key_of(hospital).inner == first.inner
    assert key_of(hospital).outer is not None
    expected(hospital)


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
    for odd in (Key.fresh(), stated, Key(stated.inner)):
        monkeypatch.setenv(NEXT_VARIABLE, odd.text)
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
    odd = {"as_of_date": DAY, "actor_id": "13812345678", "actor_kind": "account"}
    add(store, IDENTITY, actor(key_of(hospital), "U1"), odd)
    with pytest.raises(NotTokens, match=r"silver\.identity\.actor_id") as error:
        rotate(hospital.settings)

    assert "13812345678" not in str(error.value)
    assert not rotation_mark(hospital.settings.keys, "small").exists()


@pytest.mark.parametrize("what", ["an account", "a person's number"])
def test_an_old_token_that_nobody_declared_keeps_the_old_key(hospital: SmallHospital, what: str) -> None:
    token = key_of(hospital).token("account", "U1")
    stray = hospital.settings.report / "page.html"
    stray.parent.mkdir(parents=True, exist_ok=True)
    stray.write_text("x" * 200 + (token if what == "an account" else f"u{token[:31]} "))
    with pytest.raises(OldTokensLeft, match=r"report/page\.html"):
        rotate(hospital.settings)
    assert rotation_mark(hospital.settings.keys, "small").exists()
    stray.unlink()
    rotate(hospital.settings)

    expected(hospital)


def test_what_a_killed_run_had_put_aside_goes_too(hospital: SmallHospital) -> None:
    left = hospital.settings.lake / FOLDER / "intake_review-elsewhere-1-0" / "part.json"
    left.parent.mkdir(parents=True)
    left.write_text(key_of(hospital).token("account", "U1"))
    rotate(hospital.settings)

    assert not left.exists()


def test_two_rotations_at_once_are_one(hospital: SmallHospital, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = rotating.turn

    def after_another(*args: Any, **more: Any) -> AbstractContextManager[None]:
        monkeypatch.setattr(rotating, "turn", whole)
        rotate(hospital.settings)
        return whole(*args, **more)

    monkeypatch.setattr(rotating, "turn", after_another)
    with pytest.raises(RotationUnderWay, match="another process has rotated the key meanwhile"):
        rotate(hospital.settings)

    expected(hospital)


def test_it_waits_until_no_job_is_at_work(hospital: SmallHospital) -> None:
    settings = replace(hospital.settings, wait_seconds=0)
    with (
        turn(settings.lake, "ingest_feed", "taking reviews in", alone=False, wait_seconds=0),
        pytest.raises(LakeBusy, match="at work is taking reviews in"),
    ):
        rotate(settings)

    assert not rotation_mark(settings.keys, "small").exists()
