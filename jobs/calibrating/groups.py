"""New groups that fit better than those in use, and who would be in which."""

from __future__ import annotations

from datetime import timedelta

from pyspark.sql import DataFrame

from jobs.assign_segments import as_declared, segment_scorer
from jobs.calibrating.measured import Row
from jobs.calibrating.moves import move_rows
from jobs.learning.frames import users_with_features
from jobs.learning.groups_in_use import MODEL, find_groups
from jobs.learning.scoring import score_users
from jobs.runtime.audit import read_rows
from jobs.runtime.calibration.in_force import GROUPS
from jobs.runtime.job import Run
from jobs.runtime.registry import Registry, StoredModel
from jobs.runtime.tag_commands.preview import count_tags
from models.groups import GroupModel
from schemas.model_quality import MODEL_QUALITY

# Groups that were found longer ago are no news.
_FRESH_DAYS = 45


def judged_groups(run: Run) -> tuple[list[Row], list[Row]]:
    """A row of the proposal and the users who would move; nothing where no new groups were found good enough."""
    now = find_groups(run.settings, run.day)
    fitted = [
        r for r in read_rows(run.lake.store, MODEL_QUALITY, ("model", "=", MODEL), ("metric", "=", "proposed"))
        if run.day - timedelta(days=_FRESH_DAYS) < r["day"] <= run.day
    ]  # fmt: skip
    if now is None or not fitted:
        return [], []
    newest = max(fitted, key=lambda r: int(r["model_version"]))
    if int(newest["model_version"]) <= int(now.version):
        return [], []
    then = Registry(run.settings.mlflow).version(MODEL, newest["model_version"])
    moves = _moved(_placed(run, now, "before"), _placed(run, then, "after"))
    users = sum(m["after_count"] for m in moves)
    version, other = float(now.version), float(then.version)
    return [{
        "of": GROUPS, "number": "version", "file": "", "declaration": "", "method": "new_groups",
        "outcome": "proposed", "declared": version, "in_force": version, "proposed": other,
        "largest_step": other, "target": None, "measured_in_force": newest["baseline_value"],
        "measured_proposed": newest["value"], "measured_user_count": users, "least_user_count": 0,
        "measured_since": newest["day"], "bins": None,
    }], moves  # fmt: skip


def _placed(run: Run, stored: StoredModel, name: str) -> DataFrame:
    model = GroupModel.from_dict(stored.card["groups"])
    columns = [axis.column for axis in model.space.axes]
    raw = f"user_id string, segment_id bigint, distance double, {', '.join(f'`{c}` double' for c in columns)}"
    users = score_users(users_with_features(run, run.day), columns, segment_scorer(stored), raw)
    placed = as_declared(users, model, stored.version, str(run.day))
    return run.stage(name, placed.selectExpr("user_id", "segment_code AS tag_code", "'yes' AS value"))


def _moved(before: DataFrame, after: DataFrame) -> list[Row]:
    codes = {r["tag_code"] for placed in (before, after) for r in placed.select("tag_code").distinct().collect()}
    return move_rows("group", count_tags(before, after, dict.fromkeys(sorted(codes), "group")))
