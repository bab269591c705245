"""All tags on all users in one pass, and the history that keeps when each was held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.columns import COLUMNS
from features.declared_tag import DeclaredTag
from features.tag import Tag
from features.tag_ranks import RankTag
from schemas.feature.patient_health import PATIENT_HEALTH
from schemas.gold.tag import FORGOTTEN_BELOW

Thresholds = Mapping[str, Sequence[float | None]]
_SAYS = ("user_id", "tag_code", "layer", "value", "half_life_days", "rule_version")
# What makes two rows the same statement: texts alone, since with a number among them Sail groups ten times as slowly.
_SAME = ("user_id", "tag_code", "value", "rule_version")
_AGGREGATES = {
    "layer": "min(layer)",
    "half_life_days": "min(half_life_days)",
    "valid_from": "min(valid_from)",
    "stored_to": "max(stored_to)",
    "first_i": "min(i)",
    "last_i": "max(i)",
}


def columns_of(tags: Sequence[DeclaredTag]) -> tuple[str, ...]:
    """The feature and score columns that the tags rest on."""
    return tuple(sorted({c for tag in tags for c in tag.columns if c in COLUMNS}))


def rank_tags(tags: Sequence[Tag]) -> list[RankTag]:
    """Those that are measured by the day's thresholds."""
    return [t for t in tags if isinstance(t, RankTag)]


def day_thresholds(wide: DataFrame, tags: Sequence[Tag]) -> dict[str, tuple[float | None, ...]]:
    """The day's value at each cut of each tier and RFM tag, over its eligible users; None where there is nobody."""
    ranks = rank_tags(tags)
    asked = {
        (t.code, j): f"percentile(CASE WHEN {t.condition.sql} THEN CAST({column} AS DOUBLE) END, {p})"
        for t in ranks
        for j, (column, p) in enumerate(t.cuts)
    }
    # Two tags that ask the same are answered once.
    places = {sql: f"p{i}" for i, sql in enumerate(dict.fromkeys(asked.values()))}
    if not asked:
        return {}
    found = wide.selectExpr(*(f"{sql} AS {place}" for sql, place in places.items())).collect()[0]
    return {t.code: tuple(found[places[asked[t.code, j]]] for j in range(len(t.cuts))) for t in ranks}


def hold(wide: DataFrame, tags: Sequence[Tag], thresholds: Thresholds) -> DataFrame:
    """One row for each tag that a user holds: user_id, tag_code, layer, value, half_life_days, rule_version.

    `wide` has one row per user with the columns of `columns_of(tags)`, and each `own_column`. One select, one pass:
    the values are laid out as one array of texts, which is several times as fast as one of structs.
    """
    values = ", ".join(_value(t, thresholds) for t in tags)
    laid_out = wide.selectExpr("user_id", f"posexplode(array({values})) AS (place, value)").where("value IS NOT NULL")
    said = wide.sparkSession.createDataFrame(
        [(i, t.code, t.layer, t.half_life_days, t.rule_version) for i, t in enumerate(tags)],
        "place int, tag_code string, layer string, half_life_days int, rule_version string",
    )
    return laid_out.join(F.broadcast(said), "place").select(*_SAYS)


def health_tags(tags: Sequence[Tag]) -> tuple[Tag, ...]:
    """The tags that rest on a person's own health alone, so that they can be told of a family member too."""
    known = set(PATIENT_HEALTH.column_names)
    return tuple(t for t in tags if t.columns and known.issuperset(t.columns) and not isinstance(t, RankTag))


def count_ties(wide: DataFrame, tags: Sequence[Tag], thresholds: Thresholds) -> dict[str, int]:
    """Of each tier and RFM tag the users who stand exactly on one of its thresholds."""
    ranks = rank_tags(tags)
    asked = [
        f"count_if(({t.condition.sql}) AND ({_on_a_threshold(t, thresholds[t.code])})) AS t{i}"
        for i, t in enumerate(ranks)
    ]
    if not asked:
        return {}
    found = wide.selectExpr(*asked).collect()[0]
    return {t.code: int(found[f"t{i}"]) for i, t in enumerate(ranks)}


def advance(history: DataFrame, held: DataFrame, days: Sequence[date]) -> DataFrame:
    """The rows of gold.user_tag that are new or other once `days` have been applied, oldest day first.

    `held` is what `hold` gave for each of those days, with as_of_date. The first day and all after it are
    taken out of the history before: merge the result by key and delete, among the rows it does not
    name, those with valid_from at or after the first day.
    """
    first, last = days[0], len(days)
    index = " ".join(f"WHEN DATE'{d}' THEN {i}" for i, d in enumerate(days, 1))
    ends = " ".join(f"WHEN {i} THEN DATE'{d}'" for i, d in enumerate(days))
    open_before = history.where(
        f"valid_from < DATE'{first}' AND (valid_to IS NULL OR valid_to >= DATE'{first}')"
    ).selectExpr(*_SAYS, "valid_from", "valid_to AS stored_to", "0 AS i")
    applied = held.selectExpr(
        *_SAYS,
        "as_of_date AS valid_from",
        "CAST(NULL AS DATE) AS stored_to",
        f"CASE as_of_date {index} END AS i",
    )
    rows, keys = open_before.unionByName(applied), [*_SAME]
    if last > 1:
        # Days in a row have the same distance to their rank; one new day and what was before are always in a row.
        run = f"CAST(i - row_number() OVER (PARTITION BY {', '.join(_SAME)} ORDER BY i) AS STRING) AS run"
        rows, keys = rows.selectExpr("*", run), [*_SAME, "run"]
    stretches = (
        rows.groupBy(*keys)
        .agg(*[F.expr(how).alias(name) for name, how in _AGGREGATES.items()])
        .selectExpr(*_SAYS, "valid_from", "stored_to", "first_i", f"CASE last_i {ends} END AS valid_to")
    )
    changed = stretches.where("NOT (first_i = 0 AND valid_to <=> stored_to)")
    return changed.select(*_SAYS, "valid_from", "valid_to")


def weights(history: DataFrame, day: date) -> DataFrame:
    """What each user's tags weigh as of a day, from the history alone: user_id, tag_code, value, is_held, weight.

    Later rows of the history are not seen, so a past day gives what it gave then. Of several stretches of
    a tag the last counts.
    """
    seen = history.where(f"valid_from <= DATE'{day}'").selectExpr(
        "user_id", "tag_code", "value", "valid_from", "half_life_days",
        f"CASE WHEN valid_to <= DATE'{day}' THEN datediff(DATE'{day}', valid_to) END AS days_gone",
    )  # fmt: skip
    half_lives = "coalesce(pow(0.5D, CAST(days_gone AS DOUBLE) / half_life_days), 0.0D)"
    weighed = seen.selectExpr(
        "user_id", "tag_code", "valid_from", "value", "days_gone IS NULL AS is_held",
        f"CASE WHEN days_gone IS NULL THEN 1.0D ELSE round({half_lives}, 4) END AS weight",
    )  # fmt: skip
    known = ["user_id", "tag_code", "value", "is_held", "weight"]
    held = weighed.where("is_held").select(*known)
    # A stretch that still holds is the tag's last. Not max(struct(…)): Sail takes twenty times as long for it.
    faded = weighed.where(f"NOT is_held AND weight >= {FORGOTTEN_BELOW}")
    newest = faded.groupBy("user_id", "tag_code").agg(F.expr("max(valid_from)").alias("valid_from"))
    last = faded.join(newest, ["user_id", "tag_code", "valid_from"]).join(held, ["user_id", "tag_code"], "left_anti")
    return held.unionByName(last.select(*known))


def but_of_parted(history: DataFrame, id_map: DataFrame, day: date) -> DataFrame:
    """The history of tags without what was held only while a person was taken for two, for `weights`.

    `id_map` is silver.user_id_map. A stretch that began and ended between a merge and its parting may rest on the other
    person's facts: it leaves no afterglow.
    """
    parted = id_map.where(f"valid_to <= DATE'{day}'").selectExpr(
        "new_user_id AS user_id", "valid_from AS merged_on", "valid_to AS parted_on"
    )
    doubtful = (
        history.join(parted, "user_id")
        .where("valid_from >= merged_on AND valid_to > merged_on AND valid_to <= parted_on")
        .select("user_id", "tag_code", "valid_from")
        .distinct()
    )
    return history.join(doubtful, ["user_id", "tag_code", "valid_from"], "left_anti")


def _value(tag: Tag, thresholds: Thresholds) -> str:
    if not isinstance(tag, RankTag):
        return tag.value_sql
    return tag.value_sql.format(**{f"p{i}": _double(v) for i, v in enumerate(thresholds[tag.code])})


def _on_a_threshold(tag: RankTag, thresholds: Sequence[float | None]) -> str:
    by_column: dict[str, list[str]] = {}
    for (column, _), value in zip(tag.cuts, thresholds, strict=True):
        by_column.setdefault(column, []).append(_double(value))
    return " OR ".join(f"CAST({c} AS DOUBLE) IN ({', '.join(values)})" for c, values in by_column.items())


def _double(value: float | None) -> str:
    return "CAST(NULL AS DOUBLE)" if value is None else f"CAST('{value!r}' AS DOUBLE)"
