"""The SQL shell's words, and the page of questions: each runs, and gives the columns that it should."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from io import StringIO

import pytest
from pyspark.sql import DataFrame, SparkSession
from rich.console import Console

from jobs.runtime.settings import project_root
from jobs.runtime.sql_help import Help, NoSuchWord, examples, help_word
from schemas.gold.segment_member import SEGMENT_DAY, SEGMENT_VERSION
from schemas.gold.tag import TAG_DAY, TAG_DEFINITION
from schemas.table import Table
from schemas.tables import TABLES

DAY = date(2026, 6, 29)
QUESTIONS = {e.number: e for e in examples(project_root())}
COLUMNS = {
    1: ["tag_code", "name_zh", "name_en", "user_count", "user_share"],
    2: ["age_band", "chronic_users", "not_adherent_users", "mean_days_covered"],
    3: ["city_tier", "users", "value_yuan", "mean_churn_probability"],
    4: ["age_band", "department", "users"],
    5: ["tag_code", "entered", "lost", "net"],
    6: ["stretches", "still_held", "mean_days"],
    7: ["top_answer_daypart_90d", "top_channel_90d", "users"],
    8: ["segment", "user_count", "entered_count", "left_count", "user_share"],
    9: ["value_tier", "high_risk", "middle_risk", "low_risk", "spend_yuan_365d"],
    10: ["value_tier", "channel", "users"],
    11: ["reason_zh", "reason_en", "users"],
    12: ["rfm_group", "users", "mean_spend_yuan_365d", "mean_days_since_last_order"],
    13: ["kind", "severity", "alerts", "users"],
    14: ["department", "users"],
}


def frame(spark: SparkSession, table: Table, *rows: dict[str, object]) -> DataFrame:
    return spark.createDataFrame([tuple(row.get(c) for c in table.column_names) for row in rows], table.ddl)


@pytest.fixture(scope="module")
def ask(spark: SparkSession) -> Callable[[str], DataFrame]:
    """Two tags, one of them held, a segment with too few users; every other gold table is there without rows."""
    day = {"as_of_date": DAY, "rule_version": "v"}
    rows: dict[str, list[dict[str, object]]] = {
        TAG_DEFINITION.name: [
            {"tag_code": "need.adherent", "rule_version": v, "name_zh": "按时用药", "name_en": f"Adherent {v}",
             "layer": "need"} for v in ("v", "old")
        ] + [{"tag_code": "value.rich", "rule_version": "v", "name_zh": "富", "name_en": "Rich", "layer": "value"}],
        TAG_DAY.name: [
            {**day, "tag_code": "need.adherent", "user_count": 1200, "user_share": 0.5, "entered_count": 3},
            {**day, "tag_code": "value.rich", "user_count": 0, "user_share": 0.0, "entered_count": 0, "left_count": 0},
            {**day, "as_of_date": date(2026, 6, 1), "tag_code": "need.adherent", "user_count": 9, "entered_count": 9},
        ],
        SEGMENT_VERSION.name: [{"segment": "few", "is_current": True, "name_zh": "少", "name_en": "Few"}],
        SEGMENT_DAY.name: [{**day, "segment": "few"}],
    }  # fmt: skip
    for table in TABLES.values():
        if table.layer == "gold":
            frame(spark, table, *rows.get(table.name, [])).createOrReplaceTempView(f"sql_help_{table.noun}")
    return lambda query: spark.sql(re.sub(r"\bgold\.(\w+)", r"sql_help_\1", query))


@pytest.fixture
def shown(ask: Callable[[str], DataFrame]) -> Callable[[str], str]:
    def answer(line: str) -> str:
        console = Console(width=160, record=True, file=StringIO())
        word = help_word(line)
        assert word
        Help(ask, sorted(TABLES), project_root(), console).answer(*word)
        return console.export_text()

    return answer


def test_the_page_has_its_questions_in_both_languages() -> None:
    assert list(QUESTIONS) == list(COLUMNS)
    assert all(re.search("[一-鿿]", e.zh) and e.en.endswith("?") for e in QUESTIONS.values())


@pytest.mark.parametrize("number", COLUMNS)
def test_a_question_of_the_page_gives_its_columns(ask: Callable[[str], DataFrame], number: int) -> None:
    found = ask(QUESTIONS[number].sql)
    assert found.columns == COLUMNS[number]
    assert len(found.collect()) >= 0


def test_the_first_question_tells_the_tags_that_somebody_holds_today(ask: Callable[[str], DataFrame]) -> None:
    assert [tuple(r) for r in ask(QUESTIONS[1].sql).collect()] == [
        ("need.adherent", "按时用药", "Adherent v", 1200, 0.5)
    ]


def test_tags_are_found_by_code_and_by_name_in_either_language(shown: Callable[[str], str]) -> None:
    for word in ("adher", "按时", "ADHERENT V"):
        told = shown(rf"\tags {word}")
        assert "need.adherent" in told
        assert "1,200" in told
        assert "value.rich" not in told
        assert "Adherent old" not in told
    assert "value.rich" in shown(r"\tags;")


def test_few_users_of_a_segment_are_not_counted(shown: Callable[[str], str]) -> None:
    assert "too few" in shown(r"\segments")


def test_tables_columns_and_questions_are_told(shown: Callable[[str], str]) -> None:
    assert "gold.user_portrait" in shown("tables")
    assert "First as-of day on which it held." in shown(r"\describe gold.user_tag;")
    assert QUESTIONS[3].zh in shown(r"\examples")
    assert r"\tags [word]" in shown(r"\h")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (r"\tagz", r"no word \\tagz; did you mean \\tags\?"),
        (r"\tags adherant", r"did you mean adherent"),
        (r"\describe gold.user_tags", r"did you mean gold.user_tag"),
        (r"\describe", "wants a table, found nothing"),
    ],
)
def test_a_word_that_is_wrong_is_told_with_what_was_meant(shown: Callable[[str], str], line: str, told: str) -> None:
    with pytest.raises(NoSuchWord, match=told):
        shown(line)


def test_an_example_is_asked_for_by_its_number(ask: Callable[[str], DataFrame]) -> None:
    helper = Help(ask, [], project_root(), Console(quiet=True))
    assert helper.example("3") == QUESTIONS[3]
    with pytest.raises(NoSuchWord, match="from 1 to 14, found 99"):
        helper.example("99")


@pytest.mark.parametrize("line", ["SELECT 1", "select '\\\\tags'"])
def test_a_query_is_no_word(line: str) -> None:
    assert help_word(line) is None


def test_every_column_of_a_gold_table_says_what_it_means() -> None:
    bare = [f"{t.name}.{c.name}" for t in TABLES.values() if t.layer == "gold" for c in t.columns if len(c.meaning) < 3]
    assert bare == []
