"""Who is in which rule segment, written into the history."""

from __future__ import annotations

from datetime import date
from typing import Any

from pyspark.sql import DataFrame

from features.segment import Segment, columns_of
from features.segments import STATED_DDL, advance_members, all_versions, members, members_on, segment_days, versions_now
from jobs.runtime.declarations import load_policy, load_segment_views, load_segments, load_tags, segment_texts
from jobs.runtime.job import Run, job
from jobs.runtime.user_rows import USER_TABLES, user_rows
from jobs.runtime.written_history import remember, write_versions
from schemas.gold.segment_member import SEGMENT_DAY, SEGMENT_MEMBER, SEGMENT_VERSION
from schemas.gold.user_portrait import USER_PORTRAIT


@job(
    reads=(*USER_TABLES, USER_PORTRAIT),
    writes=(SEGMENT_MEMBER, SEGMENT_DAY, SEGMENT_VERSION),
    takes_known_at=True,
)
def build_segments(run: Run) -> None:
    """Finds who is in which rule segment as of the day and keeps since when.

    A day run again, or late, is put into the history where it belongs; what the days after it said stays.
    """
    tags = load_tags(run.settings.conf)
    segments = load_segments(run.settings.conf, tags, load_policy(run.settings.conf))
    smallest = load_segment_views(run.settings.conf, tags).smallest_count
    later = _later_days(run)
    days = [run.day, *sorted({row["as_of_date"] for row in later})]
    users = run.stage("users", _users(run, segments))
    held = run.stage("held", _held(run, users, segments, days))
    remember(run, SEGMENT_MEMBER, lambda history: advance_members(history, held, days))
    everybody = users.count()
    judged = [(run.day, s.code, s.rule_version, everybody) for s in segments]
    stated = run.spark.createDataFrame(
        [*judged, *((r["as_of_date"], r["segment"], r["rule_version"], r["all_user_count"]) for r in later)], STATED_DDL
    )
    history = run.read(SEGMENT_MEMBER).where(f"valid_from >= DATE'{run.day}' OR valid_to >= DATE'{run.day}'")
    run.write(SEGMENT_DAY, segment_days(stated, held, history, smallest), since=run.day, until=days[-1])
    now = versions_now(segments, segment_texts(run.settings.conf), run.day)
    write_versions(run, SEGMENT_VERSION, lambda known: all_versions(now, known))


def _later_days(run: Run) -> list[Any]:
    names = ("as_of_date", "segment", "rule_version", "all_user_count")
    return run.read_or_empty(SEGMENT_DAY).where(f"as_of_date > DATE'{run.day}'").select(*names).collect()


def _users(run: Run, segments: tuple[Segment, ...]) -> DataFrame:
    tags = run.read(USER_PORTRAIT, since=run.day, until=run.day).select("user_id", "tag_codes", "tag_values")
    return user_rows(run, columns_of(segments)).join(tags, "user_id")


def _held(run: Run, users: DataFrame, segments: tuple[Segment, ...], days: list[date]) -> DataFrame:
    """Members as of the day, and of each later day those whom the history has: it was judged by what was known then."""
    today = members(users, segments).selectExpr("user_id", "segment", f"DATE'{run.day}' AS as_of_date")
    if len(days) == 1:
        return today
    after = members_on(run.read_or_empty(SEGMENT_MEMBER), days[1:])
    return today.unionByName(after)
