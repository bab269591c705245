"""A training slice is computed again only when what it is made of has changed."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from jobs.learning.freshness import is_fresh
from jobs.runtime.conform import schema_version
from schemas.feature.user_day import USER_DAY
from schemas.feature.user_value import USER_VALUE
from schemas.table import Table

DAY = date(2026, 3, 31)


class Log:
    """A store whose tables are their commits, newest first: (time, first day, last day) or a bare operation.

    After the days may come another schema than the declared one, or, in a dict, what else is noted.
    """

    def __init__(self, **commits: list[Any]) -> None:
        self._commits = commits

    def exists(self, table: Table) -> bool:
        return table.noun in self._commits

    def open(self, table: Table) -> Any:
        told = [self._commit(table, c) for c in self._commits[table.noun]]
        return type("Opened", (), {"history": lambda _: told})()

    def _commit(self, table: Table, commit: Any) -> dict[str, Any]:
        time, *rest = commit
        if len(rest) == 1:
            return {"timestamp": time, "operation": rest[0]}
        note = {"job": "x", "slice": rest[:2], "schema_version": schema_version(table)}
        for other in rest[2:]:
            note |= other if isinstance(other, dict) else {"schema_version": other}
        return {"timestamp": time, "operation": "WRITE", "userMetadata": json.dumps(note)}


SLICE = ("2026-03-31", "2026-03-31")


@pytest.mark.parametrize(
    ("made", "facts", "fresh"),
    [
        ([(20, *SLICE)], [(10, "2026-01-01", "2026-06-29")], True),
        ([], [(10, "2026-01-01", "2026-06-29")], False),
        ([(20, "2026-04-30", "2026-04-30")], [(10, "2026-01-01", "2026-06-29")], False),
        ([(20, *SLICE)], [(30, "2026-06-30", "2026-06-30"), (10, "2026-01-01", "2026-06-29")], True),
        ([(20, *SLICE)], [(30, "2026-03-01", "2026-03-01"), (10, "2026-01-01", "2026-06-29")], False),
        ([(20, *SLICE)], [(30, "DELETE"), (10, "2026-01-01", "2026-06-29")], False),
        ([(20, *SLICE)], [(30, "OPTIMIZE"), (10, "2026-01-01", "2026-06-29")], True),
        ([(20, *SLICE, "another schema")], [(10, "2026-01-01", "2026-06-29")], False),
        ([(20, *SLICE, {"known_at": "2026-04-02"})], [(10, "2026-01-01", "2026-06-29")], False),
    ],
    ids=[
        "later",
        "never written",
        "another day",
        "newer day",
        "older day again",
        "erased",
        "compacted",
        "redeclared",
        "known later",
    ],
)
def test_is_fresh(made: list[Any], facts: list[Any], fresh: bool) -> None:
    log: Any = Log(user_value=made, user_day=facts) if made else Log(user_day=facts)
    assert is_fresh(log, (USER_VALUE,), (USER_DAY,), DAY) is fresh
