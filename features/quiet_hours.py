"""When nobody is to be reached, and what is left of the day."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from features.declaration import Declared

ClockTime = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
_DAY = 24 * 60


class Span(Declared):
    """From one time of the day to another, over midnight where it ends before it begins."""

    begin: ClockTime
    end: ClockTime

    @property
    def minutes(self) -> frozenset[int]:
        """The minutes of the day that lie in it; the same time twice is the whole day."""
        first, last = _minute(self.begin), _minute(self.end)
        return frozenset(range(first, last) if first < last else [*range(first, _DAY), *range(last)])


def open_windows(quiet: Span | None, wanted: Span | None = None) -> tuple[str, ...]:
    """The parts of the day, as `09:00-21:00`, that are wanted and not quiet; none when there is no such minute."""
    minutes = (wanted.minutes if wanted else frozenset(range(_DAY))) - (quiet.minutes if quiet else frozenset())
    begins = sorted(m for m in minutes if m - 1 not in minutes)
    ends = sorted(m + 1 for m in minutes if m + 1 not in minutes)
    return tuple(f"{_clock(b)}-{_clock(e)}" for b, e in zip(begins, ends, strict=True))


def _minute(time: str) -> int:
    return int(time[:2]) * 60 + int(time[3:])


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
