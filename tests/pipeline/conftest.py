"""One small hospital's day, made once for all tests that only look at it."""

from pathlib import Path

import pytest

from jobs.runtime.settings import Settings
from tests.whole_day import simulate, small_settings, whole_day


@pytest.fixture(scope="session")
def small_day(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder: Path = tmp_path_factory.mktemp("small-day")
    settings = small_settings(folder)
    simulate(settings)
    whole_day(settings)
    return settings
