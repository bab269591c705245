"""What became of persons' ids: who was put together, who was parted again, who is new."""

from __future__ import annotations

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.identity import user_id_of
from schemas.silver.identity import LINK_KINDS

_ACCOUNTS = "actor_kind = 'account'"


def identity_events(before: DataFrame, after: DataFrame, as_of: date) -> DataFrame:
    """silver.identity_event of a day, from silver.identity of the day before and of the day itself.

    Only accounts count: a device that changes hands makes nobody somebody else. An id goes where the account goes that
    it is named after: to a person of whom others were known is a `merge`, else a `rename`. Accounts that leave an id
    without that one are an `unmerge`. A person of whom no account was known the day before is `new`.
    """
    came_from = "count(old_user_id) OVER (PARTITION BY new_user_id) AS came_from"
    counted = _pairs(before, after).selectExpr("*", came_from)
    kind = (
        "CASE WHEN old_user_id IS NULL THEN 'new' WHEN NOT has_namesake THEN 'unmerge' "
        "WHEN came_from > 1 THEN 'merge' ELSE 'rename' END"
    )
    names = ", ".join(f"'{kind}'" for kind in LINK_KINDS)
    told = counted.where("(old_user_id IS NULL AND came_from = 0) OR old_user_id <> new_user_id")
    return told.withColumn("kind", F.expr(kind)).selectExpr(
        f"DATE'{as_of}' AS as_of_date", "kind", "coalesce(old_user_id, new_user_id) AS old_user_id", "new_user_id",
        f"element_at(array({names}), 1 + CASE WHEN kind = 'unmerge' THEN link_before ELSE link_after END) AS cause",
        "CAST(accounts AS INT) AS account_count",
    )  # fmt: skip


def _pairs(before: DataFrame, after: DataFrame) -> DataFrame:
    """One row per id before and id after that share accounts: how many, and their strongest link before and after."""
    rank = "CASE link_kind " + " ".join(f"WHEN '{kind}' THEN {i}" for i, kind in enumerate(LINK_KINDS)) + " END"
    old = before.where(_ACCOUNTS).selectExpr("actor_id", "user_id AS old_user_id", f"{rank} AS link_before")
    new = after.where(_ACCOUNTS).selectExpr("actor_id", "user_id AS new_user_id", f"{rank} AS link_after")
    return (
        new.join(old, "actor_id", "left")
        .groupBy("old_user_id", "new_user_id")
        .agg(
            F.expr("count(1)").alias("accounts"),
            F.expr("min(link_before)").alias("link_before"),
            F.expr("min(link_after)").alias("link_after"),
            F.expr(f"bool_or({user_id_of('actor_id')} = old_user_id)").alias("has_namesake"),
        )
    )


def user_id_map(events: DataFrame) -> DataFrame:
    """silver.user_id_map from all of silver.identity_event: which id stands for an old one, from when until when.

    An id that was merged or renamed is back as soon as accounts go to it; it may come and go more than once.
    """
    gone = events.where("kind IN ('merge', 'rename')").selectExpr(
        "old_user_id", "new_user_id", "kind", "as_of_date AS valid_from"
    )
    back = events.selectExpr("new_user_id AS id", "as_of_date AS back").distinct()
    ends = gone.join(back, F.expr("old_user_id = id AND back > valid_from"), "left")
    keys = ["old_user_id", "new_user_id", "kind", "valid_from"]
    return ends.groupBy(*keys).agg(F.expr("min(back)").alias("valid_to"))
