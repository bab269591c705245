"""Whether there is anything to take in, before a day begins."""

from __future__ import annotations

from datetime import date

from jobs.runtime.audit import read_rows
from jobs.runtime.intake.balance import FeedMostlyBad
from jobs.runtime.intake.drift import FeedUnusual
from jobs.runtime.intake.files import came
from jobs.runtime.intake.mapping import load_mappings, mapped_feeds
from jobs.runtime.settings import Settings
from jobs.runtime.store import Store
from schemas.feeds import FEEDS
from schemas.intake import INGEST_BALANCE, INGEST_FILE, NOT_TAKEN


class NothingCame(RuntimeError):
    """Not one file of any feed came: scores and lists of such a day would call everybody silent."""


def goes_on_without(feed: str, error: Exception) -> bool:
    """Whether a day goes on though this feed was stopped: by what it brought, and its contract does not need it.

    The report tells of it. Records that were lost, or a mapping that is wrong, are no feed's fault, and stop the day.
    """
    return isinstance(error, FeedMostlyBad | FeedUnusual) and not FEEDS[feed].is_needed


def last_came(store: Store, feed: str, day: date) -> date | None:
    """The last delivery day until `day` of which anything of the feed was taken."""
    wanted = (("feed", "=", feed), ("known_date", "<=", day))
    files = [r for r in read_rows(store, INGEST_FILE, *wanted) if r["status"] not in NOT_TAKEN]
    # Of an export of a whole history the file counts as come on its first day; the balance knows all its days.
    days = [r for r in read_rows(store, INGEST_BALANCE, *wanted) if r["taken_count"] + r["duplicate_count"]]
    return max((r["known_date"] for r in (*files, *days)), default=None)


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
