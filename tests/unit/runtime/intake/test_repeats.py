"""What repeats an earlier row is left out, and nothing else: never are two different events taken for one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from jobs.runtime.intake.repeats import without_repeats
from schemas.feed import DELIVERED_AT, Feed
from schemas.feeds import FEEDS

FIRST = date(2026, 1, 1)
AT = (datetime(2025, 12, 31, 8), datetime(2025, 12, 31, 8, 0, 1))
Row = dict[str, Any]

# Few values for each column, empty ones among them, so that rows are often alike but for one thing.
ALIKE: Mapping[str, Mapping[str, Sequence[Any]]] = {
    "event": {
        "event_id": tuple("0123456789"), "account_token": (None, "a"), "device_token": (None, "a"),
        "event_name": ("search", "pay"), "event_at": AT, "target_id": (None, ""), "session_id": ("s", "t"),
    },
    "order_line": {
        "order_id": ("1", "2"), "line_no": (None, 1), "account_token": ("a", "b"), "line_kind": ("sale", "refund"),
        "item_code": (None, "x"), "quantity": (1, 2), "amount_yuan": (Decimal("1.00"),), "ordered_at": AT,
        "coupon_yuan": (None, Decimal("0.50")),
    },
    "consultation": {"consultation_id": ("1", "2", "3"), "account_token": ("a", "b"), "asked_at": AT},
}  # fmt: skip


def _deliveries(feed: Feed) -> st.SearchStrategy[list[Row]]:
    window = feed.late_window_days
    row = st.fixed_dictionaries({
        **{name: st.sampled_from(values) for name, values in ALIKE[feed.name].items()},
        "known_date": st.sampled_from([FIRST + timedelta(days=n) for n in (0, 1, window, window + 1, 2 * window)]),
        "source_file": st.sampled_from(("f", "g")),
    })  # fmt: skip
    return st.lists(row, min_size=2, max_size=20).map(
        lambda rows: [{**row, "source_line": line} for line, row in enumerate(rows, 2)]
    )


def _is_told_again(feed: Feed, row: Row, earlier: Row) -> bool:
    """Whether the earlier row, no longer ago than the window, is the same event: by its id, or by all that it says."""

    def place(of: Row) -> tuple[Any, ...]:
        return tuple(of[n] for n in DELIVERED_AT)

    def same(names: Sequence[str]) -> bool:
        return all(row[n] == earlier[n] for n in names)

    whose = [n for n in feed.content if feed.field(n).identifier]
    names_somebody = any(row[n] is not None for n in whose)
    is_one = (bool(feed.id) and same(feed.id)) or (bool(feed.content) and names_somebody and same(feed.content))
    days = (row["known_date"] - earlier["known_date"]).days
    return is_one and place(earlier) < place(row) and days <= feed.late_window_days


@pytest.mark.parametrize("name", ALIKE)
def test_only_what_is_told_again_is_left_out_and_no_two_events_are_merged(name: str, spark: SparkSession) -> None:
    feed = FEEDS[name]

    @settings(max_examples=12, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
    @given(_deliveries(feed))
    def holds(rows: list[Row]) -> None:
        columns = [c for c in feed.bronze.columns if c.name in {*rows[0]}]
        values = [tuple(row[c.name] for c in columns) for row in rows]
        some = spark.createDataFrame(values, ", ".join(f"{c.name} {c.type}" for c in columns))
        others = [f"CAST(NULL AS {c.type}) AS {c.name}" for c in feed.bronze.columns if c not in columns]
        window = some.selectExpr("*", *others)
        until = max(row["known_date"] for row in rows)
        kept = without_repeats(window, feed, FIRST, until, "Asia/Shanghai", lambda df: df)
        expected = [row for row in rows if not any(_is_told_again(feed, row, other) for other in rows)]
        assert sorted(r.source_line for r in kept.select("source_line").collect()) == [
            row["source_line"] for row in expected
        ]

    holds()
