"""The portrait: one wide row per user, out of features, scores and what the tags weigh."""

from __future__ import annotations

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.tags import but_of_parted, weights
from schemas.gold.user_portrait import TAKEN_OVER, USER_PORTRAIT

COLUMNS = tuple(name for _, names in TAKEN_OVER for name in names)
_NO_TEXTS = "filter(array(''), x -> x <> '')"


def portrait(users: DataFrame, tags: DataFrame, consent: DataFrame, day: date) -> DataFrame:
    """The rows of gold.user_portrait.

    `users`: one row per user with `COLUMNS`; `tags` of the day as `tags_as_of` gives them; `consent`:
    silver.consent_state of the day.
    """
    joined = users.join(tags, "user_id", "left").join(_channels(consent), "user_id", "left")
    none = {"tag_codes": _NO_TEXTS, "tag_names_zh": _NO_TEXTS, "marketing_channels": _NO_TEXTS, "tag_count": "0"}
    none |= {"tag_values": "map_filter(map('', ''), (k, v) -> k <> '')"}
    none |= {"tag_weights": "map_filter(map('', 0.0D), (k, v) -> k <> '')"}
    filled = [f"coalesce({n}, {none[n]}) AS {n}" if n in none else n for n in USER_PORTRAIT.column_names[2:]]
    return joined.selectExpr("user_id", f"DATE'{day}' AS as_of_date", *filled)


def tags_as_of(history: DataFrame, id_map: DataFrame, names: DataFrame, day: date) -> DataFrame:
    """The portrait's columns of tags as of any day, past ones too, out of the history alone; a row per user with any.

    `history`: gold.user_tag; `id_map`: silver.user_id_map; `names`: tag_code, name_zh. What a day's history came to
    hold later is not seen, so that a past day gives what it gave then.
    """
    weighed = weights(but_of_parted(history, id_map, day), day)
    named = weighed.join(F.broadcast(names), "tag_code", "left")
    # Arrays in the order of codes: the engines collect in any order.
    collected = named.groupBy("user_id").agg(
        F.expr("array_sort(collect_list(struct(tag_code, name_zh, value, is_held, weight)))").alias("known")
    )
    held = collected.selectExpr("user_id", "known", "filter(known, t -> t.is_held) AS held")
    return held.selectExpr(
        "user_id",
        "transform(held, t -> t.tag_code) AS tag_codes",
        "transform(held, t -> coalesce(t.name_zh, t.tag_code)) AS tag_names_zh",
        "map_from_entries(transform(held, t -> struct(t.tag_code, t.value))) AS tag_values",
        "map_from_entries(transform(known, t -> struct(t.tag_code, t.weight))) AS tag_weights",
        "size(held) AS tag_count",
    )


def _channels(consent: DataFrame) -> DataFrame:
    agreed = consent.where(
        "is_granted AND purpose = 'marketing' AND data_class = 'basic' AND channel <> 'none'"
    ).groupBy("user_id")
    return agreed.agg(F.expr("array_sort(collect_set(channel))").alias("marketing_channels"))
