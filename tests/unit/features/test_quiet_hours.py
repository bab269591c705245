"""Nobody is reached in the quiet hours, whatever a list would like."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from features.audience import AudienceFile, check_audience
from features.quiet_hours import Span, open_windows
from features.rule import RuleError
from jobs.runtime.conf_file import load
from jobs.runtime.declarations import load_policy

CONF = Path(__file__).parents[3] / "conf"
TIMES = st.builds(lambda h, m: f"{h:02d}:{m:02d}", st.integers(0, 23), st.integers(0, 59))
SPANS = st.builds(lambda b, e: Span(begin=b, end=e), TIMES, TIMES)
NIGHT = Span(begin="21:00", end="09:00")


def minutes_in(windows: tuple[str, ...]) -> list[int]:
    """Every minute of the windows, which tell them as hh:mm-hh:mm."""
    ends = [[int(t[:2]) * 60 + int(t[3:]) for t in w.split("-")] for w in windows]
    return [m for begin, end in ends for m in range(begin, end)]


@pytest.mark.parametrize(
    ("quiet", "wanted", "windows"),
    [
        (NIGHT, None, ("09:00-21:00",)),
        (NIGHT, Span(begin="20:00", end="22:00"), ("20:00-21:00",)),
        (NIGHT, Span(begin="20:00", end="10:00"), ("09:00-10:00", "20:00-21:00")),
        (NIGHT, Span(begin="22:00", end="08:00"), ()),
        (Span(begin="12:00", end="14:00"), None, ("00:00-12:00", "14:00-24:00")),
        (None, None, ("00:00-24:00",)),
        (None, NIGHT, ("00:00-09:00", "21:00-24:00")),
        (Span(begin="08:00", end="08:00"), None, ()),
    ],
)
def test_what_is_left_of_the_day(quiet: Span | None, wanted: Span | None, windows: tuple[str, ...]) -> None:
    assert open_windows(quiet, wanted) == windows


@given(st.none() | SPANS, st.none() | SPANS)
def test_windows_are_exactly_the_minutes_that_are_wanted_and_not_quiet(quiet: Span | None, wanted: Span | None) -> None:
    day = set(range(24 * 60))
    left = (wanted.minutes if wanted else day) - (quiet.minutes if quiet else set())
    found = minutes_in(open_windows(quiet, wanted))
    assert (len(found), set(found)) == (len(left), left)


@pytest.mark.parametrize("time", ["24:00", "9:00", "09:60", "nine", ""])
def test_a_time_that_is_none_is_refused(time: str) -> None:
    with pytest.raises(ValidationError):
        Span(begin=time, end="10:00")


def test_a_list_whose_time_lies_in_the_quiet_hours_is_refused() -> None:
    policy, stated = load_policy(CONF), load(CONF / "audiences" / "first_order_acute.yml", AudienceFile)
    plain = stated.model_copy(update={"rule": "days_since_last_activity >= 30"})
    at_night = plain.model_copy(update={"send": Span(begin="23:00", end="06:00")})
    with pytest.raises(RuleError, match="all of its time for sms lies in the quiet hours of marketing"):
        check_audience(at_night, {}, policy)
    evening = plain.model_copy(update={"send": Span(begin="20:00", end="23:00"), "channels": ("sms", "push")})
    assert check_audience(evening, {}, policy).windows == {"sms": ("20:00-21:00",), "push": ("20:00-22:30",)}


def test_a_channel_whose_quiet_hours_nobody_stated_is_not_used() -> None:
    policy, stated = load_policy(CONF), load(CONF / "audiences" / "first_order_acute.yml", AudienceFile)
    marketing = policy.purposes["marketing"].model_copy(update={"quiet_hours": {}})
    silent = policy.model_copy(update={"purposes": {"marketing": marketing}})
    plain = stated.model_copy(update={"rule": "days_since_last_activity >= 30"})
    with pytest.raises(RuleError, match="for push lies in the quiet hours"):
        check_audience(plain, {}, silent)
