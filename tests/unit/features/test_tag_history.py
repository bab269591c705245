"""The history of tags: whatever the order in which days come, it is what they would have given in order."""

from __future__ import annotations

import random
from datetime import date, timedelta
from itertools import pairwise

import pytest
from pyspark.sql import SparkSession

from features.tags import advance, weights
from schemas.gold.tag import USER_TAG

START = date(2026, 3, 1)
Said = tuple[str, str, str, str, int | None, str]  # user, tag, layer, value, half-life, version
Key = tuple[str, str, date]
Stretches = dict[Key, tuple[Said, date | None]]
SAID_DDL = "user_id string, tag_code string, layer string, value string, half_life_days int, rule_version string"
HELD_DDL = f"{SAID_DDL}, as_of_date date"
USER_TAG_DDL = f"{SAID_DDL}, valid_from date, valid_to date"


def some_days(rng: random.Random, users: int = 60, days: int = 6) -> dict[date, set[Said]]:
    """What each user holds on each day: values and versions change, tags come and go."""
    held: dict[date, set[Said]] = {}
    for n in range(days):
        version = "v1" if n < 4 else "v2"
        held[START + timedelta(days=n * 2)] = {
            (f"u{u}", f"need.t{t}", "need", rng.choice("abb"), 10, version if t == 0 else "v1")
            for u in range(users)
            for t in range(3)
            if rng.random() < 0.6
        }
    return held


def naive(held: dict[date, set[Said]]) -> Stretches:
    """Day after day, in order, with plain Python."""
    done: Stretches = {}
    open_since: dict[Said, date] = {}
    for day in sorted(held):
        for said in [s for s in open_since if s not in held[day]]:
            since = open_since.pop(said)
            done[(said[0], said[1], since)] = (said, day)
        for said in held[day]:
            open_since.setdefault(said, day)
    return done | {(s[0], s[1], since): (s, None) for s, since in open_since.items()}


class Table:
    """gold.user_tag as `derive_tags` keeps it, merged in memory."""

    def __init__(self, spark: SparkSession, held: dict[date, set[Said]]) -> None:
        self.spark, self.held = spark, held
        self.rows: Stretches = {}
        self.applied: set[date] = set()

    def apply(self, day: date) -> None:
        days = sorted({day} | {d for d in self.applied if d > day})
        history = self.spark.createDataFrame([(*s, k[2], to) for k, (s, to) in self.rows.items()], USER_TAG_DDL)
        held = self.spark.createDataFrame([(*s, d) for d in days for s in self.held[d]], HELD_DDL)
        came = {
            (r["user_id"], r["tag_code"], r["valid_from"]): (
                (r["user_id"], r["tag_code"], r["layer"], r["value"], r["half_life_days"], r["rule_version"]),
                r["valid_to"],
            )
            for r in advance(history, held, days).collect()
        }
        self.rows = {k: v for k, v in self.rows.items() if k[2] < day or k in came} | came
        self.applied |= set(days)


def test_the_test_s_columns_are_the_table_s() -> None:
    assert {c.split()[0] for c in USER_TAG_DDL.split(", ")} == set(USER_TAG.column_names)


@pytest.mark.parametrize("seed", range(3))
def test_any_order_and_any_rerun_give_what_the_order_gives(spark: SparkSession, seed: int) -> None:
    rng = random.Random(seed)
    held = some_days(rng)
    table = Table(spark, held)
    order = [*held, *rng.choices(list(held), k=2)]
    rng.shuffle(order)
    for day in order:
        table.apply(day)
    assert table.rows == naive(held)


def test_a_day_made_anew_with_other_facts_replaces_the_old(spark: SparkSession) -> None:
    held = some_days(random.Random(9), users=20, days=3)
    table = Table(spark, held)
    for day in sorted(held):
        table.apply(day)
    middle = sorted(held)[1]
    held[middle] = {s for s in held[middle] if s[0] != "u3"}
    table.apply(middle)
    assert table.rows == naive(held)


def test_stretches_of_a_tag_never_overlap(spark: SparkSession) -> None:
    held = some_days(random.Random(4), users=20, days=5)
    table = Table(spark, held)
    for day in sorted(held, reverse=True):
        table.apply(day)
    by_tag: dict[tuple[str, str], list[tuple[date, date]]] = {}
    for (user, tag, since), (_, until) in table.rows.items():
        by_tag.setdefault((user, tag), []).append((since, until or date.max))
    for stretches in by_tag.values():
        for (_, ended), (began, _) in pairwise(sorted(stretches)):
            assert ended <= began


def test_weights_fade_from_the_day_a_tag_was_lost_and_then_are_forgotten(spark: SparkSession) -> None:
    lost = START + timedelta(days=10)
    rows = [
        ("u1", "need.a", "need", "yes", 10, "v", START, lost),
        ("u1", "need.b", "need", "yes", None, "v", START, lost),
        ("u2", "need.a", "need", "old", 10, "v", START, lost),
        ("u2", "need.a", "need", "new", 10, "v", lost, None),
    ]
    history = spark.createDataFrame(rows, USER_TAG_DDL)

    def on(day: date) -> dict[tuple[str, str], tuple[str, bool, float]]:
        found = weights(history, day).collect()
        return {(r["user_id"], r["tag_code"]): (r["value"], r["is_held"], r["weight"]) for r in found}

    assert on(START - timedelta(days=1)) == {}
    before = on(lost - timedelta(days=1))
    assert before[("u1", "need.a")] == ("yes", True, 1.0)
    assert before[("u1", "need.b")] == ("yes", True, 1.0)
    assert before[("u2", "need.a")] == ("old", True, 1.0)
    after = on(lost + timedelta(days=10))
    assert after[("u1", "need.a")] == ("yes", False, 0.5)
    assert ("u1", "need.b") not in after, "without a half-life it is gone at once"
    assert after[("u2", "need.a")] == ("new", True, 1.0)
    assert ("u1", "need.a") in on(lost + timedelta(days=33))
    assert ("u1", "need.a") not in on(lost + timedelta(days=34))
