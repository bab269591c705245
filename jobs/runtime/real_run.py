"""The same jobs over real files: each data set is a hospital of its own, and none are glued together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from rich.console import Console
from rich.table import Table as Screen

from jobs.runtime.audit import read_rows
from jobs.runtime.closing_screen import models_screen
from jobs.runtime.conf_file import load
from jobs.runtime.intake.mapping import mapped_feeds
from jobs.runtime.run_job import run_job
from jobs.runtime.settings import HospitalFile, Settings
from jobs.runtime.store import Store
from schemas.intake import INGEST_BALANCE

FACTS = ("build_user_day", "link_identity")
AS_OF = ("resolve_consent", "build_calendar", "compute_features")
JUDGED = ("compute_training_features", "train_churn", "train_ltv", "score_churn", "score_ltv")


def run_all(settings_of: Callable[[str], Settings], console: Console) -> None:
    """Every hospital of conf/hospitals that says which days it has; FileNotFoundError without their data."""
    conf = settings_of("simulated").conf
    files = {path.stem: load(path, HospitalFile) for path in sorted((conf / "hospitals").glob("*.yml"))}
    real = {name: (file, file.since, file.day) for name, file in files.items() if file.since and file.day}
    folder = settings_of("simulated").data_folder
    if not folder.is_dir():
        raise FileNotFoundError(f"no real data at {folder}: say where it is with `make run-real DATA=…`")
    for name, (file, since, day) in real.items():
        settings = settings_of(name)
        console.rule(f"[bold]{file.title.en}, {since} … {day}")
        _run_one(settings, since, day, file.is_judged, console)
        console.print(_came_in(settings))
        if file.is_judged:
            console.print(models_screen(Store(str(settings.lake))))
    console.print("The sets describe different people; no figure of one says anything about another.")
    console.print(f'look into one: cameo sql --hospital {next(iter(real))} "SELECT * FROM feature.user_value LIMIT 5"')


def _run_one(settings: Settings, since: date, day: date, is_judged: bool, console: Console) -> None:
    with console.status("") as status:
        for feed in mapped_feeds(settings.sources):
            status.update(f"ingest_feed {feed}")
            run_job("ingest_feed", day, since=since, settings=settings, options={"feed": feed})
        for name in FACTS:
            status.update(name)
            run_job(name, day, since=since, settings=settings)
        for name in (*AS_OF, *(JUDGED if is_judged else ())):
            status.update(name)
            run_job(name, day, settings=settings)


def _came_in(settings: Settings) -> Screen:
    screen = Screen("feed", "in", "taken", "rejected", "repeats", "days")
    rows = read_rows(Store(str(settings.lake)), INGEST_BALANCE)
    for feed in sorted({r["feed"] for r in rows}):
        of_feed = [r for r in rows if r["feed"] == feed]
        counts = [sum(r[f"{c}_count"] for r in of_feed) for c in ("read", "taken", "rejected", "duplicate")]
        days = [r["known_date"] for r in of_feed]
        span = (max(days) - min(days)) // timedelta(days=1) + 1
        screen.add_row(feed, *(f"{n:,}" for n in counts), f"{span:,}")
    return screen
