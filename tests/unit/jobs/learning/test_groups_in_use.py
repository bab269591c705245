"""New groups wait for somebody's word, and each day is assigned by the groups of its time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from jobs.fit_segments import _judged, group_axes
from jobs.learning.groups_in_use import find_groups, groups_in_use
from jobs.learning.settings import load_segments
from jobs.runtime.calibration.in_force import calibrated_folder
from jobs.runtime.registry import Challenger, NoChampion, Registry
from jobs.runtime.settings import Settings, elsewhere, load_settings, project_root
from models.group_fitting import GroupSettings, fit_groups

APPROVED = """\
proposal: 2026-06-30-00000001
since: 2026-07-03
by: Li
why: they fit better
approved_at: "2026-07-01T08:00:00+00:00"
numbers:
- {of: model segments, number: version, declared: 1, was: 1, becomes: 2}
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(elsewhere(load_settings("simulated"), tmp_path / "run", 0), root=tmp_path)


def test_each_day_has_the_groups_of_its_time(settings: Settings) -> None:
    registry = Registry(settings.mlflow)
    assert find_groups(settings) is None
    with pytest.raises(NoChampion):
        groups_in_use(settings, date(2026, 7, 1))
    for number in (1, 2, 3):
        made = Challenger("segments", date(2026, 6, number), f"mark {number}", {"groups": number})
        assert registry.log_challenger(made) == str(number)
    registry.promote("segments", "1", "first groups")
    days = [date(2026, 7, 2), date(2026, 7, 3), None]
    assert [getattr(find_groups(settings, d), "version", None) for d in days] == ["1", "1", "1"]
    calibrated_folder(settings).mkdir(parents=True)
    (calibrated_folder(settings) / "2026-06-30-00000001.yml").write_text(APPROVED)
    assert [groups_in_use(settings, d).card for d in days[:2]] == [{"groups": 1}, {"groups": 2}]
    found = find_groups(settings)
    assert found
    assert found.version == "2", "what new groups are held against"
    registry.promote("segments", "3", "first groups on other axes")
    assert groups_in_use(settings, days[1] or date.max).version == "3", "an approval before them is not for them"


def test_groups_that_fit_better_than_those_in_use_wait_to_be_approved_and_the_first_do_not() -> None:
    conf = load_segments(project_root() / "conf")
    rng = np.random.default_rng(7)
    axes = group_axes(conf)
    blobs = np.repeat(rng.uniform(0, 400, (5, len(axes))), 120, axis=0)
    frame = pd.DataFrame(blobs + rng.normal(0, 2, blobs.shape), columns=[a.column for a in axes])
    frame["user_id"] = [f"u{i:04d}" for i in range(len(frame))]
    rules = [rule.model_dump(exclude_none=True) for rule in conf.names]
    coarse, fine = (fit_groups(frame, axes, conf.seed, rules, None, GroupSettings(k_range=k)) for k in ((2,), (5,)))
    figures, first = _judged(coarse, None, frame, conf)
    assert (first.promote, [f.metric for f in figures]) == (True, ["silhouette"])
    figures, later = _judged(fine, coarse, frame, conf)
    assert not later.promote
    assert later.reason.startswith("to be approved: silhouette")
    assert [f.metric for f in figures][-1] == "proposed"
    figures, worse = _judged(coarse, fine, frame, conf)
    assert not worse.promote
    assert "proposed" not in [f.metric for f in figures]
