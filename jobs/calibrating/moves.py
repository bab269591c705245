"""Who would gain and lose what, if all that is proposed held: counted on the tables of the day, nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from math import log2
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.audience import Audience
from features.tag import Tag
from features.tags import day_thresholds, hold
from features.value_tiers import ValueTiers, value_tiers
from jobs.runtime.tag_commands.preview import Moved, count_audiences, count_tags
from schemas.gold.tag import FORGOTTEN_BELOW

Row = dict[str, Any]
TIER = "value_tier"


def move_rows(kind: str, moved: Sequence[Moved]) -> list[Row]:
    """Rows of audit.calibration_move without day and id."""
    return [
        {
            "kind": kind, "code": m.code, "now_count": m.now, "after_count": m.after,
            "gained_count": m.gains, "lost_count": m.loses, "other_value_count": m.other,
        }
        for m in moved
    ]  # fmt: skip


def moved_tiers(users: DataFrame, now: ValueTiers, then: ValueTiers, day: date) -> tuple[list[Row], DataFrame]:
    """Users by value tier now and then, and who would be in which tier: user_id, value_tier."""
    after = value_tiers(users, then, day).select("user_id", TIER)

    def as_held(tiers: DataFrame) -> DataFrame:
        return tiers.selectExpr("user_id", f"{TIER} AS tag_code", "'yes' AS value")

    names = dict.fromkeys(("high", "potential", "ordinary", "churn_risk"), TIER)
    return move_rows(TIER, count_tags(as_held(value_tiers(users, now, day)), as_held(after), names)), after


def moved_tags(
    users: tuple[DataFrame, DataFrame],
    tags: tuple[Sequence[Tag], Sequence[Tag]],
    held: DataFrame,
    audiences: Sequence[Audience],
) -> list[Row]:
    """`users` and `tags` as they are and as they would be; `held`: the other tags that the audiences ask for."""
    now, then = (_held(u, t) for u, t in zip(users, tags, strict=True))
    names = {t.code: "changed" for t in tags[0]}
    rows = move_rows("tag", count_tags(now, then, names))
    if not audiences:
        return rows
    listed = ", ".join(f"'{c}'" for c in names)
    everything = held.where(f"tag_code NOT IN ({listed})").unionByName(now)
    return rows + move_rows("audience", count_audiences((users[0], everything), (users[1], then), names, audiences))


def _held(users: DataFrame, tags: Sequence[Tag]) -> DataFrame:
    return hold(users, tags, day_thresholds(users, tags)).select("user_id", "tag_code", "value")


def moved_weights(history: DataFrame, half_lives: Mapping[str, tuple[float, float]], day: date) -> list[Row]:
    """Lost tags that still weigh something by the half-life now, and by the one that is proposed; by code, as pairs."""
    if not half_lives:
        return []
    listed = ", ".join(f"'{c}'" for c in half_lives)
    known = history.where(f"tag_code IN ({listed}) AND valid_from <= DATE'{day}'")
    still = f"valid_to IS NULL OR valid_to > DATE'{day}'"
    last = known.groupBy("user_id", "tag_code").agg(
        F.expr(f"max({still})").alias("is_held"), F.expr("max(valid_to)").alias("lost_on")
    )
    age = f"datediff(DATE'{day}', lost_on)"
    remembered = [f"count_if({age} <= {_lasts(half_lives, i)}) AS {name}" for i, name in enumerate(("now", "then"))]
    counted = last.where("NOT is_held").groupBy("tag_code").agg(*(F.expr(sql) for sql in remembered)).collect()
    found = [Moved(r["tag_code"], "", *_counts(int(r["now"]), int(r["then"]))) for r in counted]
    return move_rows("remembered", sorted(found, key=lambda m: m.code))


def _lasts(half_lives: Mapping[str, tuple[float, float]], which: int) -> str:
    """SQL: after how many days each tag is forgotten."""
    days = {code: int(pair[which] * log2(1 / FORGOTTEN_BELOW)) for code, pair in half_lives.items()}
    cases = " ".join(f"WHEN '{code}' THEN {n}" for code, n in days.items())
    return f"CASE tag_code {cases} END"


def _counts(now: int, then: int) -> tuple[int, int, int, int]:
    return now, then, max(0, then - now), max(0, now - then)
