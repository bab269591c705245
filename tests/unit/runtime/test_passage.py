"""Rows about persons reach marketing and training through the policy, and by no other way."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from jobs.runtime import job as jobs_module
from jobs.runtime.audit import append_rows, read_rows
from jobs.runtime.job import Job, Run, all_jobs, job
from jobs.runtime.lake import Lake, ReadAroundPolicy
from jobs.runtime.passage import lists_without_consent, permitted_rows, told_of_all, withdrawn
from jobs.runtime.run_job import run_job
from jobs.runtime.settings import Settings, elsewhere, load_settings, project_root
from jobs.runtime.store import Store
from jobs.runtime.user_rows import DayMissingError
from schemas.feature.user_profile import USER_PROFILE
from schemas.feature.user_value import USER_VALUE
from schemas.gold.audience import AUDIENCE_DAY, AUDIENCE_MEMBER
from schemas.silver.consent_state import CONSENT_STATE
from schemas.silver.identity import IDENTITY
from schemas.table import Table
from schemas.tables import TABLES
from schemas.trail import TRAIL
from schemas.vocabulary import DATA_CLASSES

DAY = date(2026, 6, 29)
EVE = DAY - timedelta(days=1)
NOON = datetime(2026, 6, 1, 4, tzinfo=UTC)
GUARDED = {name: j for name, j in all_jobs().items() if j.is_guarded}
JOBS = project_root() / "jobs"


def modules_of(path: Path, seen: set[Path]) -> Iterator[Path]:
    """A job's module and all of jobs/ that it draws in, but for the runtime, which is what guards."""
    if path in seen or "runtime" in path.parts:
        return
    seen.add(path)
    yield path
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("jobs."):
            found = project_root() / f"{node.module.replace('.', '/')}.py"  # type: ignore[union-attr]
            if found.is_file():
                yield from modules_of(found, seen)


def names_in(path: Path) -> set[str]:
    """Every name that a module calls something by, imported, read or asked of something."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Attribute():
                found.add(node.attr)
            case ast.Name():
                found.add(node.id)
            case ast.alias():
                found.add(node.name.split(".")[-1])
    return found


def add(store: Store, table: Table, *rows: dict[str, Any]) -> None:
    """Rows of which only what matters is stated."""
    empty = {"string": "", "boolean": False, "array<string>": []}
    blank = {c.name: None if c.nullable else empty.get(c.type, 0) for c in table.columns}
    append_rows(store, table, [{**blank, **row} for row in rows])


def agreed(user: str, *classes: str, purpose: str = "care", granted: bool = True) -> list[dict[str, Any]]:
    return [
        {"as_of_date": DAY, "user_id": user, "purpose": purpose, "data_class": c, "channel": "none",
         "is_granted": granted, "reason": "granted" if granted else "refused", "text_version": "1", "stated_at": NOON,
         "consent_id": f"{user}{c}"}
        for c in classes
    ]  # fmt: skip


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return elsewhere(load_settings("simulated", "sail"), tmp_path_factory.mktemp("passage"), 5)


@pytest.fixture(scope="module")
def lake(spark: SparkSession, settings: Settings) -> Lake:
    """Five persons: one agrees to all, one not to health, one refuses, one has said nothing, one has closed."""
    store = Store(str(settings.lake))
    people = ("all", "no_health", "refused", "silent", "closed")
    add(store, USER_PROFILE, *[{"user_id": u, "as_of_date": DAY, "is_closed": u == "closed"} for u in people])
    add(store, USER_VALUE, *[{"user_id": u, "as_of_date": DAY} for u in people])
    whose = {"as_of_date": DAY, "actor_kind": "account", "link_kind": "own", "registered_at": NOON}
    add(store, IDENTITY, *[{**whose, "actor_id": f"a_{u}", "user_id": u} for u in people])
    consent = [
        *agreed("all", *DATA_CLASSES),
        *agreed("closed", *DATA_CLASSES),
        *agreed("refused", *DATA_CLASSES, granted=False),
    ]
    add(store, CONSENT_STATE, *consent, *agreed("no_health", "basic", "behaviour", "value"))
    return Lake(spark, str(settings.lake))


def run_for(purpose: str, lake: Lake, settings: Settings) -> Run:
    made = Job("invented", "Is there for a test.", lambda run: None, (), (), (), purpose)
    return Run(made, DAY, DAY, {}, settings, lake.guarded() if made.is_guarded else lake)


def run_after_lists(spark: SparkSession, settings: Settings, folder: Path, known_on: tuple[date, ...]) -> Run:
    """On the eve x and y were on a list and h was held out; by the day x and h have taken consent back."""
    store = Store(str(folder))
    for day in (EVE, DAY):
        whose = {"as_of_date": day, "actor_kind": "account", "link_kind": "own"}
        add(store, IDENTITY, *[{**whose, "actor_id": f"a_{u}", "user_id": u} for u in "xyh"])
    listed = {"audience": "recall", "purpose": "care", "channel": "none"}
    members = ((EVE, "x", "list"), (EVE, "y", "list"), (EVE, "h", "holdout"), (DAY, "y", "list"), (DAY, "h", "holdout"))
    add(store, AUDIENCE_MEMBER, *[
        {**listed, "as_of_date": day, "user_id": u, "account_token": f"a_{u}", "arm": arm} for day, u, arm in members
    ])  # fmt: skip
    said = [{**row, "as_of_date": day} for day in known_on for u in "xyh"
            for row in agreed(u, "basic", granted=u == "y" or day == EVE)]  # fmt: skip
    add(store, CONSENT_STATE, *said)
    return run_for("marketing", Lake(spark, str(folder)), settings)


def test_who_was_held_out_is_on_no_list_to_be_taken_out_of(
    spark: SparkSession, settings: Settings, tmp_path: Path
) -> None:
    run = run_after_lists(spark, settings, tmp_path, (EVE, DAY))
    assert withdrawn(run, ()) == {"recall": [(EVE, "a_x")]}
    assert lists_without_consent(run, ()) == []
    listed = {"audience": "recall", "purpose": "care", "channel": "none", "arm": "list", "as_of_date": DAY}
    add(run.lake.store, AUDIENCE_MEMBER, {**listed, "user_id": "x", "account_token": "a_x"})
    assert lists_without_consent(run, ()) == ["recall"]


def test_lists_of_a_day_whose_consents_are_lost_stop_the_telling_of_withdrawals(
    spark: SparkSession, settings: Settings, tmp_path: Path
) -> None:
    with pytest.raises(DayMissingError, match=f"nobody agreed to anything on {EVE}"):
        withdrawn(run_after_lists(spark, settings, tmp_path, (DAY,)), ())


def test_the_trail_says_where_nobody_was_asked(lake: Lake, settings: Settings) -> None:
    run = run_for("training", lake, settings)
    run.settings = replace(settings, hospital=replace(settings.hospital, name="online_retail"))
    assert run.read_permitted(USER_PROFILE).count() == 5
    assert run.asked == {"not_asked": "online_retail"}


@pytest.mark.parametrize("purpose", ["marketing", "sharing", "research", "training"])
def test_a_guarded_run_reads_no_table_about_persons_in_any_of_the_usual_ways(
    purpose: str, lake: Lake, settings: Settings
) -> None:
    run = run_for(purpose, lake, settings)
    for table in (t for t in TABLES.values() if t.is_about_persons):
        for way in (run.read, run.read_or_empty, run.lake.read, run.lake.read_or_empty):
            with pytest.raises(ReadAroundPolicy, match="read_permitted"):
                way(table)
    assert run.read_or_empty(AUDIENCE_DAY).collect() == []


def test_a_new_job_cannot_forget_the_policy(lake: Lake, settings: Settings) -> None:
    @job(purpose="marketing")
    def forgets(run: Run) -> None:
        """Forgets."""
        run.read(USER_PROFILE)

    try:
        with pytest.raises(ReadAroundPolicy):
            run_job("forgets", DAY, settings=settings)
    finally:
        jobs_module._JOBS.pop("forgets")


def test_every_table_with_a_person_in_it_is_taken_for_one() -> None:
    free = {t.name for t in TABLES.values() if not t.is_about_persons and t.layer in ("silver", "feature", "gold")}
    assert free == {
        "silver.calendar", "silver.environment", "silver.mention", "gold.audience_day", "gold.kpi_day",
        "gold.segment_profile", "gold.segment_day", "gold.segment_version", "gold.tag_day", "gold.tag_definition",
        "gold.tag_version",
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(GUARDED))
def test_no_guarded_job_opens_tables_by_itself(name: str) -> None:
    around = {
        "spark", "behind_the_guard", "_open", "_behind", "Lake", "get_engine", "open_tables", "read_rows", "open",
        "DeltaTable", "deltalake", "to_pyarrow_table", "to_pyarrow_dataset", "dataset", "duckdb", "read_table",
    }  # fmt: skip
    for path in modules_of(JOBS / f"{name}.py", set()):
        assert names_in(path) & around == set(), path.name


def test_whoever_publishes_lists_or_makes_models_is_guarded() -> None:
    for path in JOBS.glob("*.py"):
        if path.stem in all_jobs() and names_in(path) & {"exports", "judged_candidates", "log_challenger", "register"}:
            assert path.stem in GUARDED, path.name


@pytest.mark.parametrize(
    ("used", "users"),
    [
        (("tenure_days", "spend_yuan_90d"), {"all", "no_health"}),
        (("tenure_days", "has_diabetes"), {"all"}),
    ],
)
def test_training_gets_those_who_agreed_to_every_class_it_uses(
    used: tuple[str, ...], users: set[str], lake: Lake, settings: Settings
) -> None:
    run = run_for("training", lake, settings)
    for table in (USER_PROFILE, USER_VALUE, IDENTITY):
        assert {r["user_id"] for r in run.read_permitted(table, used, DAY, DAY).collect()} == users
    given = run.read_permitted(USER_PROFILE, used, DAY, DAY).columns
    assert given == ["user_id", "as_of_date", "tenure_days"]
    assert run.asked["consent"] == "care"


def test_without_saying_what_is_used_every_column_counts(lake: Lake, settings: Settings) -> None:
    rows = run_for("training", lake, settings).read_permitted(USER_PROFILE).collect()
    assert {r["user_id"] for r in rows} == {"all", "no_health"}
    assert len(run_for("operation", lake, settings).read_permitted(USER_PROFILE).collect()) == 5


def test_a_day_whose_consents_are_not_known_teaches_nothing(lake: Lake, settings: Settings) -> None:
    run = run_for("training", lake, settings)
    run.day = date(2026, 6, 30)
    with pytest.raises(DayMissingError, match="resolve_consent"):
        run.read_permitted(USER_PROFILE)


def test_marketing_gets_lists_that_have_passed_and_no_other_rows(lake: Lake, settings: Settings) -> None:
    run = run_for("marketing", lake, settings)
    with pytest.raises(ReadAroundPolicy, match="judged_candidates"):
        run.read_permitted(USER_PROFILE)
    add(lake.store, AUDIENCE_MEMBER, {"as_of_date": DAY, "user_id": "all"})
    assert permitted_rows(run, AUDIENCE_MEMBER).count() == 1


def test_of_all_persons_only_what_says_nothing_of_one_is_told(lake: Lake, settings: Settings) -> None:
    run = run_for("training", lake, settings)
    assert told_of_all(run, "max", CONSENT_STATE, "stated_at").replace(tzinfo=UTC) == NOON
    for table, column in ((IDENTITY, "user_id"), (USER_PROFILE, "user_id"), (USER_PROFILE, "age_years")):
        with pytest.raises(ReadAroundPolicy, match="tells about persons"):
            told_of_all(run, "max", table, column)


def test_the_trail_says_which_consent_a_training_asked(lake: Lake, settings: Settings) -> None:
    @job(reads=(USER_VALUE,), purpose="training")
    def learns(run: Run) -> None:
        """Learns."""
        assert run.read_permitted(USER_VALUE).count() == 2

    try:
        run_job("learns", DAY, settings=settings)
    finally:
        jobs_module._JOBS.pop("learns")
    (entry,) = read_rows(Store(str(settings.lake)), TRAIL, ("subject", "=", "learns"))
    assert '"asked":{"consent":"care","data_classes":["value"]}' in entry["detail"]
