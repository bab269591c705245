"""What the tests of the audit trail begin with."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from trail_hospital import Clock, Hospital

from jobs.runtime.trail import chain


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> type[Clock]:
    """The trail goes by the test's clock, and it is the first morning."""
    Clock.time = datetime(2026, 3, 1, 8, tzinfo=UTC)
    monkeypatch.setattr(chain, "datetime", Clock)
    return Clock


@pytest.fixture
def hospital(clock: type[Clock], tmp_path: Path) -> Hospital:
    return Hospital(tmp_path)


@pytest.fixture(scope="module")
def three_days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A filled hospital that nobody writes to."""
    folder = tmp_path_factory.mktemp("three-days")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chain, "datetime", Clock)
        Hospital(folder).fill()
    return folder


@pytest.fixture
def filled(clock: type[Clock], three_days: Path, tmp_path: Path) -> Hospital:
    shutil.copytree(three_days, tmp_path, dirs_exist_ok=True)
    return Hospital(tmp_path)
