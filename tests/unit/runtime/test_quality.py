from __future__ import annotations

import dataclasses
import pickle

import pytest

from jobs.runtime.quality import StopTheDay, rules_of, run_checks
from schemas.table import Check, Column, Table

VISIT = Table(
    "silver.checked",
    "One visit.",
    ("user_id", "number"),
    (
        Column("user_id", "string", "Who.", sensitivity="personal"),
        Column("number", "bigint", "Which."),
        Column("age", "double", "Years.", sensitivity="health"),
        Column("minutes", "double", "How long."),
        Column("channel", "string", "How.", nullable=False),
        Column("topics", "array<string>", "About what."),
        Column("from_date", "date", "First day."),
        Column("to_date", "date", "Last day."),
    ),
    checks=(
        Check("between", "age", min=0, max=120),
        Check("between", "minutes", severity="warn", max=60),
        Check("between", "minutes", min=0),
        Check("in_set", "channel", values=("app", "it's \\ web")),
        Check("matches", "user_id", pattern="^u[0-9]+$"),
        Check("compare", "from_date", other="to_date"),
        Check("share_not_null", "to_date", severity="warn", min=0.5),
        Check("rows", min=1),
    ),
)
GOOD = """
    SELECT concat('u', id) AS user_id, id AS number, CAST(id AS DOUBLE) AS age, 5.0D AS minutes,
           if(id = 1, 'it\\'s \\\\ web', 'app') AS channel, array('a') AS topics, DATE'2024-01-01' AS from_date,
           if(id % 2 = 0, DATE'2024-01-02', NULL) AS to_date
    FROM range(100)
"""
BREAKS = {
    "age": ("if(number = 3, 121.0D, age)", "between", "age", 1),
    "age nan": ("if(number = 3, CAST('NaN' AS DOUBLE), age)", "between", "age", 1),
    "minutes": ("if(number < 7, -1.0D, minutes)", "between_2", "minutes", 7),
    "channel": ("if(number = 3, 'fax', channel)", "in_set", "channel", 1),
    "channel null": ("if(number = 3, NULL, channel)", "not_null", "channel", 1),
    "user_id": ("if(number = 3, '13800138000', user_id)", "matches", "user_id", 1),
    "from_date": ("if(number % 4 = 0, DATE'2024-02-01', from_date)", "at_most_to_date", "from_date", 25),
    "number": ("if(number = 3, 4, number)", "unique_key", None, 2),
    "to_date": ("if(number < 60, NULL, to_date)", "share_not_null", "to_date", 80),
}


def broken(engine, what: str):
    name = what.split()[0]
    good = engine.sql(GOOD)
    expression = BREAKS[what][0]
    rows = good.selectExpr(*[f"{expression} AS {n}" if n == name else n for n in good.columns])
    return rows.selectExpr("if(number = 4, 'u4', user_id) AS user_id", *good.columns[1:]) if what == "number" else rows


def test_good_rows_pass_everything(engine) -> None:
    results = run_checks(VISIT, engine.sql(GOOD))
    assert all(r.passed for r in results)
    assert {r.rows for r in results} == {100}
    assert len({(r.check, r.column) for r in results}) == len(results)
    assert next(r for r in results if r.check == "not_null").expected == "no NULL in 3 columns"


@pytest.mark.parametrize("what", BREAKS)
def test_each_broken_row_is_counted_by_its_check(engine, what: str) -> None:
    _, check, column, failing = BREAKS[what]
    failed = [r for r in run_checks(VISIT, broken(engine, what)) if not r.passed]
    assert [(r.check, r.column, r.failing_rows) for r in failed] == [(check, column, failing)]


def test_no_rows_fail_only_the_count_of_rows(engine) -> None:
    failed = [r for r in run_checks(VISIT, engine.sql(GOOD).where("false")) if not r.passed]
    assert [(r.check, r.observed, r.expected) for r in failed] == [("rows", "0 rows", "rows from 1")]


def test_stop_names_all_that_failed_and_no_person(spark) -> None:
    rows = spark.sql(GOOD).selectExpr(
        "'13800138000' AS user_id", "1 AS number", "1234.5D AS age", "99.5D AS minutes", *VISIT.column_names[4:]
    )
    stopped = StopTheDay(run_checks(VISIT, rows))
    told = str(stopped)
    assert told.startswith("3 stop check(s) failed: ")
    assert "silver.checked: one row per user_id, number, but 100 of 100 rows do not" in told
    assert "silver.checked.age: values from 0 up to 120, but 100 of 100 rows do not" in told
    assert "silver.checked.user_id: matches ^u[0-9]+$" in told
    warned = next(r for r in run_checks(VISIT, rows) if r.check == "between" and r.column == "minutes")
    assert warned.observed == "100 of 100 rows do not (from 99.5 to 99.5)"
    assert not any(secret in str(run_checks(VISIT, rows)) for secret in ("13800138000", "1234.5"))
    assert str(pickle.loads(pickle.dumps(stopped))) == told


def test_array_in_set(engine) -> None:
    table = dataclasses.replace(VISIT, checks=(Check("in_set", "topics", values=("a", "b")),))
    assert all(r.passed for r in run_checks(table, engine.sql(GOOD)))
    wrong = engine.sql(GOOD.replace("array('a')", "if(id = 5, array('a', 'c'), array('b'))"))
    assert [r.failing_rows for r in run_checks(table, wrong) if not r.passed] == [1]


@pytest.mark.parametrize("what", [None, *BREAKS])
def test_great_expectations_own_run_says_the_same(engine, what: str | None) -> None:
    import great_expectations as gx

    rows = broken(engine, what) if what else engine.sql(GOOD)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_spark("spark").add_dataframe_asset("rows")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": rows})
    rules = rules_of(VISIT)
    for i, rule in enumerate(rules):
        rule.expectation.meta = {"number": i}
    suite = gx.ExpectationSuite(name="suite", expectations=[r.expectation for r in rules])
    theirs = {
        r.expectation_config.meta["number"]: (r.success, r.result.get("unexpected_count", 0))
        for r in batch.validate(suite, result_format={"result_format": "BASIC", "partial_unexpected_count": 0}).results
    }
    ours = {(r.check, r.column): (r.passed, r.failing_rows) for r in run_checks(VISIT, rows)}
    for i, rule in enumerate(rules):
        assert ours.get((rule.name, rule.column), (True, 0)) == theirs[i], rule.name
