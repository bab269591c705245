"""A sample's rows out of bronze, and what a proof lets pass."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from features.comparison import Difference
from jobs.proof.anew import Again
from jobs.proof.rows import proof_rows
from jobs.proof.sample import Proof, Sample, draw, load_proof
from jobs.runtime.audit import append_rows
from jobs.runtime.conf_file import ConfError
from jobs.runtime.job import Run, find_job
from jobs.runtime.proved import refuse_unproved
from jobs.runtime.quality import StopTheDay
from jobs.runtime.settings import project_root
from schemas.feeds import FEEDS
from schemas.self_proof import SELF_PROOF
from schemas.silver.identity import IDENTITY
from tests.unit.runtime.intake.small_hospital import HEADER, SmallHospital, review

FIRST = date(2026, 3, 1)
DAY = FIRST + timedelta(days=1)
REVIEWS = FEEDS["review"]


def run_of(hospital: SmallHospital) -> Run:
    return Run(find_job("prove_sample"), DAY, DAY, {}, hospital.settings, hospital.lake)


def test_a_row_that_repeats_somebody_elses_is_left_out_though_only_one_of_them_is_sampled(
    spark: SparkSession, tmp_path: Path
) -> None:
    hospital = SmallHospital(tmp_path, spark)
    hospital.deliver("review", FIRST, "a.csv", HEADER + review(1, FIRST, "theirs") + review(2, FIRST, "ours"))
    hospital.deliver("review", DAY, "b.csv", HEADER + review(1, DAY, "ours") + review(3, DAY, "ours"))
    for day in (FIRST, DAY):
        hospital.take_in("review", day)
    taken = spark.createDataFrame(hospital.rows(REVIEWS.silver), REVIEWS.silver.ddl)
    ours = taken.where("review_id = 2").selectExpr("account_token AS actor_id", "'u' AS user_id")
    sample = Sample(run_of(hospital), "true", FIRST, ours, 1)
    anew = {row["review_id"] for row in sample.silver(REVIEWS).collect()}
    assert anew == {row["review_id"] for row in sample.stored(REVIEWS.silver).collect()} == {"2", "3"}


def test_deliveries_before_the_first_that_counts_are_taken_as_the_tables_hold_them(
    spark: SparkSession, tmp_path: Path
) -> None:
    hospital = SmallHospital(tmp_path, spark)
    for day, number in ((FIRST, 1), (DAY, 2)):
        hospital.deliver("review", day, "a.csv", HEADER + review(number, day))
        hospital.take_in("review", day)
    persons = hospital.lake.read(REVIEWS.silver).selectExpr("account_token AS actor_id").distinct()
    sample = Sample(run_of(hospital), "true", DAY, persons, 1)
    run, anew = sample.run, sample.silver(REVIEWS)
    assert [row["review_id"] for row in anew.collect()] == ["2"]
    made = {REVIEWS.silver: anew}
    again = Again(run.job, DAY, DAY, {}, run.settings, run.lake, sample=sample, made=made)
    assert sorted(row["review_id"] for row in again.read(REVIEWS.silver).collect()) == ["1", "2"]
    assert [row["review_id"] for row in again.read(REVIEWS.silver, since=DAY).collect()] == ["2"]


def test_a_row_that_came_before_the_deliveries_that_count_is_not_new_when_it_comes_again(
    spark: SparkSession, tmp_path: Path
) -> None:
    hospital = SmallHospital(tmp_path, spark)
    for day in (FIRST, DAY):
        hospital.deliver("review", day, "a.csv", HEADER + review(1, FIRST))
        hospital.take_in("review", day)
    persons = hospital.lake.read(REVIEWS.silver).selectExpr("account_token AS actor_id").distinct()
    sample = Sample(run_of(hospital), "true", DAY, persons, 1)
    assert sample.silver(REVIEWS).collect() == sample.stored(REVIEWS.silver).collect() == []


def test_as_many_deliveries_are_read_anew_as_conf_says_the_days_own_included(
    spark: SparkSession, tmp_path: Path
) -> None:
    run = run_of(SmallHospital(tmp_path, spark))
    (run.settings.conf / "proof.yml").write_text("sample_share: 1\ndays: 3\n")
    actor = {"as_of_date": DAY, "actor_id": "a", "actor_kind": "account", "user_id": "u", "link_kind": "own"}
    append_rows(run.lake.store, IDENTITY, [{**dict.fromkeys(IDENTITY.column_names), **actor}])
    assert draw(run).first == DAY - timedelta(days=2)


def test_lists_need_a_proof_of_their_day_without_a_difference(spark: SparkSession, tmp_path: Path) -> None:
    hospital = SmallHospital(tmp_path, spark)
    run = run_of(hospital)
    with pytest.raises(StopTheDay, match=f"there is none of {DAY}: cameo run prove_sample --day {DAY}"):
        refuse_unproved(run)
    whole = {"silver.event": Difference(9), "feature.user_day": Difference(4)}
    append_rows(run.lake.store, SELF_PROOF, proof_rows(DAY, 2, whole))
    refuse_unproved(run)
    broken = {"gold.user_tag": Difference(9, missing=1, surplus=2, changed=3, columns={"value": 3})}
    append_rows(run.lake.store, SELF_PROOF, proof_rows(DAY, 2, broken))
    with pytest.raises(StopTheDay) as told:
        refuse_unproved(run)
    assert str(told.value) == (
        "1 stop check(s) failed: gold.user_tag: what bronze gives anew for 2 users (docs/operations.md, "
        '"The self-proof"), but 1 missing, 2 too many, 3 with other values (rows by column: value 3)'
    )


def test_a_day_before_is_no_proof(spark: SparkSession, tmp_path: Path) -> None:
    run = run_of(SmallHospital(tmp_path, spark))
    append_rows(run.lake.store, SELF_PROOF, proof_rows(FIRST, 2, {"silver.event": Difference(9)}))
    with pytest.raises(StopTheDay):
        refuse_unproved(run)


def test_the_share_is_set_in_conf(tmp_path: Path) -> None:
    assert load_proof(project_root() / "conf") == Proof(sample_share=0.01, days=180)
    assert [Proof(sample_share=share, days=180).turns for share in (0.01, 0.6)] == [100, 2]
    (tmp_path / "proof.yml").write_text("sample_share: 0\ndays: 180\n")
    with pytest.raises(ConfError, match="sample_share"):
        load_proof(tmp_path)
