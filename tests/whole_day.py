"""A small hospital's whole day, job after job, as the DAGs order it but without Airflow."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from jobs.runtime.engine import close_engines
from jobs.runtime.job import run_job
from jobs.runtime.settings import Settings, elsewhere, load_settings
from jobs.runtime.store import Store
from schemas.tables import TABLES

START = date(2026, 1, 1)
ACCOUNTS, DAYS, SEED = 300, 180, 7
LAST = START + timedelta(days=DAYS - 1)

FACTS = ("build_user_day", "link_identity", "resolve_consent", "build_calendar", "compute_features")
MODELS = ("compute_training_features", "train_churn", "train_ltv", "fit_segments")
SCORES = ("score_churn", "score_ltv", "assign_segments")
PORTRAIT = ("raise_care_alerts", "assign_value_tiers", "derive_tags", "build_portrait")
OUT = ("build_audiences", "publish_exports", "compute_kpis", "write_report")


def small_settings(folder: Path, engine: str = "sail") -> Settings:
    """The simulated hospital in a folder of its own."""
    return elsewhere(load_settings("simulated", engine), folder, ACCOUNTS)


def simulate(settings: Settings, until: date = LAST) -> None:
    """Writes the landing files and the truth."""
    options = {"accounts": str(ACCOUNTS), "seed": str(SEED)}
    run_job("simulate_hospital", until, settings=settings, since=START, options=options)


def ingest(settings: Settings, day: date, since: date | None = None) -> None:
    """Every feed of the days, landing to silver."""
    from jobs.runtime.intake.mapping import mapped_feeds

    for feed in mapped_feeds(settings.sources):
        run_job("ingest_feed", day, settings=settings, since=since, options={"feed": feed})


def whole_day(settings: Settings, day: date = LAST, since: date | None = START, *, train: bool = True) -> None:
    """From landing files to lists; with `since`, history comes in the same pass."""
    ingest(settings, day, since)
    for name in FACTS:
        run_job(name, day, settings=settings, since=since)
    for name in (*(MODELS if train else ()), *SCORES, *PORTRAIT, *OUT):
        run_job(name, day, settings=settings)


def contents(settings: Settings) -> dict[str, str]:
    """A digest of every table that is part of a day's result."""
    store = Store(str(settings.lake))
    return {t.name: store.content_hash(t) for t in TABLES.values() if t.layer != "audit" and store.exists(t)}


def exported(settings: Settings) -> dict[str, bytes]:
    """Every byte that marketing can pull."""
    return {str(p.relative_to(settings.exports)): p.read_bytes() for p in settings.exports.rglob("*") if p.is_file()}


def differing_tables(ours: Settings, theirs: Settings) -> list[str]:
    """Runs the whole day under both settings, each with its own engine; the tables that are not the same."""
    for settings in (ours, theirs):
        simulate(settings)
        whole_day(settings)
        close_engines()
    here, there = contents(ours), contents(theirs)
    assert len(here) > 40
    return [name for name, digest in here.items() if there.get(name) != digest]
