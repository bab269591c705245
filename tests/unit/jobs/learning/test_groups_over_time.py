"""Groups in use while users change: what is warned of, followed in the registry, and told when others take over."""

from __future__ import annotations

import pandas as pd
import pytest
from made_up import DAY, people, settings_in, write_world
from mlflow import MlflowClient
from pyspark.sql import functions as F

from jobs.runtime.engine import get_engine
from jobs.runtime.lake import Lake
from jobs.runtime.registry import Registry
from jobs.runtime.run_job import run_job
from jobs.runtime.settings import Settings
from schemas.audit import QUALITY_RESULT
from schemas.feature.user_activity import USER_ACTIVITY
from schemas.segment_change import SEGMENT_CHANGE


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Groups were found and put into use; then everybody stayed away for half a year."""
    chosen = settings_in(tmp_path_factory.mktemp("moved"))
    lake = write_world(get_engine("sail", work=chosen.work / "engine"), chosen, people(400), backs=(0,))
    run_job("fit_segments", DAY, settings=chosen)
    there = lake.read(USER_ACTIVITY, since=DAY, until=DAY)
    away = there.withColumn("days_since_last_activity", F.expr("CAST(170 + pmod(xxhash64(user_id), 3) AS INT)"))
    lake.replace(USER_ACTIVITY, away, DAY, DAY, job="test")
    run_job("assign_segments", DAY, settings=chosen)
    run_job("fit_segments", DAY, settings=chosen)
    return chosen


def lake_of(settings: Settings) -> Lake:
    return Lake(get_engine("sail", work=settings.work / "engine"), str(settings.lake))


def test_a_drift_past_its_bound_is_a_warning_of_the_day(settings: Settings) -> None:
    checks = lake_of(settings).read(QUALITY_RESULT).toPandas()
    drift = checks[checks.check_name == "drift_centre_shift"].iloc[-1]
    assert not drift.is_passed
    assert drift.severity == "warn"
    assert drift.expected == "at most 0.5 since the groups were fitted"
    assert ", of group " in drift.observed


def test_the_groups_in_use_are_followed_in_the_registry_each_time_others_are_tried(settings: Settings) -> None:
    client = MlflowClient(Registry(settings.mlflow).tracking_uri)
    run_id = client.get_model_version("segments", "1").run_id
    for figure, least in (("centre_shift", 0.5), ("share_psi", 0.0), ("silhouette", -1.0)):
        followed = client.get_metric_history(run_id, f"in_use.{figure}")
        assert [m.step for m in followed] == [DAY.toordinal()]
        assert followed[0].value > least


def test_changes_are_told_of_groups_that_are_put_into_use_and_of_no_others(settings: Settings) -> None:
    told: pd.DataFrame = lake_of(settings).read(SEGMENT_CHANGE).toPandas()
    first = told[told.model_version == "1"]
    assert set(first.change) == {"new"}
    assert first.segment_id.tolist() == list(range(1, len(first) + 1))
    newest = Registry(settings.mlflow).champion("segments")
    later = {(c, i) for c, i in zip(told.change, told.segment_id, strict=True)} - {("new", i) for i in first.segment_id}
    changes = newest.card["groups"]["changes"]
    assert later == {(kind, i) for kind in ("new", "vanished", "renamed") for i in changes[kind]}
