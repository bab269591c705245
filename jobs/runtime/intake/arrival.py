"""Whether there is anything to take in, before a day begins."""

from __future__ import annotations

from datetime import date

from jobs.runtime.intake.balance import FeedMostlyBad
from jobs.runtime.intake.drift import FeedUnusual
from jobs.runtime.intake.files import came
from jobs.runtime.intake.mapping import load_mappings, mapped_feeds
from jobs.runtime.settings import Settings
from schemas.feeds import FEEDS


class NothingCame(RuntimeError):
    """Not one file of any feed came: scores and lists of such a day would call everybody silent."""


def goes_on_without(feed: str, error: Exception) -> bool:
    """Whether a day goes on though this feed was stopped: by what it brought, and its contract does not need it.

    The report tells of it. Records that were lost, or a mapping that is wrong, are no feed's fault, and stop the day.
    """
    return isinstance(error, FeedMostlyBad | FeedUnusual) and not FEEDS[feed].is_needed


def feeds_to_take_in(settings: Settings, since: date, day: date) -> list[str]:
    """The feeds that a hospital has mapping files for; NothingCame when none of them has a file in the days.

    One feed that did not come is told in audit.ingest_file and stops nothing.
    """
    feeds, landing = mapped_feeds(settings.sources), settings.hospital.landing
    mappings = [m for feed in feeds for m in load_mappings(settings.sources, FEEDS[feed]).values()]
    if not any(came(landing, mapping, since, day) for mapping in mappings):
        days = str(day) if since == day else f"{since} to {day}"
        raise NothingCame(
            f"no file of any of {len(feeds)} feeds came for {days} below {landing}: nothing is made for it. "
            "When the files are there, clear this task"
        )
    return feeds
