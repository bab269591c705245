from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.boosting import BoostSettings, grow
from models.reasons import FeatureMeaning, Outcome, explain

FEATURES = ["silent_days", "night_share", "is_member", "unused"]
MEANINGS = {
    "silent_days": FeatureMeaning("距上次活跃", "Days since last active", "天", "days"),
    "night_share": FeatureMeaning("夜间访问占比", "Share of visits at night", kind="share"),
    "is_member": FeatureMeaning("会员", "Member", kind="flag"),
    "unused": FeatureMeaning("无用", "Unused"),
}


@pytest.fixture(scope="module")
def booster():  # type: ignore[no-untyped-def]
    random = np.random.default_rng(0)
    matrix = np.column_stack(
        [random.uniform(0, 2000, 1500), random.random(1500), random.integers(0, 2, 1500), np.zeros(1500)]
    )
    score = (matrix[:, 0] - 1000) / 200 + (matrix[:, 1] - 0.5) * 4 - (matrix[:, 2] - 0.5) * 2
    target = (random.random(1500) < 1 / (1 + np.exp(-score))).astype(float)
    small = BoostSettings(rounds=40, feature_fraction=1.0, num_threads=1)
    return grow("binary", (matrix[:1000], target[:1000]), (matrix[1000:], target[1000:]), FEATURES, small, 1)


def rows(*values: tuple[float, float, float]) -> pd.DataFrame:
    return pd.DataFrame([(*v, 0.0) for v in values], columns=FEATURES, index=[f"u{i}" for i in range(len(values))])


def test_reasons_are_sentences_with_value_unit_and_direction(booster) -> None:  # type: ignore[no-untyped-def]
    said = explain(booster, rows((1900.4, 0.953, 1), (10, 0.5, 0)), MEANINGS, k=3, num_threads=1)
    top = said.loc["u0"]
    assert top["reason_1_zh"] == "距上次活跃：1,900 天，提高流失风险"
    assert top["reason_1_en"] == "Days since last active: 1,900 days; raises the risk of leaving"
    sentences = [top[f"reason_{j}_en"] for j in (1, 2, 3)]
    assert "Share of visits at night: 95%; raises the risk of leaving" in sentences
    assert "Member: yes; lowers the risk of leaving" in sentences
    assert said.loc["u1", "reason_1_zh"] == "距上次活跃：10 天，降低流失风险"


def test_contributions_are_lightgbms_own_largest_first(booster) -> None:  # type: ignore[no-untyped-def]
    random = np.random.default_rng(1)
    frame = rows(*zip(random.uniform(0, 2000, 40), random.random(40), random.integers(0, 2, 40), strict=True))
    said = explain(booster, frame, MEANINGS, k=2, num_threads=1)
    raw = booster.predict(frame[FEATURES].to_numpy(), pred_contrib=True)[:, :-1]
    want = np.argsort(-np.abs(raw), axis=1)[:, :2]
    for j in (0, 1):
        assert said[f"reason_{j + 1}_feature"].tolist() == [FEATURES[f] for f in want[:, j]]
        assert np.allclose(said[f"reason_{j + 1}_contribution"], raw[np.arange(40), want[:, j]])


def test_many_reasons_come_in_falling_size_of_their_contribution() -> None:
    random = np.random.default_rng(2)
    features = [f"f{i}" for i in range(30)]
    matrix = random.normal(size=(600, 30))
    target = (matrix @ random.normal(size=30) > 0).astype(float)
    small = BoostSettings(rounds=20, num_threads=1)
    grown = grow("binary", (matrix[:400], target[:400]), (matrix[400:], target[400:]), features, small, 1)
    meanings = {name: FeatureMeaning(name, name) for name in features}
    said = explain(grown, pd.DataFrame(matrix[:50], columns=features), meanings, k=6, num_threads=1)
    sizes = np.abs(said[[f"reason_{j}_contribution" for j in range(1, 7)]].to_numpy(dtype=float))
    assert (np.diff(sizes, axis=1) <= 0).all()


def test_a_missing_value_is_said_to_be_not_recorded(booster) -> None:  # type: ignore[no-untyped-def]
    said = explain(booster, rows((np.nan, 0.5, 1)), MEANINGS, k=3, num_threads=1).loc["u0"]
    zh = [said[f"reason_{j}_zh"] for j in (1, 2, 3)]
    assert any(sentence.startswith("距上次活跃：无记录，") for sentence in zh)


def test_a_feature_without_contribution_is_no_reason(booster) -> None:  # type: ignore[no-untyped-def]
    said = explain(booster, rows((1500, 0.9, 1)), MEANINGS, k=9, num_threads=1).loc["u0"]
    assert said["reason_3_feature"] is not None
    assert said["reason_4_feature"] is None
    assert said["reason_4_zh"] is None
    assert "reason_5_zh" not in said.index


def test_the_outcome_may_be_another(booster) -> None:  # type: ignore[no-untyped-def]
    outcome = Outcome("消费可能", "the chance of buying")
    said = explain(booster, rows((1900, 0.9, 1)), MEANINGS, 1, outcome, num_threads=1).loc["u0"]
    assert said["reason_1_zh"].endswith("提高消费可能")
    assert said["reason_1_en"].endswith("raises the chance of buying")


def test_features_without_a_meaning_are_all_named(booster) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=r"2 feature\(s\) have no meaning.*night_share, unused"):
        explain(booster, rows((1, 1, 1)), {k: MEANINGS[k] for k in ("silent_days", "is_member")})


def test_columns_the_frame_lacks_are_all_named(booster) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=r"lacks 2 .*night_share, unused"):
        explain(booster, rows((1, 1, 1))[["silent_days", "is_member"]], MEANINGS)


def test_no_rows_give_no_reasons(booster) -> None:  # type: ignore[no-untyped-def]
    assert len(explain(booster, rows((1, 1, 1)).head(0), MEANINGS)) == 0
