"""Rules that people write: what is taken, and what is said to what is not."""

from __future__ import annotations

import pytest

from features.rule import RuleError, parse_rule
from schemas.table import Column

COLUMNS = {
    c.name: c
    for c in (
        Column("age_years", "int", "Age."),
        Column("spend_yuan_90d", "decimal(18,2)", "Spend."),
        Column("order_count_90d", "int", "Orders."),
        Column("sex", "string", "Sex."),
        Column("is_buyer", "boolean", "Buyer."),
        Column("allergies", "array<string>", "Allergies."),
        Column("as_of_date", "date", "Day."),
    )
}


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ("age_years >= 60 and is_buyer", "age_years >= 60 AND is_buyer"),
        ("month(as_of_date) in (3, 4)", "MONTH(as_of_date) IN (3, 4)"),
        ("array_contains(allergies, 'x')", "ARRAY_CONTAINS(allergies, 'x')"),
        ("age_years > 1 -- a remark", "age_years > 1"),
        ("as_of_date >= '2026-01-01'", "as_of_date >= '2026-01-01'"),
        (
            "spend_yuan_90d / nullif(order_count_90d, 0) > 9",
            "CAST(spend_yuan_90d AS DOUBLE) / CAST(NULLIF(order_count_90d, 0) AS DOUBLE) > 9",
        ),
    ],
)
def test_what_is_run_is_printed_from_what_was_checked(text: str, sql: str) -> None:
    assert parse_rule(text, COLUMNS).sql == sql


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("age_year >= 60", "unknown column 'age_year'; did you mean age_years?"),
        ("t.age_years >= 60", "unknown column 't.age_years'"),
        ("age_years", "gives number, expected true or false"),
        ("sex > 3", "mixes number with text"),
        ("as_of_date > 'soon'", "mixes day with text"),
        ("is_buyer AND age_years", "'age_years' gives number, expected true or false"),
        ("spend_yuan_90d / order_count_90d > 9", "write spend_yuan_90d / nullif(order_count_90d, 0)"),
        ("spend_yuan_90d / nullif(order_count_90d, 1) > 9", "may divide by zero, which stops the run: write"),
        ("spend_yuan_90d % 0 > 9", "may divide by zero"),
        ("age_years > 1; DROP TABLE x", "must be exactly one SQL expression"),
        ("age_years > (SELECT 1)", "may not be used in a rule"),
        ("age_years in (select 1)", "may not be used in a rule"),
        ("reflect('java.lang.Runtime', 'exec')", "reflect() may not be used here"),
        ("rand() > 0.5", "may not be used in a rule"),
        ("current_date() > as_of_date", "may not be used in a rule"),
        ("row_number() over (order by age_years) = 1", "may not be used in a rule"),
        ("age_years >", "is not a SQL expression"),
        ("", "must be exactly one SQL expression"),
        ("has_tag('basic.elder')", "has_tag() may not be used here"),
        ("array_contains(sex, 'x')", "'sex' gives text, expected array"),
    ],
)
def test_what_is_refused_is_told(text: str, said: str) -> None:
    with pytest.raises(RuleError) as error:
        parse_rule(text, COLUMNS)
    assert said in str(error.value)


def test_has_tag_knows_the_tags() -> None:
    assert parse_rule("NOT has_tag('basic.elder')", COLUMNS, tags=["basic.elder"]).tags == ("basic.elder",)
    with pytest.raises(RuleError, match=r"did you mean basic\.elder"):
        parse_rule("has_tag('basic.eldr')", COLUMNS, tags=["basic.elder"])
    with pytest.raises(RuleError, match="one tag code in quotes"):
        parse_rule("has_tag(sex)", COLUMNS, tags=["basic.elder"])
