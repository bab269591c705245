"""Who is in which segment, in one pass over the users, and the history that keeps since when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.declared_versions import Row, numbered
from features.segment import Segment
from features.tags import advance

_KEYS = ("as_of_date", "segment")
STATED_DDL = "as_of_date date, segment string, rule_version string, all_users bigint"
# A membership is a tag that only holds, whose history does not end when its rule changes.
# As expressions: Sail keeps plain columns' comments, and finds that a union's parts differ in them.
_PLAIN = ("concat(user_id, '') AS user_id", "concat(segment, '') AS {0}")
_AS_TAG = ("'' AS layer", "'' AS value", "CAST(NULL AS INT) AS half_life_days", "'' AS rule_version")


def members(users: DataFrame, segments: Sequence[Segment]) -> DataFrame:
    """user_id and segment for each segment that a user is in.

    `users`: one row per user with `columns_of(segments)`, tag_codes and tag_values.
    """
    codes = ", ".join(f"CASE WHEN {s.rule.sql} THEN '{s.code}' END" for s in segments)
    laid_out = users.selectExpr("user_id", f"explode(array({codes})) AS segment")
    return laid_out.where("segment IS NOT NULL")


def members_on(history: DataFrame, days: Sequence[date]) -> DataFrame:
    """user_id, segment and as_of_date of everyone whom the history has as a member on each of the days."""
    listed = ", ".join(f"DATE'{d}'" for d in days)
    spread = history.selectExpr(
        "user_id", "segment", "valid_from", "valid_to", f"explode(array({listed})) AS as_of_date"
    )
    held = spread.where("valid_from <= as_of_date AND (valid_to IS NULL OR valid_to > as_of_date)")
    return held.selectExpr(*(sql.format("segment") for sql in _PLAIN), "as_of_date")


def advance_members(history: DataFrame, held: DataFrame, days: Sequence[date]) -> DataFrame:
    """The rows of gold.segment_member that are new or other once `days` have been applied, oldest first.

    As features.tags.advance: merge by key, and delete what it does not name with valid_from at or after the first day.
    """
    plain = [sql.format("tag_code") for sql in _PLAIN]
    dates = [f"date_add({name}, 0) AS {name}" for name in ("valid_from", "valid_to")]
    stretches = history.selectExpr(*plain, *_AS_TAG, *dates)
    applied = held.selectExpr(*plain, *_AS_TAG, "as_of_date")
    changed = advance(stretches, applied, days)
    return changed.selectExpr("user_id", "tag_code AS segment", "valid_from", "valid_to")


def segment_days(stated: DataFrame, held: DataFrame, history: DataFrame, smallest: int) -> DataFrame:
    """The rows of gold.segment_day for what `stated` (STATED_DDL) names; a segment with nobody in it has one too."""
    users = held.groupBy(*_KEYS).agg(F.expr("count(1)").alias("users"))
    began = history.selectExpr("valid_from AS as_of_date", "segment").groupBy(*_KEYS)
    ended = history.where("valid_to IS NOT NULL").selectExpr("valid_to AS as_of_date", "segment").groupBy(*_KEYS)
    joined = (
        stated.join(users, list(_KEYS), "left")
        .join(began.agg(F.expr("count(1)").alias("began")), list(_KEYS), "left")
        .join(ended.agg(F.expr("count(1)").alias("ended")), list(_KEYS), "left")
    )
    known = joined.selectExpr(
        *_KEYS, "rule_version", "all_users", "coalesce(users, 0) AS users", "coalesce(began, 0) AS began",
        "coalesce(ended, 0) AS ended",
    )  # fmt: skip
    stayed = _shown("began", smallest, _shown("(users - began)", smallest))
    share = "CASE WHEN all_users > 0 THEN CAST(users AS DOUBLE) / all_users ELSE 0.0D END"
    return known.selectExpr(
        *_KEYS, "rule_version", f"{_shown('users', smallest)} AS user_count",
        f"{_shown('users', smallest, share)} AS user_share", f"{_shown('began', smallest)} AS entered_count",
        f"{_shown('ended', smallest)} AS left_count", f"{stayed} AS stayed_count", "all_users AS all_user_count",
    )  # fmt: skip


def _shown(count: str, smallest: int, value: str | None = None) -> str:
    """The value, or the count itself, where there are none or enough of them."""
    return f"CASE WHEN {count} = 0 OR {count} >= {smallest} THEN {value or count} END"


def versions_now(segments: Sequence[Segment], texts: Mapping[str, str], day: date) -> list[dict[str, Any]]:
    """The declarations that a day is judged by, as rows of gold.segment_version that have no number yet."""
    return [
        {
            "segment": s.code,
            "is_current": True,
            "in_force_from": day,
            "rule_version": s.rule_version,
            "name_zh": s.stated.name.zh,
            "name_en": s.stated.name.en,
            "purposes": list(s.stated.purposes),
            "sensitivity": s.stated.sensitivity,
            "rule": s.rule.sql,
            "declaration": texts[s.code],
        }
        for s in segments
    ]


def all_versions(now: Iterable[Row], known: Iterable[Row]) -> list[dict[str, Any]]:
    """The rows of gold.segment_version: those known, and a new number for whatever is not a segment's last.

    A version is its text and its rule: that changes too when a tag or another segment that it asks for does.
    """
    return numbered(now, known, "segment", ("declaration", "rule_version"))
