"""Every declared tag's own examples: one query for all of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from example_users import users
from pyspark.sql import SparkSession

from features.tag import Tag, TierTag
from features.tags import columns_of, hold, tier_thresholds
from jobs.runtime.declarations import load_tags

TAGS = load_tags(Path(__file__).parents[3] / "conf")
Held = dict[tuple[str, str], str]


@pytest.fixture(scope="module")
def held(spark: SparkSession) -> Held:
    """What each example user holds: (user_id, tag_code) -> value. A tier stands in a crowd of 1 to 100."""
    stated = {f"{t.code} holds": t.holds for t in TAGS} | {f"{t.code} holds_not": t.holds_not for t in TAGS}
    rows = users(spark, stated, columns_of(TAGS))
    thresholds = {t.code: t.percentiles_of(range(1, 101)) for t in TAGS if isinstance(t, TierTag)}
    found = hold(rows, TAGS, thresholds).collect()
    return {(row["user_id"], row["tag_code"]): row["value"] for row in found}


@pytest.mark.parametrize("tag", TAGS, ids=lambda t: t.code)
def test_examples_hold_and_do_not(tag: Tag, held: Held) -> None:
    assert held.get((f"{tag.code} holds", tag.code)) == (tag.gives or "yes")
    assert (f"{tag.code} holds_not", tag.code) not in held


def test_thresholds_of_the_crowd_are_the_engine_s(spark: SparkSession) -> None:
    tier = next(t for t in TAGS if t.code == "value.rfm_frequency")
    assert isinstance(tier, TierTag)
    crowd = users(spark, {f"u{i}": {"order_count_365d": i} for i in range(101)}, columns_of([tier]))
    assert tier_thresholds(crowd, [tier])[tier.code] == pytest.approx(tier.percentiles_of(range(1, 101)))


def test_all_four_layers_are_there_in_both_languages() -> None:
    by_layer = {layer: sum(t.layer == layer for t in TAGS) for layer in ("basic", "need", "behaviour", "value")}
    assert min(by_layer.values()) >= 18, by_layer
    assert sum(by_layer.values()) >= 75
    for tag in TAGS:
        assert any("一" <= c <= "鿿" for c in tag.name.zh + tag.meaning.zh), tag.code
        assert tag.meaning.en
        assert tag.owner
    names = [t.name.zh for t in TAGS]
    assert len(set(names)) == len(names)
