"""What breaks around a run is told in a sentence, and the same run afterwards makes what it would have made."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from jobs.runtime import registry
from jobs.runtime.faults import TableDamaged
from jobs.runtime.intake import ingest
from jobs.runtime.intake.files import LandingChanged
from jobs.runtime.keys import KeyUnusable
from jobs.runtime.registry import Registry, RegistryBusy
from jobs.runtime.settings import project_root
from jobs.runtime.store import Store
from schemas.feeds import FEEDS
from schemas.intake import INGEST_BALANCE, INGEST_FILE, REJECTED
from tests.unit.runtime.intake.small_hospital import HEADER, SmallHospital, review

FIRST, DAY = date(2026, 1, 5), date(2026, 1, 6)
FEED = FEEDS["review"]
TABLES = (FEED.bronze, FEED.silver, REJECTED, INGEST_FILE, INGEST_BALANCE)
ALONE = ("unshare", "-rm")
Change = Callable[[Path], object]


def contents(hospital: SmallHospital) -> dict[str, str]:
    return {t.name: Store(str(hospital.settings.lake)).content_hash(t) for t in TABLES}


@pytest.fixture(scope="module")
def first_day(tmp_path_factory: pytest.TempPathFactory, spark: Any) -> SmallHospital:
    """Two days have come, one is taken in."""
    made = SmallHospital(tmp_path_factory.mktemp("first"), spark)
    for day in (FIRST, DAY):
        made.deliver("review", day, "a.csv", HEADER + "".join(review(f"{day.day}-{n}", day) for n in range(20)))
    made.take_in("review", FIRST)
    return made


def copied(hospital: SmallHospital, folder: Path) -> SmallHospital:
    shutil.copytree(hospital.folder, folder, dirs_exist_ok=True)
    return SmallHospital(folder, hospital.spark)


@pytest.fixture(scope="module")
def as_ever(first_day: SmallHospital, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the tables hold when the second day is taken in and nothing breaks."""
    whole = copied(first_day, tmp_path_factory.mktemp("whole"))
    whole.take_in("review", DAY)
    return contents(whole)


@pytest.fixture
def hospital(first_day: SmallHospital, tmp_path: Path) -> SmallHospital:
    return copied(first_day, tmp_path)


def meanwhile(monkeypatch: pytest.MonkeyPatch, change: Callable[[], object]) -> None:
    """Something changes after the files were looked at, before their rows are read."""
    real = ingest.suppressed_tokens

    def suppressed(store: Store) -> Any:
        change()
        return real(store)

    monkeypatch.setattr(ingest, "suppressed_tokens", suppressed)


@pytest.mark.parametrize(
    "change",
    [Path.unlink, lambda p: p.open("a").write(review("7-1", DAY)), lambda p: p.write_text(HEADER + review("8", DAY))],
    ids=["vanishes", "grows", "is replaced"],
)
def test_a_landing_file_that_changes_while_it_is_read_stops_its_feed(
    hospital: SmallHospital, as_ever: dict[str, str], monkeypatch: pytest.MonkeyPatch, change: Change
) -> None:
    file = hospital.settings.hospital.landing / "review" / str(DAY) / "a.csv"
    whole, before = file.read_bytes(), contents(hospital)
    meanwhile(monkeypatch, lambda: change(file))
    with pytest.raises(LandingChanged, match=r"/review/2026-01-06/a\.csv changed or vanished while it was read"):
        hospital.take_in("review", DAY)
    assert contents(hospital) == before
    monkeypatch.undo()
    file.write_bytes(whole)
    hospital.take_in("review", DAY)
    assert contents(hospital) == as_ever


@pytest.mark.parametrize("change", [Path.unlink, lambda p: p.write_text("6b" * 32)], ids=["vanishes", "is another"])
def test_a_key_that_changes_while_files_are_read_stops_the_feed(
    hospital: SmallHospital, as_ever: dict[str, str], monkeypatch: pytest.MonkeyPatch, change: Change
) -> None:
    key, before = hospital.settings.keys / "small.key", contents(hospital)
    whole = key.read_text()
    meanwhile(monkeypatch, lambda: change(key))
    with pytest.raises(KeyUnusable, match=r"no key: set CAMEO_KEY|the key was another while files were read"):
        hospital.take_in("review", DAY)
    assert contents(hospital) == before
    monkeypatch.undo()
    key.write_text(whole)
    hospital.take_in("review", DAY)
    assert contents(hospital) == as_ever


def half(content: bytes) -> bytes:
    return content[: len(content) // 2]


def flipped(content: bytes) -> bytes:
    return content[:100] + bytes(255 - b for b in content[100:300]) + content[300:]


@pytest.mark.parametrize(
    ("pattern", "damage"),
    [
        ("*.parquet", half),
        ("*.parquet", flipped),
        ("*.parquet", lambda content: b""),
        ("_delta_log/*1.json", half),
        ("_delta_log/*1.json", lambda content: b""),
    ],
    ids=["data cut", "data flipped", "data empty", "log cut", "log empty"],
)
def test_a_damaged_table_is_named_and_goes_on_when_the_file_is_back(
    hospital: SmallHospital, as_ever: dict[str, str], pattern: str, damage: Callable[[bytes], bytes]
) -> None:
    (file,) = Path(hospital.lake.path(FEED.bronze)).glob(pattern)
    content = file.read_bytes()
    file.write_bytes(damage(content))
    with pytest.raises(TableDamaged, match=r"bronze\.review .*put it back from a backup") as told:
        hospital.take_in("review", DAY)
    assert str(file if not damage(content) or pattern == "*.parquet" else file.parent) in str(told.value)
    file.write_bytes(content)
    hospital.take_in("review", DAY)
    assert contents(hospital) == as_ever


@pytest.mark.parametrize("content", [b"", b'{"version":', b'{"version":99,"size":3}'], ids=["empty", "cut", "wrong"])
def test_a_damaged_pointer_to_the_last_checkpoint_stops_nobody_or_is_named(
    hospital: SmallHospital, as_ever: dict[str, str], content: bytes
) -> None:
    hospital.lake.store.open(FEED.bronze).create_checkpoint()
    pointer = Path(hospital.lake.path(FEED.bronze)) / "_delta_log" / "_last_checkpoint"
    pointer.write_bytes(content)
    if b"99" in content:
        with pytest.raises(TableDamaged, match=r"bronze\.review .* take _last_checkpoint away, it is a hint only"):
            hospital.take_in("review", DAY)
        pointer.unlink()
    hospital.take_in("review", DAY)
    assert contents(hospital) == as_ever


def test_a_locked_registry_says_so_and_answers_when_it_is_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    models = Registry(tmp_path)
    db = sqlite3.connect(models.database, isolation_level=None)
    db.execute("CREATE TABLE model_version_tags (name, key, value, version)")
    monkeypatch.setattr(registry, "_WAIT_SECONDS", 0.1)
    db.execute("BEGIN EXCLUSIVE")
    with pytest.raises(RegistryBusy, match=r"/mlflow\.db stays locked: something else writes to it"):
        models.version_of("churn", "f")
    db.execute("ROLLBACK")
    assert models.version_of("churn", "f") is None


World = dict[str, list[dict[str, Any]]]


def broken_world(folder: Path, engine: str, *, mounts: bool) -> World:
    """What broken_world.py tells, by scenario."""
    command = [sys.executable, "-m", "tests.faults.broken_world", str(folder), engine, "mounts" if mounts else "none"]
    run = [*(ALONE if mounts else []), *command]
    done = subprocess.run(run, cwd=project_root(), capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    told: World = {}
    for line in done.stdout.splitlines():
        if line.startswith("{"):
            told.setdefault(json.loads(line)["scenario"], []).append(json.loads(line))
    return told


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    can_mount = bool(shutil.which("unshare")) and not subprocess.run([*ALONE, "true"], capture_output=True).returncode
    return broken_world(tmp_path_factory.mktemp("world"), "sail", mounts=can_mount)


@pytest.fixture
def mounted(world: World) -> Iterator[World]:
    if "mended" not in world:
        pytest.skip("a full or read-only disk takes mounts of one's own (unshare -rm), which this machine refuses")
    return world


def test_a_full_disk_is_told_and_leaves_what_was_there(mounted: World) -> None:
    tried = mounted["disk full"]
    faults = [one["fault"] for one in tried]
    assert {kind for kind, *_ in faults} == {"DiskFull"}
    assert all(
        re.match("no room left to write (below )?/.*/lake[/:]", told) and "run the same again" in told
        for _, told, *_ in faults
    )
    assert [one["first_day"] for one in tried] == [88] * len(tried)


def test_a_read_only_lake_or_exports_folder_is_named(mounted: World) -> None:
    for scenario in ("read-only lake", "read-only exports"):
        kind, told, *_ = mounted[scenario][0]["fault"]
        assert kind == "NotAllowed"
        assert "cannot be read or written, it is on a read-only file system: mend that" in told
    assert "/out/lake/" in mounted["read-only lake"][0]["fault"][1]
    assert mounted["read-only lake"][0]["unchanged"]
    assert "/lists/2026-01-06" in mounted["read-only exports"][0]["fault"][1]


def test_a_read_only_landing_folder_is_no_fault(mounted: World) -> None:
    assert mounted["read-only landing"][0]["fault"] is None


def test_what_failed_for_want_of_room_is_made_whole_by_the_next_run(mounted: World) -> None:
    assert mounted["mended"][0]["after"] == mounted["undisturbed"][0]["after"]


def test_an_engine_that_dies_is_told_and_the_next_run_has_a_new_one(world: World) -> None:
    kind, told, *_ = world["engine gone"][0]["fault"]
    assert kind == "EngineGone"
    assert told.startswith("the engine ended while it was at work")
    assert world["engine back"][0]["after"] == world["undisturbed"][0]["after"]


@pytest.mark.slow
@pytest.mark.spark
def test_a_java_that_is_killed_is_told_and_the_next_run_has_a_new_one(tmp_path: Path) -> None:
    world = broken_world(tmp_path, "local[1]", mounts=False)
    assert world["engine gone"][0]["fault"][0] == "EngineGone"
    assert world["engine back"][0]["after"] == world["undisturbed"][0]["after"]
