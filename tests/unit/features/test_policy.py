"""The one function every list passes: default no, each reason by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from example_users import users
from pydantic import ValidationError
from pyspark.sql import DataFrame, SparkSession

from features.policy import Known, Policy, permitted
from jobs.runtime.declarations import load_policy
from schemas.feature.user_health import SENSITIVE_CONDITIONS

POLICY = load_policy(Path(__file__).parents[3] / "conf")
DAY = date(2026, 4, 10)
CONSENT_DDL = "user_id string, purpose string, data_class string, channel string, is_granted boolean"
EARLIER_DDL = "as_of_date date, audience string, user_id string, purpose string, arm string"
CANDIDATE_DDL = (
    "audience string, priority int, user_id string, purpose string, data_classes array<string>, channel string"
)
Consent = tuple[str, str, str, str, bool]


def agreed(user: str, *classes: str, channel: str = "sms", purpose: str = "marketing") -> list[Consent]:
    return [(user, purpose, c, channel, True) for c in classes]


def candidate(user: str, *classes: str, audience: str = "a", priority: int = 1, channel: str = "sms",
              purpose: str = "marketing") -> tuple[Any, ...]:  # fmt: skip
    return (audience, priority, user, purpose, list(classes or ("basic",)), channel)


def judge(
    spark: SparkSession,
    candidates: Iterable[tuple[Any, ...]],
    consent: Iterable[Consent] = (),
    flags: Mapping[str, Mapping[str, Any]] | None = None,
    excluded: Iterable[str] = (),
    earlier: Iterable[tuple[Any, ...]] = (),
    policy: Policy = POLICY,
) -> dict[tuple[str, str, str], str | None]:
    """audience, user, channel -> None for who passed, else why not."""
    asked = list(candidates)
    known = {c[2]: {} for c in asked} | dict(flags or {})
    tokens = [(u, f"t_{u}", u in set(excluded)) for u in known if u != "no_account"]
    frames = Known(
        DAY,
        _frame(spark, consent, CONSENT_DDL),
        _frame(spark, tokens, "user_id string, account_token string, is_excluded boolean"),
        users(spark, {u: f for u, f in known.items() if u != "stranger"}, POLICY.columns),
        _frame(spark, earlier, EARLIER_DDL),
    )
    found = permitted(_frame(spark, asked, CANDIDATE_DDL), frames, policy).collect()
    return {(r["audience"], r["user_id"], r["channel"]): r["refused"] for r in found}


def _frame(spark: SparkSession, rows: Iterable[tuple[Any, ...]], ddl: str) -> DataFrame:
    return spark.createDataFrame(list(rows), ddl)


def test_nobody_passes_without_a_consent_for_each_class_and_channel(spark: SparkSession) -> None:
    consent = [
        *agreed("all", "basic", "health"),
        *agreed("part", "basic"),
        *agreed("other_channel", "basic", "health", channel="email"),
        *agreed("other_purpose", "basic", "health", purpose="care"),
        *agreed("withdrew", "basic"),
        ("withdrew", "marketing", "health", "sms", False),
    ]
    people = ("all", "part", "other_channel", "other_purpose", "withdrew", "silent")
    found = judge(spark, [candidate(p, "basic", "health") for p in people], consent)
    assert {user: why for (_, user, _), why in found.items()} == {"all": None} | dict.fromkeys(people[1:], "no_consent")


@pytest.mark.parametrize(
    ("flags", "why"),
    [
        ({"has_sensitive_condition": True}, "sensitive_condition"),
        ({"departments_180d": ["psychiatry"]}, "sensitive_proxy"),
        ({"top_search_topics_90d": ["oncology"]}, "sensitive_proxy"),
        ({"departments_180d": ["infectious"]}, "sensitive_proxy"),
        ({"top_search_topics_90d": ["infectious"]}, "sensitive_proxy"),
        ({"is_minor": True}, "minor"),
        ({"is_closed": True}, "closed_account"),
        ({"has_sensitive_condition": None}, "sensitive_condition"),
        ({}, None),
    ],
)
def test_banned_conditions_are_never_marketed_to(
    spark: SparkSession, flags: Mapping[str, Any], why: str | None
) -> None:
    found = judge(spark, [candidate("u")], agreed("u", "basic"), {"u": flags})
    assert found[("a", "u", "sms")] == why


def test_a_ban_for_marketing_does_not_stop_care(spark: SparkSession) -> None:
    consent = agreed("u", "basic", purpose="care")
    found = judge(spark, [candidate("u", purpose="care")], consent, {"u": {"has_sensitive_condition": True}})
    assert found[("a", "u", "sms")] is None


def test_who_is_unknown_excluded_or_without_account_is_refused(spark: SparkSession) -> None:
    people = ("stranger", "no_account", "robot")
    consent = [c for p in people for c in agreed(p, "basic")]
    found = judge(spark, [candidate(p) for p in people], consent, excluded=["robot"])
    assert [found[("a", p, "sms")] for p in people] == ["unknown_user", "no_account", "excluded_account"]


def test_a_purpose_that_the_policy_does_not_name_is_refused(spark: SparkSession) -> None:
    found = judge(spark, [candidate("u", purpose="sharing")], agreed("u", "basic", purpose="sharing"))
    assert found[("a", "u", "sms")] == "purpose_not_allowed"


def test_no_data_class_at_all_is_refused(spark: SparkSession) -> None:
    found = judge(spark, [("a", 1, "u", "marketing", [], "sms")], agreed("u", "basic"))
    assert found[("a", "u", "sms")] == "no_consent"


def test_the_cap_counts_lists_of_the_days_before_and_then_the_day_s_own_by_priority(spark: SparkSession) -> None:
    cap = POLICY.purposes["marketing"].cap
    assert cap is not None
    late, old = DAY - timedelta(days=1), DAY - timedelta(days=cap.days)
    earlier = [
        *((late, f"x{i}", "u", "marketing", "list") for i in range(cap.lists - 1)),
        (late, "y", "u", "marketing", "holdout"),
        (old, "z", "u", "marketing", "list"),
        (DAY, "today", "u", "marketing", "list"),
        (late, "c", "u", "care", "list"),
    ]
    asked = [candidate("u", audience="second", priority=2), candidate("u", audience="first", priority=1)]
    found = judge(spark, asked, agreed("u", "basic"), earlier=earlier)
    assert found == {("first", "u", "sms"): None, ("second", "u", "sms"): "frequency_cap"}


def test_priority_decides_before_the_name_and_a_list_of_another_purpose_takes_no_place(spark: SparkSession) -> None:
    cap = POLICY.purposes["marketing"].cap
    assert cap is not None
    asked = [
        candidate("u", audience="a_last", priority=9),
        *(candidate("u", audience=f"z{i}", priority=1) for i in range(cap.lists)),
        candidate("u", audience="help", priority=0, purpose="care"),
    ]
    found = judge(spark, asked, [*agreed("u", "basic"), *agreed("u", "basic", purpose="care")])
    assert {audience for (audience, _, _), why in found.items() if why} == {"a_last"}


def test_two_channels_of_one_list_count_once(spark: SparkSession) -> None:
    asked = [candidate("u", audience=f"a{i}", channel=c) for i in range(3) for c in ("sms", "push")]
    consent = [*agreed("u", "basic"), *agreed("u", "basic", channel="push")]
    assert set(judge(spark, asked, consent).values()) == {None}


def test_the_policy_may_not_let_readings_into_marketing() -> None:
    stated = POLICY.model_dump(mode="json")
    stated["purposes"]["marketing"]["banned_tables"] = []
    with pytest.raises(ValidationError, match=r"banned_tables must name feature.user_device"):
        Policy.model_validate_json(__import__("json").dumps(stated))


def test_sharing_may_not_have_readings_either() -> None:
    stated = POLICY.model_dump()
    stated["purposes"]["sharing"] = stated["purposes"]["care"]
    with pytest.raises(ValidationError, match=r"purpose sharing: banned_tables must name feature.user_device"):
        Policy.model_validate(stated)


def test_training_rests_on_a_purpose_that_the_policy_names() -> None:
    stated = POLICY.model_dump()
    stated["training"]["consent"] = "research"
    with pytest.raises(ValidationError, match="training rests on the purpose research"):
        Policy.model_validate(stated)


def test_only_the_hospital_that_is_named_is_not_asked() -> None:
    assert [POLICY.is_not_asked(name) for name in ("online_retail", "simulated")] == [True, False]


def test_no_column_that_tells_of_a_banned_condition_is_forgotten() -> None:
    told = {f"has_{code}" for code in SENSITIVE_CONDITIONS} | {f"{code}_last_date" for code in SENSITIVE_CONDITIONS}
    told |= {"has_recorded_loss", "has_sensitive_medicine", "has_sensitive_condition"}
    assert told <= set(POLICY.purposes["marketing"].banned_columns)
    assert POLICY.objections("marketing", ("has_cancer", "age_years"), ()) == [
        "marketing may not use, not even through tags, the columns has_cancer"
    ]


def test_objections_name_the_columns() -> None:
    said = POLICY.objections("marketing", ("glucose_mmol_l_last", "age_years"), ("has_diabetes",))
    assert said == [
        "marketing may not use columns of feature.user_device: glucose_mmol_l_last",
        "marketing lists may not carry health columns: has_diabetes",
    ]
    assert POLICY.objections("care", ("glucose_mmol_l_last",), ("has_diabetes",)) == []
    assert POLICY.objections("sharing", (), ()) == ["purpose sharing is not allowed by the policy"]
