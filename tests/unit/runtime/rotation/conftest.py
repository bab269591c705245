"""A hospital whose key is rotated, made once and copied for each test."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from rotation_hospital import make

from jobs.runtime.keys import VARIABLE, Key
from jobs.runtime.rotation.rotate import NEXT_VARIABLE
from tests.unit.runtime.intake.small_hospital import SmallHospital


@pytest.fixture(autouse=True)
def _no_key_around(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.delenv(NEXT_VARIABLE, raising=False)


@pytest.fixture
def hospital(made: Path, tmp_path: Path, spark: SparkSession) -> SmallHospital:
    """Three people with a review each, who they are, a list of two of them, and one who was erased."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return SmallHospital(tmp_path, spark, keeps_key=True)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, spark: SparkSession) -> Path:
    folder = tmp_path_factory.mktemp("rotation")
    make(folder, spark, Key.fresh())
    return folder
