"""The same users by either engine: the groups that are found, and who is put into them, keep their names."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from made_up import DAY, people, settings_in, write_world
from pyspark.sql import SparkSession

from jobs.assign_segments import segment_scorer
from jobs.fit_segments import group_axes
from jobs.learning.frames import users_drawn
from jobs.learning.scoring import score_users
from jobs.learning.settings import load_segments
from jobs.runtime.engine import get_engine
from jobs.runtime.job import Run, find_job
from jobs.runtime.lake import Lake
from jobs.runtime.registry import StoredModel
from jobs.runtime.settings import Settings
from models.group_fitting import GroupSettings, fit_groups
from models.groups import GroupModel, assign

USERS = 1_000


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    chosen = settings_in(tmp_path_factory.mktemp("groups"))
    write_world(get_engine("sail", work=chosen.work / "engine"), chosen, people(USERS), backs=(0, 30))
    return chosen


def grouped(settings: Settings, frame: pd.DataFrame, previous: GroupModel | None = None) -> GroupModel:
    conf = load_segments(settings.conf)
    rules = [rule.model_dump(exclude_none=True) for rule in conf.names]
    chosen = GroupSettings(k_range=conf.groups)
    return fit_groups(frame, group_axes(conf), conf.seed, rules, previous, chosen)


def drawn(settings: Settings, spark: SparkSession) -> pd.DataFrame:
    columns = [axis.column for axis in load_segments(settings.conf).axes]
    lake = Lake(spark, str(settings.lake)).guarded()
    run = Run(find_job("fit_segments"), DAY, DAY, {}, settings, lake)
    return users_drawn(run, DAY, columns, USERS).set_index("user_id", drop=False)


def named(model: GroupModel, ids: Any, index: pd.Index) -> pd.Series:
    code = {group.id: group.code for group in model.groups}
    return pd.Series(ids, index=index).map(code)


def test_names_hold_when_an_engine_reads_the_users_and_places_them(engine: SparkSession, settings: Settings) -> None:
    before = drawn(settings, get_engine("sail", work=settings.work / "engine"))
    accepted = grouped(settings, before)
    read = drawn(settings, engine)
    again = grouped(settings, read, accepted)
    columns = [axis.column for axis in accepted.space.axes]
    schema = ", ".join(["user_id string, segment_id bigint, distance double", *(f"`{c}` double" for c in columns)])
    scorer = segment_scorer(StoredModel("segments", "1", {"groups": again.to_dict()}, {}))
    placed = score_users(engine.createDataFrame(read), columns, scorer, schema).toPandas().set_index("user_id")
    was = named(accepted, assign(accepted, before)[0], before.index)
    share = float((was == named(again, placed.segment_id, placed.index).reindex(was.index)).mean())
    print(f"read and placed by the other engine: {share:.2%} of {len(was):,} users keep their group's name")
    assert share >= 0.98
