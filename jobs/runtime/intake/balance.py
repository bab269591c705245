"""That nothing is lost: what was read against what the tables hold; and which file is another one again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

Row = dict[str, Any]
_FEW = 10
# A share of fewer rejects than this says nothing about a feed.
FEW_REJECTS = 10


class RecordsLost(RuntimeError):
    """The counts of a feed do not balance: records came in that are nowhere, or are there twice."""


class FeedMostlyBad(RuntimeError):
    """More of a feed was refused than its contract allows. The rows that could be taken are written."""


@dataclass(frozen=True)
class Counts:
    """Records by day: as read, and as found in the written tables.

    `bad_again`: bad records of files that came before; they are told of once, and count as duplicates.
    """

    read: Mapping[date, int]
    bronze: Mapping[date, int]
    silver: Mapping[date, int]
    rejected: Mapping[date, int]
    bad_again: Mapping[date, int]

    def balance(self, feed: str) -> list[Row]:
        """The rows of audit.ingest_balance, for days on which anything came; RecordsLost when one does not balance."""
        rows: list[Row] = []
        wrong: list[str] = []
        for day in sorted({*self.read, *self.bronze, *self.silver, *self.rejected}):
            read, taken, refused = self.read.get(day, 0), self.silver.get(day, 0), self.rejected.get(day, 0)
            repeats = self.bronze.get(day, 0) - taken + self.bad_again.get(day, 0)
            if read != taken + refused + repeats or repeats < 0:
                wrong.append(f"{day}: {read} read, but {taken} taken + {refused} rejected + {repeats} duplicates")
            values = (feed, day, read, taken, refused, repeats)
            names = ("feed", "known_date", "read_count", "taken_count", "rejected_count", "duplicate_count")
            rows.append(dict(zip(names, values, strict=True)))
        if wrong:
            raise RecordsLost(
                f"feed {feed} does not balance. {'; '.join(wrong)}. Run these days again; if it stays so, "
                "a file changed while it was read, or this is a fault of Cameo's"
            )
        return rows


def mark_repeated(files: list[Row], window_days: int) -> list[Row]:
    """The rows of audit.ingest_file, with status `repeated` where the same bytes came last within the window.

    `files` must hold the window before the first day asked about. The order in which days were run does
    not matter: a file that an earlier one turned up for becomes a repeat, and the other way round.
    """
    last: dict[tuple[str, str], Row] = {}
    marked = []
    for row in sorted(files, key=lambda r: (r["known_date"], r["source_file"])):
        if row["status"] in ("taken", "repeated"):
            same = (row["sha256"], row["source_file"].partition("#")[2])
            before = last.get(same)
            last[same] = row
            if before is not None and row["known_date"] - before["known_date"] <= timedelta(days=window_days):
                row = {**row, "status": "repeated", "message": f"the same bytes came as {before['source_file']}"}
            elif row["status"] == "repeated":
                row = {**row, "status": "taken", "message": None}
        marked.append(row)
    return marked


def refuse_mostly_bad(
    feed: str, balance: Iterable[Row], limit: float, whole: bool, reasons: Callable[[], Mapping[str, int]]
) -> None:
    """FeedMostlyBad when a day, or with `whole` all days together, has a larger share of rejects than `limit`.

    One bad record of two is no verdict: fewer than `FEW_REJECTS` never stop a feed.
    """
    read: Counter[str] = Counter()
    rejected: Counter[str] = Counter()
    for row in balance:
        when = "the whole export" if whole else str(row["known_date"])
        read[when] += row["read_count"]
        rejected[when] += row["rejected_count"]
    bad = [when for when in read if rejected[when] > max(limit * read[when], FEW_REJECTS - 1)]
    if not bad:
        return
    days = ", ".join(f"{w} ({rejected[w]} of {read[w]}, {rejected[w] / read[w]:.0%})" for w in bad[:5])
    more = f" and {len(bad) - 5} more days" if len(bad) > 5 else ""
    why = ", ".join(f"{reason} ({count})" for reason, count in Counter(reasons()).most_common(5))
    raise FeedMostlyBad(
        f"feed {feed}: more than {limit:.0%} of the records were refused: {days}{more}. Most frequent reasons: {why}. "
        "bronze.rejected names file and line of each, audit.ingest_file tells of whole files. Mend the mapping "
        "file, or ask the sender for a corrected file; then run the same days again"
    )
