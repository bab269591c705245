"""Whatever pieces the facts come in, the tables end as if they had come at once.

`tables_of` says which columns of which tables are compared, and why the others are not.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from features.columns import FEATURE_TABLES
from schemas.feature.user_day import USER_DAY, USER_DAY_MEASURES
from schemas.feature.user_symptom_day import USER_SYMPTOM_DAY
from schemas.feature.user_topic_day import USER_TOPIC_DAY
from schemas.feed import LINEAGE
from schemas.feeds import FEEDS
from schemas.gold.tag import USER_TAG
from schemas.silver.device_account import DEVICE_ACCOUNT
from schemas.silver.identity import IDENTITY
from schemas.silver.identity_hub import IDENTITY_HUB
from schemas.silver.patient import PATIENT
from schemas.table import Table
from tests.unit.jobs.incremental.hospital_in_pieces import DAYS, FED, LAST, Pieces, Told, pieces

AS_OF = (IDENTITY, IDENTITY_HUB, PATIENT)
PORTRAYED = (*FEATURE_TABLES, USER_TAG)
# Where a row came from: the pieces differ in nothing else, so these columns must.
CAME_FROM = frozenset(c.name for c in LINEAGE)
Rows = list[tuple[Any, ...]]


def tables_of(hospital: Told, *, portrayed: bool) -> dict[str, Rows]:
    """All rows, sorted, without what differs because the pieces do.

    - silver: not `known_date` and `ingested_at` (the delivery), `source_file`, `source_line`, `batch` (the file).
    - feature.user_day, feature.user_topic_day, silver.device_account have a row for each delivery that told of the day:
      added up over `known_date` (of the device's first day, the least).
    - what is as of a day is compared for the last day, whole; nothing of it is left out.
    """
    found = {
        FEEDS[feed].silver.name: hospital.rows(FEEDS[feed].silver, _without(FEEDS[feed].silver, CAME_FROM))
        for feed in FED
        if hospital.lake.exists(FEEDS[feed].silver)
    }
    found[USER_DAY.name] = _added_up(hospital, USER_DAY, [c.name for c in USER_DAY_MEASURES])
    found[USER_TOPIC_DAY.name] = _added_up(
        hospital, USER_TOPIC_DAY, [n for n in USER_TOPIC_DAY.column_names if n.endswith("_count")]
    )
    found[USER_SYMPTOM_DAY.name] = _added_up(
        hospital, USER_SYMPTOM_DAY, [n for n in USER_SYMPTOM_DAY.column_names if n.endswith("_count")]
    )
    pairs: dict[tuple[Any, ...], Any] = {}
    for *pair, first in hospital.rows(DEVICE_ACCOUNT, ("device_token", "account_token", "first_event_date")):
        pairs[tuple(pair)] = min(first, pairs.get(tuple(pair), first))
    found[DEVICE_ACCOUNT.name] = sorted((*pair, first) for pair, first in pairs.items())
    for table in (*AS_OF, *(PORTRAYED if portrayed else ())):
        last = hospital.lake.read(table)
        if table.slice_by == "as_of_date":
            last = last.where(f"as_of_date = DATE'{DAYS[LAST]}'")
        found[table.name] = sorted((tuple(r) for r in last.collect()), key=repr)
    return found


def _without(table: Table, names: frozenset[str]) -> list[str]:
    return [n for n in table.column_names if n not in names]


def _added_up(hospital: Told, table: Table, measures: Sequence[str]) -> Rows:
    names = _without(table, frozenset({"known_date", *measures}))
    sums: dict[tuple[Any, ...], list[Any]] = {}
    for row in hospital.rows(table, [*names, *measures]):
        key, values = row[: len(names)], row[len(names) :]
        sums[key] = [a + b for a, b in zip(sums.get(key, [0] * len(values)), values, strict=True)]
    return sorted((*key, *(_rounded(v) for v in values)) for key, values in sums.items())


def _rounded(value: Any) -> Any:
    return value if isinstance(value, int | Decimal) else round(value, 4)


def _prove(fresh: Callable[[], Told], examples: int, stories: st.SearchStrategy[Pieces], *, portrayed: bool) -> None:
    # The same examples each time; a failing one is told as it is: making it smaller takes many runs of all jobs.
    @settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(stories)
    def holds(story: Pieces) -> None:
        whole, parts = fresh(), fresh()
        note(f"{whole.folder} and {parts.folder}: {story}")
        whole.in_one_piece(story, portrayed=portrayed)
        parts.in_pieces(story, portrayed=portrayed)
        expected, found = (tables_of(hospital, portrayed=portrayed) for hospital in (whole, parts))
        for name, rows in expected.items():
            assert found[name] == rows, name

    holds()


def test_facts_and_persons_are_the_same_however_they_come(fresh: Callable[[], Told]) -> None:
    _prove(fresh, 1, pieces(("account", "event"), most_late=2), portrayed=False)


@pytest.mark.slow
def test_features_and_tags_are_the_same_however_the_facts_come(
    fresh: Callable[[], Told], request: pytest.FixtureRequest
) -> None:
    # The embedded engine keeps about a GiB for each example until its process ends.
    _prove(fresh, 1 if "local" in request.node.name else 5, pieces(), portrayed=True)


def test_a_late_day_takes_its_repeats_out_of_the_facts_of_later_days(fresh: Callable[[], Told]) -> None:
    hospital = fresh()
    act = {"account_token": "u0", "device_token": "d0", "event_name": "search", "platform": "app"}
    line = json.dumps({"event_id": "e", **act, "event_at": f"{DAYS[0]} 09:00:00", "topic": "tcm"}) + "\n"
    hospital.deliver("event", DAYS[1], "a.jsonl", line)
    hospital.take_days(("event",), 0, 1)
    hospital.deliver("event", DAYS[0], "late.jsonl", line)
    hospital.take_days(("event",), 0, 0)

    assert hospital.rows(USER_DAY, ("known_date", "event_date", "search_count")) == [(DAYS[0], DAYS[0], 1)]
    assert hospital.rows(USER_TOPIC_DAY, ("known_date", "topic_search_count")) == [(DAYS[0], 1)]
    assert hospital.rows(DEVICE_ACCOUNT, ("known_date", "first_event_date")) == [(DAYS[0], DAYS[0])]
