"""Real exports come in through mapping files alone, and their known figures come out."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.runtime.intake.mapping import mapped_feeds
from jobs.runtime.lake import Lake
from jobs.runtime.run_job import run_job
from jobs.runtime.settings import load_settings
from schemas.feeds import FEEDS
from schemas.intake import INGEST_BALANCE, REJECTED

DATA = Path(__file__).parents[3] / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"no real data at {DATA}")
TakenIn = Callable[[str], Lake]
FIRST, LAST = date(2000, 1, 1), date(2026, 1, 1)


@pytest.fixture(scope="module")
def taken_in(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> TakenIn:
    """The lake of one of the real hospitals, its whole history taken in."""
    lakes: dict[str, Lake] = {}

    def lake_of(hospital: str) -> Lake:
        if hospital not in lakes:
            folder = tmp_path_factory.mktemp(hospital)
            settings = load_settings(hospital, "sail")
            place = replace(settings.hospital, folder=folder, landing=DATA)
            settings = replace(settings, run_folder=folder / "run", hospital=place)
            for feed in mapped_feeds(settings.sources):
                run_job("ingest_feed", LAST, since=FIRST, settings=settings, options={"feed": feed})
            lakes[hospital] = Lake(spark, str(settings.lake))
        return lakes[hospital]

    return lake_of


def _readings(lake: Lake, metric: str, pattern: str = "%") -> DataFrame:
    bronze = lake.read(FEEDS["device_reading"].bronze)
    return bronze.where((F.col("metric") == metric) & F.col("source_file").like(pattern))


def _mean(df: DataFrame) -> float:
    return float(df.agg(F.avg("value")).collect()[0][0])


def _reasons(lake: Lake) -> dict[tuple[str, ...], int]:
    return {tuple(r.reasons): r["count"] for r in lake.read(REJECTED).groupBy("reasons").count().collect()}


def test_online_retail_after_the_usual_cleaning_is_as_published(taken_in: TakenIn) -> None:
    sales = taken_in("online_retail").read(FEEDS["order_line"].bronze).where("line_kind = 'sale'")
    users, orders, lines, spend = (
        sales.selectExpr("count(DISTINCT account_token)", "count(DISTINCT order_id)", "count(1)", "sum(amount_yuan)")
    ).collect()[0]

    assert (lines, users, orders) == (397_884, 4_338, 18_532)
    # Prices of a tenth of a penny are rounded line by line: money has two places.
    assert abs(spend - Decimal("8911407.904")) < Decimal("0.05")


def test_online_retail_without_repeats_is_what_duckdb_finds(taken_in: TakenIn) -> None:
    silver = taken_in("online_retail").read(FEEDS["order_line"].silver)
    found = silver.groupBy("line_kind").agg(
        F.count("*"), F.countDistinct("account_token"), F.countDistinct("order_id"), F.sum("amount_yuan")
    )
    expected = duckdb.sql(
        f"""
        WITH line AS (
            SELECT DISTINCT InvoiceNo, CustomerID, StockCode, abs(Quantity) AS quantity, InvoiceDate,
                round(abs(Quantity::DECIMAL(12, 2) * UnitPrice::DECIMAL(12, 4)), 2)::DECIMAL(18, 2) AS amount,
                InvoiceNo LIKE 'C%' AS is_refund
            FROM read_csv('{DATA}/online_retail/online_retail.csv.gz', types = {{'InvoiceNo': 'VARCHAR'}})
            WHERE CustomerID IS NOT NULL AND UnitPrice > 0
        )
        SELECT CASE WHEN is_refund THEN 'refund' ELSE 'sale' END, count(*), count(DISTINCT CustomerID),
            count(DISTINCT InvoiceNo), sum(amount)
        FROM line GROUP BY 1
        """
    ).fetchall()

    assert sorted(tuple(r) for r in found.collect()) == sorted(expected)


def test_online_retail_refuses_what_is_nobodys(taken_in: TakenIn) -> None:
    reasons = _reasons(taken_in("online_retail"))

    assert sum(n for why, n in reasons.items() if "missing:account_token" in why) == 135_080
    assert {reason for why in reasons for reason in why} == {"missing:account_token", "missing:amount_yuan"}


def test_every_record_of_online_retail_is_accounted_for(taken_in: TakenIn) -> None:
    columns = ("read_count", "taken_count", "rejected_count", "duplicate_count")
    sums = taken_in("online_retail").read(INGEST_BALANCE).agg(*[F.sum(c) for c in columns]).collect()[0]

    assert sums[0] == 541_909 == sums[1] + sums[2] + sums[3]


def test_fitbit_has_its_published_means(taken_in: TakenIn) -> None:
    lake = taken_in("fitbit")
    means = {m: _mean(_readings(lake, m, "%2016-04_05%")) for m in ("steps", "sedentary", "calories", "sleep")}

    assert {m: round(v, 1) for m, v in means.items()} == {
        "steps": 7637.9, "sedentary": 991.2, "calories": 2303.6, "sleep": 419.5
    }  # fmt: skip
    assert _readings(lake, "steps").select("account_token").distinct().count() == 35
    assert _readings(lake, "weight").count() == 67 + 33


def test_fitbit_repeats_are_left_out_once(taken_in: TakenIn) -> None:
    lake = taken_in("fitbit")
    silver = lake.read(FEEDS["device_reading"].silver).where("metric = 'sleep'")

    assert _readings(lake, "sleep").count() - silver.count() == 3


def test_blood_pressure_is_what_the_files_say(taken_in: TakenIn) -> None:
    lake = taken_in("blood_pressure")
    for metric, home, worn in (("systolic", "Sys.mmHg.", "SYST"), ("diastolic", "Dias.mmHg.", "DIAST")):
        for file, column in (("bp_jhs", home), ("bp_hypnos", worn)):
            path = DATA / "blood_pressure" / f"{file}.csv"
            count, mean = duckdb.sql(f'SELECT count("{column}"), avg("{column}") FROM \'{path}\'').fetchall()[0]
            readings = _readings(lake, metric, f"%{file}%")
            assert readings.count() == count
            assert _mean(readings) == pytest.approx(mean)


def test_glucose_means_are_the_peers_means(taken_in: TakenIn) -> None:
    bronze = taken_in("glucose").read(FEEDS["device_reading"].bronze)
    means = [r[1] * 18.0182 for r in bronze.groupBy("account_token").agg(F.avg("value")).collect()]
    expected = json.loads((DATA / "glucose" / "expected_iglu_python_0.4.3.json").read_text())

    assert expected
    assert sorted(means) == pytest.approx([123.67, 129.67, 154.04, 174.61, 218.45], abs=0.01)


def test_consultation_texts_come_out_of_gb18030(taken_in: TakenIn) -> None:
    bronze = taken_in("consultation_text").read(FEEDS["consultation"].bronze)
    by_department = {r.department: r["count"] for r in bronze.groupBy("department").count().collect()}

    assert (by_department["hepatology"], by_department["gastroenterology"]) == (3121, 1414)
    assert sum(by_department.values()) == 7644
    assert bronze.where("chief_complaint LIKE '%高血压可以吃党参吗%'").count() >= 1


def test_ratings_without_a_header_come_in_on_our_scale(taken_in: TakenIn) -> None:
    bronze = taken_in("social_ratings").read(FEEDS["review"].bronze)
    row = bronze.selectExpr(
        "count(1)", "avg(CASE WHEN rating > 3 THEN 1D ELSE 0D END)", "min(rating)", "max(rating)",
        "date(min(reviewed_at))", "date(max(reviewed_at))",
    ).collect()[0]  # fmt: skip

    assert (row[0], round(row[1], 4), row[2], row[3]) == (35_592, 0.8999, 1.0, 5.0)
    assert (row[4], row[5]) == (date(2010, 11, 8), date(2016, 1, 25))
