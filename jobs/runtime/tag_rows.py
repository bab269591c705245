"""One row per user with all that tags are derived from: features, scores, what followed what, what was imported."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from pyspark.sql import DataFrame

from features.imported_tags import import_tags, imported
from features.persons import as_known, of_users
from features.sequences import days_looked_at, sequence_tags, unfollowed
from features.tag import Tag
from features.tags import columns_of
from jobs.runtime.commit_notes import slice_known_at
from jobs.runtime.job import Run
from jobs.runtime.user_rows import USER_TABLES, user_rows
from schemas.feature.user_day import USER_DAY
from schemas.feature.user_profile import USER_PROFILE
from schemas.feeds import FEEDS
from schemas.silver.identity import IDENTITY

IMPORTED_TAG = FEEDS["imported_tag"].silver
TAG_TABLES = (*USER_TABLES, USER_DAY, IMPORTED_TAG, IDENTITY)


def tag_rows(run: Run, tags: Sequence[Tag], day: date, also: Iterable[str] = ()) -> DataFrame:
    """What `features.tags.hold` wants of every user of the day, and the feature and score columns named `also`."""
    rows = user_rows(run, {*columns_of(tags), *also}, day)
    done = _unfollowed(run, tags, day)
    rows = rows if done is None else rows.join(done, "user_id", "left")
    wanted = import_tags(tags)
    if wanted and run.lake.exists(IMPORTED_TAG):
        return rows.join(imported(imports_given(run, day), wanted, day), "user_id", "left")
    # Most hospitals send none: a join that finds nothing would take as long as one that does.
    return rows.selectExpr("*", *(f"CAST(NULL AS STRING) AS {t.own_column}" for t in wanted))


def imports_given(run: Run, day: date) -> DataFrame:
    """What was delivered of tags by the day, of known persons."""
    delivered = run.read_or_empty(IMPORTED_TAG, until=_known_at(run, day))
    given = as_known(delivered, day, known_at=_known_at(run, day))
    return of_users(given, run.read(IDENTITY, since=day, until=day))


def _unfollowed(run: Run, tags: Sequence[Tag], day: date) -> DataFrame | None:
    wanted = sequence_tags(tags)
    if not wanted:
        return None
    known = _known_at(run, day)
    window = days_looked_at(wanted)
    # An event of the window was delivered in it too: nothing is delivered before it happened.
    days = run.read_or_empty(USER_DAY, since=day - timedelta(days=window - 1), until=known)
    persons = run.read(IDENTITY, since=day, until=day)
    names = sorted({c for t in wanted for c in t.columns})
    facts = as_known(days, day, window, known_at=known).select("actor_id", "event_date", *names)
    return unfollowed(of_users(facts, persons, "actor_id"), wanted, day)


def _known_at(run: Run, day: date) -> date:
    """The last delivery that counts: of a later day that is brought up to date, the one its features were made of."""
    if day == run.day:
        return run.known_at
    return slice_known_at(run.lake.store, USER_PROFILE, day) or day
