from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from models.group_changes import group_changes
from models.group_drift import measure_drift, stability_index
from models.group_fitting import GroupSettings, fit_groups
from models.group_names import DEFAULT_RULES, Name, check_rules, match_centres, name_centres
from models.group_space import Axis, fit_space
from models.groups import GroupModel, assign

AXES = (
    Axis("recency", "days_since_last_active", missing=365.0),
    Axis("frequency", "active_day_count_90d"),
    Axis("spend", "spend_yuan_180d"),
    Axis("tenure", "tenure_days"),
    Axis("health_need", "health_need_score", "none", 0.0),
)
QUICK = GroupSettings(k_range=(4, 5, 6), judged_rows=500, bootstraps=2, starts=3)
# recency, frequency, spend, tenure, health need, share
KINDS = {
    "high_value_active": (5, 20, 3000, 600, 0.2, 0.12),
    "chronic_steady": (10, 15, 500, 500, 0.9, 0.15),
    "silent_churning": (100, 1, 50, 500, 0.2, 0.45),
    "newcomer": (5, 3, 20, 10, 0.2, 0.13),
    "browsing_only": (7, 15, 1, 200, 0.1, 0.15),
}


def users(rows: int, seed: int, without: str | None = None) -> tuple[pd.DataFrame, np.ndarray]:
    """Users of the five kinds, blurred, and the kind of each."""
    random = np.random.default_rng(seed)
    names = [name for name in KINDS if name != without]
    shares = np.array([KINDS[name][5] for name in names])
    kind = random.choice(names, rows, p=shares / shares.sum())
    middle = np.array([KINDS[name] for name in kind])
    frame = pd.DataFrame(
        {
            "days_since_last_active": middle[:, 0] * random.lognormal(0, 0.4, rows),
            "active_day_count_90d": random.poisson(middle[:, 1]),
            "spend_yuan_180d": middle[:, 2] * random.lognormal(0, 0.5, rows),
            "tenure_days": middle[:, 3] * random.lognormal(0, 0.3, rows),
            "health_need_score": middle[:, 4] + random.normal(0, 0.1, rows),
        }
    )
    return frame, kind


@pytest.fixture(scope="module")
def model() -> GroupModel:
    return fit_groups(users(2500, 1)[0], AXES, seed=1, settings=QUICK)


def names_of(model: GroupModel, frame: pd.DataFrame) -> pd.Series:
    code = {group.id: group.code for group in model.groups}
    return pd.Series(assign(model, frame)[0], index=frame.index).map(code)


def test_the_kinds_that_made_the_users_are_found_and_rightly_named(model: GroupModel) -> None:
    frame, kind = users(2500, 2)
    assert {group.code for group in model.groups} == set(KINDS)
    assert (names_of(model, frame) == kind).mean() > 0.97
    assert {group.name_zh for group in model.groups} >= {"高价值活跃", "慢病稳定", "沉默流失"}


def test_unchanged_users_keep_their_name_when_rows_change_and_move_and_the_seed_is_another(model: GroupModel) -> None:
    before, _ = users(2500, 1)
    after = before.copy()
    after.iloc[:50] = users(50, 77)[0].to_numpy()
    after = after.sample(frac=1, random_state=3)
    again = fit_groups(after, AXES, seed=999, previous=model, settings=QUICK)
    kept = names_of(model, before)[50:] == names_of(again, after).reindex(before.index)[50:]
    assert kept.mean() >= 0.98
    assert again.changes == {"kept": [1, 2, 3, 4, 5], "new": [], "vanished": [], "renamed": []}


def test_users_without_any_structure_keep_their_group_too() -> None:
    random = np.random.default_rng(5)
    before = pd.DataFrame(random.lognormal(2, 1, (3000, 5)), columns=[axis.column for axis in AXES])
    after = before.copy()
    after.iloc[:60] = random.lognormal(2, 1, (60, 5))
    first = fit_groups(before, AXES, 1, settings=QUICK)
    again = fit_groups(after.iloc[::-1], AXES, 2, previous=first, settings=QUICK)
    assert (assign(first, before)[0] == assign(again, after)[0])[60:].mean() >= 0.98


def test_k_means_goes_on_from_the_last_centres_rather_than_from_another_start_as_good() -> None:
    random = np.random.default_rng(5)
    round_cloud = pd.DataFrame(random.normal(size=(2000, 5)), columns=[axis.column for axis in AXES])
    axes = [replace(axis, transform="none") for axis in AXES]
    once = replace(QUICK, k_range=(4,), starts=1)
    first = fit_groups(round_cloud, axes, 1, rules=[], settings=once)
    for seed in (2, 3, 4):
        again = fit_groups(round_cloud, axes, seed, rules=[], previous=first, settings=once)
        assert (assign(first, round_cloud)[0] == assign(again, round_cloud)[0]).mean() >= 0.98


def test_the_order_of_rows_does_not_matter_at_all(model: GroupModel) -> None:
    shuffled = users(2500, 1)[0].sample(frac=1, random_state=8)
    assert fit_groups(shuffled, AXES, seed=1, settings=QUICK) == model


def test_a_group_that_goes_is_told_and_its_id_is_not_given_again(model: GroupModel) -> None:
    gone = next(group.id for group in model.groups if group.code == "newcomer")
    four = replace(QUICK, k_range=(4,))
    less = fit_groups(users(2500, 4, without="newcomer")[0], AXES, 2, previous=model, settings=four)
    assert less.changes["vanished"] == [gone]
    assert any("from 5 to 4" in note for note in less.notes)
    five = replace(QUICK, k_range=(5,))
    more = fit_groups(users(2500, 5)[0], AXES, 3, previous=less, settings=five)
    assert more.changes["new"] == [6]
    assert next(group.code for group in more.groups if group.id == 6) == "newcomer"


def test_a_row_gets_the_same_answer_alone_as_in_a_batch(model: GroupModel) -> None:
    frame, _ = users(300, 3)
    together, far = assign(model, frame)
    alone = [assign(model, frame.iloc[[i]]) for i in range(40)]
    assert [int(a[0][0]) for a in alone] == together[:40].tolist()
    assert [float(a[1][0]) for a in alone] == far[:40].tolist()


def test_the_distance_is_nought_at_a_centre_and_never_to_a_further_group(model: GroupModel) -> None:
    frame, _ = users(200, 3)
    ids, far = assign(model, frame)
    points = model.space.place(frame)
    every = np.linalg.norm(points[:, None, :] - model.centres[None], axis=2)
    assert np.allclose(far, every.min(axis=1))
    assert ids.tolist() == [model.groups[i].id for i in every.argmin(axis=1)]


def test_missing_values_take_the_declared_stand_in_or_the_training_median(model: GroupModel) -> None:
    row = users(1, 3)[0].astype(float)
    blank = row.assign(days_since_last_active=np.nan, spend_yuan_180d=np.nan)
    median = float(users(2500, 1)[0]["spend_yuan_180d"].median())
    filled = row.assign(days_since_last_active=365.0, spend_yuan_180d=median)
    assert np.allclose(model.space.place(blank), model.space.place(filled))


def test_centres_are_told_in_the_columns_own_units(model: GroupModel) -> None:
    active = next(group for group in model.groups if group.code == "high_value_active")
    assert active.centre_values["spend"] == pytest.approx(3000, rel=0.2)
    assert active.centre_values["recency"] == pytest.approx(5, rel=0.3)
    assert active.percentiles["spend"] > 85


def test_an_axis_that_is_mostly_nought_is_scaled_by_its_deviation() -> None:
    column = np.array([0.0] * 90 + [100.0] * 10)
    space = fit_space(pd.DataFrame({"spend": column}), [Axis("spend", "spend", "none")])
    assert space.spread[0] == pytest.approx(column.std())


def test_one_outlier_hardly_moves_the_scale() -> None:
    column = np.arange(100.0)
    far = np.append(column, 1e9)
    axis = [Axis("spend", "spend")]
    calm, upset = (fit_space(pd.DataFrame({"spend": c}), axis).spread[0] for c in (column, far))
    assert upset == pytest.approx(calm, rel=0.05)


def test_a_group_that_no_rule_fits_has_a_plain_name_and_is_told() -> None:
    model = fit_groups(users(800, 1)[0], AXES, 1, rules=[], settings=replace(QUICK, k_range=(4,)))
    assert {group.named_by for group in model.groups} == {"fallback"}
    assert model.groups[0].name_en == "Unnamed group 1"
    assert len([note for note in model.notes if "No naming rule holds" in note]) == 4


def test_no_steady_number_of_groups_is_told() -> None:
    strict = replace(QUICK, k_range=(4, 5), smallest_share=0.9)
    assert "No number of groups" in fit_groups(users(800, 1)[0], AXES, 1, settings=strict).notes[0]


RULES = [
    {"code": "big", "name": {"zh": "大", "en": "Big"}, "when": [{"axis": "spend", "at_least": 70}]},
    {"code": "any", "name": {"zh": "任", "en": "Any"}, "when": [{"axis": "spend", "measure": "z", "at_least": -9}]},
]


def named(percentile: list[float], held: dict[int, Name] | None = None) -> list[str]:
    at = np.array(percentile)[:, None]
    return [n.code for n in name_centres(at, at / 50 - 1, ["spend"], RULES, range(1, len(at) + 1), held or {})]


def test_the_first_rule_takes_the_centre_that_meets_it_best_and_each_rule_names_one() -> None:
    assert named([75, 95, 20]) == ["any", "big", "unnamed_3"]


def test_a_held_name_survives_a_small_step_over_the_edge_but_not_a_large_one() -> None:
    big = {0: Name("big", "大", "Big", "rule")}
    assert named([62, 95], big) == ["big", "any"]
    assert named([55, 95], big) == ["any", "big"]


def test_centres_too_far_apart_are_no_match_even_if_nothing_else_is_left() -> None:
    old, new = np.array([[0.0], [5.0]]), np.array([[5.2], [9.0]])
    assert match_centres(old, new, max_distance=1.0) == {0: 1}


def test_wrong_rules_are_all_told_at_once() -> None:
    wrong: list[dict[str, Any]] = [
        {"code": "a", "name": {"zh": "甲"}, "when": []},
        {"code": "b", "name": {"zh": "乙", "en": "B"}, "when": [{"axis": "luck", "measure": "rank"}]},
    ]
    with pytest.raises(ValueError, match=r"rule a needs.*'luck' is none of.*'rank' is neither.*neither at_least"):
        check_rules(wrong, ["spend"])


def test_the_default_rules_are_eight_and_valid() -> None:
    check_rules(DEFAULT_RULES, [axis.name for axis in AXES])
    assert len(DEFAULT_RULES) == 8


def test_a_constant_column_is_an_error_that_names_it() -> None:
    with pytest.raises(ValueError, match="same value in every row of tenure_days"):
        fit_groups(users(200, 1)[0].assign(tenure_days=5), AXES, 1, settings=QUICK)


def test_another_set_of_axes_than_the_previous_models_is_an_error(model: GroupModel) -> None:
    with pytest.raises(ValueError, match="other axes"):
        fit_groups(users(200, 1)[0], AXES[:4], 1, rules=[], previous=model, settings=QUICK)


def test_the_model_comes_back_whole_from_json(model: GroupModel) -> None:
    assert GroupModel.from_dict(json.loads(json.dumps(model.to_dict()))) == model


def told(changes: Any) -> list[tuple[str, int, str]]:
    return [(c.kind, c.group.id, c.group.code) for c in changes]


def test_groups_that_come_go_and_are_renamed_are_told_by_their_numbers(model: GroupModel) -> None:
    gone, renamed, *_ = model.groups
    other = replace(renamed, code="other")
    found = replace(model, groups=(other, *model.groups[2:], replace(gone, id=6, code="late")))
    changes = group_changes(found, model)
    assert told(changes) == [("vanished", 1, gone.code), ("renamed", 2, "other"), ("new", 6, "late")]
    assert changes[1].former == renamed
    assert {c.kind for c in group_changes(model, None)} == {"new"}
    assert group_changes(model, model) == ()


def test_groups_on_other_axes_never_get_the_numbers_of_those_before(model: GroupModel) -> None:
    rules = [rule for rule in DEFAULT_RULES if all(c["axis"] != "health_need" for c in rule["when"])]
    frame = users(800, 1)[0]
    found = fit_groups(frame, AXES[:4], 1, rules, settings=replace(QUICK, k_range=(4,)), first_id=model.next_id)
    assert [group.id for group in found.groups] == [6, 7, 8, 9]
    assert found.next_id == 10
    kinds = [c.kind for c in group_changes(found, model)]
    assert kinds == ["vanished"] * 5 + ["new"] * 4


def test_the_users_that_groups_were_fitted_on_have_not_moved(model: GroupModel) -> None:
    drift = measure_drift(model, users(2500, 1)[0], seed=1)
    assert drift.share_psi == pytest.approx(0, abs=1e-6)
    assert drift.centre_shift == pytest.approx(0, abs=0.01)
    assert drift.silhouette > 0.4
    assert sum(drift.shares.values()) == pytest.approx(1)


def test_users_who_stay_away_longer_move_the_centre_and_fewer_newcomers_move_the_shares(model: GroupModel) -> None:
    later = users(2500, 2)[0].assign(days_since_last_active=lambda f: f.days_since_last_active * 2)
    drift = measure_drift(model, later, seed=1)
    assert drift.centre_shift > 0.3
    fewer = measure_drift(model, users(2500, 2, without="newcomer")[0], seed=1)
    assert fewer.share_psi > 0.25 > measure_drift(model, users(2500, 2)[0], seed=1).share_psi
    newcomer = next(group.id for group in model.groups if group.code == "newcomer")
    assert fewer.shares[newcomer] < 0.02


def test_the_stability_index_of_shares_is_as_worked_out_by_hand() -> None:
    half, other = np.array([0.5, 0.5]), np.array([0.75, 0.25])
    assert stability_index(half, half) == 0
    assert stability_index(half, other) == pytest.approx(0.25 * np.log(1.5) - 0.25 * np.log(0.5))
    assert np.isfinite(stability_index(half, np.array([1.0, 0.0])))
