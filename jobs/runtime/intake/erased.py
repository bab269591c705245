"""Whoever was erased does not come back with the next file."""

from __future__ import annotations

from collections.abc import Collection

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.runtime.erasure.person import columns_of, names_anyone
from schemas.feed import Feed

REASON = "erased"


def refuse_erased(rows: DataFrame, feed: Feed, tokens: Collection[str]) -> DataFrame:
    """The same rows, but those that name an erased person are refused: only file and line are kept of them."""
    if not tokens or not columns_of(feed.bronze):
        return rows
    theirs = names_anyone(feed.bronze, tokens)
    # With elements that may be NULL, as those of the other reasons: Sail does not join the two kinds of lists.
    reasons = f"CASE WHEN {theirs} THEN array(CASE WHEN {theirs} THEN '{REASON}' END) ELSE reject_reasons END"
    return rows.withColumn("reject_reasons", F.expr(reasons))
