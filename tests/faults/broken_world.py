"""A process in a world of its own, in which disks are full or may not be written and the engine dies.

`unshare -rm` gives it its own mounts, so that a real file system says no, to root as well. Each scenario is told on
stdout as a JSON line: what failed, in which words, and what the same run made when the world was mended.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from jobs.runtime import engine
from jobs.runtime.export import publish
from jobs.runtime.faults import Fault, in_plain_words
from jobs.runtime.intake import ingest
from jobs.runtime.store import Store
from schemas.feeds import FEEDS
from schemas.intake import INGEST_BALANCE, INGEST_FILE, REJECTED
from tests.unit.runtime.intake.small_hospital import HEADER, SmallHospital, review

FIRST, DAY = date(2026, 1, 5), date(2026, 1, 6)
FEED = FEEDS["review"]
TABLES = (FEED.bronze, FEED.silver, REJECTED, INGEST_FILE, INGEST_BALANCE)
LEFT_KB = (0, 30, 60)


def mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


@contextmanager
def full(folder: Path, left_kb: int) -> Iterator[None]:
    """A file takes all room but so much."""
    free = os.statvfs(folder)
    filler = folder / "filler"
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(1, free.f_bavail * free.f_frsize - left_kb * 1024))
    try:
        yield
    finally:
        filler.unlink()


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    mount("--bind", str(folder), str(folder))
    mount("-o", "remount,ro,bind", str(folder))
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@contextmanager
def dying_engine(setting: str) -> Iterator[None]:
    """The engine's server ends when the files were found: in the middle of the run."""
    real = ingest.find_deliveries

    def find(*given: object) -> object:
        if setting == "sail":
            engine._open["sail"].stop_server()
        else:
            subprocess.run(["pkill", "-KILL", "-P", str(os.getpid()), "java"], check=True)
        return real(*given)  # type: ignore[arg-type]

    ingest.find_deliveries = find  # type: ignore[assignment]
    try:
        yield
    finally:
        ingest.find_deliveries = real


def hospital(folder: Path, setting: str = "sail") -> SmallHospital:
    """One with two days of files, of which the first is taken in."""
    made = SmallHospital(folder, engine.get_engine(setting, work=folder / "engine"), engine=setting)
    for day in (FIRST, DAY):
        rows = "".join(
            review(f"{day.day}-{n}", day, words=f"很好 {n}", stars="x" if n % 9 == 0 else "5") for n in range(99)
        )
        made.deliver("review", day, "a.csv", HEADER + rows)
    made.take_in("review", FIRST)
    return made


def contents(folder: Path) -> dict[str, str]:
    store = Store(str(folder))
    return {t.name: store.content_hash(t) for t in TABLES}


def said(work: Callable[[], object]) -> list[str] | None:
    """The fault that stops the work, as whoever runs it reads it; None when it ends well."""
    try:
        with in_plain_words(Path("elsewhere")):
            work()
    except Fault as fault:
        return [type(fault).__name__, str(fault), *getattr(fault, "__notes__", [])]
    return None


def tell(scenario: str, **told: object) -> None:
    print(json.dumps({"scenario": scenario, **told}), flush=True)


def broken_disks(folder: Path) -> None:
    lists = folder / "lists"
    lists.mkdir()
    with read_only(lists):
        tell("read-only exports", fault=said(lambda: publish(lists / "2026-01-06" / "recall", {"list.csv": b"a"})))
    disk = folder / "disk"
    disk.mkdir()
    mount("-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk))
    small = hospital(disk / "h")
    before = contents(small.settings.lake)
    with read_only(small.settings.lake):
        fault = said(lambda: small.take_in("review", DAY))
    tell("read-only lake", fault=fault, unchanged=contents(small.settings.lake) == before)
    for left in LEFT_KB:
        with full(disk, left):
            fault = said(lambda: small.take_in("review", DAY))
            first_day = [row for row in small.rows(FEED.silver, ["known_date"]) if row[0] == FIRST]
        tell("disk full", left_kb=left, fault=fault, first_day=len(first_day))
    with read_only(small.settings.hospital.landing):
        tell("read-only landing", fault=said(lambda: small.take_in("review", DAY)))
    tell("mended", after=contents(small.settings.lake))


def main(folder: Path, setting: str, has_mounts: bool) -> None:
    whole = hospital(folder / "whole", setting)
    whole.take_in("review", DAY)
    tell("undisturbed", after=contents(whole.settings.lake))
    if has_mounts:
        broken_disks(folder)
    dying = hospital(folder / "dying", setting)
    with dying_engine(setting):
        fault = said(lambda: dying.take_in("review", DAY))
    tell("engine gone", fault=fault)
    dying.take_in("review", DAY)
    tell("engine back", after=contents(dying.settings.lake))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3] == "mounts")
