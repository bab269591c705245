"""The files that landed since the last night, read as the night will read them, but written nowhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import reduce
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.proof.sample import without_comments
from jobs.runtime.audit import read_rows
from jobs.runtime.intake.balance import refuse_mostly_bad
from jobs.runtime.intake.files import find_deliveries
from jobs.runtime.intake.ingest import Intake, good_rows, reject_limit, take_in, top_reasons
from jobs.runtime.intake.mapping import load_mappings, mapped_feeds
from jobs.runtime.intake.repeats import without_repeats
from jobs.runtime.job import Run
from schemas.feed import DELIVERED_AT, Feed
from schemas.feeds import FEEDS
from schemas.table import Table
from schemas.trigger import TRIGGER_FILE


def feeds_looked_at(run: Run, names: Sequence[str]) -> list[Feed]:
    """Those of the feeds that the hospital has a mapping for; and consents, since a withdrawal holds at once."""
    mapped = mapped_feeds(run.settings.sources)
    return [FEEDS[name] for name in sorted({*names, "consent"}) if name in mapped]


def files_landed(run: Run, night: date, feeds: Sequence[Feed]) -> list[dict[str, Any]]:
    """The rows of audit.trigger_file: each file that lies there of the days after the last night."""
    since, landing = night + timedelta(days=1), run.settings.hospital.landing
    found = [
        {"as_of_date": run.day, "feed": f.name, "source_file": d.source_file, "sha256": d.sha256, "night": night}
        for f in feeds
        for part, mapping in load_mappings(run.settings.sources, f).items()
        for d in find_deliveries(landing, mapping, part, f, since, run.day)
        if d.sha256
    ]
    return sorted(found, key=_place)


def files_told(run: Run) -> list[dict[str, Any]]:
    """The files that the day's rows rest on by now."""
    return sorted(read_rows(run.lake.store, TRIGGER_FILE, ("as_of_date", "=", run.day)), key=_place)


def _place(row: dict[str, Any]) -> tuple[str, str]:
    return row["feed"], row["source_file"]


def silver_landed(run: Run, night: date, feeds: Sequence[Feed]) -> dict[Table, DataFrame]:
    """The silver rows that the files will be, by table; a feed that is mostly bad is refused, as at night."""
    of_day = replace(run, since=night + timedelta(days=1))
    return {feed.silver: _silver(of_day, night, take_in(of_day, feed)) for feed in feeds}


def _silver(run: Run, night: date, intake: Intake) -> DataFrame:
    _refuse_mostly_bad(run, intake)
    feed, zone = intake.feed, run.settings.hospital.zone
    landed = run.stage(f"landed_{feed.name}", good_rows(intake, zone), feed.bronze.ddl)
    since = run.since - timedelta(days=feed.late_window_days)
    older = _alike(run.read_or_empty(feed.bronze, since=since, until=night), landed, feed)
    names = without_comments(feed.bronze.column_names)
    window = run.stage(f"window_{feed.name}", older.selectExpr(*names).unionByName(landed.selectExpr(*names)))
    rows = without_repeats(window, feed, run.since, run.day, zone, lambda repeats: repeats)
    return run.stage(f"silver_{feed.name}", rows, feed.silver.ddl)


def _alike(older: DataFrame, landed: DataFrame, feed: Feed) -> DataFrame:
    """What came before with an id or a content that comes now: nothing else can make a row of now a repeat."""
    found = []
    for names in filter(None, (feed.id, feed.content)):
        same = f"xxhash64({', '.join(f'`{n}`' for n in names)})"
        now = landed.selectExpr(f"{same} AS same").distinct()
        found.append(older.join(F.broadcast(now), F.expr(f"{same} = same"), "left_semi"))
    return reduce(DataFrame.unionAll, found).dropDuplicates(list(DELIVERED_AT))


def _refuse_mostly_bad(run: Run, intake: Intake) -> None:
    read, bad = Counter[date](), Counter[date]()
    for file in intake.files:
        read[file["known_date"]] += file["read_count"]
        bad[file["known_date"]] += file["bad_count"]
    days = [{"known_date": day, "read_count": read[day], "rejected_count": bad[day]} for day in sorted(read)]
    reasons = top_reasons(intake.rows.where("size(reject_reasons) > 0")) if bad.total() else {}
    refuse_mostly_bad(intake.feed.name, days, reject_limit(intake), False, lambda: reasons)
