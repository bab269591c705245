"""One row per true event: what repeats an earlier row, by its id or by its content, is left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from schemas.feed import Feed

_PLACE = ("known_date", "source_file", "source_line")


def without_repeats(
    window: DataFrame, feed: Feed, since: date, until: date, zone: str, keep: Callable[[DataFrame], DataFrame]
) -> DataFrame:
    """The feed's silver rows of [since, until].

    `window` is bronze from `feed.late_window_days` before `since` up to `until`. A row repeats when the
    same id, or the same content, came last within that many days before it. It is the last coming that
    counts, itself a repeat or not: so it is enough to look back one window, and a day alone gives what
    the whole history in one pass gives. `keep` computes and puts aside the short list of repeats: an engine
    that knows it to be short does not shuffle everything to join it.
    """
    here = window.where(F.col("known_date").between(F.lit(since), F.lit(until)))
    repeats = None
    for names, must_tell in _sameness(feed):
        found = _repeats(window, names, must_tell, feed.late_window_days)
        repeats = found if repeats is None else repeats.unionAll(found)
    if repeats is not None:
        here = here.join(keep(repeats.distinct()), on=list(_PLACE), how="left_anti")
    time = feed.field(feed.event_time)
    event_date = F.col(time.name)
    if time.type != "date":
        event_date = F.from_utc_timestamp(event_date, zone).cast("date")
    is_late = F.expr(f"event_date < date_sub(known_date, {feed.late_window_days})")
    return here.withColumn("event_date", event_date).withColumn("is_late", is_late).select(*feed.silver.column_names)


def _sameness(feed: Feed) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Column lists that, all equal, mean the same event; and those of which one must be filled for that.

    Content without anybody in it is no evidence: two strangers open the same page in the same moment.
    """
    ways: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
    if feed.id:
        ways.append((feed.id, feed.id))
    if feed.content:
        ways.append((feed.content, tuple(n for n in feed.content if feed.field(n).identifier)))
    return ways


def _repeats(window: DataFrame, names: Sequence[str], must_tell: Sequence[str], days: int) -> DataFrame:
    listed = ", ".join(f"`{n}`" for n in names)
    if must_tell:
        window = window.where(" OR ".join(f"`{n}` IS NOT NULL" for n in must_tell))
    thin = window.selectExpr(*_PLACE, *[f"`{n}`" for n in names], f"xxhash64({listed}) AS same")
    # Few rows have a twin; only those are sorted.
    twins = thin.groupBy("same").count().where("count > 1").select("same")
    order = ", ".join(_PLACE)
    return (
        thin.join(twins, on="same", how="left_semi")
        .selectExpr(*_PLACE, f"lag(known_date) OVER (PARTITION BY {listed} ORDER BY {order}) AS last_known_date")
        .where(f"last_known_date >= date_sub(known_date, {days})")
        .select(*_PLACE)
    )
