"""Triggers: what lands during the day is told within minutes, and the night tells the same as without them."""

from __future__ import annotations

import re
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from trigger_world import NIGHT, TODAY, Ward, agreed, diagnosis, prescription, todays_files, told_ward

from jobs.follow_triggers import NoNightToBuildOn
from jobs.runtime.closing_screen import triggers_line
from jobs.runtime.conf_file import ConfError
from jobs.runtime.declarations import load_tags, load_triggers
from jobs.runtime.intake.balance import FeedMostlyBad
from jobs.runtime.job import all_jobs
from jobs.runtime.run_job import run_job
from jobs.runtime.store import Store
from schemas.gold.care_event import CARE_EVENT
from schemas.gold.tag import USER_TAG
from schemas.gold.today import USER_PORTRAIT_TODAY, USER_TAG_TODAY
from schemas.gold.user_portrait import USER_PORTRAIT
from schemas.tables import TABLES
from schemas.trigger import TRIGGER_FILE
from tests.faults.doomed import Order, doomed_runs

OWN = {USER_TAG_TODAY.name, USER_PORTRAIT_TODAY.name}
# What the portrait takes from features of the day; scores, group and tags that wait are the last night's.
OF_THE_DAY = ("user_id", "age_years", "chronic_condition_count", "fertility_state", "consultation_count_30d")


@pytest.fixture(scope="module")
def told(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Ward:
    return told_ward(tmp_path_factory.mktemp("ward") / "told", spark)


@pytest.fixture(scope="module")
def followed(told: Ward, tmp_path_factory: pytest.TempPathFactory) -> Ward:
    """The ward after a trigger."""
    ward = told.copied(tmp_path_factory.mktemp("ward") / "followed")
    todays_files(ward)
    ward.follow()
    return ward


@pytest.fixture(scope="module")
def after(followed: Ward, tmp_path_factory: pytest.TempPathFactory) -> Ward:
    """The same after the night that follows."""
    ward = followed.copied(tmp_path_factory.mktemp("ward") / "after")
    ward.night(TODAY)
    return ward


def test_what_lands_is_told_of_the_users_it_touches_and_no_others(followed: Ward) -> None:
    names = followed.names()
    rows = followed.rows(USER_TAG_TODAY, ["user_id", "tag_code", "value", "valid_from", "valid_to"])
    told = {(names[user], code, value, since == TODAY, until) for user, code, value, since, until in rows}
    diabetes = {("basic.diabetes", "yes"), ("basic.diabetes_likely", "yes"), ("basic.diabetes_subtype", "type_2")}
    known = {("need.disease", "E11"), ("need.newest_health_fact", "diagnosis"), ("need.chronic_management", "yes")}
    entered = {(u, code, value, True, None) for u in ("a1", "a3", "a4") for code, value in diabetes | known}
    entered |= {("a1", "basic.allergic", "yes", True, None), ("a1", "basic.drug_allergy", "yes", True, None)}
    entered |= {("a2", "need.readings_out_of_range", "yes", True, None)}
    assert entered <= told
    assert {user for user, *_ in told - entered} <= {"a0"}, "a prescription ends and begins what it is about"
    portraits = {names[user] for (user,) in followed.rows(USER_PORTRAIT_TODAY, ["user_id"])}
    assert portraits == {"a0", "a1", "a2", "a3", "a4", "a6"}, "not a5, who reads within bounds, nor a9, who is unknown"


def test_the_closing_screen_tells_how_long_after_the_file_its_tags_were_there(followed: Ward) -> None:
    said = triggers_line(followed.settings, TODAY)
    assert re.fullmatch(
        r"triggers: 6 files of 2026-03-03 landed; file to tag in \d+\.\d s: \d+ rows of tags, 6 portraits, "
        r"2 care events\. SELECT \* FROM gold\.user_tag_today",
        said,
    )
    assert triggers_line(followed.settings, NIGHT - timedelta(days=9)) == "triggers: no file of 2026-02-21 landed"


def test_an_episode_of_care_is_told_of_those_who_agreed_to_care_alone(followed: Ward) -> None:
    names = followed.names()
    told = [(names[user], *row) for user, *row in followed.rows(CARE_EVENT, ["user_id", "kind", "programme"])]
    assert sorted(told) == [("a1", "chronic_care_need", "glucose"), ("a1", "prescription_safety", "medicine_check")]


def test_what_is_read_by_day_is_the_night_with_the_days_rows_in_their_place(followed: Ward, after: Ward) -> None:
    touched = {user for (user,) in followed.rows(USER_PORTRAIT_TODAY, ["user_id"])}
    names = ", ".join(USER_PORTRAIT.column_names)

    def now(ward: Ward, view: str, columns: str) -> list[tuple[object, ...]]:
        ward.spark.sql("DROP SCHEMA IF EXISTS gold CASCADE")
        ward.lake.register_views([t for t in TABLES.values() if t.layer == "gold"])
        return sorted((tuple(r) for r in ward.spark.sql(f"SELECT {columns} FROM {view}").collect()), key=repr)

    today = {repr(row) for row in followed.rows(USER_PORTRAIT_TODAY)}
    night = {repr(row) for row in followed.rows(USER_PORTRAIT) if row[0] not in touched}
    assert {repr(row) for row in now(followed, "gold.user_portrait_now", names)} == today | night
    keys = ", ".join(USER_TAG.column_names)
    changed = {row[1:] for row in followed.rows(USER_TAG_TODAY)}
    replaced = {(row[0], row[1], row[6]) for row in changed}
    kept = {row for row in followed.rows(USER_TAG) if (row[0], row[1], row[6]) not in replaced}
    assert set(now(followed, "gold.user_tag_now", keys)) == kept | changed
    assert now(after, "gold.user_tag_now", keys) == after.rows(USER_TAG), "the night has told it"


def test_the_night_tells_the_rows_that_the_trigger_told(followed: Ward, after: Ward) -> None:
    told = [row[1:] for row in followed.rows(USER_TAG_TODAY)]
    touched = {user for (user,) in followed.rows(USER_PORTRAIT_TODAY, ["user_id"])}
    ours = {t.code for t in load_tags(after.settings.conf) if t.refresh == "trigger"}
    days = {TODAY}
    at_night = [row for row in after.rows(USER_TAG) if row[0] in touched and row[1] in ours and {row[6], row[7]} & days]
    assert told == at_night
    assert followed.rows(CARE_EVENT) == after.rows(CARE_EVENT)
    portraits = {row[0]: row for row in after.rows(USER_PORTRAIT, OF_THE_DAY)}
    assert followed.rows(USER_PORTRAIT_TODAY, OF_THE_DAY) == sorted((portraits[u] for u in touched), key=repr)


def test_no_job_reads_what_a_trigger_tells() -> None:
    own = {USER_TAG_TODAY, USER_PORTRAIT_TODAY, TRIGGER_FILE}
    assert {name for name, job in all_jobs().items() if own & {*job.reads}} == set()
    assert {name for name, job in all_jobs().items() if own & {*job.writes}} == {"follow_triggers"}


def test_a_trigger_writes_its_own_tables_alone(told: Ward, followed: Ward) -> None:
    before, now = told.contents(), followed.contents()
    assert {name for name in now if now[name] != before.get(name)} == OWN | {CARE_EVENT.name}


@pytest.mark.slow
def test_the_night_after_a_trigger_makes_the_tables_that_it_makes_without(
    told: Ward, after: Ward, tmp_path: Path
) -> None:
    without = told.copied(tmp_path / "without")
    todays_files(without)
    without.night(TODAY)
    assert {n: h for n, h in after.contents().items() if n not in OWN} == without.contents()


@pytest.mark.slow
def test_a_run_again_without_new_files_writes_nothing_and_with_a_corrected_one_tells_it_all_anew(
    followed: Ward, tmp_path: Path
) -> None:
    ward = followed.copied(tmp_path / "again")
    ward.follow()
    assert ward.versions() == followed.versions()
    ward.send("diagnosis", TODAY, [diagnosis("a3", TODAY), diagnosis("a4", TODAY)])
    ward.send("consent", TODAY, agreed("a4", TODAY))
    ward.follow()
    names = ward.names()
    holders = {names[u] for u, code in ward.rows(USER_TAG_TODAY, ["user_id", "tag_code"]) if code == "basic.diabetes"}
    assert holders == {"a3", "a4"}, "a1's was a mistake"
    told = {(names[u], cause) for u, cause in ward.rows(CARE_EVENT, ["user_id", "cause_tag"])}
    events = {
        ("a1", "basic.diabetes"),
        ("a3", "basic.diabetes"),
        ("a4", "basic.diabetes"),
        ("a1", "basic.drug_allergy"),
    }
    assert told == events, "what was acted upon stays until the night; a3 has not withdrawn, a4 has agreed"


@pytest.mark.slow
def test_days_that_no_night_has_told_are_told_one_by_one_and_more_than_three_are_refused(
    told: Ward, tmp_path: Path
) -> None:
    ward, tomorrow = told.copied(tmp_path / "late"), TODAY + timedelta(days=1)
    ward.send("diagnosis", TODAY, [diagnosis("a1", TODAY)])
    ward.send("prescription", tomorrow, [prescription("a3", tomorrow)])
    ward.follow(tomorrow)
    rows = ward.rows(USER_TAG_TODAY, ["tag_code", "valid_from", "valid_to"])
    assert ("basic.diabetes", TODAY, None) in rows
    assert ward.rows(CARE_EVENT, ["as_of_date", "programme"]) == [(TODAY, "glucose")]
    with pytest.raises(NoNightToBuildOn, match=f"the last night was {NIGHT}: .* the files wait"):
        ward.follow(NIGHT + timedelta(days=4))


@pytest.mark.slow
def test_a_run_that_was_killed_is_made_good_by_the_next_though_a_night_is_at_work(
    followed: Ward, tmp_path: Path
) -> None:
    """As it is after the first commit: the tables are written in this order. The night has taken in some of the day."""
    ward = followed.copied(tmp_path / "killed")
    for feed in ("diagnosis", "device_reading"):
        ward.take_in(feed, TODAY)
    run_job("build_user_day", TODAY, settings=ward.settings)
    for table in (USER_PORTRAIT_TODAY, CARE_EVENT, TRIGGER_FILE):
        shutil.rmtree(Store(str(ward.settings.lake)).path(table))
    ward.follow()
    own = {*OWN, CARE_EVENT.name}
    assert {n: h for n, h in ward.contents().items() if n in own} == {n: followed.contents()[n] for n in own}


@pytest.mark.slow
def test_a_run_that_is_killed_at_any_step_is_made_good_by_the_next(told: Ward, followed: Ward, tmp_path: Path) -> None:
    with doomed_runs(tmp_path / "log.txt", "follow_triggers") as doomed:

        def ward_in(name: str) -> Ward:
            ward = told.copied(tmp_path / name)
            todays_files(ward)
            return ward

        places = doomed.run(Order(ward_in("whole").settings, "follow_triggers", TODAY)).places
        commits = [n for n, place in enumerate(places, 1) if place.endswith("again_on_conflict")]
        for place in (commits[0], commits[len(commits) // 3], commits[-3]):
            ward = ward_in(f"place{place}")
            assert doomed.run(Order(ward.settings, "follow_triggers", TODAY, place=place)).killed, places[place - 1]
            ward.follow()
            assert ward.contents() == followed.contents(), places[place - 1]
            assert [*ward.settings.lake.glob("_staging/*")] == []


@pytest.mark.spark
@pytest.mark.slow
def test_the_other_engine_tells_the_same(java_spark: SparkSession, told: Ward, followed: Ward, tmp_path: Path) -> None:
    folder = told.copied(tmp_path / "java").folder
    ward = Ward(folder, java_spark, engine="local[2]")
    todays_files(ward)
    ward.follow()
    assert ward.contents() == followed.contents()


def test_a_file_that_is_mostly_bad_is_refused_before_anything_is_told(told: Ward, tmp_path: Path) -> None:
    ward = told.copied(tmp_path / "bad")
    ward.send("diagnosis", TODAY, [{**diagnosis(f"a{i}", TODAY), "icd10_code": None} for i in range(12)])
    with pytest.raises(FeedMostlyBad, match=r"feed diagnosis: .*missing:icd10_code \(12\)"):
        ward.follow()
    assert ward.versions() == told.versions()


def test_a_tag_that_needs_all_users_or_a_score_cannot_be_told_by_day(told: Ward, tmp_path: Path) -> None:
    conf = told.copied(tmp_path / "conf").settings.conf
    path = conf / "tags" / "value" / "models.yml"
    path.write_text(path.read_text().replace("  owner:", "  refresh: trigger\n  owner:", 1))
    with pytest.raises(
        ConfError, match=r"tag value\.\w+: expected refresh daily or monthly, found trigger: it rests on"
    ):
        load_triggers(conf, load_tags(conf))
