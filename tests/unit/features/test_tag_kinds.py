"""What each kind of tag makes of odd rows, and of NULL."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from example_users import users
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from pyspark.sql import SparkSession

from features.audience import AudienceFile, check_audience
from features.columns import DAY_COLUMNS, data_classes, from_devices, most_sensitive
from features.imported_tags import imported, strangers
from features.rule import RuleError
from features.sequences import unfollowed
from features.tag import Tag
from features.tag_events import ImportTag, SequenceTag
from features.tag_ranks import RfmTag
from features.tags import columns_of, count_ties, day_thresholds, hold
from jobs.runtime.conf_file import load
from jobs.runtime.declarations import load_policy
from jobs.runtime.settings import project_root

BASE: dict[str, Any] = {
    "code": "value.mine", "name": {"zh": "我", "en": "Me"}, "meaning": {"zh": "我", "en": "Me"}, "owner": "data",
    "sensitivity": "low", "purposes": ["care"], "evidence": "observed", "holds": {}, "holds_not": {},
}  # fmt: skip
RFM = {
    "kind": "rfm", "recency": "days_since_last_order", "frequency": "order_count_365d", "monetary": "spend_yuan_365d",
    "eligible": "order_count_365d >= 1", "gives": "5-5-5",
}  # fmt: skip
SEQUENCE = {
    "kind": "sequence", "first": "search_count >= 2", "then_not": "pay_count >= 1",
    "within_days": 3, "expires_days": 10,
    "holds": [{"days_ago": 3, "search_count": 2}], "holds_not": [{"days_ago": 1, "search_count": 2}],
}  # fmt: skip
IMPORT = {
    "kind": "import", "delivered_as": "vip", "values": ["gold", "silver"], "data_class": "basic", "gives": "gold",
    "holds": [{"value": "gold", "given_days_ago": 1}], "holds_not": [{"value": "iron", "given_days_ago": 1}],
}  # fmt: skip
DAY = date(2026, 1, 1)


def tag(**said: Any) -> Any:
    return TypeAdapter(Tag).validate_json(json.dumps({**BASE, **said}), strict=True)


def rule(sql: str, **said: Any) -> Any:
    return tag(kind="rule", rule=sql, **said)


def values(spark: SparkSession, declared: Any, stated: dict[str, dict[str, Any]]) -> dict[str, str]:
    rows = users(spark, stated, columns_of([declared]))
    found = hold(rows, [declared], day_thresholds(rows, [declared])).collect()
    return {r["user_id"]: r["value"] for r in found}


@pytest.mark.parametrize(
    ("sql", "held"),
    [
        ("days_covered_share_180d < 0.5", {"low"}),
        ("NOT (days_covered_share_180d >= 0.5)", {"low"}),  # unknown is not false: NOT of unknown is unknown
        ("days_covered_share_180d < 0.5 OR days_covered_share_180d >= 0.5", {"low", "high"}),
        ("coalesce(days_covered_share_180d, 0) < 0.5", {"low", "unknown"}),
        ("days_covered_share_180d IS NULL", {"unknown"}),
        ("days_covered_share_180d IN (0.9, NULL)", {"high"}),
        ("NOT (days_covered_share_180d IN (0.9, NULL))", set()),
        ("days_covered_share_180d / nullif(prescription_count_90d, 0) > 0", set()),  # by zero: unknown, and no error
    ],
)
def test_what_is_unknown_is_neither_true_nor_false(spark: SparkSession, sql: str, held: set[str]) -> None:
    stated = {
        "low": {"days_covered_share_180d": 0.1},
        "high": {"days_covered_share_180d": 0.9},
        "unknown": {"days_covered_share_180d": None},
    }
    declared = rule(sql, sensitivity="health", legal_basis="care_contract")
    assert set(values(spark, declared, stated)) == held


def test_nobody_of_whom_a_column_is_unknown_is_eligible_or_ranked(spark: SparkSession) -> None:
    declared = tag(
        kind="tier", column="basket_yuan_mean_180d", eligible="basket_yuan_mean_180d > 0", percentiles=[0.5],
        labels=["low", "high"], gives="high",
    )  # fmt: skip
    stated = {f"u{i}": {"basket_yuan_mean_180d": i} for i in (1, 2, 3)} | {"none": {"basket_yuan_mean_180d": None}}
    assert values(spark, declared, stated) == {"u1": "low", "u2": "low", "u3": "high"}


def test_a_hold_ends_so_many_days_after_its_evidence_and_not_a_day_before(spark: SparkSession) -> None:
    stated = {
        "last_day": {"fertility_state": "trying", "fertility_state_date": DAY - timedelta(days=30)},
        "expired": {"fertility_state": "trying", "fertility_state_date": DAY - timedelta(days=31)},
        "undated": {"fertility_state": "trying", "fertility_state_date": None},
        "other": {"fertility_state": "none", "fertility_state_date": DAY},
    }
    declared = rule(
        "fertility_state = 'trying'", sensitivity="health", legal_basis="care_contract", expires_days=30,
        evidence_on="fertility_state_date",
    )  # fmt: skip
    assert values(spark, declared, stated) == {"last_day": "yes"}
    counted = rule("is_buyer", expires_days=30, evidence_on="days_since_last_order")
    days = {
        "in": {"is_buyer": True, "days_since_last_order": 30},
        "out": {"is_buyer": True, "days_since_last_order": 31},
    }
    assert values(spark, counted, days) == {"in": "yes"}


def test_expiry_makes_another_version_and_its_absence_none() -> None:
    plain = rule("is_buyer")
    assert plain.rule_version == rule("is_buyer", owner="else").rule_version
    assert plain.rule_version != rule("is_buyer", expires_days=30, evidence_on="days_since_last_order").rule_version


def test_first_and_last_take_the_date_and_of_one_day_the_first_declared(spark: SparkSession) -> None:
    of = {"diagnosis": "last_diagnosis_date", "operation": "last_operation_date"}
    stated: dict[str, dict[str, Any]] = {
        "both": {"last_diagnosis_date": "2025-03-01", "last_operation_date": "2025-06-01"},
        "same": {"last_diagnosis_date": "2025-03-01", "last_operation_date": "2025-03-01"},
        "one": {"last_operation_date": "2020-03-01"},
        "none": {},
    }
    health = {"sensitivity": "health", "legal_basis": "care_contract", "gives": "operation"}
    last = values(spark, tag(kind="last", of=of, **health), stated)
    assert last == {"both": "operation", "same": "diagnosis", "one": "operation"}
    first = values(spark, tag(kind="first", of=of, **health), stated)
    assert first == {"both": "diagnosis", "same": "diagnosis", "one": "operation"}
    expiring = values(spark, tag(kind="last", of=of, expires_days=365, **health), stated)
    assert expiring == {"both": "operation", "same": "diagnosis"}


def test_rfm_scores_are_fifths_and_equals_are_never_parted(spark: SparkSession) -> None:
    declared = tag(**RFM)
    assert isinstance(declared, RfmTag)
    stated = {
        f"u{i}": {"days_since_last_order": i, "order_count_365d": 1 if i <= 6 else i, "spend_yuan_365d": i * 10}
        for i in range(1, 11)
    } | {"never": {"days_since_last_order": 730}}
    found = values(spark, declared, stated)
    assert found["u1"] == "5-1-1"
    assert found["u10"] == "1-5-5"
    assert {found[f"u{i}"].split("-")[1] for i in range(1, 7)} == {"1"}, "all with one order"
    assert "never" not in found
    rows = users(spark, stated, columns_of([declared]))
    assert count_ties(rows, [declared], day_thresholds(rows, [declared])) == {"value.mine": 6}
    names = {"best": {"called": BASE["name"], "r": [4, 5]}, "rest": {"called": BASE["name"], "r": [1, 2]}}
    named = values(spark, tag(**{**RFM, "names": names, "gives": "best"}), stated)
    assert {u: named.get(u) for u in ("u1", "u4", "u5", "u6", "u10")} == {
        "u1": "best", "u4": "best", "u5": None, "u6": None, "u10": "rest",
    }  # fmt: skip


def days_of(spark: SparkSession, rows: list[tuple[str, int, dict[str, int]]]) -> Any:
    names = ", ".join(f"{n} {c.type}" for n, c in DAY_COLUMNS.items() if n in ("search_count", "pay_count"))
    wanted = [n.split()[0] for n in names.split(", ")]
    data = [(u, DAY - timedelta(days=ago), *[said.get(n, 0) for n in wanted]) for u, ago, said in rows]
    return spark.createDataFrame(data, f"user_id string, event_date date, {names}")


def held_sequences(spark: SparkSession, declared: SequenceTag, rows: list[tuple[str, int, dict[str, int]]]) -> set[str]:
    found = unfollowed(days_of(spark, rows), [declared], DAY).collect()
    return {r["user_id"] for r in found if r[declared.own_column] == "yes"}


def test_a_sequence_holds_when_due_until_it_is_followed_or_expires(spark: SparkSession) -> None:
    twice, paid = {"search_count": 2}, {"pay_count": 1}
    rows = [
        ("due_today", 3, twice), ("not_yet_due", 2, twice), ("last_day", 10, twice), ("expired", 11, twice),
        ("same_day", 5, twice), ("same_day", 5, paid), ("in_time", 5, twice), ("in_time", 3, paid),
        ("late", 9, twice), ("late", 1, paid), ("before", 5, twice), ("before", 6, paid),
        ("again", 9, twice), ("again", 8, paid), ("again", 4, twice), ("again_not_due", 9, twice),
        ("again_not_due", 8, paid), ("again_not_due", 1, twice), ("once", 5, {"search_count": 1}),
        ("adds_up", 5, {"search_count": 1}), ("adds_up", 5, {"search_count": 1}),
        ("two_days", 5, {"search_count": 1}), ("two_days", 4, {"search_count": 1}), ("future", -1, twice),
    ]  # fmt: skip
    assert held_sequences(spark, tag(**SEQUENCE), rows) == {"due_today", "last_day", "before", "again", "adds_up"}


ACTS = st.lists(st.tuples(st.integers(0, 12), st.sampled_from([{"search_count": 2}, {"pay_count": 1}])), max_size=6)


@settings(max_examples=12, deadline=None)
@given(story=st.lists(ACTS, min_size=1, max_size=8))
def test_a_sequence_is_what_its_words_say_of_any_days(spark: SparkSession, story: list[Any]) -> None:
    rows = [(f"u{i}", ago, said) for i, acts in enumerate(story) for ago, said in acts]
    expected = set()
    for i, acts in enumerate(story):
        searched = [ago for ago, said in acts if "search_count" in said]
        paid = [ago for ago, said in acts if "pay_count" in said]
        if any(3 <= s <= 10 and not any(p <= s for p in paid) for s in searched):
            expected.add(f"u{i}")
    assert held_sequences(spark, tag(**SEQUENCE), rows) == expected


def deliveries(spark: SparkSession, rows: list[tuple[str, str, str, int, int | None, int]]) -> Any:
    data = [
        (u, name, value, DAY - timedelta(days=ago), None if until is None else DAY + timedelta(days=until),
         datetime(2026, 1, 1, hour, tzinfo=UTC))
        for u, name, value, ago, until, hour in rows
    ]  # fmt: skip
    return spark.createDataFrame(
        data, "user_id string, tag_name string, value string, given_on date, valid_until date, ingested_at timestamp"
    )


def test_an_imported_tag_is_what_was_given_last_while_it_is_valid(spark: SparkSession) -> None:
    declared = tag(**{**IMPORT, "expires_days": 30})
    assert isinstance(declared, ImportTag)
    given = deliveries(spark, [
        ("u1", "vip", "silver", 9, None, 1), ("u1", "vip", "gold", 5, 0, 1), ("u2", "vip", "gold", 5, -1, 1),
        ("u3", "vip", "gold", 31, None, 1), ("u4", "vip", "iron", 5, None, 1), ("u5", "other", "gold", 5, None, 1),
        ("u6", "vip", "gold", 5, None, 1), ("u6", "vip", "gold", 5, -2, 2), ("u7", "vip", "silver", 30, 9, 1),
    ])  # fmt: skip
    found = {r["user_id"]: r[declared.own_column] for r in imported(given, [declared], DAY).collect()}
    assert {u: v for u, v in found.items() if v} == {"u1": "gold", "u7": "silver"}
    told = {r["tag_name"]: r["row_count"] for r in strangers(given, [declared]).collect()}
    assert told == {"vip": 1, "other": 1}
    assert strangers(given, []).count() == 2, "without any such tag everything is told"


def test_day_measures_carry_their_class_and_device_readings_stay_out_of_marketing() -> None:
    assert data_classes(["search_count", "order_count", "consultation_count"]) == ("behaviour", "health", "value")
    assert most_sensitive(["search_count", "bp_high_reading_count"]) == "health"
    assert from_devices(["bp_high_reading_count", "systolic_mmhg_sum", "search_count"]) == (
        "bp_high_reading_count", "systolic_mmhg_sum",
    )  # fmt: skip


def test_an_audience_asks_for_the_consent_that_an_imported_tag_or_a_sequence_needs() -> None:
    conf = project_root() / "conf"
    stated = load(conf / "audiences" / "silent_users.yml", AudienceFile)
    health = {"sensitivity": "health", "legal_basis": "separate_consent", "purposes": ["care", "marketing"]}
    told = tag(**{**IMPORT, **health, "data_class": "health"})
    left = tag(**{**SEQUENCE, **health, "first": "consultation_count > 0"})
    for other in (told, left):
        chosen = stated.model_copy(update={"rule": f"has_tag('{other.code}')", "columns": ("membership_level",)})
        assert "health" in check_audience(chosen, {other.code: other}, load_policy(conf)).data_classes
    readings = tag(**{**SEQUENCE, **health, "then_not": "bp_high_reading_count > 0"})
    with pytest.raises(RuleError, match=r"may not use columns of feature\.user_device: bp_high_reading_count"):
        check_audience(chosen, {readings.code: readings}, load_policy(conf))


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"kind": "rule", "rule": "has_diabetes", "sensitivity": "health"}, "wants a legal_basis: separate_consent"),
        (
            {"kind": "rule", "rule": "is_buyer", "legal_basis": "care_contract", "purposes": ["care", "marketing"]},
            "legal_basis care_contract covers care alone, not marketing",
        ),
        ({"kind": "rule", "rule": "is_buyer", "legal_basis": "consent"}, "unknown legal basis 'consent'; there are"),
        ({"kind": "rule", "rule": "is_buyer", "expires_days": 9}, "expires_days and evidence_on go together"),
        ({"kind": "rule", "rule": "is_buyer", "evidence_on": "first_order_date"}, "expires_days and evidence_on go"),
        (
            {"kind": "rule", "rule": "is_buyer", "expires_days": 9, "evidence_on": "order_count_90d"},
            "column order_count_90d is int, expected date",
        ),
        ({"kind": "last", "of": {"a": "first_order_date", "b": "order_count_7d"}, "gives": "a"}, "int, expected date"),
        ({"kind": "last", "of": {"a": "first_order_date"}, "gives": "a"}, "at least 2 items"),
        ({**SEQUENCE, "expires_days": 3}, "expires_days 3 must be more than within_days 3"),
        ({**SEQUENCE, "first": "serch_count > 0"}, "unknown column 'serch_count'; did you mean search_count"),
        ({**SEQUENCE, "holds": [{"search_count": 1}]}, "says how many days_ago it was, as a whole number; found None"),
        ({**SEQUENCE, "holds": [{"days_ago": 1, "serch_count": 1}]}, "'serch_count' of feature.user_day"),
        ({**SEQUENCE, "first": "consultation_count > 0"}, "below that of its columns: expected health"),
        ({**IMPORT, "data_class": "health"}, "sensitivity low is below that of its data_class health"),
        ({**RFM, "names": {"a": {"called": BASE["name"]}, "b": {"called": BASE["name"], "r": [5]}}}, "ever called b"),
        ({**RFM, "names": {"a": {"called": BASE["name"], "r": [6]}}}, "less than or equal to 5"),
        ({"kind": "model"}, "a model tag has either a rule or a column"),
    ],
)  # fmt: skip
def test_what_may_not_be_declared(said: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as error:
        tag(**said)
    assert message in str(error.value)
