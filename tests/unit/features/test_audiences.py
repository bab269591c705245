"""From users to lists, and the same on both engines."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from example_users import users
from pyspark.sql import DataFrame, SparkSession

from features.audience import Audience, columns_of
from features.audiences import candidates, decide, members, outcomes, rank
from features.columns import COLUMNS
from features.policy import Known, permitted
from jobs.runtime.declarations import load_audiences, load_policy, load_tags

CONF = Path(__file__).parents[3] / "conf"
POLICY = load_policy(CONF)
TAGS = load_tags(CONF)
AUDIENCES = load_audiences(CONF, TAGS, POLICY)
DAY = date(2026, 4, 10)
CLASSES, CHANNELS = ("basic", "health", "behaviour", "value"), ("sms", "push", "wechat", "email")
EARLIER_DDL = "as_of_date date, audience string, user_id string, purpose string, arm string, account_token string"


def some_value(name: str, rng: random.Random) -> Any:
    kind = COLUMNS[name].type
    if kind == "boolean":
        return rng.random() < 0.05
    if kind in ("int", "bigint"):
        return rng.choice((0, 1, 3, 10, 40))
    if kind == "double":
        return round(rng.random(), 3)
    if kind.startswith("decimal"):
        return Decimal(rng.randrange(0, 300_000)) / 100
    if kind.startswith("array"):
        return rng.choice(([], ["tcm"], ["cardiology"]))
    return rng.choice((*CHANNELS, "high", "payment", None)) if kind == "string" else date(2026, 1, 1)


class World:
    """Sixty users with random features and tags, most of them willing."""

    def __init__(self, spark: SparkSession, audiences: Sequence[Audience] = AUDIENCES, willing: float = 0.85) -> None:
        rng = random.Random(3)
        self.audiences = audiences
        columns = sorted({*columns_of(audiences), *POLICY.columns})
        stated = {f"u{i:02d}": {c: some_value(c, rng) for c in columns} for i in range(60)}
        codes = [t.code for t in TAGS]
        tags = [(u, sorted(rng.sample(codes, 60))) for u in stated]
        flags = users(spark, stated, columns)
        self.users = flags.join(spark.createDataFrame(tags, "user_id string, tag_codes array<string>"), "user_id")
        consent = [
            (u, p, d, c, rng.random() < willing)
            for u in stated for p in ("care", "marketing") for d in CLASSES for c in CHANNELS
        ]  # fmt: skip
        ddl = "user_id string, purpose string, data_class string, channel string, is_granted boolean"
        accounts = spark.createDataFrame(
            [(u, f"t{u}", u == "u03") for u in stated], "user_id string, account_token string, is_excluded boolean"
        )
        earlier = [
            (date(2026, 4, 8), "silent_users", f"u{i:02d}", "marketing", "list", f"tu{i:02d}") for i in range(30)
        ]
        self.earlier = spark.createDataFrame(earlier, EARLIER_DDL)
        self.known = Known(DAY, spark.createDataFrame(consent, ddl), accounts, flags, self.earlier)

    def ranked(self) -> DataFrame:
        judged = permitted(candidates(self.users, self.audiences), self.known, POLICY)
        return rank(decide(judged), self.audiences, POLICY)

    def members(self) -> DataFrame:
        return members(self.ranked(), self.audiences, POLICY, DAY)


def test_every_candidate_has_exactly_one_outcome(spark: SparkSession) -> None:
    world = World(spark)
    asked = candidates(world.users, AUDIENCES).select("audience", "user_id").distinct().count()
    told = {(r["audience"], r["outcome"]): r["user_count"] for r in outcomes(world.ranked(), DAY).collect()}
    assert asked == sum(told.values())
    listed = sum(n for (_, outcome), n in told.items() if outcome in ("list", "holdout"))
    assert listed == world.members().count() > 20


def test_ranks_follow_the_order_and_stop_at_the_cap(spark: SparkSession) -> None:
    small = [
        Audience(a.stated.model_copy(update={"size_cap": 4}), a.rule, a.tags, a.holdout_share, a.windows)
        for a in AUDIENCES
    ]
    rows = World(spark, small).ranked().where("refused IS NULL").collect()
    for code in {r["audience"] for r in rows}:
        mine = sorted((r for r in rows if r["audience"] == code), key=lambda r: r["rank"])
        assert [r["rank"] for r in mine] == list(range(1, len(mine) + 1))
        values = [r["order_value"] for r in mine]
        assert values == sorted(values, reverse=True)
        assert all((r["outcome"] == "over_size_cap") == (r["rank"] > 4) for r in mine)


def test_the_hold_out_stays_the_same_people_and_has_about_its_share(spark: SparkSession) -> None:
    one = next(a for a in AUDIENCES if a.code == "silent_users")
    rows = [(f"p{i}", one.code, "marketing", 1.0, {"a": "b"}, "sms", "t", None) for i in range(4000)]
    ddl = (
        "user_id string, audience string, purpose string, order_value double, details map<string,string>, "
        "channel string, account_token string, refused string"
    )
    first, again = (
        {
            r["user_id"]
            for r in rank(spark.createDataFrame(part, ddl), [one], POLICY).collect()
            if r["outcome"] == "holdout"
        }
        for part in (rows, rows[:2000])
    )
    assert abs(len(first) / 4000 - 0.1) < 0.02
    assert again == {u for u in first if int(u[1:]) < 2000}


def test_the_channel_a_user_answers_best_goes_first(spark: SparkSession) -> None:
    world = World(spark, willing=1.0)
    best = {r["user_id"]: r["top_channel_90d"] for r in world.known.flags.collect()}
    by_code = {a.code: a.stated.channels for a in AUDIENCES}
    for row in world.members().collect():
        allowed = [c for c in by_code[row["audience"]] if c in CHANNELS]
        wanted = best[row["user_id"]] if best[row["user_id"]] in allowed else allowed[0]
        assert row["channel"] == wanted


@pytest.mark.spark
def test_both_engines_give_the_same_lists(spark: SparkSession, java_spark: SparkSession) -> None:
    def all_of(session: SparkSession) -> list[dict[str, Any]]:
        rows = World(session, AUDIENCES[:4]).members().collect()
        return sorted(({**r.asDict(), "details": sorted(r["details"].items())} for r in rows), key=str)

    assert all_of(spark) == all_of(java_spark)
