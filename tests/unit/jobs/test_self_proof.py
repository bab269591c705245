"""Users computed anew from bronze, against what the jobs have written."""

from __future__ import annotations

from typing import Any

import pytest
from proof_world import DAY, ProofWorld, world_in
from pyspark.sql import SparkSession

from features.wide import THEMES
from jobs.proof.anew import PROVED_FEEDS
from jobs.runtime.audit import read_rows
from jobs.runtime.quality import StopTheDay
from jobs.runtime.run_job import run_job
from schemas.audit import QUALITY_RESULT
from schemas.feeds import FEEDS
from schemas.gold.tag import USER_TAG
from schemas.self_proof import SELF_PROOF
from schemas.silver.consent_state import CONSENT_STATE
from schemas.silver.identity import IDENTITY


@pytest.fixture(scope="module")
def world(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> ProofWorld:
    return world_in(tmp_path_factory.mktemp("proof"), spark)


def proof(world: ProofWorld, share: float = 1.0) -> dict[str, dict[str, Any]]:
    """What audit.self_proof says of the day, by table, after the job has run."""
    world.sample(share)
    run_job("prove_sample", DAY, settings=world.settings)
    return told(world)


def told(world: ProofWorld) -> dict[str, dict[str, Any]]:
    rows = read_rows(world.lake.store, SELF_PROOF, ("as_of_date", "=", DAY))
    return {row["table_name"]: row for row in rows}


def test_what_the_jobs_wrote_is_what_bronze_gives_anew(world: ProofWorld) -> None:
    rows = proof(world)
    fed = {f.silver.name for f in PROVED_FEEDS if f.name in world.mappings}
    made = {
        "feature.user_day",
        "feature.user_topic_day",
        "feature.user_symptom_day",
        "silver.consent_state",
        "gold.user_tag",
    }
    assert set(rows) == fed | made | {t.name for t in THEMES}
    assert {name: r["difference_count"] for name, r in rows.items() if r["difference_count"]} == {}
    assert {r["sampled_user_count"] for r in rows.values()} == {5}, "two of six accounts are one person's"
    assert all(r["compared_row_count"] for r in rows.values())
    assert rows["feature.user_profile"]["compared_row_count"] == 5


def test_some_users_are_measured_by_what_all_are_measured_by(world: ProofWorld) -> None:
    rows = proof(world, 0.5)
    assert 0 < rows["gold.user_tag"]["sampled_user_count"] < 5
    assert {name: dict(r["changed_columns"]) for name, r in rows.items() if r["difference_count"]} == {}


def test_a_child_is_not_its_own_guardian_in_the_job_either(world: ProofWorld) -> None:
    found = read_rows(world.lake.store, CONSENT_STATE, ("as_of_date", "=", DAY))
    assert sorted(row["reason"] for row in found) == ["granted", "granted", "granted", "no_guardian"]


def test_tags_of_the_hospital_s_systems_and_sequences_come_from_its_files_to_the_history(world: ProofWorld) -> None:
    outside = {"basic.care_programme", "behaviour.searched_then_silent"}
    users = world.lake.read(IDENTITY, since=DAY, until=DAY).select("actor_id", "user_id")
    accounts = (
        world.lake.read(FEEDS["event"].silver)
        .where("event_id LIKE '%long_ago'")
        .join(users.withColumnRenamed("actor_id", "account_token"), "account_token")
    )
    searched = {r["user_id"] for r in accounts.collect()}
    held = [r for r in read_rows(world.lake.store, USER_TAG) if r["tag_code"] in outside]
    assert sorted((r["tag_code"], r["value"]) for r in held) == [
        ("basic.care_programme", "diabetes"), *[("behaviour.searched_then_silent", "yes")] * 2,
    ]  # fmt: skip
    assert {r["user_id"] for r in held if r["value"] == "yes"} == searched
    told = [r for r in read_rows(world.lake.store, QUALITY_RESULT) if r["check_name"] == "taken_by_a_tag"]
    assert [(r["column_name"], r["observed"], r["is_passed"]) for r in told] == [
        ("care_programme", "1 rows are not", False), ("ward", "1 rows are not", False),
    ]  # fmt: skip


def test_a_day_on_which_it_is_nobodys_turn_is_proved_by_nobody(world: ProofWorld) -> None:
    rows = proof(world, 1e-6)
    assert {(r["sampled_user_count"], r["compared_row_count"], r["difference_count"]) for r in rows.values()} == {
        (0, 0, 0)
    }


def test_a_changed_row_of_each_kind_of_table_is_found_named_and_stops_the_lists(world: ProofWorld) -> None:
    world.change("silver.order_line", "amount_yuan = 9.99", f"order_id = '{DAY}-a1'")
    world.change("feature.user_day", "event_count = event_count + 1, dwell_seconds = 0.0D", "order_count = 0")
    world.change("feature.user_value", "order_count_30d = order_count_30d + 7", "order_count_30d > 3")
    world.change("gold.user_tag", "value = 'other'", "tag_code = 'value.tier'")
    with pytest.raises(StopTheDay, match=r"feature\.user_value: what bronze gives anew .* order_count_30d"):
        proof(world)
    found = {name: dict(r["changed_columns"]) for name, r in told(world).items() if r["difference_count"]}
    assert set(found) == {"silver.order_line", "feature.user_day", "feature.user_value", "gold.user_tag"}
    assert found["silver.order_line"] == {"amount_yuan": 1.0}
    assert set(found["feature.user_day"]) == {"event_count", "dwell_seconds"}
    assert found["feature.user_value"] == {"order_count_30d": 1.0}
    assert found["gold.user_tag"] == {"value": 5.0}
    with pytest.raises(StopTheDay, match=r"silver\.order_line.*docs/operations\.md"):
        run_job("publish_exports", DAY, settings=world.settings)
    assert not world.settings.exports.exists()
