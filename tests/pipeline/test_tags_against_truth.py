"""Tags of the small day beside the hospital's truth."""

from __future__ import annotations

from jobs.learning.truth_tags import held_tags, tag_truth_rows
from jobs.runtime.engine import get_engine
from jobs.runtime.job import Run, find_job
from jobs.runtime.lake import Lake
from jobs.runtime.settings import Settings
from tests.whole_day import LAST


def test_what_people_stated_and_doctors_diagnosed_is_as_right_as_is_wanted(small_day: Settings):
    lake = Lake(get_engine("sail", work=small_day.work), str(small_day.lake))
    run = Run(find_job("evaluate_against_truth"), LAST, LAST, {}, small_day, lake)
    rows = tag_truth_rows(run, held_tags(run))
    # Of three hundred accounts a handful are ill: recall and the rarer tags are for larger hospitals.
    told = [r for r in rows if r["kind"] in ("stated", "condition") and r["held_count"] >= 5]
    assert len(told) >= 15
    assert [(r["tag_code"], r["precision"]) for r in told if r["precision"] < r["target_precision"]] == []
