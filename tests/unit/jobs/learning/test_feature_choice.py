"""Models see what conf lets them see, and every feature can be told in words."""

from __future__ import annotations

import pytest

from jobs.learning.feature_choice import (
    chosen_features,
    feature_meanings,
    numeric_columns,
    within_history,
)
from jobs.learning.settings import FeatureChoice, load_churn, load_ltv, load_segments
from jobs.runtime.feature_names import load_feature_names
from jobs.runtime.settings import project_root

CONF = project_root() / "conf"


@pytest.mark.parametrize("load", [load_churn, load_ltv])
def test_no_model_sees_health_or_who_somebody_is(load) -> None:  # type: ignore[no-untyped-def]
    features = chosen_features(load(CONF).features)
    columns = numeric_columns()
    marked = {f for f in features if columns[f][0].sensitivity in ("personal", "health", "secret")}
    assert {f for f in marked if not f.startswith("consultation_count_")} == {"days_since_last_consultation"}
    assert not {columns[f][1].name for f in features} & {"feature.user_health", "feature.user_device"}
    assert not {"age_years", "child_count", "has_hypertension", "temperature_c"} & set(features)
    assert {"days_since_last_activity", "spend_yuan_90d", "active_days_30d"} <= set(features)


@pytest.mark.parametrize("load", [load_churn, load_ltv])
def test_every_feature_of_a_model_has_a_name_in_both_languages(load) -> None:  # type: ignore[no-untyped-def]
    names = load_feature_names(CONF)
    features = chosen_features(load(CONF).features)
    assert [f for f in features if names.full(f) is None] == []
    said = feature_meanings(names, features)
    assert all(any("一" <= ch <= "鿿" for ch in m.zh) for m in said.values())
    assert len({m.zh for m in said.values()}) == len({m.en for m in said.values()}) == len(features)


def test_names_are_put_together_from_parts() -> None:
    names = load_feature_names(CONF)
    assert names.full("slow_reply_consultation_count_90d") == (
        "近90天回复慢的问诊次数",
        "slow-reply consultations, last 90 days",
    )
    assert names.full("active_days_prior_30d") == ("此前第30至60天活跃天数", "active days, 30 to 60 days ago")
    assert names.full("days_since_last_order") == ("距上次下单", "days since last order")
    assert names.full("moon_phase_30d") is None


def test_a_pattern_that_meets_nothing_is_an_error_that_names_it() -> None:
    choice = FeatureChoice(exclude_tables=("feature.user_soul",), exclude=("has_*", "aura_*"))
    with pytest.raises(ValueError, match=r"feature\.user_soul is no feature table; pattern 'aura_\*' meets no column"):
        chosen_features(choice)


def test_windows_longer_than_the_history_are_left_out() -> None:
    columns = ("spend_yuan_90d", "spend_yuan_180d", "active_days_prior_30d", "spend_yuan_prior_90d", "tenure_days")
    assert within_history(columns, 120) == ("spend_yuan_90d", "active_days_prior_30d", "tenure_days")
    assert within_history(columns, 400) == columns


def test_groups_have_no_axis_of_health() -> None:
    columns = numeric_columns()
    axes = load_segments(CONF).axes
    assert {columns[a.column][0].sensitivity for a in axes} <= {"public", "low"}
