"""The registry keeps models, moves one alias, and says what to do when there is no champion."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pytest

from jobs.runtime.registry import Challenger, NoChampion, Registry

DAY = date(2026, 3, 31)


def booster(seed: int) -> lgb.Booster:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(300, 2))
    data = lgb.Dataset(x, label=(x[:, 0] > 0).astype(float), feature_name=["spend_yuan_30d", "active_days_30d"])
    return lgb.train({"objective": "binary", "verbosity": -1, "num_threads": 1, "seed": seed}, data, 3)


def challenger(seed: int = 1) -> Challenger:
    return Challenger(
        "churn",
        DAY,
        f"print-{seed}",
        {"label": "is_churned", "calibrator": {"x": [0.5]}, "zh": "流失"},
        {"booster": booster(seed)},
        parameters={"seed": seed},
        metrics={"test_auc": 0.8},
        data_versions={"feature.user_value": 7},
        example={"spend_yuan_30d": 1.0, "active_days_30d": 2.0},
    )


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry with its tables made: MLflow takes seconds for them."""
    folder = tmp_path_factory.mktemp("mlflow")
    with Registry(folder)._client() as client:
        client.search_experiments()
    return folder


@pytest.fixture
def registry(empty: Path, tmp_path: Path) -> Registry:
    shutil.copytree(empty, tmp_path / "mlflow")
    return Registry(tmp_path / "mlflow")


def test_without_a_champion_the_error_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(NoChampion, match=r"no champion of model ltv in .*cameo run train_ltv --day"):
        Registry(tmp_path).champion("ltv")
    assert not list(tmp_path.iterdir())


def test_a_registered_version_is_no_champion_until_promoted(registry: Registry) -> None:
    version = registry.log_challenger(challenger())
    assert version == "1"
    assert registry.find_champion("churn") is None
    registry.promote("churn", version, "better")
    assert registry.champion("churn").version == "1"


def test_what_comes_back_is_what_was_kept(registry: Registry) -> None:
    kept = challenger()
    registry.promote("churn", registry.log_challenger(kept), "better")
    stored = registry.champion("churn")
    assert stored.card == kept.card
    rows = np.random.default_rng(3).normal(size=(20, 2))
    np.testing.assert_array_equal(stored.boosters()["booster"].predict(rows), kept.boosters["booster"].predict(rows))


def test_the_alias_moves_and_reading_it_without_mlflow_agrees_with_mlflow(registry: Registry) -> None:
    for seed in (1, 2):
        registry.promote("churn", registry.log_challenger(challenger(seed)), "better")
    third = registry.log_challenger(challenger(3))
    registry.refuse("churn", third, "no gain")
    assert registry.champion("churn").version == "2"
    with registry._client() as client:
        found = client.get_model_version_by_alias("churn", "champion")
        assert (str(found.version), found.description) == ("2", "better")
        assert client.get_model_version("churn", third).description == "Not promoted. no gain"


def test_a_fingerprint_is_found_again(registry: Registry) -> None:
    version = registry.log_challenger(challenger(5))
    assert registry.version_of("churn", "print-5") == version
    assert registry.version_of("churn", "print-6") is None
    assert registry.version_of("ltv", "print-5") is None


def test_mlflow_shows_parameters_metrics_data_signature_and_loads_the_booster(registry: Registry) -> None:
    import mlflow.lightgbm

    registry.promote("churn", registry.log_challenger(challenger()), "better")
    with registry._client() as client:
        version = client.get_model_version_by_alias("churn", "champion")
        run = client.get_run(version.run_id)
        loaded = mlflow.lightgbm.load_model("models:/churn@champion")
        info = mlflow.models.get_model_info("models:/churn@champion")
    assert run.data.params == {"day": "2026-03-31", "seed": "1", "data.feature.user_value": "7"}
    assert run.data.metrics == {"test_auc": 0.8}
    assert loaded.feature_name() == ["spend_yuan_30d", "active_days_30d"]
    assert info.signature.inputs.input_names() == ["spend_yuan_30d", "active_days_30d"]


def test_nobody_is_named_in_the_registry(registry: Registry) -> None:
    registry.promote("churn", registry.log_challenger(challenger()), "better")
    with registry._client() as client:
        run = client.get_run(client.get_model_version_by_alias("churn", "champion").run_id)
        models = client.search_logged_models([run.info.experiment_id])
    assert run.data.tags.get("mlflow.user") == "cameo"
    assert {(m.tags["mlflow.user"], m.tags["mlflow.source.name"]) for m in models} == {("cameo", "cameo")}


def test_a_lost_file_is_told_by_its_name(registry: Registry) -> None:
    registry.promote("churn", registry.log_challenger(challenger()), "better")
    for path in registry.folder.rglob("model.lgb"):
        path.unlink()
    with pytest.raises(NoChampion, match=r"version 1 of model churn is champion, but .*model\.lgb is gone"):
        registry.champion("churn")


def test_a_model_without_boosters_is_kept_by_its_card(registry: Registry) -> None:
    version = registry.log_challenger(Challenger("segments", DAY, "g", {"groups": [{"zh": "新用户"}]}))
    registry.promote("segments", version, "first")
    assert registry.champion("segments").card == {"groups": [{"zh": "新用户"}]}
    assert registry.champion("segments").booster_texts == {}
