"""Planted people stand nowhere outside of the landing folder, whatever was done with their files."""

from __future__ import annotations

import os
import subprocess
import sys
import traceback
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from pyspark.sql import SparkSession
from typer.testing import CliRunner

from jobs.runtime.cli import app
from jobs.runtime.intake import door
from jobs.runtime.intake.mapping import mapped_feeds
from jobs.runtime.intake.plain_error import IntakeFailed
from jobs.runtime.landing import write_hospital
from jobs.runtime.run_job import run_job
from jobs.runtime.settings import Settings, elsewhere, load_settings, project_root
from jobs.runtime.store import Store
from schemas.feeds import FEEDS
from schemas.intake import REJECTED
from tests.conftest import SPARK
from tests.faults.canary import Canaries, Search, guises, plant
from tests.unit.runtime.intake.small_hospital import HEADER, REVIEW, SmallHospital, review
from tests.whole_day import FACTS

START, DAYS, ACCOUNTS = date(2026, 1, 1), 30, 100
DAY = START + timedelta(days=DAYS - 1)
NO_CODES = ("a code that is none", "an event that is none", "account, bad state")


@pytest.fixture
def hospital(tmp_path: Path, spark: SparkSession) -> Settings:
    settings = elsewhere(load_settings("simulated", "sail"), tmp_path, ACCOUNTS)
    write_hospital(settings.hospital.folder, 7, START, DAYS, ACCOUNTS)
    return settings


def raw(settings: Settings) -> list[Path]:
    return [settings.hospital.landing, settings.truth]


def test_the_search_finds_a_person_in_every_guise() -> None:
    canaries = Canaries(1)
    texts = [canaries.phone("a"), canaries.id_card("b"), canaries.name("c"), canaries.address("d"), canaries.code("e")]
    for text in texts:
        for guise in guises(text):
            search = Search(canaries)
            search.content(b"before " + guise + b" after", "here")
            assert search.found, guise


def test_planted_people_are_nowhere_outside_of_the_landing_folder(
    hospital: Settings, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    canaries = plant(hospital.hospital.landing, DAY)
    said = [_try("ingest_feed", hospital, START, feed=feed) for feed in mapped_feeds(hospital.sources)]
    said += [_try(job, hospital, START) for job in FACTS]
    assert not any(said), [words for words in said if words]
    said = [_try(job, hospital) for job in ("raise_care_alerts", "compute_kpis", "derive_tags", "write_report")]
    shown = _commands(hospital, monkeypatch)
    _they_were_taken_in(hospital)

    search = Search(canaries)
    search.folder(hospital.run_folder, raw(hospital))
    for where, words in zip(("stdout", "stderr"), capfd.readouterr(), strict=True):
        search.content(words, where)
    for words in said:
        search.content(words, "an error")
    # `source` shows what is no code of a list, so that a person can translate it: other names than these.
    of_commands = Search(Canaries.of({t: place for t, place in canaries.places.items() if place not in NO_CODES}))
    for words in shown:
        of_commands.content(words, "a command")
    search.found += of_commands.found
    sys.stdout.write(f"{len(canaries.places)} canaries, {search.files} files, {search.bytes:,} bytes\n")
    assert search.found == []
    assert search.files > 200
    assert len(canaries.places) > 80


def _they_were_taken_in(hospital: Settings) -> None:
    """Else nothing would be proved: the good ones are in silver, the bad ones among the rejects."""
    store = Store(str(hospital.lake))
    with duckdb.connect() as db:
        for name, wanted in (("account", 3), ("consultation", 2), ("complaint", 1), ("event", 3), ("review", 1)):
            db.register("rows", store.open(FEEDS[name].silver).to_pyarrow_dataset())
            where = "source_file LIKE '%canary%' OR source_file LIKE '%[number]%'"
            ((counted,),) = db.execute(f"SELECT count(*) FROM rows WHERE {where}").fetchall()
            assert counted >= wanted, name
        db.register("rows", store.open(REJECTED).to_pyarrow_dataset())
        told = db.execute("SELECT DISTINCT unnest(reasons) FROM rows").fetchall()
    kinds = {reason.split(":")[0] for (reason,) in told}
    assert kinds >= {"broken_line", "missing_column", "unreadable", "unknown_code"}


def _try(job: str, settings: Settings, since: date | None = None, **options: str) -> str:
    """What a job says that cannot be done."""
    try:
        run_job(job, DAY, settings=settings, since=since, options=options)
    except Exception:  # whatever it raises, its words are what is searched
        return traceback.format_exc()
    return ""


def _commands(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a person sees who looks at the planted files and at what became of them."""
    monkeypatch.setenv("CAMEO_RUN_FOLDER", str(settings.run_folder))
    monkeypatch.setenv("CAMEO_ENGINE", "sail")
    folder = settings.hospital.landing
    account = folder / "account" / str(DAY) / "account_canary.csv"
    visits = folder / "consultation" / str(DAY) / "wenzhen_bare.csv"
    sources = settings.sources
    asked = [
        ["source", "check", str(sources / "account.yml"), str(account)],
        ["source", "check", str(sources / "consultation.yml"), str(visits)],
        ["source", "new", "account", str(account)],
        ["rejects", "list"],
        ["jobs"],
        ["keys", "show"],
        ["audit", "show"],
        ["audit", "verify"],
    ]
    return [CliRunner().invoke(app, words).output for words in asked]


ENGINES = [("sail", "spark"), pytest.param(SPARK, "java_spark", marks=pytest.mark.spark)]
WRONG = {
    "the engine": REVIEW.replace("{from: stars}", '{sql: "CAST(raise_error(raw.words) AS DOUBLE)"}'),
    "a cast": REVIEW.replace("{from: stars}", '{sql: "CAST(raw.words AS INT)"}'),
}


@pytest.mark.parametrize("what", sorted(WRONG))
@pytest.mark.parametrize(("setting", "session"), ENGINES)
def test_a_run_that_fails_before_the_door_quotes_nobody(
    tmp_path: Path,
    request: pytest.FixtureRequest,
    capfd: pytest.CaptureFixture[str],
    setting: str,
    session: str,
    what: str,
) -> None:
    hospital = SmallHospital(tmp_path, request.getfixturevalue(session), {"review": WRONG[what]}, setting)
    _nothing_is_told(hospital, capfd)


def test_a_worker_that_dies_at_the_door_quotes_nobody(
    tmp_path: Path, spark: SparkSession, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(text: str) -> str:
        raise ValueError(f"cannot scrub {text}")

    monkeypatch.setattr(door, "scrub", fails)
    told = _nothing_is_told(SmallHospital(tmp_path, spark), capfd)
    assert "ValueError" in told
    assert "jobs/runtime/intake/door.py:" in told


def _nothing_is_told(hospital: SmallHospital, capfd: pytest.CaptureFixture[str]) -> str:
    canaries, day = Canaries(5), date(2026, 1, 5)
    words = f"我叫{canaries.name('words')}，{canaries.phone('words')}，{canaries.code('words')}"
    hospital.deliver("review", day, "a.csv", HEADER + review(1, day, user=canaries.code("user", "U"), words=words))
    with pytest.raises(IntakeFailed) as failed:
        hospital.take_in("review", day)
    told = "".join(traceback.format_exception(failed.value))
    search = Search(canaries)
    search.content(told, "traceback")
    for where, output in zip(("stdout", "stderr"), capfd.readouterr(), strict=True):
        search.content(output, where)
    search.folder(hospital.folder, [hospital.folder / "in", hospital.folder / "conf"])
    assert search.found == []
    return str(failed.value)


@pytest.mark.slow
def test_a_whole_day_through_airflow_tells_of_nobody(tmp_path: Path) -> None:
    """`make run` with planted people: tables, logs, Airflow's database, MLflow, lists, report, what it prints."""
    settings = elsewhere(load_settings("simulated", "sail"), tmp_path, 300)
    last = START + timedelta(days=179)
    environment = os.environ | {
        "CAMEO_RUN_FOLDER": str(tmp_path),
        "CAMEO_ACCOUNTS": "300",
        "CAMEO_HOSPITAL": "simulated",
        "CAMEO_ENGINE": "sail",
        "PYTHONPATH": str(settings.root),
    }
    run_job("simulate_hospital", last, settings=settings, since=START, options={"accounts": "300", "seed": "7"})
    canaries = plant(settings.hospital.landing, last - timedelta(days=60))
    more = plant(settings.hospital.landing, last, seed=5)
    canaries.places |= more.places
    done = subprocess.run(
        [sys.executable, "dags/local_run.py"], cwd=project_root(), env=environment, capture_output=True, timeout=2400
    )
    search = Search(canaries)
    search.content(done.stdout, "stdout")
    search.content(done.stderr, "stderr")
    search.folder(tmp_path, raw(settings))
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    sys.stdout.write(f"{len(canaries.places)} canaries, {search.files} files, {search.bytes:,} bytes\n")
    assert (tmp_path / "airflow" / "airflow.db").is_file()
    assert list(settings.exports.glob("*/*/list.csv"))
    assert search.found == []
