from __future__ import annotations

import dataclasses
from datetime import date
from decimal import Decimal

import pytest
from lake_tables import VISIT, visits

from jobs.runtime.conform import SchemaMismatch
from jobs.runtime.lake import Lake, LakeError, WriteRefused
from schemas.table import Column

FIRST, MIDDLE, LAST = date(2024, 1, 1), date(2024, 1, 2), date(2024, 1, 3)


def test_every_difference_is_named_at_once(lake: Lake) -> None:
    wrong = visits(lake).selectExpr(
        "user_id", "visit_date", "CAST(number AS STRING) AS number", "1.5D AS paid_yuan", "1 x"
    )
    with pytest.raises(SchemaMismatch) as caught:
        lake.replace(VISIT, wrong, FIRST, LAST, job="j")
    told = str(caught.value)
    assert "column weight (double) is missing" in told
    assert "column x (int) is not declared" in told
    assert "column number is string, declared bigint" in told
    assert "column paid_yuan is double, declared decimal(12,2)" in told
    assert not lake.exists(VISIT)


def test_what_loses_nothing_is_cast_and_order_does_not_matter(lake: Lake) -> None:
    narrow = visits(lake).selectExpr(
        *reversed(VISIT.column_names[4:]),
        "user_id",
        "visit_date",
        "CAST(1 AS INT) AS number",
        "CAST(1 AS DECIMAL(3,1)) AS paid_yuan",
    )
    one = narrow.where("user_id = 'u1' AND visit_date = DATE'2024-01-02'").limit(1)
    lake.replace(VISIT, one.withColumn("codes", one["codes"]), MIDDLE, MIDDLE, job="j")
    assert lake.read(VISIT).first()["paid_yuan"] == Decimal("1.00")
    untyped = one.selectExpr(*VISIT.column_names[:4], *[f"NULL AS {n}" for n in VISIT.column_names[4:]])
    lake.replace(VISIT, untyped, MIDDLE, MIDDLE, job="j")
    assert lake.read(VISIT).first()["topics"] is None


def test_table_is_documented_from_its_declaration(lake: Lake) -> None:
    lake.replace(VISIT, visits(lake), FIRST, LAST, job="j")
    stored = lake.store.open(VISIT)
    comments = {f.name: f.metadata.get("comment") for f in stored.schema().fields}
    assert comments["paid_yuan"] == "What was paid. [yuan]"
    assert all(comments.values())
    assert (stored.metadata().name, stored.metadata().description) == ("silver.visit", "One visit.")
    assert stored.metadata().partition_columns == ["visit_date"]


def test_added_column_reads_as_null_then_is_stored(lake: Lake) -> None:
    lake.replace(VISIT, visits(lake), FIRST, LAST, job="j")
    added = Column("note", "string", "Later thought.")
    renamed = dataclasses.replace(VISIT_MEANS_MORE, columns=(*VISIT_MEANS_MORE.columns, added))
    later = Lake(lake.spark, lake.store.root)
    assert later.read(renamed).where("note IS NULL").count() == 300
    middle = visits(lake).where("visit_date = DATE'2024-01-02'").selectExpr("*", "'x' AS note")
    later.replace(renamed, middle, MIDDLE, MIDDLE, job="j")
    assert later.read(renamed).where("note = 'x'").count() == 100
    stored = later.store.open(renamed)
    comments = {f.name: f.metadata.get("comment") for f in stored.schema().fields}
    assert (comments["note"], comments["age"]) == ("Later thought.", "Full years. [years]")
    assert stored.metadata().description == "One visit, and more."


VISIT_MEANS_MORE = dataclasses.replace(
    VISIT,
    meaning="One visit, and more.",
    columns=tuple(dataclasses.replace(c, meaning="Full years.") if c.name == "age" else c for c in VISIT.columns),
)


def test_added_column_may_be_required_in_new_slices_only(lake: Lake) -> None:
    lake.replace(VISIT, visits(lake), FIRST, LAST, job="j")
    counted = dataclasses.replace(VISIT, columns=(*VISIT.columns, Column("tips", "int", "Tips.", nullable=False)))
    later = Lake(lake.spark, lake.store.root)
    assert later.read(counted).where("tips IS NULL").count() == 300
    middle = visits(lake).where("visit_date = DATE'2024-01-02'")
    with pytest.raises(WriteRefused, match="a row has tips NULL"):
        later.replace(counted, middle.selectExpr("*", "CAST(NULL AS INT) AS tips"), MIDDLE, MIDDLE, job="j")
    later.replace(counted, middle.selectExpr("*", "0 AS tips"), MIDDLE, MIDDLE, job="j")
    assert later.read(counted).where("tips IS NULL").count() == 200


def test_column_taken_out_or_changed_is_an_error_naming_all(sail_lake: Lake) -> None:
    sail_lake.replace(VISIT, visits(sail_lake), FIRST, LAST, job="j")
    changed = dataclasses.replace(
        VISIT,
        columns=(
            *[c for c in VISIT.columns if c.name not in ("age", "weight")],
            Column("weight", "string", "Changed."),
            Column("must", "string", "New.", nullable=False),
        ),
        key=(*VISIT.key, "must"),
        partition_by=(),
    )
    later = Lake(sail_lake.spark, sail_lake.store.root)
    with pytest.raises(LakeError, match=r"age .int. is not declared"):
        later.read(changed)
    ready = visits(later).selectExpr(*changed.column_names[:-2], "'w' AS weight", "'m' AS must")
    with pytest.raises(SchemaMismatch) as caught:
        later.replace(changed, ready, FIRST, LAST, job="j")
    for told in (
        "column age is stored but no longer declared",
        "column weight is stored as double, declared string",
        "new column must must be nullable",
        "partitioned by ('visit_date',) as stored, declared ()",
    ):
        assert told in str(caught.value)
