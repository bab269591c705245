"""Names of groups stay with the users of the simulated hospital; each test prints the share that kept theirs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from jobs.fit_segments import group_axes
from jobs.learning.settings import load_segments
from jobs.runtime.settings import project_root
from models.group_fitting import GroupSettings, fit_groups
from models.groups import GroupModel, assign
from tests.bench.simulated_users import simulated_users

CONF = load_segments(project_root() / "conf")
AXES = group_axes(CONF)
RULES = [rule.model_dump(exclude_none=True) for rule in CONF.names]
WANTED = 0.98


@pytest.fixture(scope="module")
def users() -> pd.DataFrame:
    return simulated_users(3_500, 100)


def grouped(frame: pd.DataFrame, previous: GroupModel | None = None, seed: int = CONF.seed) -> GroupModel:
    return fit_groups(frame, AXES, seed, RULES, previous, GroupSettings(k_range=CONF.groups))


@pytest.fixture(scope="module")
def accepted(users: pd.DataFrame) -> GroupModel:
    return grouped(users)


def names(model: GroupModel, frame: pd.DataFrame) -> pd.Series:
    code = {group.id: group.code for group in model.groups}
    return pd.Series(assign(model, frame)[0], index=frame.index).map(code)


def kept(case: str, before: pd.Series, after: pd.Series, unchanged: pd.Index) -> float:
    share = float((before[unchanged] == after[unchanged]).mean())
    print(f"{case}: {share:.2%} of {len(unchanged):,} unchanged users keep their group's name")
    return share


def changed(users: pd.DataFrame, random: np.random.Generator, share: float = 0.02) -> tuple[pd.DataFrame, pd.Index]:
    """Some users are as others were; gives those who are not."""
    rows = random.choice(users.index.to_numpy(), int(len(users) * share), replace=False)
    after = users.copy()
    after.loc[rows] = users.loc[random.choice(users.index.to_numpy(), len(rows))].to_numpy()
    return after, users.index.difference(rows)


def test_the_hospital_has_groups_with_names_of_rules(accepted: GroupModel, users: pd.DataFrame) -> None:
    assert len(users) > 2_000
    assert {group.named_by for group in accepted.groups} == {"rule"}


@pytest.mark.parametrize("draw", [1, 2, 3])
def test_names_hold_when_two_in_a_hundred_rows_change(draw: int, accepted: GroupModel, users: pd.DataFrame) -> None:
    after, unchanged = changed(users, np.random.default_rng(draw))
    again = grouped(after, accepted)
    assert kept(f"2 % changed, draw {draw}", names(accepted, users), names(again, after), unchanged) >= WANTED


def test_names_hold_over_three_weeks_of_such_changes(accepted: GroupModel, users: pd.DataFrame) -> None:
    random, model, after, unchanged = np.random.default_rng(9), accepted, users, users.index
    for _ in range(3):
        after, others = changed(after, random)
        unchanged = unchanged.intersection(others)
        model = grouped(after, model)
    assert kept("2 % changed, three times over", names(accepted, users), names(model, after), unchanged) >= WANTED


@pytest.mark.parametrize(
    ("case", "shuffled"),
    [("rows turned round", lambda f: f.iloc[::-1]), ("rows shuffled", lambda f: f.sample(frac=1, random_state=4))],
)
def test_names_hold_in_another_order_of_rows(
    case: str, shuffled: Callable[[pd.DataFrame], pd.DataFrame], accepted: GroupModel, users: pd.DataFrame
) -> None:
    again = grouped(shuffled(users), accepted)
    assert kept(case, names(accepted, users), names(again, users), users.index) >= WANTED


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_names_hold_with_another_seed(seed: int, accepted: GroupModel, users: pd.DataFrame) -> None:
    again = grouped(users, accepted, seed)
    assert kept(f"seed {seed}", names(accepted, users), names(again, users), users.index) >= WANTED
