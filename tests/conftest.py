"""Sessions that the tests share: one per engine and test process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession
from xdist.scheduler import LoadScopeScheduling

from jobs.runtime.engine import close_engines, get_engine
from jobs.runtime.settings import Settings
from tests.whole_day import simulate, small_settings, whole_day

SPARK = "local[2]"
SHARES_A_DAY = "tests/pipeline/"
SHARE_A_LAKE = ("tests/unit/jobs/", "tests/faults/")
# Tests are many small queries: compiling them takes Java longer than running them as they stand.
QUICK_JAVA = {
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.driver.memory": "2g",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.shuffle.partitions": "1",
    "spark.databricks.delta.snapshotPartitions": "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.artifact.isolation.enabled": "false",
}


class ByPlace(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Tests as they come to whichever process is free, but those to one that share the small day, or a made-up lake."""

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(SHARES_A_DAY):
            return SHARES_A_DAY
        return nodeid.split("::")[0] if nodeid.startswith(SHARE_A_LAKE) else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByPlace | None:
    """xdist's own groups are lost on this pytest: they are told by node ids that can no longer be changed."""
    return ByPlace(config, log) if config.getvalue("dist") == "loadscope" else None


@pytest.fixture(scope="session")
def engine_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("engine")


@pytest.fixture(scope="session")
def spark(engine_folder: Path) -> Iterator[SparkSession]:
    """The embedded engine."""
    yield get_engine("sail", work=engine_folder / "sail")
    close_engines("sail")


@pytest.fixture(scope="session")
def java_spark(engine_folder: Path) -> Iterator[SparkSession]:
    """Apache Spark; whoever uses it is marked `spark`."""
    yield get_engine(SPARK, work=engine_folder / "spark", conf=QUICK_JAVA)
    close_engines(SPARK)


@pytest.fixture(scope="session", params=["sail", pytest.param("spark", marks=pytest.mark.spark)])
def engine(request: pytest.FixtureRequest) -> SparkSession:
    """Each engine in turn."""
    session: SparkSession = request.getfixturevalue("spark" if request.param == "sail" else "java_spark")
    return session


@pytest.fixture(scope="session")
def small_day(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """One small hospital's day, made once for all tests that only look at it."""
    settings = small_settings(tmp_path_factory.mktemp("small-day"))
    simulate(settings)
    whole_day(settings)
    return settings
