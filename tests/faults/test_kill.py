"""A day that is killed anywhere and run again makes the tables, lists and balances of a day that was not.

A run is a job of the day in a process of its own, as Airflow has it. Half of the kills come at a moment of the day,
half at a place: before or after a commit, a rename, a file, an entry of the trail. CAMEO_KILLS says how many.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from jobs.runtime.export import MANIFEST
from jobs.runtime.intake.mapping import mapped_feeds
from jobs.runtime.run_job import run_job
from jobs.runtime.settings import Settings
from jobs.runtime.store import Store
from jobs.runtime.trail.verify import verify
from schemas.intake import INGEST_BALANCE, INGEST_FILE
from schemas.table import Table
from schemas.tables import TABLES
from tests.faults.doomed import Doomed, End, Order, doomed_runs
from tests.unit.runtime.intake.small_hospital import HEADER, SmallHospital, review
from tests.whole_day import FACTS, LAST, OUT, PORTRAIT, SCORES, exported, simulate, small_settings

DAY = LAST + timedelta(days=1)
KILLS = int(os.environ.get("CAMEO_KILLS", "20"))
TO_THE_END = 20
COMPARED = [t for t in TABLES.values() if t.layer != "audit" or t in (INGEST_FILE, INGEST_BALANCE)]
NOT_COPIED = ("landing", "truth", "report", "engine")
State = dict[str, str]


@dataclass(frozen=True)
class Step:
    """A job of the day that ended by itself, and what was there afterwards."""

    job: str
    options: dict[str, str]
    end: End
    folder: Path
    tables: State
    lists: dict[str, bytes]


class Hospital:
    """The small hospital on the day after the small day, in folders that each hold a moment of it."""

    def __init__(self, base: Path, doomed: Doomed) -> None:
        self.base = base
        self._doomed = doomed
        self._hashes: dict[tuple[str, ...], str] = {}

    def settings(self, folder: Path) -> Settings:
        found = small_settings(folder)
        return replace(found, hospital=replace(found.hospital, landing=small_settings(self.base).hospital.landing))

    def run(self, folder: Path, step: Step, seconds: float | None = None, place: int | None = None) -> End:
        return self._doomed.run(Order(self.settings(folder), step.job, DAY, step.options, seconds, place))

    def tables(self, folder: Path) -> State:
        """A digest of every table; one with the same log as before is not read again."""
        store = Store(str(self.settings(folder).lake))
        return {t.name: self._hash(store, t) for t in COMPARED if store.exists(t)}

    def _hash(self, store: Store, table: Table) -> str:
        log = sorted(Path(store.path(table), "_delta_log").glob("*.json"))
        said = (table.name, log[-1].name, hashlib.sha256(log[-1].read_bytes()).hexdigest())
        if said not in self._hashes:
            self._hashes[said] = store.content_hash(table)
        return self._hashes[said]

    def first_run(self) -> Iterator[Step]:
        """The day as it is when nobody kills it, job after job."""
        before = self.base
        for number, (job, options) in enumerate(jobs_of_the_day(self.settings(self.base))):
            folder = self.base.parent / f"after-{number}"
            copy(before, folder)
            end = self.run(folder, Step(job, options, End(False, [], 0), folder, {}, {}))
            yield Step(job, options, end, folder, self.tables(folder), exported(self.settings(folder)))
            before = folder


def jobs_of_the_day(settings: Settings) -> list[tuple[str, dict[str, str]]]:
    feeds = [("ingest_feed", {"feed": feed}) for feed in mapped_feeds(settings.sources)]
    return feeds + [(job, {}) for job in (*FACTS, *SCORES, *PORTRAIT, *OUT)]


def test_a_feed_killed_at_any_step_and_taken_in_again_is_whole(spark: SparkSession, tmp_path: Path) -> None:
    """The same on a job of a few lines, for every run of the suite."""
    day, feed = LAST, {"feed": "review"}
    hospitals = [SmallHospital(tmp_path / name, spark) for name in ("whole", *"abcd")]
    for hospital in hospitals:
        hospital.deliver(
            "review", day, "a.csv", HEADER + "".join(review(n, day, stars="5x59555555"[n % 10]) for n in range(60))
        )
    with doomed_runs(tmp_path / "log.txt", "ingest_feed") as doomed:
        whole, *others = (hospital.settings for hospital in hospitals)
        places = doomed.run(Order(whole, "ingest_feed", day, feed)).places
        for number, settings in enumerate(others, 1):
            place = number * len(places) // (len(others) + 1)
            assert doomed.run(Order(settings, "ingest_feed", day, feed, place=place)).killed, places[place - 1]
            run_job("ingest_feed", day, settings=settings, options=feed)
            assert tables(settings) == tables(whole), places[place - 1]
            assert left_over(settings) == []
            assert verify(Store(str(settings.lake)), settings.anchors, settings.exports).faults == []


def tables(settings: Settings) -> State:
    store = Store(str(settings.lake))
    return {t.name: store.content_hash(t) for t in COMPARED if store.exists(t)}


def copy(source: Path, target: Path) -> None:
    """Data files are never written twice, so they are shared; all others are copied."""

    def share(one: str, other: str) -> None:
        (os.link if one.endswith(".parquet") else shutil.copyfile)(one, other)

    shutil.copytree(source, target, copy_function=share, ignore=shutil.ignore_patterns(*NOT_COPIED))


def half_published(exports: Path) -> list[str]:
    """Lists that a reader meets and that are not what their manifest says."""
    found = []
    for path in exports.glob("*/[!.]*"):
        stated = json.loads((path / MANIFEST).read_bytes())["files"] if (path / MANIFEST).exists() else {}
        there = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in path.iterdir() if p.name != MANIFEST}
        if there != {name: said["sha256"] for name, said in stated.items()}:
            found.append(str(path))
    return found


def left_over(settings: Settings) -> list[Path]:
    """What only a run under way may have."""
    lists = [p for p in settings.exports.rglob("*") if p.name.startswith(".")]
    return [*settings.lake.glob("_staging/*"), *lists, *settings.report.glob(".*")]


def draw(dice: random.Random, steps: list[Step]) -> tuple[int, float | None, int | None]:
    """Which job is killed, and when or where."""
    if dice.random() < 0.5:
        which = dice.choices(range(len(steps)), [s.end.seconds for s in steps])[0]
        return which, dice.uniform(0, steps[which].end.seconds), None
    which, place = dice.choice([(i, n) for i, s in enumerate(steps) for n in range(1, len(s.end.places) + 1)])
    return which, None, place


@pytest.mark.slow
def test_a_day_killed_anywhere_and_run_again_is_the_day_that_was_not(small_day: Settings, tmp_path: Path) -> None:
    base = tmp_path / "before"
    copy(small_day.run_folder, base)
    simulate(small_settings(base), DAY)
    with doomed_runs(tmp_path / "log.txt") as doomed:
        hospital = Hospital(base, doomed)
        steps = list(hospital.first_run())
        dice, killed, met = random.Random(11), Counter[str](), Counter[str]()
        while killed.total() < KILLS:
            which, seconds, place = draw(dice, steps)
            folder = tmp_path / "killed"
            copy(steps[which - 1].folder if which else base, folder)
            if steps[which].job == "publish_exports":
                # As when an audience was mended: each list takes the place of an older one of the day.
                lists = hospital.settings(folder).exports
                shutil.copytree(lists / str(LAST), lists / str(DAY))
            end = hospital.run(folder, steps[which], seconds, place)
            if end.killed:
                met.update(look_at(hospital, folder, steps, which, base))
                killed["at a place" if place else "at a moment"] += 1
                if killed.total() % TO_THE_END == 0:
                    go_on(hospital, folder, steps, which)
            shutil.rmtree(folder)
    places = sum(len(s.end.places) for s in steps)
    print(f"{len(steps)} jobs, {places} places, {sum(s.end.seconds for s in steps):.1f} s")
    print(f"killed {dict(killed)}; of these run on to the day's end {KILLS // TO_THE_END}; met {dict(met)}")


def look_at(hospital: Hospital, folder: Path, steps: list[Step], which: int, base: Path) -> list[str]:
    """Whether running the job again makes all as it should be; gives what the kill had left."""
    step, settings = steps[which], hospital.settings(folder)
    before = steps[which - 1].tables if which else hospital.tables(base)
    there = hospital.tables(folder)
    half = [n for n in there if there[n] not in (before.get(n), step.tables[n]) and n in before]
    assert half == [], f"{step.job}: neither as before nor as after"
    assert half_published(settings.exports) == []
    left = ["something staged or half written, which nobody reads"] if left_over(settings) else []
    if there == step.tables and exported(settings) == step.lists:
        left.append("all there already")
    elif any(there[n] != before.get(n) for n in there):
        left.append("some tables as after, some as before")
    hospital.run(folder, step)
    assert hospital.tables(folder) == step.tables
    assert exported(settings) == step.lists
    assert left_over(settings) == []
    assert verify(Store(str(settings.lake)), settings.anchors, settings.exports).faults == []
    return left


def go_on(hospital: Hospital, folder: Path, steps: list[Step], which: int) -> None:
    """The rest of the day after a kill ends as the day did."""
    for step in steps[which + 1 :]:
        hospital.run(folder, step)
    assert hospital.tables(folder) == steps[-1].tables
    assert exported(hospital.settings(folder)) == steps[-1].lists
