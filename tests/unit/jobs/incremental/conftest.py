from __future__ import annotations

from collections.abc import Callable

import pytest
from pyspark.sql import SparkSession

from tests.unit.jobs.incremental.hospital_in_pieces import Told

# Spark spends seconds on each small commit.
JAVA = pytest.param("local[2]", marks=[pytest.mark.spark, pytest.mark.slow])


@pytest.fixture(scope="module", params=["sail", JAVA])
def fresh(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Told]:
    """Makes hospitals, on each engine in turn."""
    spark: SparkSession = request.getfixturevalue("spark" if request.param == "sail" else "java_spark")
    return lambda: Told(tmp_path_factory.mktemp("told"), spark, request.param)
