"""Which tags every user holds, written into the history."""

from __future__ import annotations

from datetime import date
from functools import reduce
from typing import Any

from pyspark.sql import DataFrame

from features.tag import Tag
from features.tag_catalogue import TIER_ROWS_DDL, definition_rows, tag_days, tier_rows, with_older_versions
from features.tags import advance, columns_of, count_ties, health_tags, hold, tier_thresholds
from jobs.runtime.declarations import load_tags, tag_themes
from jobs.runtime.job import Run, job
from jobs.runtime.user_rows import USER_TABLES, user_rows
from schemas.feature.patient_health import PATIENT_HEALTH
from schemas.gold.patient_tag import PATIENT_TAG
from schemas.gold.tag import TAG_DAY, TAG_DEFINITION, USER_TAG


@job(reads=(*USER_TABLES, PATIENT_HEALTH), writes=(USER_TAG, TAG_DAY, TAG_DEFINITION, PATIENT_TAG), takes_known_at=True)
def derive_tags(run: Run) -> None:
    """Derives all tags as of the day and keeps when each was held.

    A day run again, or late, is taken out of the history together with the days derived after it, and
    all of them are applied anew in their order: the history is what it would be had they come in order.
    """
    tags = load_tags(run.settings.conf)
    days = [run.day, *_later_days(run)]
    told: list[dict[str, Any]] = []
    parts = [_held(run, tags, day, told) for day in days]
    held = run.stage("held", reduce(DataFrame.unionByName, parts))
    _remember(run, held, days)
    stated = run.spark.createDataFrame([tuple(row.values()) for row in told], TIER_ROWS_DDL)
    history = run.read(USER_TAG).where(f"valid_from >= DATE'{run.day}' OR valid_to >= DATE'{run.day}'")
    run.write(TAG_DAY, tag_days(stated, held, history), since=run.day, until=days[-1])
    rows = [tuple(row.values()) for row in definition_rows(tags, tag_themes(run.settings.conf))]
    current = run.spark.createDataFrame(rows, TAG_DEFINITION.ddl)
    known = run.stage("known", run.read_or_empty(TAG_DEFINITION))
    run.write(TAG_DEFINITION, with_older_versions(current, known))
    members = run.read_or_empty(PATIENT_HEALTH, since=run.day, until=run.day).withColumnRenamed("patient_id", "user_id")
    told_of = hold(members, health_tags(tags), {}).withColumnRenamed("user_id", "patient_id")
    dated = told_of.selectExpr(f"DATE'{run.day}' AS as_of_date", "patient_id", "tag_code", "value", "rule_version")
    run.write(PATIENT_TAG, dated, since=run.day)


def _held(run: Run, tags: tuple[Tag, ...], day: date, told: list[dict[str, Any]]) -> DataFrame:
    wide = run.stage("wide", user_rows(run, columns_of(tags), day))
    thresholds = tier_thresholds(wide, tags)
    told += tier_rows(tags, day, thresholds, count_ties(wide, tags, thresholds), wide.count())
    return hold(wide, tags, thresholds).selectExpr("*", f"DATE'{day}' AS as_of_date")


def _later_days(run: Run) -> list[date]:
    later = run.read_or_empty(TAG_DAY).where(f"as_of_date > DATE'{run.day}'").select("as_of_date").distinct()
    return sorted(row["as_of_date"] for row in later.collect())


def _remember(run: Run, held: DataFrame, days: list[date]) -> None:
    """Writes what the days change in one commit; the first day of all is written whole, a merge would take longer."""
    history = run.read_or_empty(USER_TAG)
    changed = run.stage("changed", advance(history, held, days))
    if not history.limit(1).collect():
        run.written[USER_TAG.name] = run.lake.replace(USER_TAG, changed, job=run.job.name)
    else:
        since = f"valid_from >= DATE'{run.day}'"
        was_applied = bool(history.where(since).limit(1).collect())
        gone = f"t.{since}" if was_applied else None
        merged = run.lake.merge(USER_TAG, changed, job=run.job.name, delete_unmatched=gone)
        run.written[USER_TAG.name] = merged.rows
    run.check(USER_TAG, changed)
