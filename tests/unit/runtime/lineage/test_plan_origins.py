"""What a data frame's plan tells of its columns, and that what is declared of features is what their plans say."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from features.imported_tags import IMPORTED_COLUMNS, import_tags, imported
from features.persons import of_users
from jobs.runtime.declarations import load_tags
from jobs.runtime.lineage.plan import PlanNotRead, origins
from jobs.runtime.lineage.stored import FILE, as_text, stored
from jobs.runtime.lineage.trace import trace, trace_all
from jobs.runtime.settings import project_root
from schemas.lineage import Origin
from tests.whole_day import small_settings

TABLES = {"a.visit": ("who", "day", "kind", "yuan", "words"), "a.person": ("who", "town")}


@pytest.fixture
def visit(spark: SparkSession) -> DataFrame:
    row = "SELECT 'w' AS who, DATE'2026-01-01' AS day, 'k' AS kind, 1.0D AS yuan, array('x') AS words"
    return spark.sql(row).alias("a.visit")


@pytest.fixture
def person(spark: SparkSession) -> DataFrame:
    return spark.sql("SELECT 'w' AS who, 't' AS town").alias("a.person")


def told(df: DataFrame) -> dict[str, tuple[str, str]]:
    """Of each column what it is made of and what decides its rows, without `a.`, in one text each."""
    return {name: (_named(origin.of), _named(origin.by)) for name, origin in origins(df, TABLES).items()}


def _named(columns: frozenset[str]) -> str:
    return " ".join(sorted(c.removeprefix("a.") for c in columns))


def test_a_filter_decides_the_rows_of_every_column(visit: DataFrame) -> None:
    found = told(visit.where("kind = 'video'").selectExpr("who", "yuan * 2 AS double_yuan"))
    assert found == {"who": ("visit.who", "visit.kind"), "double_yuan": ("visit.yuan", "visit.kind")}


def test_a_sum_rests_on_its_column_and_is_parted_by_its_key(visit: DataFrame) -> None:
    found = told(visit.groupBy("who").agg(F.expr("sum(CASE WHEN kind = 'video' THEN yuan END)").alias("video_yuan")))
    assert found["video_yuan"] == ("visit.kind visit.yuan", "visit.who")


def test_a_count_of_rows_rests_on_the_whole_table(visit: DataFrame, person: DataFrame) -> None:
    found = told(visit.join(person, "who").groupBy("town").agg(F.expr("count(1)").alias("visits")))
    assert found["visits"] == ("visit.*", "person.town person.who visit.who")


def test_what_is_joined_to_the_left_is_only_looked_up(visit: DataFrame, person: DataFrame) -> None:
    found = told(visit.join(person, "who", "left").select("yuan", "town"))
    assert found == {"yuan": ("visit.yuan", ""), "town": ("person.town", "person.who visit.who")}


def test_a_semi_join_gives_no_column_but_decides_the_rows(visit: DataFrame, person: DataFrame) -> None:
    some = person.where("town = 'north'")
    assert told(visit.join(some, "who", "left_semi").select("yuan"))["yuan"][1] == "person.town person.who visit.who"


def test_of_a_union_only_the_parts_that_say_something_count(visit: DataFrame, person: DataFrame) -> None:
    both = visit.selectExpr("who", "yuan", "0 AS towns").unionByName(
        person.where("town <> ''").selectExpr("who", "0 AS yuan", "length(town) AS towns")
    )
    found = told(both.groupBy("who").agg(F.expr("sum(yuan)").alias("yuan"), F.expr("sum(towns)").alias("towns")))
    assert found["yuan"] == ("visit.yuan", "visit.who")
    assert found["towns"] == ("person.town", "person.town person.who")


def test_variables_of_lambdas_fields_of_structs_and_new_names_are_no_columns(visit: DataFrame) -> None:
    made = (
        visit.selectExpr("explode(words) AS word", "struct(day, yuan) AS last")
        .withColumnRenamed("word", "said")
        .withColumn("twice", F.expr("transform(array(said), w -> concat(w, said))"))
        .selectExpr("last.yuan AS yuan", "twice")
    )
    assert told(made) == {"yuan": ("visit.day visit.yuan", ""), "twice": ("visit.words", "")}


def test_a_column_by_another_tables_name_is_an_error(visit: DataFrame) -> None:
    with pytest.raises(PlanNotRead, match="unknown column 'town'"):
        origins(visit.selectExpr("town"), TABLES)


def test_a_part_of_a_plan_that_nobody_thought_of_is_an_error(visit: DataFrame) -> None:
    with pytest.raises(PlanNotRead, match="unpivot"):
        origins(visit.unpivot("who", ["yuan"], "what", "amount"), TABLES)


@pytest.mark.parametrize("name", ["build_user_day", "compute_features"])
def test_jobs_read_what_they_declare_and_nothing_they_do_not(name: str, spark: SparkSession, tmp_path: Path) -> None:
    run = trace(name, spark, small_settings(tmp_path))
    made = {t.name for t in run.job.writes}
    assert run.seen - made == {t.name for t in run.job.reads}
    assert run.traced.keys() == made


def test_what_is_stored_is_what_the_plans_say(spark: SparkSession, tmp_path: Path) -> None:
    found = as_text(trace_all(spark, small_settings(tmp_path)))
    assert FILE.read_text(encoding="utf-8") == found, "schemas/lineage.json is older than the features: run `make docs`"


def test_what_is_stored_is_read_as_it_was_found() -> None:
    has_diabetes = stored().origins["feature.user_health"]["has_diabetes"]
    assert has_diabetes.of == {"silver.diagnosis.icd10_code"}
    assert "silver.diagnosis.patient_relation" in has_diabetes.by
    assert as_text(stored()) == FILE.read_text(encoding="utf-8")


def test_imported_tags_rest_on_the_columns_that_are_declared(spark: SparkSession) -> None:
    given = spark.sql(
        "SELECT 'a' AS account_token, 'n' AS tag_name, 'v' AS value, DATE'2026-01-01' AS given_on, "
        "DATE'2026-02-01' AS valid_until, TIMESTAMP'2026-01-01 00:00:00' AS ingested_at"
    ).alias("silver.imported_tag")
    whose = spark.sql("SELECT 'a' AS actor_id, 'u' AS user_id, false AS is_excluded").alias("silver.identity")
    tags = import_tags(load_tags(project_root() / "conf"))
    tables = {
        "silver.imported_tag": ("account_token", *(c.rpartition(".")[2] for c in IMPORTED_COLUMNS)),
        "silver.identity": ("actor_id", "user_id", "is_excluded"),
    }
    found = origins(imported(of_users(given, whose), tags, date(2026, 1, 2)), tables)
    values = [found[t.own_column] for t in tags]
    assert values
    for origin in values:
        assert Origin(origin.of).of == set(IMPORTED_COLUMNS)
