"""What segments' rules say of users: their own examples, and what is unknown."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from example_users import users
from pyspark.sql import DataFrame, SparkSession

from features.columns import COLUMNS
from features.rule import RuleError, parse_rule
from features.segment import Segment, SegmentExample, columns_of
from features.segments import members
from jobs.runtime.declarations import load_policy, load_segments, load_tags

CONF = Path(__file__).parents[3] / "conf"
SEGMENTS = load_segments(CONF, load_tags(CONF), load_policy(CONF))


def with_tags(spark: SparkSession, stated: Mapping[str, SegmentExample], columns: tuple[str, ...]) -> DataFrame:
    """The users with their columns, tag_codes and tag_values."""
    held = [(name, list(one.values), one.values) for name, one in stated.items()]
    tags = spark.createDataFrame(held, "user_id string, tag_codes array<string>, tag_values map<string,string>")
    return users(spark, {name: one.columns for name, one in stated.items()}, columns).join(tags, "user_id")


def example_users(segment: Segment) -> dict[str, SegmentExample]:
    return {f"{segment.code} holds": segment.stated.holds, f"{segment.code} holds_not": segment.stated.holds_not}


def test_every_segment_s_examples_hold_and_do_not(engine: SparkSession) -> None:
    stated = {name: one for segment in SEGMENTS for name, one in example_users(segment).items()}
    found = members(with_tags(engine, stated, columns_of(SEGMENTS)), SEGMENTS).collect()
    held = {(row["user_id"], row["segment"]) for row in found}
    assert {s.code for s in SEGMENTS if (f"{s.code} holds", s.code) not in held} == set()
    assert {s.code for s in SEGMENTS if (f"{s.code} holds_not", s.code) in held} == set()


def test_there_are_segments_in_both_languages_and_one_asks_for_another() -> None:
    assert len(SEGMENTS) >= 10
    assert any(s.rule.segments for s in SEGMENTS)
    for stated in (s.stated for s in SEGMENTS):
        assert any("一" <= c <= "鿿" for c in stated.name.zh + stated.meaning.zh), stated.code


@pytest.mark.parametrize(
    ("rule", "held"),
    [
        ("has_tag('basic.elder')", {"elder"}),
        ("NOT has_tag('basic.elder')", {"young", "nobody"}),
        ("tag_value('value.tier') = 'high'", {"elder"}),
        ("tag_value('value.tier') <> 'high'", {"young"}),  # of nobody it is unknown
        ("NOT in_segment('rich')", {"young", "nobody"}),  # unknown there is out here
        ("in_segment('rich') OR age_years < 30", {"elder", "young"}),
    ],
)
def test_what_is_unknown_is_not_held_and_a_segment_or_tag_is_never_unknown(
    engine: SparkSession, rule: str, held: set[str]
) -> None:
    tags = ("basic.elder", "value.tier")
    rich = parse_rule("tag_value('value.tier') = 'high'", COLUMNS, tags=tags)
    parsed = parse_rule(rule, COLUMNS, tags=tags, segments={"rich": rich})
    stated = {
        "elder": SegmentExample(tags=("basic.elder",), tag_values={"value.tier": "high"}, columns={"age_years": 70}),
        "young": SegmentExample(tag_values={"value.tier": "low"}, columns={"age_years": 20}),
        "nobody": SegmentExample(columns={"age_years": None}),
    }
    found = with_tags(engine, stated, ("age_years",)).where(parsed.sql).select("user_id").collect()
    assert {row["user_id"] for row in found} == held


def test_a_rule_elsewhere_may_not_ask_for_segments() -> None:
    with pytest.raises(RuleError, match=r"in_segment\(\) may not be used here"):
        parse_rule("in_segment('x')", COLUMNS, tags=())
