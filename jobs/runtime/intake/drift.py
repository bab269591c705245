"""Whether a day of a feed is like its last weeks: as many records, and no more of them refused."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from statistics import median

from jobs.runtime.intake.balance import Row
from jobs.runtime.quality import CheckResult
from schemas.feed import Feed
from schemas.intake import INGEST_BALANCE

WEEKS = 8
_FEWEST_DAYS = 5
# A handful of records says nothing about what is usual.
_FEWEST_ROWS = 30
_FACTOR = 3.0
_MORE_REJECTS = 0.05


def history_of(day: date) -> tuple[date, date]:
    """First and last of the days that a day is held against."""
    return day - timedelta(weeks=WEEKS), day - timedelta(days=1)


def drift(feed: Feed, today: Row | None, history: Iterable[Row]) -> list[CheckResult]:
    """`usual_rows` and `usual_rejects` of a day's row of audit.ingest_balance against those of the weeks before.

    Days of the same kind are compared, weekdays with weekdays, once there are five of them. A third or the
    threefold of the median number of records is unusual; so is a share of rejects that is both the threefold of
    the history's and five points above it. `today` is None when nothing came, which is unusual too.
    """
    past = list(history)
    if today is not None:
        weekend = today["known_date"].isoweekday() > 5
        alike = [row for row in past if (row["known_date"].isoweekday() > 5) == weekend]
        past = alike if len(alike) >= _FEWEST_DAYS else past
    if len(past) < _FEWEST_DAYS:
        return []
    usual = median(row["read_count"] for row in past)
    if usual < _FEWEST_ROWS:
        return []
    return [_rows(feed, today, usual), *([_rejects(feed, today, past)] if today else [])]


def _rows(feed: Feed, today: Row | None, usual: float) -> CheckResult:
    read = today["read_count"] if today else 0
    low, high = usual / _FACTOR, usual * _FACTOR
    told = f"{low:,.0f} to {high:,.0f} records, as on days like this"
    return _result(feed, "usual_rows", low <= read <= high, told, f"{read:,} came", read, 0)


def _rejects(feed: Feed, today: Row, past: Sequence[Row]) -> CheckResult:
    share = today["rejected_count"] / max(today["read_count"], 1)
    before = sum(row["rejected_count"] for row in past) / max(sum(row["read_count"] for row in past), 1)
    limit = max(before * _FACTOR, before + _MORE_REJECTS)
    told = f"at most {limit:.1%} rejected, the last weeks having {before:.1%}"
    failing = today["rejected_count"]
    return _result(feed, "usual_rejects", share <= limit, told, f"{share:.1%} are", today["read_count"], failing)


def _result(feed: Feed, check: str, passed: bool, expected: str, observed: str, rows: int, failing: int) -> CheckResult:
    table = INGEST_BALANCE.name
    return CheckResult(table, f"{check}_{feed.name}", None, feed.unusual, passed, observed, expected, rows, failing)
