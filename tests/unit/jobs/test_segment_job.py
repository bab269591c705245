"""Segments through the job: who is in since when, how many a day, and by which declaration."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from portrait_world import DAYS, rows_of, settings_in
from pyspark.sql import SparkSession

from jobs.runtime.audit import append_rows, read_rows
from jobs.runtime.run_job import run_job
from jobs.runtime.settings import Settings, project_root
from jobs.runtime.store import Store
from schemas.feature.user_profile import USER_PROFILE
from schemas.gold.segment_member import SEGMENT_DAY, SEGMENT_MEMBER, SEGMENT_VERSION
from schemas.gold.user_portrait import USER_PORTRAIT

SEGMENT = """\
code: {code}
name: {{zh: 甲, en: A}}
meaning: {{zh: 甲, en: A}}
owner: data
rule: {rule}
purposes: [care]
sensitivity: personal
holds: {{}}
holds_not: {{}}
"""
RULES = {"old": "age_years >= 60", "old_risk": "in_segment('old') AND tag_value('value.churn_risk') = 'high'"}
FIRST, SECOND, THIRD = DAYS[:3]
# Who is 60 or older, and at risk, on each of the days; everybody else is 30 and at none.
OLD = {FIRST: ("u1", "u2", "u3"), SECOND: ("u1", "u2", "u4"), THIRD: ("u1", "u3")}
AT_RISK = {FIRST: ("u1", "u5"), SECOND: ("u1", "u2"), THIRD: ()}
USERS = ("u1", "u2", "u3", "u4", "u5")
MADE = (SEGMENT_MEMBER, SEGMENT_DAY, SEGMENT_VERSION)


def hospital(folder: Path) -> Settings:
    """Three days of five users, and a conf with two segments, of which counts of one are not shown."""
    conf = folder / "root" / "conf"
    ignored = shutil.ignore_patterns("sources", "audiences", "segments")
    shutil.copytree(project_root() / "conf", conf, ignore=ignored)
    (conf / "segment_views.yml").write_text("smallest_count: 2\n")
    (conf / "segments").mkdir()
    settings = replace(settings_in(folder / "hospital"), root=folder / "root")
    for code, rule in RULES.items():
        declare(settings, code, rule)
    store = Store(str(settings.lake))
    for day in OLD:
        ages = {u: 70 if u in OLD[day] else 30 for u in USERS}
        append_rows(store, USER_PROFILE, [{**r, "age_years": ages[r["user_id"]]} for r in rows_of_day(day)])
        append_rows(store, USER_PORTRAIT, [portrait(u, day) for u in USERS])
    return settings


def rows_of_day(day: date) -> Sequence[Mapping[str, Any]]:
    return rows_of(USER_PROFILE, USERS, day)


def portrait(user: str, day: date) -> Mapping[str, Any]:
    values = {"value.churn_risk": "high" if user in AT_RISK[day] else "low"}
    empty = dict.fromkeys(USER_PORTRAIT.column_names)
    return empty | {
        "user_id": user, "as_of_date": day, "tag_codes": list(values), "tag_names_zh": ["x"], "tag_values": values,
        "tag_weights": {"value.churn_risk": 1.0}, "tag_count": 1, "marketing_channels": [],
    }  # fmt: skip


def declare(settings: Settings, code: str, rule: str) -> None:
    (settings.conf / "segments" / f"{code}.yml").write_text(SEGMENT.format(code=code, rule=rule))


def rows(settings: Settings, table: Any, *names: str) -> list[tuple[Any, ...]]:
    found = [tuple(r[n] for n in names) for r in read_rows(Store(str(settings.lake)), table)]
    return sorted(found, key=str)


def content(settings: Settings) -> dict[str, str]:
    store = Store(str(settings.lake))
    return {t.name: store.content_hash(t) for t in MADE}


@pytest.fixture(scope="module")
def done(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = hospital(tmp_path_factory.mktemp("segments"))
    for day in OLD:
        run_job("build_segments", day, settings=settings)
    return settings


def test_the_history_has_a_stretch_for_each_stay(done: Settings) -> None:
    assert rows(done, SEGMENT_MEMBER, "segment", "user_id", "valid_from", "valid_to") == [
        ("old", "u1", FIRST, None),
        ("old", "u2", FIRST, THIRD),
        ("old", "u3", FIRST, SECOND),
        ("old", "u3", THIRD, None),
        ("old", "u4", SECOND, THIRD),
        ("old_risk", "u1", FIRST, THIRD),
        ("old_risk", "u2", SECOND, THIRD),
    ]


def test_a_day_counts_who_is_in_came_went_and_stayed_but_no_single_user(done: Settings) -> None:
    names = ("user_count", "user_share", "entered_count", "left_count", "stayed_count")
    assert rows(done, SEGMENT_DAY, "segment", "as_of_date", *names) == [
        ("old", FIRST, 3, 0.6, 3, 0, 0),
        ("old", SECOND, 3, 0.6, None, None, None),
        ("old", THIRD, 2, 0.4, None, 2, None),
        ("old_risk", FIRST, None, None, None, 0, None),
        ("old_risk", SECOND, 2, 0.4, None, 0, None),
        ("old_risk", THIRD, 0, 0.0, 0, 2, 0),
    ]


def test_a_second_run_of_any_day_changes_nothing(done: Settings) -> None:
    before = content(done)
    run_job("build_segments", SECOND, settings=done)
    run_job("build_segments", THIRD, settings=done)
    assert content(done) == before


def test_days_that_come_late_end_in_the_same_tables(done: Settings, tmp_path: Path) -> None:
    other = hospital(tmp_path)
    for day in (THIRD, FIRST, SECOND):
        run_job("build_segments", day, settings=other)
    assert content(other) == content(done)


def test_a_changed_rule_is_a_new_version_and_ends_no_stretch_of_who_stays(spark: SparkSession, tmp_path: Path) -> None:
    settings = hospital(tmp_path)
    run_job("build_segments", FIRST, settings=settings)
    declare(settings, "old", "age_years >= 65")
    run_job("build_segments", SECOND, settings=settings)
    assert ("old", "u1", FIRST, None) in rows(settings, SEGMENT_MEMBER, "segment", "user_id", "valid_from", "valid_to")
    versions = rows(settings, SEGMENT_VERSION, "segment", "version", "is_current", "in_force_from", "rule")
    assert versions[:2] == [("old", 1, False, FIRST, "age_years >= 60"), ("old", 2, True, SECOND, "age_years >= 65")]
    assert [v[:4] for v in versions[2:]] == [("old_risk", 1, False, FIRST), ("old_risk", 2, True, SECOND)]


def test_a_segment_that_is_taken_away_lets_its_members_go(spark: SparkSession, tmp_path: Path) -> None:
    settings = hospital(tmp_path)
    run_job("build_segments", FIRST, settings=settings)
    (settings.conf / "segments" / "old_risk.yml").unlink()
    run_job("build_segments", SECOND, settings=settings)
    ended = rows(settings, SEGMENT_MEMBER, "segment", "user_id", "valid_to")
    assert [row for row in ended if row[0] == "old_risk"] == [("old_risk", "u1", SECOND)]
    assert rows(settings, SEGMENT_VERSION, "segment", "is_current") == [("old", True), ("old_risk", False)]
