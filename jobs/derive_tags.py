"""Which tags every user holds, written into the history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import reduce
from typing import Any

from pyspark.sql import DataFrame

from features.imported_tags import import_tags, strangers
from features.tag import Tag
from features.tag_catalogue import TIER_ROWS_DDL, definition_rows, tag_days, tier_rows, with_older_versions
from features.tag_guard import sudden_changes
from features.tag_versions import all_versions, versions_now
from features.tags import advance, count_ties, day_thresholds, health_tags, hold
from jobs.runtime.calibration.in_force import load_approved
from jobs.runtime.declarations import load_tags, tag_themes
from jobs.runtime.job import Run, job
from jobs.runtime.quality import CheckResult
from jobs.runtime.tag_rows import IMPORTED_TAG, TAG_TABLES, imports_given, tag_rows
from jobs.runtime.tag_texts import tag_texts
from jobs.runtime.written_history import remember, write_versions
from schemas.feature.patient_health import PATIENT_HEALTH
from schemas.gold.patient_tag import PATIENT_TAG
from schemas.gold.tag import TAG_DAY, TAG_DEFINITION, TAG_VERSION, USER_TAG


@job(
    reads=(*TAG_TABLES, PATIENT_HEALTH),
    writes=(USER_TAG, TAG_DAY, TAG_DEFINITION, TAG_VERSION, PATIENT_TAG),
    takes_known_at=True,
)
def derive_tags(run: Run) -> None:
    """Derives all tags as of the day and keeps when each was held.

    A day run again, or late, is taken out of the history together with the days derived after it, and
    all of them are applied anew in their order: the history is what it would be had they come in order. Each
    by the calibrated numbers of its own time.
    """
    days = [run.day, *_later_days(run)]
    tags_of = _tags_by_day(run, days)
    tags = tags_of[run.day]
    told: list[dict[str, Any]] = []
    parts = [_held(run, tags_of[day], day, told) for day in days]
    held = run.stage("held", reduce(DataFrame.unionByName, parts))
    remember(run, USER_TAG, lambda history: advance(history, held, days))
    stated = run.spark.createDataFrame([tuple(row.values()) for row in told], TIER_ROWS_DDL)
    history = run.read(USER_TAG).where(f"valid_from >= DATE'{run.day}' OR valid_to >= DATE'{run.day}'")
    run.write(TAG_DAY, tag_days(stated, held, history), since=run.day, until=days[-1])
    _write_versions(run, tags_of[days[-1]], days[-1])
    members = run.read_or_empty(PATIENT_HEALTH, since=run.day, until=run.day).withColumnRenamed("patient_id", "user_id")
    told_of = hold(members, health_tags(tags), {}).withColumnRenamed("user_id", "patient_id")
    dated = told_of.selectExpr(f"DATE'{run.day}' AS as_of_date", "patient_id", "tag_code", "value", "rule_version")
    run.write(PATIENT_TAG, dated, since=run.day)
    run.keep([*_not_taken(run, tags), *_sudden(run, tags)])


def _tags_by_day(run: Run, days: Sequence[date]) -> dict[date, tuple[Tag, ...]]:
    approved = load_approved(run.settings)
    loaded: dict[tuple[Any, ...], tuple[Tag, ...]] = {}
    found = {}
    for day in days:
        in_force = approved.on(day)
        numbers = tuple((key, held.number.becomes) for key, held in in_force.held.items())
        if numbers not in loaded:
            loaded[numbers] = load_tags(run.settings.conf, in_force)
        found[day] = loaded[numbers]
    return found


def _held(run: Run, tags: tuple[Tag, ...], day: date, told: list[dict[str, Any]]) -> DataFrame:
    wide = run.stage("wide", tag_rows(run, tags, day))
    thresholds = day_thresholds(wide, tags)
    told += tier_rows(tags, day, thresholds, count_ties(wide, tags, thresholds), wide.count())
    return hold(wide, tags, thresholds).selectExpr("*", f"DATE'{day}' AS as_of_date")


def _later_days(run: Run) -> list[date]:
    later = run.read_or_empty(TAG_DAY).where(f"as_of_date > DATE'{run.day}'").select("as_of_date").distinct()
    return sorted(row["as_of_date"] for row in later.collect())


def _write_versions(run: Run, tags: tuple[Tag, ...], last: date) -> None:
    """The versions of the last day: one that is derived again, or late, does not bring an older number back."""
    in_force = load_approved(run.settings).on(last)
    themes = tag_themes(run.settings.conf)
    rows = [tuple(row.values()) for row in definition_rows(tags, themes)]
    current = run.spark.createDataFrame(rows, TAG_DEFINITION.ddl)
    known = run.stage("known", run.read_or_empty(TAG_DEFINITION))
    run.write(TAG_DEFINITION, with_older_versions(current, known))
    texts = tag_texts(run.settings.conf, in_force.tag_file)
    now = [
        {**row, "in_force_from": max(run.day, in_force.since(row["tag_code"]) or run.day)}
        for row in versions_now(tags, themes, texts, run.day)
    ]
    write_versions(run, TAG_VERSION, lambda known_versions: all_versions(now, known_versions))


def _not_taken(run: Run, tags: tuple[Tag, ...]) -> list[CheckResult]:
    """What the hospital's systems delivered under a name or with a value that no tag declares."""
    if not run.read_or_empty(IMPORTED_TAG).limit(1).collect():
        return []
    found = strangers(imports_given(run, run.day), import_tags(tags)).orderBy("tag_name").limit(5).collect()
    return [
        CheckResult(
            IMPORTED_TAG.name, "taken_by_a_tag", row["tag_name"], "warn", False,
            f"{row['row_count']:,} rows are not", "a tag of kind import that takes name and value",
            row["row_count"], row["row_count"],
        )
        for row in found
    ]  # fmt: skip


def _sudden(run: Run, tags: tuple[Tag, ...]) -> list[CheckResult]:
    """Tags that everybody holds at once, or nobody any more: told, or the day stops, as each tag's `guard` says."""
    earlier = run.read(TAG_DAY).where(f"as_of_date < DATE'{run.day}'").selectExpr("max(as_of_date) AS day").collect()
    if earlier[0]["day"] is None:
        return []
    before, now = ({r["tag_code"]: r for r in _tag_day(run, day)} for day in (earlier[0]["day"], run.day))
    return [
        CheckResult(
            TAG_DAY.name, "sudden_change", s.tag.code, s.tag.guard, False, s.observed,
            "not everybody or nobody from one day to the next", s.now, abs(s.now - s.before),
        )
        for s in sudden_changes(tags, before, now)
    ]  # fmt: skip


def _tag_day(run: Run, day: date) -> list[Any]:
    return run.lake.read(TAG_DAY, since=day, until=day).collect()
