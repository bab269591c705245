"""The group of every user as of the day, and what the groups are like."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.wide import THEMES
from jobs.learning.feature_choice import numeric_columns
from jobs.learning.frames import users_with_features
from jobs.learning.group_story import drift_figures, drift_warnings
from jobs.learning.groups_in_use import groups_in_use
from jobs.learning.judging import write_figures
from jobs.learning.scoring import Scorer, score_users
from jobs.learning.settings import load_segments
from jobs.runtime.job import Run, job
from jobs.runtime.registry import StoredModel
from models.group_drift import measure_drift
from models.groups import Group, GroupModel, assign
from schemas.gold.user_segment import SEGMENT_PROFILE, USER_SEGMENT
from schemas.model_quality import MODEL_QUALITY

_DRIFT_ROWS = 20_000
_PARTS = 1_000_000


@job(reads=THEMES, writes=(USER_SEGMENT, SEGMENT_PROFILE, MODEL_QUALITY), takes_known_at=True)
def assign_segments(run: Run) -> None:
    """Puts every user with an open account into the nearest group in use, describes the groups and how they hold."""
    stored = groups_in_use(run.settings, run.day)
    model = GroupModel.from_dict(stored.card["groups"])
    columns = [axis.column for axis in model.space.axes]
    means = ", ".join(f"`{c}` double" for c in columns)
    raw = f"user_id string, segment_id bigint, distance double, {means}"
    users = score_users(users_with_features(run, run.day, columns), columns, segment_scorer(stored), raw)
    placed = run.stage("segments", users)
    run.write(USER_SEGMENT, as_declared(placed, model, stored.version, str(run.day)))
    sums = segment_means(placed, columns)
    rows = profile_rows(model, stored.card["axes"], sums, stored.version)
    profile = run.spark.createDataFrame(pd.DataFrame(rows))
    typed = {"segment_id": "CAST(segment_id AS INT)", "as_of_date": f"DATE'{run.day}'"}
    run.write(SEGMENT_PROFILE, profile.withColumns({name: F.expr(said) for name, said in typed.items()}))
    _tell_drift(run, model, stored.version, _some(placed, columns, int(sums["user_count"].sum())))


def _some(placed: DataFrame, columns: list[str], count: int) -> pd.DataFrame:
    """Enough users to measure by, the same ones each time."""
    share = min(_PARTS, _DRIFT_ROWS * _PARTS // count)
    drawn = placed.where(f"pmod(xxhash64(user_id), {_PARTS}) < {share}").select("user_id", *columns).toPandas()
    return drawn.sort_values("user_id", ignore_index=True).drop(columns="user_id")


def _tell_drift(run: Run, model: GroupModel, version: str, users: pd.DataFrame) -> None:
    """A day's drift goes to audit.model_quality, and to the checks of the day as warnings where it is large."""
    if users.empty:
        return
    conf = load_segments(run.settings.conf)
    drift = measure_drift(model, users, conf.seed)
    write_figures(run, "segments", version, True, drift_figures(model, drift, run.day))
    run.keep(drift_warnings(model, drift, conf.drift, len(users)))


def segment_scorer(stored: StoredModel) -> Scorer:
    """A function of feature rows that needs numpy and pandas only."""

    def score(batches: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        model = GroupModel.from_dict(stored.card["groups"])
        columns = [axis.column for axis in model.space.axes]
        for batch in batches:
            ids, distance = assign(model, batch)
            placed = pd.DataFrame({"user_id": batch["user_id"], "segment_id": ids, "distance": distance})
            yield pd.concat([placed, batch[columns]], axis=1)

    return score


def as_declared(placed: DataFrame, model: GroupModel, version: str, day: str) -> DataFrame:
    """Columns as gold.user_segment has them."""

    def named(attribute: str) -> str:
        cases = " ".join(f"WHEN {g.id} THEN '{str(getattr(g, attribute)).replace(chr(39), '')}'" for g in model.groups)
        return f"CASE segment_id {cases} END"

    return placed.selectExpr(
        "user_id",
        f"DATE'{day}' AS as_of_date",
        "CAST(segment_id AS INT) AS segment_id",
        f"{named('code')} AS segment_code",
        f"{named('name_zh')} AS segment_zh",
        f"{named('name_en')} AS segment_en",
        "distance",
        f"'{version}' AS model_version",
    )


def segment_means(placed: DataFrame, columns: list[str]) -> pd.DataFrame:
    """Users and the mean of each column, by segment_id."""
    means = [F.expr(f"avg(CASE WHEN NOT isnan(`{c}`) THEN `{c}` END)").alias(c) for c in columns]
    counted = F.expr("count(*)").alias("user_count")
    return placed.groupBy("segment_id").agg(counted, *means).toPandas().set_index("segment_id").sort_index()


def profile_rows(
    model: GroupModel, axes: dict[str, dict[str, str]], means: pd.DataFrame, version: str
) -> list[dict[str, Any]]:
    """Rows of gold.segment_profile without the day; groups that nobody is in have none."""
    everybody = int(means["user_count"].sum())
    weights = means["user_count"] / everybody
    columns = numeric_columns()
    rows = []
    for group in model.groups:
        if group.id not in means.index:
            continue
        count = int(means["user_count"][group.id])
        for place, axis in enumerate(model.space.axes):
            rows.append(
                {
                    **_named(group, version),
                    "axis": axis.name,
                    "axis_zh": axes[axis.name]["zh"],
                    "axis_en": axes[axis.name]["en"],
                    "column_name": axis.column,
                    "unit": columns[axis.column][0].unit,
                    "segment_mean": float(means[axis.column][group.id]),
                    "overall_mean": float((means[axis.column] * weights).sum()),
                    "centre_z": group.centre[place] / axis.weight,
                    "centre_percentile": group.percentiles[axis.name],
                    "user_count": count,
                    "user_share": count / everybody,
                }
            )
    return rows


def _named(group: Group, version: str) -> dict[str, Any]:
    return {
        "segment_id": group.id,
        "segment_code": group.code,
        "segment_zh": group.name_zh,
        "segment_en": group.name_en,
        "model_version": version,
    }
