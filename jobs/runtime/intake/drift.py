"""Whether a day of a feed is like its last weeks: as many records, and no more of them refused, for any reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from statistics import median

from jobs.runtime.intake.balance import FEW_REJECTS, Row
from jobs.runtime.quality import CheckResult, StopTheDay
from schemas.feed import Feed
from schemas.intake import INGEST_BALANCE, REJECTED

WEEKS = 8
_FEWEST_DAYS = 5
# A handful of records says nothing about what is usual.
_FEWEST_ROWS = 30
_FACTOR = 3.0
_MORE_REJECTS = 0.05
# One reason alone is seen sooner than all together.
_MORE_OF_A_REASON = 0.01
# What a reason that is suddenly frequent tells of the feed.
_SHIFTED = {
    "unknown_code": "have a code in {field} that nobody knows: their list of codes has changed",
    "unknown_unit": "have a unit in {field} that nobody knows: it is written in another way now",
    "unreadable": "have a {field} that cannot be read: its type or its form has changed",
    "missing": "lack the required {field}: it was renamed or is left out",
}


class FeedUnusual(StopTheDay):
    """A day of a feed is unlike its last weeks, and its contract says that this stops it."""


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


def shifted(
    feed: Feed, today: Row, reasons: Mapping[str, int], past: Sequence[Row], before: Mapping[str, int]
) -> list[CheckResult]:
    """Reasons against records that came up far more often than in the weeks before, one failed check each.

    `reasons` and `before` count `reason:field` of the day and of the past days. Unusual is a share that is both the
    threefold of the history's and a point above it, of ten records or more.
    """
    read, was_read = today["read_count"], sum(row["read_count"] for row in past)
    found = []
    for reason, count in sorted(reasons.items()):
        kind, _, field = reason.partition(":")
        if kind not in _SHIFTED or count < FEW_REJECTS or len(past) < _FEWEST_DAYS:
            continue
        was = before.get(reason, 0) / max(was_read, 1)
        if count / read > max(was * _FACTOR, was + _MORE_OF_A_REASON):
            told, expected = _SHIFTED[kind].format(field=field), f"about {was:.1%}, as in the last weeks"
            observed = f"{count / read:.1%} {told}"
            check = f"usual_{kind}_{feed.name}"
            found.append(CheckResult(REJECTED.name, check, field, feed.unusual, False, observed, expected, read, count))
    return found


def _result(feed: Feed, check: str, passed: bool, expected: str, observed: str, rows: int, failing: int) -> CheckResult:
    table = INGEST_BALANCE.name
    return CheckResult(table, f"{check}_{feed.name}", None, feed.unusual, passed, observed, expected, rows, failing)
