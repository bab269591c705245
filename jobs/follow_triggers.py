"""What landed during the day, told within minutes for the users whom it touches."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.care_events import begun
from features.portrait import COLUMNS, portrait, tags_as_of
from features.tag import Tag
from features.tags import advance, hold
from features.triggers import touched_users, trigger_tags
from jobs.raise_care_events import consented, tags_told_before
from jobs.runtime.audit import replace_rows
from jobs.runtime.calibration.in_force import load_approved
from jobs.runtime.declarations import load_care_events, load_tags, load_triggers
from jobs.runtime.job import Run, job
from jobs.runtime.store import where
from jobs.runtime.tag_rows import TAG_TABLES, tag_rows
from jobs.runtime.user_rows import USER_TABLES, user_rows
from jobs.trigger.landed import feeds_looked_at, files_landed, files_told, silver_landed
from jobs.trigger.touched import Touched, as_of, facts_of
from schemas.feeds import FEEDS
from schemas.gold.care_event import CARE_EVENT
from schemas.gold.tag import TAG_DAY, TAG_DEFINITION, USER_TAG
from schemas.gold.today import USER_PORTRAIT_TODAY, USER_TAG_TODAY
from schemas.silver.consent_state import CONSENT_STATE
from schemas.silver.identity import IDENTITY
from schemas.silver.identity_event import USER_ID_MAP
from schemas.table import Table
from schemas.trigger import TRIGGER_FILE

# So many days' files are read on top of the last night: between midnight and the end of the night there are two.
MOST_DAYS = 3
_FACTS = tuple(table for feed in FEEDS.values() for table in (feed.bronze, feed.silver))


class NoNightToBuildOn(RuntimeError):
    """The last night is too long ago, or there was none."""


@job(
    reads=(*_FACTS, *TAG_TABLES, *USER_TABLES, IDENTITY, USER_TAG, TAG_DAY, TAG_DEFINITION, USER_ID_MAP),
    writes=(USER_TAG_TODAY, USER_PORTRAIT_TODAY, CARE_EVENT, TRIGGER_FILE),
    purpose="care",
)
def follow_triggers(run: Run) -> None:
    """Tells tags, portrait and care events anew for users whom the files that landed since the last night touch.

    No table that a night writes is read of days after the last night, and but for care events none is written: a
    night finds everything as if this had never run. Nothing is done while the files are those told already.
    """
    tags = load_tags(run.settings.conf, load_approved(run.settings).on(run.day))
    triggers = load_triggers(run.settings.conf, tags)
    night = last_night(run)
    feeds = feeds_looked_at(run, [t.feed for t in triggers])
    files = files_landed(run, night, feeds) if night < run.day else []
    if night >= run.day or files == files_told(run):
        return
    landed = silver_landed(run, night, feeds)
    persons = run.read(IDENTITY, since=night, until=night)
    users = run.stage("touched", touched_users(landed, triggers, persons))
    if users.limit(1).collect():
        _tell(run, night, _facts(run, night, users, landed), tags)
    else:
        for table in (USER_TAG_TODAY, USER_PORTRAIT_TODAY):
            run.write(table, run.lake.empty(table), since=run.day)
    # Last of all: whoever is killed before is not taken to have told it.
    replace_rows(run.lake.store, TRIGGER_FILE, files, where(TRIGGER_FILE, run.day, run.day))
    run.written[TRIGGER_FILE.name] = len(files)


def _tell(run: Run, night: date, days: Sequence[Touched], tags: Sequence[Tag]) -> None:
    history = run.stage("history", _theirs(days[0], run.read(USER_TAG)).where(f"valid_from <= DATE'{night}'"))
    changed = run.stage("changed", _changed(history, days, trigger_tags(tags)))
    if last_night(run) > night:  # while this was at work, another night came to its end, and told more
        return
    run.write(USER_TAG_TODAY, changed.selectExpr(f"DATE'{run.day}' AS as_of_date", "*"), since=run.day)
    now = history.join(changed, list(USER_TAG.key), "left_anti").unionByName(changed)
    _write_portrait(run, days[-1], now)
    _tell_care(run, days, now, tags)


def last_night(run: Run) -> date:
    """The newest day whose tags a night has told; NoNightToBuildOn when it is more than `MOST_DAYS` ago."""
    told = run.read_or_empty(TAG_DAY).selectExpr("max(as_of_date) AS day").collect()[0]["day"]
    if told is None or (run.day - told).days > MOST_DAYS:
        why = f"the last night was {told}" if told else "there has been no night"
        raise NoNightToBuildOn(
            f"{why}: triggers of {run.day} are put on top of a night of the {MOST_DAYS} days before. "
            "Run the daily DAGs up to the day before; the files wait"
        )
    day: date = told
    return day


def _facts(run: Run, night: date, users: DataFrame, landed: dict[Table, DataFrame]) -> list[Touched]:
    """The users as of each day after the last night."""
    persons = run.read(IDENTITY, since=night, until=night).join(F.broadcast(users), "user_id", "left_semi")
    facts = facts_of(run, night, run.stage("persons", persons.select(*IDENTITY.column_names)), landed)
    return [as_of(facts, night + timedelta(days=n + 1)) for n in range((run.day - night).days)]


def _theirs(of_day: Touched, rows: DataFrame) -> DataFrame:
    users = of_day.persons.select("user_id").distinct()
    return rows.join(F.broadcast(users), "user_id", "left_semi").select(*rows.columns)


def _changed(history: DataFrame, days: Sequence[Touched], tags: Sequence[Tag]) -> DataFrame:
    """The rows by which the night would change the history for these tags, if it knew no more than this."""
    held = [
        hold(tag_rows(of_day, tags, of_day.day), tags, {}).selectExpr("*", f"DATE'{of_day.day}' AS as_of_date")
        for of_day in days
    ]
    codes = ", ".join(f"'{t.code}'" for t in tags)
    told = days[0].stage("held", reduce(DataFrame.unionByName, held))
    return advance(history.where(f"tag_code IN ({codes})"), told, [of_day.day for of_day in days])


def _write_portrait(run: Run, of_day: Touched, now: DataFrame) -> None:
    names = run.read(TAG_DEFINITION).where("is_current").select("tag_code", "name_zh")
    told = tags_as_of(now, run.read_or_empty(USER_ID_MAP), names, run.day)
    users, consent = user_rows(of_day, COLUMNS), of_day.read(CONSENT_STATE)
    run.write(USER_PORTRAIT_TODAY, portrait(users, told, consent, run.day), since=run.day)


def _tell_care(run: Run, days: Sequence[Touched], now: DataFrame, tags: Sequence[Tag]) -> None:
    """Adds what is not told yet and takes nothing back: what begins is acted upon at once; the night settles it."""
    declared = load_care_events(run.settings.conf, tags)
    id_map = run.read_or_empty(USER_ID_MAP)
    told = [consented(d, begun(now, declared, d.day, tags_told_before(run, d.day), id_map), tags) for d in days]
    events = run.stage("events", reduce(DataFrame.unionByName, told))
    run.written[CARE_EVENT.name] = run.lake.merge(CARE_EVENT, events, job=run.job.name).rows
    run.check(CARE_EVENT, events)
