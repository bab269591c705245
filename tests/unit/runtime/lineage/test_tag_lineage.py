"""From tags down to what is delivered, and back up."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from rich.tree import Tree

from features.tag import Tag
from features.tag_events import ImportTag
from jobs.runtime.declarations import load_audiences, load_policy, load_segments, load_tags
from jobs.runtime.lineage.graph import Lineage, UnknownColumn, columns_of, delivered_as, load_lineage, tags_on
from jobs.runtime.report.text import Language
from jobs.runtime.settings import project_root
from jobs.runtime.tag_commands.lineage import column_tree, tag_tree

CONF = project_root() / "conf"


@pytest.fixture(scope="module")
def tags() -> tuple[Tag, ...]:
    return load_tags(CONF)


@pytest.fixture(scope="module")
def lineage() -> Lineage:
    return load_lineage()


def shown(tree: Tree) -> str:
    out = io.StringIO()
    Console(file=out, width=200).print(tree, highlight=False)
    return out.getvalue()


def downwards(code: str, tags: tuple[Tag, ...], lineage: Lineage, language: Language = "en") -> str:
    return shown(tag_tree(code, tags, lineage, language))


def upwards(column: str, tags: tuple[Tag, ...], lineage: Lineage) -> str:
    policy = load_policy(CONF)
    segments = load_segments(CONF, tags, policy)
    return shown(column_tree(column, tags, segments, load_audiences(CONF, tags, policy, segments), lineage, "en"))


def test_every_tag_comes_down_to_something_delivered_or_to_a_model(tags: tuple[Tag, ...], lineage: Lineage) -> None:
    def delivered(tag: Tag) -> bool:
        known = lineage.below(columns_of(tag))
        columns = {*columns_of(tag), *known.of, *known.by}
        return any(c.startswith("silver.") or c.rpartition(".")[0] in lineage.learned for c in columns)

    assert [t.code for t in tags if not delivered(t)] == []


def test_whatever_a_tag_rests_on_names_the_tag_when_asked(tags: tuple[Tag, ...], lineage: Lineage) -> None:
    for tag in tags[::10]:
        for column in sorted(lineage.below(columns_of(tag)).of)[::5]:
            resting = lineage.resting_on(column)
            everything = resting.values | resting.rows | resting.behind_models
            assert tag in tags_on(tags, everything), f"{tag.code} rests on {column}"


def test_what_lies_below_a_score_is_not_told_as_what_a_tag_is_made_of(tags: tuple[Tag, ...], lineage: Lineage) -> None:
    tier = next(t for t in tags if t.code == "value.tier")
    below = lineage.below(columns_of(tier)).of
    assert "gold.churn_score.churn_probability" in below
    assert "feature.user_funnel.search_count_90d" not in below
    assert tier in tags_on(tags, lineage.resting_on("feature.user_funnel.search_count_90d").behind_models)


def test_a_rule_tag_is_drawn_down_to_the_fields_of_feeds(tags: tuple[Tag, ...], lineage: Lineage) -> None:
    drawn = downwards("behaviour.night_owl", tags, lineage)
    for step in (
        "feature.user_activity.night_event_share_30d",
        "feature.user_day.night_event_count",
        "silver.event: event_at, event_name (delivered as event.event_at, event.event_name)",
        "silver.event: account_token, device_token, event_date, known_date, session_id",
    ):
        assert step in drawn
    # The day's measures are told of several feeds; those of others say nothing about visits.
    assert "order_line" not in drawn


def test_the_tree_speaks_chinese(tags: tuple[Tag, ...], lineage: Lineage) -> None:
    drawn = downwards("behaviour.night_owl", tags, lineage, "zh")
    assert "夜间活跃" in drawn
    assert "由数据源字段提供" in drawn


def test_of_a_score_the_columns_that_its_model_may_look_at_are_counted(tags: tuple[Tag, ...], lineage: Lineage) -> None:
    assert "by a model, which may look at so many columns of feature.user_activity:" in downwards(
        "value.churn_risk", tags, lineage
    )


def test_an_imported_tag_rests_on_what_was_delivered_of_it(tags: tuple[Tag, ...], lineage: Lineage) -> None:
    code = next(t.code for t in tags if isinstance(t, ImportTag))
    assert "silver.imported_tag.value What it says. (delivered as imported_tag.value)" in downwards(code, tags, lineage)


def test_a_broken_column_names_tags_segments_lists_and_models(tags: tuple[Tag, ...], lineage: Lineage) -> None:
    told = upwards("silver.order_line.amount_yuan", tags, lineage)
    for line in ("value.arpu", "high_value_leaving", "high_value_care", "gold.churn_score", "spend_yuan_365d"):
        assert line in told
    assert "need." not in told


def test_a_column_that_only_decides_the_rows_is_told_apart(tags: tuple[Tag, ...], lineage: Lineage) -> None:
    resting = lineage.resting_on("silver.diagnosis.patient_relation")
    assert "feature.user_health.has_diabetes" in resting.rows
    assert "feature.user_health.has_diabetes" not in resting.values
    assert "tags where it only decides which rows count" in upwards("silver.diagnosis.patient_relation", tags, lineage)


def test_a_whole_table_can_be_asked_for(lineage: Lineage) -> None:
    whole, one = lineage.resting_on("silver.consultation"), lineage.resting_on("silver.consultation.doctor_id")
    assert "feature.user_day.consultation_count" in whole.values
    assert one.values < whole.values


def test_a_column_that_is_not_there_is_told_with_the_nearest(lineage: Lineage) -> None:
    with pytest.raises(UnknownColumn, match=r"did you mean silver\.diagnosis\.icd10_code"):
        lineage.resting_on("silver.diagnosis.icd10")


def test_what_we_made_ourselves_is_delivered_by_nobody() -> None:
    assert delivered_as("silver.event", "event_at") == "event.event_at"
    assert delivered_as("silver.event", "event_date") is None
    assert delivered_as("silver.identity", "user_id") is None
