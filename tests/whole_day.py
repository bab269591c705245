"""A small hospital's whole day, job after job, as the DAGs order it but without Airflow."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import duckdb

from jobs.runtime.engine import close_engines
from jobs.runtime.run_job import run_job
from jobs.runtime.settings import Settings, elsewhere, load_settings
from jobs.runtime.store import Store
from schemas.table import Table
from schemas.tables import TABLES

START = date(2026, 1, 1)
ACCOUNTS, DAYS, SEED = 300, 180, 7
LAST = START + timedelta(days=DAYS - 1)
# The fewest days that models can be trained on; Spark spends minutes on every day to learn from.
SHORTEST = START + timedelta(days=135)

FACTS = ("build_user_day", "link_identity", "resolve_consent", "build_calendar", "compute_features")
MODELS = ("compute_training_features", "train_churn", "train_ltv", "fit_segments", "train_text_department")
SCORES = ("score_churn", "score_ltv", "score_text_department", "assign_segments")
PORTRAIT = (
    "raise_care_alerts", "assign_value_tiers", "derive_tags", "raise_care_events", "build_portrait", "build_segments",
)  # fmt: skip
OUT = (
    "prove_sample", "build_audiences", "publish_exports", "compute_kpis", "write_report", "write_catalogue",
    "carry_out_erasures",
)  # fmt: skip


def small_settings(folder: Path, engine: str = "sail") -> Settings:
    """The simulated hospital in a folder of its own."""
    # Without real data beside it: the text model would learn from more questions than this hospital is ever asked.
    return replace(elsewhere(load_settings("simulated", engine), folder, ACCOUNTS), data_folder=folder / "no data")


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


def differing_tables(ours: Settings, theirs: Settings, last: date) -> list[str]:
    """Runs the whole day `last` under both settings, each with its own engine; the tables that are not the same."""
    for settings in (ours, theirs):
        simulate(settings, last)
        if settings is theirs:  # other keys would make other tokens
            shutil.copytree(ours.keys, theirs.keys, dirs_exist_ok=True)
        whole_day(settings, last)
        close_engines(settings.engine)
    return differences(ours, theirs)


def differences(ours: Settings, theirs: Settings) -> list[str]:
    """In what the tables of two days differ, a text for each table that does."""
    here, there = contents(ours), contents(theirs)
    assert len(here) > 40
    return [difference(TABLES[name], ours, theirs) for name in here if here[name] != there.get(name)]


def difference(table: Table, ours: Settings, theirs: Settings) -> str:
    """In what two tables differ: keys on one side only, and the columns in which shared keys have other values."""
    a, b = (Store(str(s.lake)) for s in (ours, theirs))
    if not b.exists(table):
        return f"{table.name} is missing"
    with duckdb.connect() as db:
        db.register("a", a.open(table).to_pyarrow_dataset())
        db.register("b", b.open(table).to_pyarrow_dataset())
        on = " AND ".join(f"a.{k} IS NOT DISTINCT FROM b.{k}" for k in table.key)
        others = [c.name for c in table.columns if c.name not in table.key]
        counted = ", ".join(f'count_if(a."{c}" IS DISTINCT FROM b."{c}")' for c in others) or "0"
        only = [db.execute(f"SELECT count(*) FROM {x} ANTI JOIN {y} ON {on}").fetchall()[0][0] for x, y in ("ab", "ba")]
        found = db.execute(f"SELECT {counted} FROM a JOIN b ON {on}").fetchall()[0]
    other = {name: n for name, n in zip(others, found, strict=False) if n}
    return f"{table.name}: {only[0]} keys only here, {only[1]} only there; other values in {other}"
