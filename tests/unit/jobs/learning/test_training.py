"""All three models, from feature tables to scores, on a small world of which we know who comes."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from made_up import DAY, agree, people, settings_in, write_world

from features.labels import churn_label
from jobs.learning.frames import labelled_users, users_drawn
from jobs.runtime.engine import get_engine
from jobs.runtime.job import Run, find_job
from jobs.runtime.lake import Lake
from jobs.runtime.registry import NoChampion, Registry
from jobs.runtime.run_job import run_job
from jobs.runtime.settings import Settings
from models.evaluation import auc
from schemas.audit import QUALITY_RESULT
from schemas.gold.churn_score import CHURN_SCORE
from schemas.gold.ltv_score import LTV_SCORE
from schemas.gold.user_segment import SEGMENT_PROFILE, USER_SEGMENT
from schemas.model_quality import MODEL_QUALITY
from schemas.segment_change import SEGMENT_CHANGE
from schemas.table import Table
from schemas.trail import TRAIL

TRAIN = ("train_churn", "train_ltv", "fit_segments")
SCORE = ("score_churn", "score_ltv", "assign_segments")
USERS = 1500


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    chosen = settings_in(tmp_path_factory.mktemp("world"))
    write_world(get_engine("sail", work=chosen.work / "engine"), chosen, people(USERS))
    with pytest.raises(NoChampion, match="cameo run train_churn"):
        run_job("score_churn", DAY, settings=chosen)
    for name in (*TRAIN, *SCORE):
        run_job(name, DAY, settings=chosen)
    return chosen


@pytest.fixture(scope="module")
def lake(settings: Settings) -> Lake:
    return Lake(get_engine("sail", work=settings.work / "engine"), str(settings.lake))


@pytest.fixture(scope="module")
def rows(lake: Lake) -> Callable[[Table], pd.DataFrame]:
    return lambda table: lake.read(table).toPandas()


def figure(quality: pd.DataFrame, model: str, metric: str, rival: str = "") -> Any:
    found = quality[(quality.model == model) & (quality.metric == metric)]
    return found[found.baseline_name == rival].iloc[-1] if rival else found.iloc[-1]


def test_every_user_has_one_churn_score_with_reasons(rows: Callable[[Table], pd.DataFrame]) -> None:
    scores = rows(CHURN_SCORE)
    assert scores.user_id.is_unique
    assert len(scores) == USERS
    assert set(scores.risk_decile) == set(range(1, 11))
    assert scores.groupby("risk_decile").churn_probability.mean().is_monotonic_increasing
    assert (scores.reasons_zh.map(len) == scores.reasons_en.map(len)).all()
    assert scores.reasons_zh.map(len).between(1, 3).all()
    said = set(np.concatenate(scores.reasons_zh.tolist()))
    assert all("流失风险" in text for text in said)


def test_churn_finds_those_who_have_stopped_coming(rows: Callable[[Table], pd.DataFrame]) -> None:
    world = people(USERS)
    silent = (~world.came[:, -60:].any(axis=1)).astype(float)
    scores = rows(CHURN_SCORE).sort_values("user_id")
    assert auc(silent, scores.churn_probability.to_numpy()) > 0.9


def test_quality_is_written_beside_both_baselines(rows: Callable[[Table], pd.DataFrame]) -> None:
    quality = rows(MODEL_QUALITY)
    rule, logit = (figure(quality, "churn", "auc", name) for name in ("last_seen_rule", "logistic_regression"))
    assert rule.value == logit.value > rule.baseline_value > 0.5
    assert rule.is_champion
    assert not quality[quality.metric.str.startswith("calibration:")].empty
    assert figure(quality, "ltv", "gini", "naive_rate").value > 0.3
    assert figure(quality, "ltv", "gini", "btyd").baseline_value > 0.3
    assert figure(quality, "ltv", "label_days").value == 45
    assert figure(quality, "segments", "silhouette").value > 0.2


def test_value_never_falls_with_the_horizon_and_says_its_method(rows: Callable[[Table], pd.DataFrame]) -> None:
    scores = rows(LTV_SCORE)
    assert len(scores) == USERS
    amounts = scores[["ltv_yuan_90d", "ltv_yuan_180d", "ltv_yuan_365d"]].astype(float).to_numpy()
    assert (np.diff(amounts, axis=1) >= 0).all()
    buyers = scores.alive_probability.notna()
    assert buyers.equals(scores.expected_order_count_90d.notna())
    assert 0 < buyers.sum() < USERS
    assert set(scores.method) == {"; ".join(f"{h}d=two_stage_45d_times_btyd_ratio" for h in (90, 180, 365))}


def test_groups_are_named_and_described(rows: Callable[[Table], pd.DataFrame]) -> None:
    placed, profile = rows(USER_SEGMENT), rows(SEGMENT_PROFILE)
    assert len(placed) == USERS
    assert placed.groupby("segment_id").segment_code.nunique().max() == 1
    counted = profile.drop_duplicates("segment_id").set_index("segment_id").user_count
    assert counted.to_dict() == placed.segment_id.value_counts().to_dict()
    assert set(profile.axis) == {"recency", "frequency", "spend", "asking", "tenure"}


def test_groups_in_use_are_held_against_the_users_of_the_day(rows: Callable[[Table], pd.DataFrame]) -> None:
    quality = rows(MODEL_QUALITY)
    in_use = quality[(quality.model == "segments") & (quality.split == "in_use")].set_index("metric")
    assert in_use.value["share_psi"] < 0.01
    assert in_use.value["centre_shift"] < 0.1
    shares = in_use[in_use.baseline_name == "when_fitted"]
    assert shares.value.sum() == pytest.approx(1)
    assert shares.baseline_value.sum() == pytest.approx(1)
    drift = rows(QUALITY_RESULT).set_index("check_name").loc[["drift_share_psi", "drift_centre_shift"]]
    assert drift.is_passed.all()


def test_groups_that_are_there_for_the_first_time_are_told(rows: Callable[[Table], pd.DataFrame]) -> None:
    profile = rows(SEGMENT_PROFILE).drop_duplicates("segment_id")
    told = rows(SEGMENT_CHANGE)
    assert set(told.change) == {"new"}
    assert set(zip(told.segment_id, told.segment_code, strict=True)) == set(
        zip(profile.segment_id, profile.segment_code, strict=True)
    )
    trail = rows(TRAIL)
    entry = json.loads(trail[(trail.kind == "model") & (trail.subject == "segments")].detail.iloc[0])
    assert entry["groups_new"] == [f"{i} {c}" for i, c in zip(told.segment_id, told.segment_code, strict=True)]


def test_again_on_the_same_day_nothing_changes(settings: Settings, lake: Lake) -> None:
    tables = (CHURN_SCORE, LTV_SCORE, USER_SEGMENT, SEGMENT_PROFILE)
    before = [lake.store.content_hash(t) for t in tables]
    versions = [Registry(settings.mlflow).champion(m).version for m in ("churn", "ltv", "segments")]
    for name in (*TRAIN, *SCORE):
        run_job(name, DAY, settings=settings)
    assert [lake.store.content_hash(t) for t in tables] == before
    assert [Registry(settings.mlflow).champion(m).version for m in ("churn", "ltv", "segments")] == versions


def test_no_user_is_in_the_registry(settings: Settings) -> None:
    some = [u.encode() for u in people(USERS).users[:20]]
    for path in settings.mlflow.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not [u for u in some if u in content], path


def test_too_small_a_world_is_scored_by_the_simple_rules_and_says_so(tmp_path: Path) -> None:
    chosen = settings_in(tmp_path)
    lake = write_world(get_engine("sail", work=chosen.work / "engine"), chosen, people(150, seed=3))
    for name in (*TRAIN[:2], *SCORE[:2]):
        run_job(name, DAY, settings=chosen)
    quality = lake.read(MODEL_QUALITY).toPandas()
    assert "too few to learn from" in figure(quality, "ltv", "promotion").note
    assert set(lake.read(LTV_SCORE).toPandas().method) == {"90d=naive_rate; 180d=naive_rate; 365d=naive_rate"}
    assert lake.read(CHURN_SCORE).count() == 150


def test_who_did_not_agree_is_neither_learned_from_nor_judged_by(settings: Settings, lake: Lake) -> None:
    users, month = people(USERS).users, DAY - timedelta(days=30)
    agree(lake.spark, lake, users[:200])
    run = Run(find_job("train_churn"), DAY, DAY, {}, settings, lake.guarded())
    labelled = labelled_users(run, month, ("tenure_days",), {"gone": churn_label}, 10_000)
    assert set(labelled.user_id) == set(users[:200])
    assert set(users_drawn(run, DAY, ("tenure_days",), 10_000).user_id) == set(users[:200])
    agree(lake.spark, lake, users, ("basic", "behaviour"))
    run = Run(find_job("train_churn"), DAY, DAY, {}, settings, lake.guarded())
    with pytest.raises(ValueError, match="lets models learn from"):
        users_drawn(run, DAY, ("spend_yuan_90d",), 10_000)
