"""Every declared tag's own examples: one query for all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from example_users import as_stored, users
from pyspark.sql import DataFrame, SparkSession

from features.columns import DAY_COLUMNS
from features.imported_tags import import_tags, imported
from features.sequences import sequence_tags, unfollowed
from features.tag import Tag, TierTag
from features.tag_events import OutsideTag
from features.tags import columns_of, day_thresholds, hold, rank_tags
from jobs.runtime.calibration.places import with_numbers
from jobs.runtime.conf_file import ConfFile
from jobs.runtime.declarations import load_tags
from jobs.runtime.tag_texts import tag_texts

CONF = Path(__file__).parents[3] / "conf"
TAGS = load_tags(CONF)
AS_OF = date(2026, 1, 1)  # what `users` says of as_of_date
Held = dict[tuple[str, str], str]


@pytest.fixture(scope="module")
def held(spark: SparkSession) -> Held:
    """What each example user holds: (user_id, tag_code) -> value. Ranks are those in a crowd of 1 to 100."""
    examples = {f"{t.code} {name}": getattr(t, name) for t in TAGS for name in ("holds", "holds_not")}
    outside = {f"{t.code} {name}" for t in TAGS if isinstance(t, OutsideTag) for name in ("holds", "holds_not")}
    rows = users(spark, {u: {} if u in outside else e for u, e in examples.items()}, columns_of(TAGS))
    sequences, imports = sequence_tags(TAGS), import_tags(TAGS)
    done = unfollowed(_days(spark, {u: e for u, e in examples.items() if _is_of(u, sequences)}), sequences, AS_OF)
    given = {u: e for u, e in examples.items() if _is_of(u, imports)}
    told = imported(_deliveries(spark, given, {t.code: t.delivered_as for t in imports}), imports, AS_OF)
    rows = rows.join(done, "user_id", "left").join(told, "user_id", "left")
    thresholds = {t.code: t.thresholds_in(range(1, 101)) for t in rank_tags(TAGS)}
    return {(row["user_id"], row["tag_code"]): row["value"] for row in hold(rows, TAGS, thresholds).collect()}


def _is_of(user: str, tags: Sequence[Tag]) -> bool:
    return user.split()[0] in {t.code for t in tags}


def _days(spark: SparkSession, stated: Mapping[str, Any]) -> DataFrame:
    """Days of feature.user_day; what an example does not name is 0."""
    rows = [
        (user, AS_OF - timedelta(days=day["days_ago"]), *[as_stored(c, day.get(n, 0)) for n, c in DAY_COLUMNS.items()])
        for user, days in stated.items()
        for day in days
    ]
    names = ", ".join(f"{n} {c.type}" for n, c in DAY_COLUMNS.items())
    return spark.createDataFrame(rows, f"user_id string, event_date date, {names}")


def _deliveries(spark: SparkSession, stated: Mapping[str, Any], names: Mapping[str, str]) -> DataFrame:
    rows = []
    for user, deliveries in stated.items():
        for d in deliveries:
            given = AS_OF - timedelta(days=d.given_days_ago)
            until = None if d.valid_days is None else given + timedelta(days=d.valid_days)
            rows.append((user, names[user.split()[0]], d.value, given, until, datetime(2026, 1, 1, tzinfo=UTC)))
    return spark.createDataFrame(
        rows, "user_id string, tag_name string, value string, given_on date, valid_until date, ingested_at timestamp"
    )


@pytest.mark.parametrize("tag", TAGS, ids=lambda t: t.code)
def test_examples_hold_and_do_not(tag: Tag, held: Held) -> None:
    assert held.get((f"{tag.code} holds", tag.code)) == (tag.gives or "yes")
    assert (f"{tag.code} holds_not", tag.code) not in held


@pytest.mark.parametrize("end", [0, 1], ids=["lowest", "highest"])
def test_examples_stay_right_wherever_a_calibrated_number_may_go(spark: SparkSession, end: int) -> None:
    """Both ends are seldom a rule together, so one number of a tag is moved at a time; half-lives decide no example."""
    moved = [_moved(t, key, end) for t in TAGS for key in t.calibrated_numbers if key != "half_life_days"]
    assert moved
    examples = {f"{i} {name}": getattr(t, name) for i, t in enumerate(moved) for name in ("holds", "holds_not")}
    rows = users(spark, examples, columns_of(moved))
    thresholds = {t.code: t.thresholds_in(range(1, 101)) for t in rank_tags(moved)}
    for i, tag in enumerate(moved):
        found = {r["user_id"]: r["value"] for r in hold(rows, [tag], thresholds).collect()}
        assert found.get(f"{i} holds") == (tag.gives or "yes"), tag.code
        assert f"{i} holds_not" not in found, tag.code


def _moved(tag: Tag, key: str, end: int) -> Tag:
    assert tag.calibrate
    number = tag.calibrate.ways()[key].between[end]
    text = with_numbers(tag_texts(CONF)[tag.code], {key: number})
    [made] = ConfFile(Path(f"{tag.code}.yml"), text).to(list[Tag])
    return made


def test_thresholds_of_the_crowd_are_the_engine_s(spark: SparkSession) -> None:
    tier = next(t for t in TAGS if t.code == "value.spend")
    assert isinstance(tier, TierTag)
    stated = {f"u{i}": {"order_count_365d": 1, "spend_yuan_365d": i} for i in range(1, 101)}
    crowd = users(spark, stated | {"never": {"spend_yuan_365d": 900}}, columns_of([tier]))
    assert day_thresholds(crowd, [tier])[tier.code] == pytest.approx(tier.thresholds_in(range(1, 101)))


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


def test_every_kind_of_tag_is_used_by_one(held: Held) -> None:
    from schemas.gold.tag import TAG_KINDS

    assert {t.kind for t in TAGS} == set(TAG_KINDS)
