"""What is written down about tags themselves: their versions, and how many held them on a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.tag import Tag
from features.tag_ranks import RankTag
from features.tags import Thresholds
from schemas.gold.tag import TAG_DAY, TAG_DEFINITION


def definition_rows(tags: Sequence[Tag], themes: Mapping[str, str]) -> list[dict[str, Any]]:
    """The rows of gold.tag_definition for the versions in force."""
    return [
        {
            "tag_code": tag.code,
            "rule_version": tag.rule_version,
            "is_current": True,
            "layer": tag.layer,
            "theme": themes[tag.code],
            "kind": tag.kind,
            "name_zh": tag.name.zh,
            "name_en": tag.name.en,
            "meaning_zh": tag.meaning.zh,
            "meaning_en": tag.meaning.en,
            "rule": tag.rule_text,
            "source_columns": list(tag.columns),
            "unit": tag.unit,
            "half_life_days": tag.half_life_days,
            "expires_days": tag.expires_days,
            "refresh": tag.refresh,
            "owner": tag.owner,
            "sensitivity": tag.sensitivity,
            "legal_basis": tag.legal_basis,
            "data_classes": list(tag.data_classes),
            "purposes": list(tag.purposes),
            "evidence": tag.evidence,
        }
        for tag in tags
    ]


def with_older_versions(current: DataFrame, known: DataFrame) -> DataFrame:
    """The versions in force, and those known that no longer are."""
    older = known.join(current, ["tag_code", "rule_version"], "left_anti").withColumn("is_current", F.lit(False))
    return current.select(*TAG_DEFINITION.column_names).unionByName(older.select(*TAG_DEFINITION.column_names))


def tier_rows(
    tags: Sequence[Tag], day: date, thresholds: Thresholds, ties: Mapping[str, int], users: int
) -> list[dict[str, Any]]:
    """What `tag_days` must be told about each tag of a day: version, users in all, thresholds, ties."""
    return [
        {
            "as_of_date": day,
            "tag_code": tag.code,
            "rule_version": tag.rule_version,
            "all_users": users,
            "thresholds": _labelled(tag, thresholds),
            "tied_user_count": ties.get(tag.code),
        }
        for tag in tags
    ]


TIER_ROWS_DDL = (
    "as_of_date date, tag_code string, rule_version string, all_users bigint, thresholds map<string,double>, "
    "tied_user_count bigint"
)


def tag_days(stated: DataFrame, held: DataFrame, history: DataFrame) -> DataFrame:
    """The rows of gold.tag_day for the days of `stated`; a tag that nobody holds has one too."""
    keys = ["as_of_date", "tag_code"]
    users = held.groupBy(*keys).agg(F.expr("count(1)").alias("users"))
    entered = history.selectExpr("valid_from AS as_of_date", "tag_code").groupBy(*keys)
    left = history.where("valid_to IS NOT NULL").selectExpr("valid_to AS as_of_date", "tag_code").groupBy(*keys)
    joined = (
        stated.join(users, keys, "left")
        .join(entered.agg(F.expr("count(1)").alias("entered")), keys, "left")
        .join(left.agg(F.expr("count(1)").alias("gone")), keys, "left")
    )
    return joined.selectExpr(
        *keys, "rule_version", "coalesce(users, 0) AS user_count",
        "CASE WHEN all_users > 0 THEN CAST(coalesce(users, 0) AS DOUBLE) / all_users ELSE 0.0D END AS user_share",
        "coalesce(entered, 0) AS entered_count", "coalesce(gone, 0) AS left_count", "thresholds", "tied_user_count",
    ).select(*TAG_DAY.column_names)  # fmt: skip


def _labelled(tag: Tag, thresholds: Thresholds) -> dict[str, float | None] | None:
    if not isinstance(tag, RankTag):
        return None
    return dict(zip(tag.cut_labels, thresholds[tag.code], strict=True))
