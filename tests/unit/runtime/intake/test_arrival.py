"""A day of which nothing came does not begin."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from jobs.runtime.intake.arrival import NothingCame, feeds_to_take_in
from jobs.runtime.intake.mapping import mapped_feeds
from tests.whole_day import small_settings

DAY, NEXT = date(2026, 3, 1), date(2026, 3, 2)


def test_one_finished_file_of_one_feed_lets_the_day_begin(tmp_path: Path) -> None:
    settings = small_settings(tmp_path)
    folder = settings.hospital.landing / "nps_answer" / str(DAY)
    folder.mkdir(parents=True)
    unfinished = folder / "nps_1.csv.part"
    unfinished.write_text("half")
    with pytest.raises(NothingCame, match=f"no file of any of 19 feeds came for {DAY}"):
        feeds_to_take_in(settings, DAY, DAY)
    unfinished.rename(folder / "nps_1.csv")
    assert feeds_to_take_in(settings, DAY, DAY) == mapped_feeds(settings.sources)
    assert feeds_to_take_in(settings, DAY, NEXT) == mapped_feeds(settings.sources)
    with pytest.raises(NothingCame):
        feeds_to_take_in(settings, NEXT, NEXT)
