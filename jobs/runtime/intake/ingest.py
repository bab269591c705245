"""The parts of the intake in their order: files to staged rows, staged rows to tables, tables to the balance."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.sql_text import literal
from jobs.runtime.audit import read_rows, replace_rows
from jobs.runtime.erasure.person import suppressed_tokens
from jobs.runtime.intake.balance import (
    FEW_REJECTS,
    Counts,
    RecordsLost,
    Row,
    mark_repeated,
    refuse_mostly_bad,
)
from jobs.runtime.intake.door import through_the_door
from jobs.runtime.intake.drift import FeedUnusual, drift, history_of, shifted
from jobs.runtime.intake.erased import refuse_erased
from jobs.runtime.intake.files import Delivery, find_deliveries
from jobs.runtime.intake.mapping import Mapping, known_fields, load_mappings
from jobs.runtime.intake.reader import read_records
from jobs.runtime.intake.repeats import without_repeats
from jobs.runtime.intake.translate import end_of_day, translate
from jobs.runtime.intake.unchanged import unchanged
from jobs.runtime.intake.unknown_fields import unknown_fields
from jobs.runtime.job import Run
from jobs.runtime.keys import hospital_key
from jobs.runtime.keys_in_use import refuse_other_keys
from jobs.runtime.later_days import last_day_to_mend
from jobs.runtime.quality import StopTheDay
from jobs.runtime.store import where
from schemas.feed import OTHER_FIELDS, Feed
from schemas.intake import INGEST_BALANCE, INGEST_FIELD, INGEST_FILE, REJECTED
from schemas.table import Table

_BYTES_PER_PARTITION = 64 << 20
_WHY = "reject_reasons"


@dataclass(frozen=True)
class Intake:
    """What a run found of a feed: every record once, typed, de-identified and staged, and the files they came in."""

    feed: Feed
    mappings: tuple[Mapping, ...]
    rows: DataFrame
    files: list[Row]
    read: Counter[date]
    has_others: bool


@dataclass
class _File:
    """What the staged rows tell of one file."""

    tally: int = 0
    rows: int = 0
    bad: int = 0
    others: int = 0
    by_day: Counter[date | None] = field(default_factory=Counter)
    first_good_day: date | None = None


def take_in(run: Run, feed: Feed) -> Intake:
    """Reads the files of the run's days; nothing but staged rows is written yet."""
    hospital = run.settings.hospital
    key = hospital_key(run.settings.keys, hospital.name)
    refuse_other_keys(run.lake.store, key.key_id)
    mappings = load_mappings(run.settings.sources, feed)
    found = [(m, find_deliveries(hospital.landing, m, p, feed, run.since, run.day)) for p, m in mappings.items()]
    frames = [
        translate(
            read_records(run.spark, m, ds, _partitions(ds), known_fields(m, mappings.values())), m, feed, hospital.zone
        ).selectExpr("*", f"{str(m.known == 'event').lower()} AS is_export")
        for m, ds in found
    ]
    known = through_the_door(reduce(DataFrame.unionAll, frames), feed, key)
    with unchanged([d for _, ds in found for d in ds], key):
        staged = run.stage(f"intake_{feed.name}", refuse_erased(known, feed, suppressed_tokens(run.lake.store)))
    seen = _seen(staged, feed)
    files = [_file_row(feed, d, seen.get(d.source_file, _File()), key.key_id, run.since) for _, ds in found for d in ds]
    in_range = [f for f in files if run.since <= f["known_date"] <= run.day]
    exports = {d.source_file for m, ds in found if m.known == "event" for d in ds}
    rows = _dated(staged, {f["source_file"]: f["known_date"] for f in files if f["source_file"] in exports})
    rows = rows.where(f"known_date BETWEEN DATE'{run.since}' AND DATE'{run.day}'")
    has_others = any(file.others for file in seen.values())
    return Intake(feed, tuple(mappings.values()), rows, in_range, _read_by_day(seen, files, run), has_others)


def write_tables(run: Run, intake: Intake) -> None:
    """Bronze, the rejects, silver, the list of files and the balance; then a feed that is mostly bad stops the day."""
    feed, zone = intake.feed, run.settings.hospital.zone
    run.write(feed.bronze, good_rows(intake, zone))
    until = last_day_to_mend(run, feed.bronze, [feed])
    files = _marked_files(run, intake, until)
    bad = intake.rows.where("size(reject_reasons) > 0")
    _write_rejected(run, feed, bad, files)
    back = run.since - timedelta(days=feed.late_window_days)
    window = run.read(feed.bronze, since=back, until=until)
    silver = without_repeats(window, feed, run.since, until, zone, lambda df: run.stage(f"repeats_{feed.name}", df))
    run.write(feed.silver, silver, until=until)
    _write_book(run, INGEST_FILE, feed, files, until)
    _write_fields(run, intake)
    balance = _write_balance(run, intake, files, until)
    whole = all(m.known == "event" for m in intake.mappings)
    days = [row for row in balance if row["known_date"] <= run.day]
    refuse_mostly_bad(feed.name, days, reject_limit(intake), whole, lambda: top_reasons(bad))
    if run.since == run.day and not whole:
        _hold_against_history(run, feed, days, bad)


def good_rows(intake: Intake, zone: str) -> DataFrame:
    """The rows of the feed's bronze table: records with nothing wrong in them."""
    known_at = f"{end_of_day('known_date', zone)} AS ingested_at"
    lineage = ("known_date", known_at, "source_file", "source_line", "batch", OTHER_FIELDS.name)
    good = intake.rows.where("size(reject_reasons) = 0")
    return good.selectExpr(*[f"`{f.name}`" for f in intake.feed.fields], *lineage)


def reject_limit(intake: Intake) -> float:
    """The share of rejects above which the feed is stopped: as its mappings state, or its contract."""
    stated = [m.max_reject_share for m in intake.mappings if m.max_reject_share is not None]
    return max(stated, default=intake.feed.max_reject_share)


def _partitions(deliveries: Sequence[Delivery]) -> int:
    size = sum(d.size for d in deliveries)
    return max(os.cpu_count() or 2, -(-size // _BYTES_PER_PARTITION)) if size > 1 << 20 else 1


def _seen(staged: DataFrame, feed: Feed) -> dict[str, _File]:
    """What was staged of each file; RecordsLost when it is not what the reader counted."""
    counted = staged.groupBy("source_file", "known_date").agg(
        F.expr("coalesce(sum(tally), 0)").alias("tally"),
        F.expr("count(CASE WHEN tally IS NULL THEN 1 END)").alias("row_count"),
        F.expr("count(CASE WHEN tally IS NULL AND size(reject_reasons) = 0 THEN 1 END)").alias("good_count"),
        F.expr(f"count({OTHER_FIELDS.name})").alias("other_count"),
    )
    seen: dict[str, _File] = {}
    for r in counted.collect():
        file = seen.setdefault(r.source_file, _File())
        file.tally += r.tally
        file.rows += r.row_count
        file.bad += r.row_count - r.good_count
        file.others += r.other_count
        file.by_day[r.known_date] += r.row_count
        if r.good_count and (file.first_good_day is None or r.known_date < file.first_good_day):
            file.first_good_day = r.known_date
    lost = [f"{name}: {f.tally} read, {f.rows} staged" for name, f in sorted(seen.items()) if f.tally != f.rows]
    if lost:
        raise RecordsLost(f"feed {feed.name} lost records between reader and engine: {'; '.join(lost)}")
    return seen


def _file_row(feed: Feed, delivery: Delivery, seen: _File, key_id: str, since: date) -> Row:
    # A file that is an export of a whole history counts as come on the day of its first good row.
    return {
        "feed": feed.name,
        "known_date": delivery.known_date or seen.first_good_day or since,
        "source_file": delivery.source_file,
        "status": delivery.status,
        "message": delivery.message or None,
        "sha256": delivery.sha256 or None,
        "size_bytes": delivery.size,
        "read_count": seen.tally,
        "bad_count": seen.bad,
        "key_id": key_id,
    }


def _dated(staged: DataFrame, first_days: dict[str, date]) -> DataFrame:
    """The records; those of an export that have no believable day are put to its first day."""
    rows = staged.where("tally IS NULL")
    if not first_days:
        return rows.drop("is_export")
    cases = " ".join(f"WHEN {literal(name)} THEN DATE'{day}'" for name, day in sorted(first_days.items()))
    first = f"CASE source_file {cases} END"
    known = f"CASE WHEN is_export THEN greatest(coalesce(known_date, {first}), {first}) ELSE known_date END"
    others = [f"`{c}`" for c in rows.columns if c not in ("known_date", "is_export")]
    return rows.selectExpr(*others, f"{known} AS known_date")


def _read_by_day(seen: dict[str, _File], files: list[Row], run: Run) -> Counter[date]:
    read = Counter[date]()
    for file in files:
        first: date = file["known_date"]
        for day, rows in seen.get(file["source_file"], _File()).by_day.items():
            read[first if day is None else max(day, first)] += rows
    return Counter({day: rows for day, rows in read.items() if run.since <= day <= run.day})


def _of(feed: Feed) -> dict[str, str]:
    """The feed's part of the tables that all feeds share."""
    return {"feed": feed.name}


def _write_rejected(run: Run, feed: Feed, bad: DataFrame, files: list[Row]) -> None:
    """The bad records, each told of once: not again for a file that came before."""
    known = [f["source_file"] for f in files if f["status"] == "repeated"]
    if known:
        bad = bad.where(f"source_file NOT IN ({', '.join(literal(name) for name in known)})")
        named = ", ".join("'" + name.replace("'", "''") + "'" for name in known)
        later = f"feed = '{feed.name}' AND known_date > '{run.day}' AND source_file IN ({named})"
        replace_rows(run.lake.store, REJECTED, [], later)
    rows = 0
    if any(f["bad_count"] for f in files):
        told = ("known_date", "source_file", "source_line", "batch", "reject_reasons AS reasons")
        rejected = bad.selectExpr(f"{literal(feed.name)} AS feed", *told)
        rows = run.lake.replace(REJECTED, rejected, run.since, run.day, job=run.job.name, of=_of(feed))
    else:
        replace_rows(run.lake.store, REJECTED, [], where(REJECTED, run.since, run.day, _of(feed)))
    run.written[REJECTED.name] = rows


def _write_book(run: Run, table: Table, feed: Feed, rows: list[Row], until: date) -> None:
    """A feed's rows of [since, until] in a small table that all feeds share."""
    replace_rows(run.lake.store, table, rows, where(table, run.since, until, _of(feed)))
    run.written[table.name] = len(rows)


def _rows_of(run: Run, table: Table, feed: Feed, since: date, until: date) -> list[Row]:
    wanted = (("feed", "=", feed.name), ("known_date", ">=", since), ("known_date", "<=", until))
    return read_rows(run.lake.store, table, *wanted)


def _marked_files(run: Run, intake: Intake, until: date) -> list[Row]:
    """The rows of audit.ingest_file of [since, until], with what came now among them."""
    days = intake.feed.late_window_days
    around = _rows_of(run, INGEST_FILE, intake.feed, run.since - timedelta(days=days), until)
    others = [r for r in around if not run.since <= r["known_date"] <= run.day]
    return [r for r in mark_repeated([*others, *intake.files], days) if run.since <= r["known_date"] <= until]


def _write_fields(run: Run, intake: Intake) -> None:
    """What no mapping names, by day; days on which all is known cost nothing."""
    columns = {name: column for m in intake.mappings for name, column in m.columns.items()}
    told = unknown_fields(intake.rows, intake.feed, columns) if intake.has_others else []
    if told or run.lake.store.exists(INGEST_FIELD):
        _write_book(run, INGEST_FIELD, intake.feed, told, run.day)


def _write_balance(run: Run, intake: Intake, files: list[Row], until: date) -> list[Row]:
    feed = intake.feed
    read: dict[date, int] = dict(intake.read)
    if until > run.day:
        later = _rows_of(run, INGEST_BALANCE, feed, run.day + timedelta(days=1), until)
        read |= {r["known_date"]: r["read_count"] for r in later}
    bad_again = Counter[date]()
    for file in files:
        if file["status"] == "repeated":
            bad_again[file["known_date"]] += file["bad_count"]
    silver = _lateness(run.read(feed.silver, since=run.since, until=until))
    counts = Counts(
        read,
        _by_day(run.read(feed.bronze, since=run.since, until=until)),
        {day: found["taken_count"] for day, found in silver.items()},
        _by_day(run.read_or_empty(REJECTED, since=run.since, until=until).where(f"feed = {literal(feed.name)}")),
        bad_again,
    )
    none = {"late_count": 0, "overdue_count": 0}
    balance = [{**none, **row, **silver.get(row["known_date"], {})} for row in counts.balance(feed.name)]
    _write_book(run, INGEST_BALANCE, feed, balance, until)
    return balance


def _hold_against_history(run: Run, feed: Feed, days: list[Row], bad: DataFrame) -> None:
    today, first_and_last = days[0] if days else None, history_of(run.day)
    past = _rows_of(run, INGEST_BALANCE, feed, *first_and_last)
    found = drift(feed, today, past)
    if today is not None and today["rejected_count"] >= FEW_REJECTS:
        before = run.read_or_empty(REJECTED, *first_and_last).where(f"feed = {literal(feed.name)}")
        found += shifted(feed, today, top_reasons(bad), past, top_reasons(before.withColumnRenamed("reasons", _WHY)))
    try:
        run.keep(found)
    except StopTheDay as told:
        raise FeedUnusual(told.failed) from None


def _by_day(df: DataFrame) -> dict[date, int]:
    return {r.known_date: r["count"] for r in df.groupBy("known_date").count().collect()}


def _lateness(silver: DataFrame) -> dict[date, dict[str, int]]:
    """By delivery day: rows taken, those of an earlier day, and those of them that came after the late window."""
    counted = silver.groupBy("known_date").agg(
        F.expr("count(*)").alias("taken_count"),
        F.expr("count(CASE WHEN event_date < known_date THEN 1 END)").alias("late_count"),
        F.expr("count(CASE WHEN is_late THEN 1 END)").alias("overdue_count"),
    )
    names = ("taken_count", "late_count", "overdue_count")
    return {r.known_date: {n: r[n] for n in names} for r in counted.collect()}


def top_reasons(bad: DataFrame) -> dict[str, int]:
    """How many records were refused for each reason."""
    found = bad.selectExpr(f"explode({_WHY}) AS reason").groupBy("reason").count().collect()
    return {r.reason: r["count"] for r in found}
