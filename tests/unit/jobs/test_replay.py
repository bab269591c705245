"""Past days derived again, in any order, are the days as they were written then: whole tables."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from portrait_world import DAYS, settings_in, write_world
from pyspark.sql import SparkSession

from jobs.runtime.audit import append_rows, read_rows
from jobs.runtime.run_job import run_job
from jobs.runtime.settings import Settings, project_root
from jobs.runtime.store import Store
from schemas.gold.care_event import CARE_EVENT
from schemas.gold.tag import TAG_DAY, USER_TAG
from schemas.gold.user_portrait import USER_PORTRAIT
from schemas.silver.consent_state import CONSENT_STATE

JAVA = pytest.param("local[2]", marks=[pytest.mark.spark, pytest.mark.slow])
TAGS = """\
- code: value.buyer
  name: {zh: 甲, en: A}
  meaning: {zh: 甲, en: A}
  kind: rule
  rule: order_count_30d >= 3
  half_life_days: 2
  owner: data
  sensitivity: low
  purposes: [care]
  evidence: observed
  holds: {order_count_30d: 3}
  holds_not: {}
- code: value.spender
  name: {zh: 乙, en: B}
  meaning: {zh: 乙, en: B}
  kind: tier
  column: spend_yuan_90d
  eligible: order_count_30d >= 1
  percentiles: [0.8]
  labels: [low, high]
  owner: data
  sensitivity: low
  purposes: [care]
  evidence: observed
  gives: high
  holds: {spend_yuan_90d: 95, order_count_30d: 1}
  holds_not: {}
"""
EVENTS = """\
- kind: came
  causes: [value.buyer]
  episode_gap_days: 2
  programme: {code: welcome, name: {zh: 甲, en: A}}
  text: {zh: 甲, en: A}
"""
JOBS = ("assign_value_tiers", "derive_tags", "raise_care_events", "build_portrait")
MADE = (USER_TAG, TAG_DAY, USER_PORTRAIT, CARE_EVENT)
USERS = 30


@pytest.fixture(scope="module", params=["sail", JAVA])
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Four days, each told when it was the last."""
    _: SparkSession = request.getfixturevalue("spark" if request.param == "sail" else "java_spark")
    folder = tmp_path_factory.mktemp("replay")
    ignored = shutil.ignore_patterns("sources", "tags", "care_events.yml")
    shutil.copytree(project_root() / "conf", folder / "root" / "conf", ignore=ignored)
    settings = replace(settings_in(folder / "hospital"), root=folder / "root", engine=request.param)
    (settings.conf / "tags" / "value").mkdir(parents=True)
    (settings.conf / "tags" / "value" / "mine.yml").write_text(TAGS)
    (settings.conf / "care_events.yml").write_text(EVENTS)
    write_world(settings, USERS)
    append_rows(Store(str(settings.lake)), CONSENT_STATE, [_care(n, day) for n in range(USERS) for day in DAYS])
    for day in DAYS:
        tell(settings, day)
    return settings


def _care(n: int, day: date) -> dict[str, object]:
    return {
        "as_of_date": day, "user_id": f"u{n:04d}", "purpose": "care", "data_class": "value", "channel": "none",
        "is_granted": True, "reason": "granted", "text_version": "v1", "stated_at": datetime(2026, 1, 2, tzinfo=UTC),
        "expires_at": None, "consent_id": f"care{n}",
    }  # fmt: skip


def tell(settings: Settings, day: date) -> None:
    for name in JOBS:
        run_job(name, day, settings=settings)


def contents(settings: Settings) -> dict[str, str]:
    store = Store(str(settings.lake))
    return {t.name: store.content_hash(t) for t in MADE}


@pytest.mark.slow
def test_days_told_again_in_any_order_are_as_they_were_told_at_first(written: Settings) -> None:
    before, store = contents(written), Store(str(written.lake))
    events = read_rows(store, CARE_EVENT)
    assert len({(e["user_id"], e["as_of_date"]) for e in events}) == len(events) > 0
    assert {e["as_of_date"] for e in events} <= set(DAYS[1:]), "on the first day nobody came to it"
    assert {r["valid_to"] is None for r in read_rows(store, USER_TAG)} == {True, False}
    for day in (DAYS[2], DAYS[1], DAYS[3]):
        tell(written, day)
    assert contents(written) == before


def test_the_portrait_of_a_past_day_is_rebuilt_from_a_history_that_has_gone_on(written: Settings) -> None:
    before, store = contents(written), Store(str(written.lake))
    for day in DAYS[:2]:
        was = read_rows(store, USER_PORTRAIT, ("as_of_date", "=", day))
        assert len(was) == USERS
        store.open(USER_PORTRAIT).delete(f"as_of_date = DATE '{day}'")
        run_job("build_portrait", day, settings=written)
    assert contents(written) == before
