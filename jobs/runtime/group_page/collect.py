"""Reads what the page of groups shows: each table as a small aggregate. No row of it is about a person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import pairwise

from pyspark.sql import DataFrame

from jobs.runtime.audit import read_rows
from jobs.runtime.group_page.figures import NO_MORE, NOT_YET, Flow, GroupFigures
from jobs.runtime.job import Run
from jobs.runtime.report.collect import segment_money
from jobs.runtime.report.figures import Row
from jobs.runtime.report.text import Text
from schemas.gold.tag import TAG_DEFINITION, USER_TAG
from schemas.gold.user_segment import SEGMENT_PROFILE, USER_SEGMENT
from schemas.model_quality import MODEL_QUALITY
from schemas.segment_change import SEGMENT_CHANGE

READS = (USER_SEGMENT, SEGMENT_PROFILE, USER_TAG, TAG_DEFINITION, MODEL_QUALITY, SEGMENT_CHANGE)
MONTHS = 6


def collect(run: Run, smallest: int, bounds: Mapping[str, float]) -> GroupFigures | None:
    """The figures of the run's day; None where nobody was put into a group."""
    money = segment_money(run)
    if not money:
        return None
    title = run.settings.hospital.title
    history = run.read_or_empty(SEGMENT_PROFILE, until=run.day)
    days = chosen_days([r["as_of_date"] for r in history.select("as_of_date").distinct().collect()], run.day)
    return GroupFigures(
        day=run.day,
        hospital=Text(title.zh, title.en),
        smallest=smallest,
        names=_names(history, days),
        money=money,
        profile=_rows(run.read(SEGMENT_PROFILE, since=run.day, until=run.day)),
        tags=_tags(run),
        flows=[_flow(run, a, b) for a, b in pairwise(days)],
        drift=_drift(run),
        bounds=bounds,
        changes=_changes(run),
    )


def chosen_days(known: list[date], day: date) -> list[date]:
    """The last day there is of each of the last months, ending with `day`; of one month only, its first and `day`."""
    past = sorted(d for d in known if d <= day)
    last = {(d.year, d.month): d for d in past}
    chosen = sorted(last.values())[-MONTHS:]
    return chosen if len(chosen) > 1 else sorted({*past[:1], day})


def _rows(df: DataFrame) -> list[Row]:
    return [row.asDict() for row in df.collect()]


def _names(history: DataFrame, days: list[date]) -> dict[int, Text]:
    """What each group was called last."""
    told = ", ".join(f"DATE'{d}'" for d in days)
    rows = history.where(f"as_of_date IN ({told})").select("as_of_date", "segment_id", "segment_zh", "segment_en")
    found = sorted(_rows(rows.distinct()), key=lambda r: r["as_of_date"])
    return {r["segment_id"]: Text(r["segment_zh"], r["segment_en"]) for r in found}


def _tags(run: Run) -> list[Row]:
    """Users of each group by tag, of tags that marketing may use and somebody holds."""
    day = f"DATE'{run.day}'"
    held = run.read_or_empty(USER_TAG).where(f"valid_from <= {day} AND (valid_to IS NULL OR valid_to > {day})")
    named = run.read_or_empty(TAG_DEFINITION).where("is_current AND array_contains(purposes, 'marketing')")
    of_group = run.read(USER_SEGMENT, since=run.day, until=run.day).select("user_id", "segment_id")
    counted = (
        held.select("user_id", "tag_code")
        .distinct()
        .join(of_group, "user_id")
        .groupBy("segment_id", "tag_code")
        .count()
    )
    return _rows(counted.join(named.select("tag_code", "layer", "name_zh", "name_en"), "tag_code"))


def _flow(run: Run, since: date, until: date) -> Flow:
    """Who was not there on one of the days comes from, or goes to, outside of all groups."""
    before, after = (run.lake.read(USER_SEGMENT, since=d, until=d) for d in (since, until))
    pairs = (
        before.selectExpr("user_id", "segment_id AS was")
        .join(after.selectExpr("user_id", "segment_id AS is_now"), "user_id", "full")
        .selectExpr(f"coalesce(was, {NOT_YET}) AS was", f"coalesce(is_now, {NO_MORE}) AS is_now")
    )
    counted = pairs.groupBy("was", "is_now").count().collect()
    return Flow(since, until, {(r["was"], r["is_now"]): r["count"] for r in counted})


def _drift(run: Run) -> list[Row]:
    """What was measured last of each day, of the last months."""
    rows = read_rows(run.lake.store, MODEL_QUALITY, ("model", "=", "segments"), ("split", "=", "in_use"))
    since = run.day - timedelta(days=31 * MONTHS)
    known = sorted((r for r in rows if since <= r["day"] <= run.day), key=lambda r: r["measured_at"])
    return list({(r["day"], r["metric"]): r for r in known if not r["baseline_name"]}.values())


def _changes(run: Run) -> list[Row]:
    rows = read_rows(run.lake.store, SEGMENT_CHANGE, ("as_of_date", "<=", run.day))
    since = run.day - timedelta(days=31 * MONTHS)
    return sorted((r for r in rows if r["as_of_date"] >= since), key=lambda r: r["changed_at"], reverse=True)
