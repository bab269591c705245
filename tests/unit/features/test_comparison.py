"""Whose turn it is, and in what two versions of a table differ."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from features.comparison import Difference, difference, in_turn
from schemas.table import Column, Table

KINDS = {
    "word": ("string", "a"), "amount": ("decimal(18,2)", Decimal("1.50")), "mean": ("double", 0.1),
    "day": ("date", date(2026, 1, 1)), "names": ("array<string>", ["x", "y"]), "many": ("int", 3),
    "weights": ("map<string,double>", {"p": 1.0, "q": 2.0}),
}  # fmt: skip
TABLE = Table(
    "gold.thing", "A thing.", ("who", "what"),
    (Column("who", "string", "Who.", nullable=False), Column("what", "int", "What.", nullable=False),
     *(Column(name, kind, "Some.") for name, (kind, _) in KINDS.items()),
     Column("added", "boolean", "Joined the table later.", nullable=False)),
)  # fmt: skip


def things(spark: SparkSession, *rows: dict[str, Any]) -> DataFrame:
    plain = {"who": "u", "what": 1, "added": True} | {name: value for name, (_, value) in KINDS.items()}
    return spark.createDataFrame([tuple((plain | r)[n] for n in TABLE.column_names) for r in rows], TABLE.ddl)


def test_the_same_rows_in_another_order_do_not_differ(engine: SparkSession) -> None:
    some = [{"who": "u"}, {"who": "v", "word": None, "mean": None, "names": None, "weights": None, "amount": None}]
    turned = [some[1], {**some[0], "weights": {"q": 2.0, "p": 1.0}}]
    assert difference(TABLE, things(engine, *some), things(engine, *turned)) == Difference(2)


def test_each_changed_column_is_named_with_its_rows(engine: SparkSession) -> None:
    other = {
        "word": None, "amount": Decimal("1.51"), "mean": 0.2, "day": date(2026, 1, 2), "names": ["x"],
        "weights": {"p": 1.0, "q": 3.0}, "many": 4,
    }  # fmt: skip
    stored = things(engine, {"who": "u"} | other, {"who": "v", "word": "b"}, {"who": "w"})
    found = difference(TABLE, stored, things(engine, {"who": "u"}, {"who": "v"}, {"who": "w"}))
    assert found == Difference(3, changed=2, columns=dict.fromkeys(KINDS, 1) | {"word": 2})


def test_rows_that_are_missing_too_many_or_there_twice_are_counted(engine: SparkSession) -> None:
    stored = things(engine, {"who": "u"}, {"who": "u"}, {"who": "stranger"})
    found = difference(TABLE, stored, things(engine, {"who": "u"}, {"who": "lost"}, {"who": "u", "what": 2}))
    assert found == Difference(3, missing=2, surplus=2)


def test_two_rows_alike_are_not_two_others_alike(engine: SparkSession) -> None:
    stored, anew = things(engine, {"many": 1}, {"many": 1}), things(engine, {"many": 2}, {"many": 2})
    assert difference(TABLE, stored, anew) == Difference(2, changed=2, columns={"many": 2})


def test_a_ten_thousandth_is_another_number(engine: SparkSession) -> None:
    found = difference(TABLE, things(engine, {"mean": 1.0}), things(engine, {"mean": 1.0001}))
    assert found == Difference(1, changed=1, columns={"mean": 1})


@pytest.mark.parametrize("kind", ["missing", "surplus", "changed"])
def test_each_kind_of_difference_is_one(kind: str) -> None:
    assert Difference(9, **{kind: 1}).count == 1


def test_sums_in_another_order_are_the_same_number(engine: SparkSession) -> None:
    stored = things(engine, {"mean": 0.1 + 0.2}, {"who": "v", "mean": 1e9})
    assert difference(TABLE, stored, things(engine, {"mean": 0.3}, {"who": "v", "mean": 1e9 + 0.001})) == Difference(2)


def test_a_row_that_is_older_than_a_column_does_not_differ_in_it(engine: SparkSession) -> None:
    stored = things(engine, {"added": None}, {"who": "v", "added": False})
    found = difference(TABLE, stored, things(engine, {}, {"who": "v"}))
    assert found == Difference(2, changed=1, columns={"added": 1})


@pytest.mark.parametrize("rows", [[], [{}]])
def test_nothing_can_be_compared_with_nothing(engine: SparkSession, rows: list[dict[str, Any]]) -> None:
    none = things(engine, {}).where("false")
    assert difference(TABLE, none, none) == Difference(0)
    assert difference(TABLE, none, things(engine, *rows) if rows else none).missing == len(rows)


def test_everybodys_turn_comes_once_in_as_many_days_as_there_are_turns(engine: SparkSession) -> None:
    users, turns, first = engine.range(300).selectExpr("concat('u', id) AS user_id"), 20, date(2026, 2, 20)
    days = [first + timedelta(days=i) for i in range(turns)]
    asked = [f"CAST({in_turn('user_id', turns, day)} AS INT)" for day in days]
    rows = users.selectExpr(f"{' + '.join(asked)} AS turns", f"{asked[0]} AS first").collect()
    assert {r["turns"] for r in rows} == {1}
    assert 0 < sum(r["first"] for r in rows) < 60, "about a twentieth"
