from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from deltalake import DeltaTable
from lake_tables import FLAT_VISIT, SHARED_VISIT, TAG, VISIT, WHOLE, visits
from pyspark.sql import functions as F

from jobs.runtime.conform import schema_version
from jobs.runtime.lake import Lake, LakeError, Merged, TableMissing, WriteRefused
from schemas.table import Table

FIRST, MIDDLE, LAST = date(2024, 1, 1), date(2024, 1, 2), date(2024, 1, 3)


def note(lake: Lake, table: Table) -> dict:
    return json.loads(lake.store.open(table).history(1)[0]["userMetadata"])


@pytest.mark.parametrize("table", [VISIT, FLAT_VISIT], ids=lambda t: t.name)
def test_replace_writes_what_is_read_back(lake: Lake, table: Table) -> None:
    assert lake.replace(table, visits(lake), FIRST, LAST, job="j") == 300
    back = lake.read(table)
    assert tuple(back.columns) == table.column_names
    assert [f.dataType.simpleString() for f in back.schema.fields] == [c.type for c in table.columns]
    row = back.where("number = 7").first()
    assert (row["user_id"], row["paid_yuan"], row["topics"]) == ("u7", Decimal("7.00"), ["t1", "头痛"])
    assert lake.read(table, since=MIDDLE, until=MIDDLE).count() == 100
    assert lake.read(table, since=MIDDLE).count() == 200
    assert lake.read(table, until=FIRST).count() == 100
    assert note(lake, table) == {
        "job": "j",
        "slice": ["2024-01-01", "2024-01-03"],
        "schema_version": schema_version(table),
    }


@pytest.mark.parametrize("table", [VISIT, FLAT_VISIT], ids=lambda t: t.name)
def test_replace_touches_its_slice_only_and_twice_is_once(lake: Lake, table: Table) -> None:
    lake.replace(table, visits(lake), FIRST, LAST, job="j")
    before = lake.store.content_hash(table)
    middle = visits(lake).where("visit_date = DATE'2024-01-02'")
    assert lake.replace(table, middle, MIDDLE, MIDDLE, job="j") == 100
    assert lake.store.content_hash(table) == before
    assert lake.replace(table, middle.where("number < 30"), MIDDLE, MIDDLE, job="j") == 10
    assert lake.read(table).count() == 210
    assert lake.replace(table, middle.where("false"), MIDDLE, MIDDLE, job="j") == 0
    assert lake.read(table).count() == 200
    assert lake.replace(table, middle, MIDDLE, MIDDLE, job="j") == 100
    assert lake.store.content_hash(table) == before


@pytest.mark.parametrize("table", [VISIT, FLAT_VISIT], ids=lambda t: t.name)
def test_every_write_is_one_noted_commit_also_of_no_rows_over_none(lake: Lake, table: Table) -> None:
    lake.replace(table, visits(lake).where("visit_date = DATE'2024-01-01'"), FIRST, FIRST, job="j")
    version = lake.store.version(table)
    assert lake.replace(table, visits(lake).where("false"), LAST, LAST, job="j") == 0
    assert (lake.store.version(table), note(lake, table)["slice"]) == (version + 1, ["2024-01-03", "2024-01-03"])
    assert lake.replace(table, visits(lake).where("visit_date = DATE'2024-01-03'"), LAST, LAST, job="j") == 100
    assert lake.store.version(table) == version + 2
    assert lake.read(table).count() == 200


@pytest.mark.parametrize("table", [VISIT, FLAT_VISIT], ids=lambda t: t.name)
def test_rows_that_may_not_be_written_change_nothing(lake: Lake, table: Table) -> None:
    lake.replace(table, visits(lake), FIRST, LAST, job="j")
    before = lake.store.content_hash(table)
    version = lake.store.version(table)
    with pytest.raises(WriteRefused, match=r"silver\.\w+: a row has visit_date 2024-01-0[13] outside of 2024-01-02"):
        lake.replace(table, visits(lake), MIDDLE, MIDDLE, job="j")
    nulled = visits(lake).selectExpr("NULL AS user_id", "visit_date", "NULL AS number", *table.column_names[3:])
    undated = visits(lake).selectExpr("user_id", "NULL AS visit_date", *table.column_names[2:])
    with pytest.raises(WriteRefused, match="a row has user_id NULL, number NULL"):
        lake.replace(table, nulled, FIRST, LAST, job="j")
    with pytest.raises(WriteRefused, match="visit_date NULL"):
        lake.replace(table, undated, FIRST, LAST, job="j")
    assert (lake.store.content_hash(table), lake.store.version(table)) == (before, version)


def test_a_part_of_a_shared_table_is_replaced_alone(lake: Lake) -> None:
    lake.replace(SHARED_VISIT, visits(lake), FIRST, LAST, job="j")
    mine = visits(lake).where("user_id = 'u1'")
    fewer = mine.where("visit_date = DATE'2024-01-02' AND number > 100")
    of_u1 = lake.read(SHARED_VISIT, since=MIDDLE, until=MIDDLE).where("user_id = 'u1'").count()
    kept = fewer.count()
    assert 0 < kept < of_u1
    assert lake.replace(SHARED_VISIT, fewer, MIDDLE, MIDDLE, job="j", of={"user_id": "u1"}) == kept
    assert lake.read(SHARED_VISIT).count() == 300 - of_u1 + kept
    with pytest.raises(WriteRefused, match="a row has user_id not u2"):
        lake.replace(SHARED_VISIT, fewer, MIDDLE, MIDDLE, job="j", of={"user_id": "u2"})
    assert lake.replace(SHARED_VISIT, mine.where("false"), FIRST, LAST, job="j", of={"user_id": "u1"}) == 0
    assert lake.read(SHARED_VISIT).where("user_id = 'u1'").count() == 0


def test_rows_that_a_filter_takes_out_do_not_fail_the_write(lake: Lake) -> None:
    """On Sail a NOT NULL column would: its check is pushed below the filter."""
    loose = visits(lake).selectExpr(
        "if(number % 3 = 1, user_id, NULL) AS user_id", "visit_date", "number", *VISIT.column_names[3:]
    )
    joined = loose.join(visits(lake).select("number").where("number < 100"), "number", "right").select(
        *VISIT.column_names
    )
    for good in (
        loose.where("user_id IS NOT NULL"),
        loose.dropDuplicates(["number"]).where("number % 3 = 1"),
        joined.where("visit_date = DATE'2024-01-02'"),
    ):
        assert lake.replace(VISIT, good, MIDDLE, MIDDLE, job="j") == good.count()


def test_table_without_slice_is_replaced_as_a_whole(lake: Lake) -> None:
    assert lake.replace(WHOLE, lake.spark.sql("SELECT id, 'a' AS name FROM range(9)"), job="j") == 9
    assert lake.replace(WHOLE, lake.spark.sql("SELECT id, 'b' AS name FROM range(4)"), job="k") == 4
    assert {(r["id"], r["name"]) for r in lake.read(WHOLE).collect()} == {(i, "b") for i in range(4)}
    assert note(lake, WHOLE)["job"] == "k"
    with pytest.raises(LakeError, match="no slice_by"):
        lake.read(WHOLE, since=FIRST)


def test_missing_table_says_who_makes_it(sail_lake: Lake, spark, tmp_path: Path) -> None:
    told = Lake(spark, str(tmp_path), made_by={"silver.visit": "make_visits"})
    with pytest.raises(TableMissing, match=r"silver.visit does not exist at .*; job make_visits makes it"):
        told.read(VISIT)
    empty = sail_lake.read_or_empty(VISIT, since=FIRST)
    assert (tuple(empty.columns), empty.count()) == (VISIT.column_names, 0)


def test_slice_must_be_given_the_right_way_round(sail_lake: Lake) -> None:
    for since, until in ((None, None), (FIRST, None), (LAST, FIRST)):
        with pytest.raises(LakeError, match="is replaced by days of visit_date"):
            sail_lake.replace(VISIT, visits(sail_lake), since, until, job="j")


def test_range_of_days_makes_one_file_a_day(lake: Lake) -> None:
    lake.replace(VISIT, visits(lake).repartition(8), FIRST, LAST, job="j")
    assert len(lake.store.open(VISIT).file_uris()) == 3


def held(lake: Lake, rows: str):
    return lake.spark.sql(
        "SELECT user_id, CAST(f AS DATE) AS valid_from, CAST(t AS DATE) AS valid_to, level "
        f"FROM VALUES {rows} AS v(user_id, f, t, level)"
    )


def test_merge_inserts_updates_deletes_and_leaves_the_rest(lake: Lake) -> None:
    first = held(lake, "('a','2024-01-01',NULL,1), ('b','2024-01-01',NULL,1), ('c','2024-01-01',NULL,1)")
    assert lake.merge(TAG, first, job="j") == Merged(3, 0, 0)
    version = lake.store.version(TAG)
    assert lake.merge(TAG, first, job="j") == Merged(0, 0, 0)
    second = held(lake, "('a','2024-01-01','2024-01-02',1), ('a','2024-01-02',NULL,2), ('b','2024-01-01',NULL,9)")
    done = lake.merge(TAG, second, job="j", delete_matched="s.level = 9", delete_unmatched="t.user_id = 'c'")
    assert done == Merged(1, 1, 2)
    assert done.rows == 4
    assert {(r["user_id"], str(r["valid_to"]), r["level"]) for r in lake.read(TAG).collect()} == {
        ("a", "2024-01-02", 1),
        ("a", "None", 2),
    }
    assert lake.store.version(TAG) > version


@pytest.mark.parametrize("row", ["('a','2024-01-01',NULL,1)", "('z','2024-01-01',NULL,1)"], ids=["known", "new"])
def test_merge_refuses_a_key_that_comes_twice(lake: Lake, row: str) -> None:
    lake.merge(TAG, held(lake, "('a','2024-01-01',NULL,1)"), job="j")
    with pytest.raises(WriteRefused, match=r"gold.held_tag: a key \(user_id, valid_from\) comes more than once"):
        lake.merge(TAG, held(lake, f"{row}, {row}"), job="j")
    with pytest.raises(WriteRefused, match="user_id NULL"):
        lake.merge(TAG, held(lake, "(CAST(NULL AS STRING),'2024-01-01',NULL,1)"), job="j")
    assert lake.read(TAG).count() == 1


def test_merge_into_arrays_and_maps(lake: Lake) -> None:
    assert lake.merge(FLAT_VISIT, visits(lake), job="j") == Merged(300, 0, 0)
    assert lake.merge(FLAT_VISIT, visits(lake, 303), job="j").inserted == 3
    assert lake.read(FLAT_VISIT).count() == 303


@pytest.mark.parametrize("wreck", [False, True])
def test_staged_frame_is_kept_and_taken_away(lake: Lake, wreck: bool) -> None:
    folder = Path(lake.store.root) / "_staging"
    try:
        with lake:
            staged = lake.stage("half", visits(lake))
            assert staged.schema.simpleString() == visits(lake).schema.simpleString()
            assert staged.count() == 300
            assert [p.name.split("-")[0] for p in folder.iterdir()] == ["half"]
            if wreck:
                raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    assert list(folder.iterdir()) == []


def test_what_killed_runs_staged_goes_but_not_what_others_still_use(sail_lake: Lake) -> None:
    staging = sail_lake._staging
    folder = Path(sail_lake.store.root) / "_staging"
    for name in (f"a-{staging._host}-999999999-x", f"b-{staging._host}-1-x", "c-elsewhere-1-x"):
        (folder / name).mkdir(parents=True)
    sail_lake.drop_staged()
    assert sorted(p.name[0] for p in folder.iterdir()) == ["b", "c"]


def test_sql_finds_tables_by_name(lake: Lake) -> None:
    lake.replace(WHOLE, lake.spark.sql("SELECT id, 'a' AS name FROM range(9)"), job="j")
    try:
        assert lake.register_views([WHOLE, TAG]) == ["gold.whole"]
        assert lake.spark.sql("SELECT count(*) AS n FROM gold.whole").first()["n"] == 9
        lake.replace(WHOLE, lake.spark.sql("SELECT id, 'a' AS name FROM range(5)"), job="j")
        assert lake.spark.sql("SELECT count(*) AS n FROM gold.whole").first()["n"] == 5
    finally:
        lake.spark.sql("DROP TABLE IF EXISTS gold.whole")


def test_content_hash_sees_rows_not_order_files_or_last_digits(sail_lake: Lake) -> None:
    lake, table = sail_lake, FLAT_VISIT
    # The first lies exactly between two numbers of seven digits.
    weighed = visits(lake).withColumn("weight", F.expr("CASE number WHEN 1 THEN 35.3171875D ELSE weight END"))
    lake.replace(table, weighed, FIRST, LAST, job="j")
    before = lake.store.content_hash(table)
    again = weighed.repartition(5).withColumn("weight", F.expr("weight * (1 - 1e-13D)"))
    lake.replace(table, again, FIRST, LAST, job="j")
    assert lake.store.content_hash(table) == before
    without = lake.store.content_hash(table, ignore=["weight"])
    other = visits(lake).withColumn("weight", F.expr("weight + 1e-3D"))
    lake.replace(table, other, FIRST, LAST, job="j")
    assert lake.store.content_hash(table) != before
    assert lake.store.content_hash(table, ignore=["weight"]) == without
    lake.replace(table, visits(lake).where("number <> 5"), FIRST, LAST, job="j")
    assert lake.store.content_hash(table, ignore=["weight"]) != without


def test_compaction_and_vacuum_leave_the_content(lake: Lake) -> None:
    for day in (FIRST, MIDDLE, LAST, FIRST):
        lake.replace(FLAT_VISIT, visits(lake).where(f"visit_date = DATE'{day}'"), day, day, job="j")
    before = lake.store.content_hash(FLAT_VISIT)
    assert lake.store.compact(FLAT_VISIT)["numFilesRemoved"] >= 3
    assert lake.store.vacuum(FLAT_VISIT, 0) >= 3
    assert lake.store.content_hash(FLAT_VISIT) == before
    assert lake.replace(FLAT_VISIT, visits(lake), FIRST, LAST, job="j") == 300
    assert lake.store.content_hash(FLAT_VISIT) == before


@pytest.mark.spark
def test_one_engine_goes_on_where_the_other_stopped(spark, java_spark, tmp_path: Path) -> None:
    sail, java = (Lake(s, str(tmp_path)) for s in (spark, java_spark))
    hashes = set()
    for mine, other in ((sail, java), (java, sail)):
        mine.replace(VISIT, visits(mine), FIRST, LAST, job="j")
        other.replace(VISIT, visits(other).where("visit_date = DATE'2024-01-02'"), MIDDLE, MIDDLE, job="j")
        assert mine.read(VISIT).count() == other.read(VISIT).count() == 300
        hashes.add(mine.store.content_hash(VISIT))
        mine.merge(TAG, held(mine, "('a','2024-01-01',NULL,1), ('b','2024-01-01',NULL,1)"), job="j")
        other.merge(TAG, held(other, "('a','2024-01-01','2024-01-05',1), ('c','2024-01-01',NULL,1)"), job="j")
    assert len(hashes) == 1
    assert sail.read(TAG).count() == java.read(TAG).count() == 3


def test_deltalake_and_duckdb_read_what_an_engine_wrote(lake: Lake) -> None:
    lake.replace(VISIT, visits(lake), FIRST, LAST, job="j")
    stored = DeltaTable(lake.path(VISIT))
    assert stored.to_pyarrow_table().num_rows == 300
    with duckdb.connect() as db:
        db.register("visit", stored.to_pyarrow_dataset())
        found = db.execute("SELECT sum(paid_yuan), count(DISTINCT user_id), max(topics[2]) FROM visit").fetchone()
    assert found == (Decimal("44850.00"), 50, "头痛")
