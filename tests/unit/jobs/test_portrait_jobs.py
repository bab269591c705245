"""From feature rows to published lists, through the jobs themselves."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import portrait_world
import pyarrow.parquet as pq
import pytest
from portrait_world import DAYS, settings_in, write_world
from pyspark.sql import SparkSession

from jobs.lists.inputs import StaleInputError, stale_inputs, with_older
from jobs.publish_exports import ListOutdatedError
from jobs.runtime.audit import append_rows, read_rows, replace_rows
from jobs.runtime.declarations import load_audiences, load_policy, load_tags
from jobs.runtime.engine import get_engine
from jobs.runtime.job import Run, find_job
from jobs.runtime.lake import Lake
from jobs.runtime.passage import judged_candidates
from jobs.runtime.removals import open_receipts
from jobs.runtime.run_job import run_job
from jobs.runtime.settings import Settings, project_root
from jobs.runtime.store import Store
from jobs.runtime.user_rows import DayMissingError
from schemas.feature.user_health import USER_HEALTH
from schemas.feature.user_profile import USER_PROFILE
from schemas.gold.audience import AUDIENCE_CHANGE, AUDIENCE_DAY, AUDIENCE_MEMBER
from schemas.gold.care_alert import CARE_ALERT
from schemas.gold.tag import TAG_DAY, TAG_DEFINITION, USER_TAG
from schemas.gold.user_portrait import USER_PORTRAIT
from schemas.gold.user_value_tier import USER_VALUE_TIER
from schemas.intake import INGEST_FILE
from schemas.silver.consent_state import CONSENT_STATE
from schemas.use_log import USE_LOG

JOBS = (
    "assign_value_tiers", "derive_tags", "build_portrait", "raise_care_alerts", "build_audiences", "publish_exports",
)  # fmt: skip
MADE = (
    USER_VALUE_TIER, USER_TAG, TAG_DAY, TAG_DEFINITION, USER_PORTRAIT, CARE_ALERT, AUDIENCE_MEMBER, AUDIENCE_CHANGE,
    AUDIENCE_DAY,
)  # fmt: skip


@pytest.fixture(scope="module")
def done(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = settings_in(tmp_path_factory.mktemp("hospital"))
    write_world(settings)
    for day in DAYS[:2]:
        run_day(settings, day)
    return settings


def run_day(settings: Settings, day: date) -> None:
    for name in JOBS:
        run_job(name, day, settings=settings)


def content(settings: Settings) -> dict[str, str]:
    store = Store(str(settings.lake))
    return {t.name: store.content_hash(t) for t in MADE}


def files(folder: Path) -> dict[str, str]:
    found = sorted(p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in found}


def test_a_second_run_changes_no_table_and_no_byte(done: Settings) -> None:
    before, lists = content(done), files(done.exports)
    run_day(done, DAYS[1])
    assert content(done) == before
    assert files(done.exports) == lists


def test_days_that_come_in_another_order_end_in_the_same_tables(done: Settings, tmp_path: Path) -> None:
    other = settings_in(tmp_path)
    write_world(other)
    for day in (DAYS[1], DAYS[0]):
        for name in JOBS[:2]:
            run_job(name, day, settings=other)
    ours, theirs = Store(str(done.lake)), Store(str(other.lake))
    for table in (USER_VALUE_TIER, USER_TAG, TAG_DAY, TAG_DEFINITION):
        assert theirs.content_hash(table) == ours.content_hash(table), table.name


def test_a_later_day_whose_features_are_gone_is_refused_with_what_to_run(spark: SparkSession, tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    write_world(settings, users=5, days=DAYS[:1])
    with pytest.raises(DayMissingError, match=rf"has no rows of {DAYS[1]}: `cameo run \w+ --day {DAYS[1]}` makes them"):
        run_job("assign_value_tiers", DAYS[1], settings=settings)


def test_the_portrait_has_every_user_with_tags_in_words(done: Settings) -> None:
    rows = [r for r in read_rows(Store(str(done.lake)), USER_PORTRAIT) if r["as_of_date"] == DAYS[1]]
    assert {r["user_id"] for r in rows} == {f"u{i:04d}" for i in range(40)}
    for row in rows:
        weights, values = dict(row["tag_weights"]), dict(row["tag_values"])
        assert row["tag_codes"] == sorted(row["tag_codes"])
        assert row["tag_count"] == len(row["tag_codes"]) == len(row["tag_names_zh"]) == len(values)
        assert all(weights[code] == 1 for code in row["tag_codes"])
        assert all(0.1 <= w <= 1 for w in weights.values())
        assert values["value.tier"] == row["value_tier"]
    by_user = {r["user_id"]: r for r in rows}
    assert by_user["u0001"]["marketing_channels"] == []
    assert by_user["u0003"]["marketing_channels"] == ["email", "push", "sms", "wechat"]
    assert any(set(dict(r["tag_weights"])) - set(r["tag_codes"]) for r in rows), "something is fading"


def test_nobody_is_listed_who_may_not_be(done: Settings) -> None:
    store = Store(str(done.lake))
    members = read_rows(store, AUDIENCE_MEMBER)
    assert members
    listed = {(r["user_id"], r["as_of_date"]) for r in members if r["purpose"] == "marketing"}
    health = {(r["user_id"], r["as_of_date"]): r for r in read_rows(store, USER_HEALTH)}
    profile = {(r["user_id"], r["as_of_date"]): r for r in read_rows(store, USER_PROFILE)}
    for key in listed:
        assert not health[key]["has_sensitive_condition"]
        assert not profile[key]["is_minor"]
    assert not {u for u, _ in listed} & {"u0000", "u0001"}, "a robot, and one who never agreed"
    assert all(r["channel"] != "phone" for r in members), "nobody agreed to be called"


def test_of_a_refused_person_a_marketing_job_gets_the_reason_and_nothing_else(done: Settings) -> None:
    policy = load_policy(done.conf)
    audiences = load_audiences(done.conf, load_tags(done.conf), policy)
    with Lake(get_engine("sail", work=done.work), str(done.lake)) as lake:
        run = Run(find_job("build_audiences"), DAYS[1], DAYS[1], {}, done, lake.guarded())
        judged = [r.asDict() for r in judged_candidates(run, policy, audiences).collect()]
    told = ("order_value", "details", "account_token")
    refused = [r for r in judged if r["refused"]]
    assert len(refused) > 20
    assert [r for r in refused if any(r[c] is not None for c in told)] == []
    assert all(r["details"] and r["account_token"] for r in judged if not r["refused"])


def test_counts_balance_and_the_manifest_tells_them(done: Settings) -> None:
    store = Store(str(done.lake))
    members = [r for r in read_rows(store, AUDIENCE_MEMBER) if r["as_of_date"] == DAYS[1]]
    outcomes = [r for r in read_rows(store, AUDIENCE_DAY) if r["as_of_date"] == DAYS[1]]
    folders = sorted((done.exports / str(DAYS[1])).iterdir())
    assert len(folders) >= 8
    for folder in folders:
        told = json.loads((folder / "manifest.json").read_text())
        mine = [r for r in members if r["audience"] == folder.name]
        listed = pq.read_table(folder / "list.parquet").to_pylist()
        assert told["rows"] == len(listed) == sum(r["arm"] == "list" for r in mine)
        assert told["holdout_rows"] == sum(r["arm"] == "holdout" for r in mine)
        assert {r["account_token"] for r in listed} == {r["account_token"] for r in mine if r["arm"] == "list"}
        refused = {r["outcome"]: r["user_count"] for r in outcomes if r["audience"] == folder.name}
        assert told["not_listed"] == {k: v for k, v in refused.items() if k not in ("list", "holdout")}
        assert all(set(r) == set(told["columns"]) and "user_id" not in r for r in listed)


def test_changes_lead_from_the_last_list_to_this_one(done: Settings) -> None:
    store = Store(str(done.lake))
    members, changed = read_rows(store, AUDIENCE_MEMBER), read_rows(store, AUDIENCE_CHANGE)

    def on(day: date) -> set[tuple[str, str]]:
        rows = (r for r in members if r["as_of_date"] == day and r["arm"] == "list")
        return {(r["audience"], r["user_id"]) for r in rows}

    second = [r for r in changed if r["as_of_date"] == DAYS[1]]
    added = {(r["audience"], r["user_id"]) for r in second if r["change"] == "added"}
    removed = {(r["audience"], r["user_id"]) for r in second if r["change"] == "removed"}
    assert (on(DAYS[0]) | added) - removed == on(DAYS[1])
    assert not added & on(DAYS[0])
    assert removed <= on(DAYS[0])


def test_care_alerts_carry_their_evidence_and_every_export_is_in_the_use_log(done: Settings) -> None:
    store = Store(str(done.lake))
    alerts = read_rows(store, CARE_ALERT)
    assert {r["severity"] for r in alerts} == {"high", "middle"}
    assert all(dict(r["evidence"]) and r["text_zh"] for r in alerts)
    uses = read_rows(store, USE_LOG)
    for folder in (done.exports / str(DAYS[1])).iterdir():
        digest = hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()
        assert any(u["audience"] == folder.name and u["manifest_sha256"] == digest for u in uses)


def test_a_list_built_under_another_policy_is_not_published(spark: SparkSession, tmp_path: Path) -> None:
    root = tmp_path / "root"
    shutil.copytree(project_root() / "conf", root / "conf")
    settings = replace(settings_in(tmp_path / "hospital"), root=root)
    write_world(settings, days=DAYS[:1])
    for name in JOBS[:5]:
        run_job(name, DAYS[0], settings=settings)
    policy = root / "conf" / "policy.yml"
    policy.write_text(policy.read_text().replace("cap: {lists: 3", "cap: {lists: 2"))
    with pytest.raises(ListOutdatedError, match="run build_audiences for that day again"):
        run_job("publish_exports", DAYS[0], settings=settings)
    assert not settings.exports.exists()


def test_who_takes_consent_back_is_off_the_next_list_and_told_to_whoever_pulled_the_earlier_ones(
    done: Settings, tmp_path: Path
) -> None:
    mine = settings_in(tmp_path)
    shutil.copytree(done.run_folder, tmp_path, dirs_exist_ok=True)
    store, day = Store(str(mine.lake)), DAYS[2]
    listed = [r for r in read_rows(store, AUDIENCE_MEMBER) if r["arm"] == "list" and r["purpose"] == "marketing"]
    gone = next(r for r in listed if r["as_of_date"] == DAYS[1])
    theirs = ("user_id", "=", gone["user_id"]), ("as_of_date", "=", day), ("purpose", "=", "marketing")
    refused = [{**r, "is_granted": False, "reason": "refused"} for r in read_rows(store, CONSENT_STATE, *theirs)]
    of_them = f"user_id = '{gone['user_id']}' AND as_of_date = '{day}' AND purpose = 'marketing'"
    for name in JOBS[:5]:
        run_job(name, day, settings=mine)
    replace_rows(store, CONSENT_STATE, refused, of_them)
    built = read_rows(store, AUDIENCE_MEMBER, ("as_of_date", "=", day), ("purpose", "=", "marketing"))
    on_it = {r["user_id"] for r in built}
    if gone["user_id"] in on_it:
        with pytest.raises(ListOutdatedError, match="consent was withdrawn after"):
            run_job("publish_exports", day, settings=mine)
    for name in JOBS[4:]:
        run_job(name, day, settings=mine)
    now = read_rows(store, AUDIENCE_MEMBER, ("as_of_date", "=", day), ("purpose", "=", "marketing"))
    assert gone["user_id"] not in {r["user_id"] for r in now}
    told = [row for path in sorted((mine.exports / "removals").iterdir()) for row in csv_rows(path)]
    account = gone["account_token"]
    lists = {(f"{r['as_of_date']}/{r['audience']}", account) for r in listed if r["user_id"] == gone["user_id"]}
    assert {(row["list"], row["account_token"]) for row in told} == lists
    assert [r.receipt_id for r in open_receipts(store)] == sorted({row["receipt"] for row in told})
    before = files(mine.exports)
    run_job("publish_exports", day, settings=mine)
    assert files(mine.exports) == before


def csv_rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.open(encoding="utf-8-sig")))


def test_a_list_that_was_built_before_its_inputs_were_made_again_is_not_published(done: Settings) -> None:
    run_job("build_portrait", DAYS[1], settings=done)
    with pytest.raises(
        StaleInputError, match=r"built before gold\.user_portrait was written again: run build_audiences"
    ):
        run_job("publish_exports", DAYS[1], settings=done)
    for name in JOBS[4:]:
        run_job(name, DAYS[1], settings=done)


def test_lists_of_a_day_whose_tags_are_older_are_refused_or_marked_as_the_policy_says(
    done: Settings, tmp_path: Path
) -> None:
    told = rf"gold\.user_value_tier is of {DAYS[1]}; gold\.tag_day is of {DAYS[1]}; gold\.user_portrait is of {DAYS[1]}"
    with pytest.raises(
        StaleInputError, match=rf"{told}\. Run for {DAYS[2]} what makes it, or say `stale_inputs: mark`"
    ):
        run_job("build_audiences", DAYS[2], settings=done)
    with pytest.raises(StaleInputError, match=rf"gold\.audience_day is of {DAYS[1]}: run build_audiences"):
        run_job("publish_exports", DAYS[2], settings=done)
    root = tmp_path / "root"
    shutil.copytree(project_root() / "conf", root / "conf")
    policy = root / "conf" / "policy.yml"
    policy.write_text(policy.read_text().replace("stale_inputs: refuse", "stale_inputs: mark"))
    for name in JOBS[4:]:
        run_job(name, DAYS[2], settings=replace(done, root=root))
    for folder in (done.exports / str(DAYS[2])).iterdir():
        manifest = json.loads((folder / "manifest.json").read_text())
        tables = ("gold.user_value_tier", "gold.tag_day", "gold.user_portrait")
        assert manifest["stale_inputs"] == dict.fromkeys(tables, str(DAYS[1]))
    assert any(r["as_of_date"] == DAYS[2] for r in read_rows(Store(str(done.lake)), AUDIENCE_MEMBER))


def test_a_required_feed_that_did_not_come_makes_lists_stale(done: Settings, spark: SparkSession) -> None:
    store, stated = Store(str(done.lake)), load_policy(done.conf)
    files = [portrait_world.file_row("review", day) for day in DAYS[:2]]
    append_rows(store, INGEST_FILE, [files[0], {**files[1], "status": "absent"}])
    run = Run(find_job("build_audiences"), DAYS[1], DAYS[1], {}, done, Lake(spark, str(done.lake)))
    # This hospital has no mapping for imported tags: nothing of them can be missing.
    refusing = stated.model_copy(update={"required_feeds": ("account", "review", "imported_tag")})
    with pytest.raises(StaleInputError, match=rf"stale data: feed review is of {DAYS[0]}\. Run"):
        stale_inputs(run, refusing)
    assert stale_inputs(run, refusing.model_copy(update={"stale_inputs": "mark"})) == {"feed review": DAYS[0]}
    assert stale_inputs(replace(run, day=DAYS[0], since=DAYS[0]), refusing) == {}
    never = stated.model_copy(update={"required_feeds": ("nps_answer",), "stale_inputs": "mark"})
    with pytest.raises(StaleInputError, match="feed nps_answer has nothing yet"):
        stale_inputs(run, never)


def test_only_the_day_itself_is_read_from_the_day_that_there_is(done: Settings, spark: SparkSession) -> None:
    run = Run(find_job("build_audiences"), DAYS[2], DAYS[2], {}, done, Lake(spark, str(done.lake)))
    older = with_older(run, {CONSENT_STATE.name: DAYS[1]})
    for day in (DAYS[0], DAYS[2]):
        rows = older.read(CONSENT_STATE, since=day, until=day).select("as_of_date").distinct().collect()
        assert [r["as_of_date"] for r in rows] == [day]
