"""Text columns of theirs into typed columns of ours, in SQL, with the reasons against each row that cannot be taken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.sql_text import literal
from jobs.runtime.intake.mapping import Mapping
from jobs.runtime.intake.typed import Clean, Typed
from schemas.feed import OTHER_FIELDS, Feed, Field, Measure
from schemas.vocabulary import METRIC_RANGES, METRIC_UNITS

_EARLIEST_EVENT = "2000-01-01"
_EARLIEST = "1900-01-01"
LINEAGE = ("known_date", "source_file", "batch", "source_line", "flaw", "tally", OTHER_FIELDS.name)


def translate(rows: DataFrame, mapping: Mapping, feed: Feed, zone: str) -> DataFrame:
    """The feed's columns, lineage, `tally` and `reject_reasons` (empty: the row is good) of what the reader gave.

    Identifiers are as they came, not yet hidden: nothing of this may be written before the door. `zone` is
    the hospital's, the one its business days are in; times without an offset are in the mapping's.
    """
    clean = Clean(mapping)
    if mapping.form.lines == "json_lines":
        rows = rows.selectExpr(*LINEAGE, f"from_json(raw0, {literal(clean.json_schema())}) AS raw")
    rows = rows.selectExpr(*LINEAGE, *clean.columns())
    if mapping.form.lines == "json_lines":
        # Broken JSON gives no value at all; so does a record without any of the columns, which is no better.
        nothing = f"tally IS NULL AND coalesce({', '.join(clean.names())}) IS NULL"
        rows = rows.withColumn("flaw", F.expr(f"coalesce(flaw, CASE WHEN {nothing} THEN 'broken_line' END)"))
    typed = [Typed(f, mapping.columns.get(f.name), mapping.zone or zone, clean) for f in feed.fields]
    plain = [f"{said} AS `{t.plain_name}`" for t in typed if (said := t.plain())]
    rows = rows.selectExpr("*", *plain) if plain else rows
    rows = rows.selectExpr(
        *LINEAGE,
        *[f"{t.expression()} AS `{t.field.name}`" for t in typed],
        *[f"{t.unreadable()} AS `{t.field.name}?`" for t in typed if t.may_be_unreadable],
    )
    if feed.measure:
        rows = _measured(rows, feed.measure)
    rows = rows.selectExpr("*", f"{_event_date(feed, zone)} AS event_date")
    against = ", ".join(f"CASE WHEN {when} THEN '{reason}' END" for reason, when in reasons(feed, typed, zone))
    flawed = f"CASE WHEN flaw IS NOT NULL THEN array(flaw) ELSE array_compact(array({against})) END"
    known = "known_date" if mapping.known == "folder" else "event_date"
    return rows.selectExpr(
        *[f"`{f.name}`" for f in feed.fields],
        f"{known} AS known_date",
        *LINEAGE[1:4],
        "tally",
        OTHER_FIELDS.name,
        "event_date",
        f"{flawed} AS reject_reasons",
    )


def _measured(rows: DataFrame, measure: Measure) -> DataFrame:
    """The value in its metric's canonical unit; an unknown unit leaves `unit?` true."""
    pairs = [(m, u, f) for m, units in METRIC_UNITS.items() for u, f in units.items()]
    case = f"CASE concat(`{measure.metric}`, ' ', lower(`{measure.unit}`)) "
    factor = case + " ".join(f"WHEN {literal(f'{m} {u.lower()}')} THEN {f!r}D" for m, u, f in pairs) + " END"
    first = {m: next(iter(units)) for m, units in METRIC_UNITS.items()}
    canonical = f"CASE `{measure.metric}` " + " ".join(f"WHEN '{m}' THEN '{u}'" for m, u in first.items()) + " END"
    # Rounded, so that 120 mmHg and 16.0 kPa sent for one reading do not differ by a rounding error alone.
    value = f"CASE WHEN ({factor}) = 1D THEN `{measure.value}` ELSE round(`{measure.value}` * ({factor}), 4) END"
    unknown = f"`{measure.unit}` IS NOT NULL AND `{measure.metric}` IS NOT NULL AND ({factor}) IS NULL"
    new = {
        measure.value: f"coalesce({value}, `{measure.value}`)",
        measure.unit: f"CASE WHEN ({factor}) IS NULL THEN `{measure.unit}` ELSE {canonical} END",
    }
    return rows.selectExpr(
        *[f"{new[c]} AS `{c}`" if c in new else f"`{c}`" for c in rows.columns], f"({unknown}) AS `unknown unit`"
    )


def _event_date(feed: Feed, zone: str) -> str:
    time = feed.field(feed.event_time)
    return f"`{time.name}`" if time.type == "date" else f"CAST(from_utc_timestamp(`{time.name}`, '{zone}') AS date)"


def reasons(feed: Feed, typed: Sequence[Typed], zone: str) -> Iterator[tuple[str, str]]:
    """What can be wrong with a record, as one of schemas.intake.REJECT_REASONS, and when it is, in SQL."""
    for t in typed:
        field, column = t.field, f"`{t.field.name}`"
        if t.may_be_unreadable:
            yield f"{t.reason}:{field.name}", f"`{field.name}?`"
        if field.required:
            unless = f" AND NOT `{field.name}?`" if t.may_be_unreadable else ""
            yield f"missing:{field.name}", f"{column} IS NULL{unless}"
        if field.codes:
            codes = ", ".join(literal(c) for c in field.codes)
            yield f"unknown_code:{field.name}", f"{column} NOT IN ({codes})"
        for bad in _bounds(feed, field):
            yield f"out_of_range:{field.name}", bad
    if feed.measure:
        yield f"unknown_unit:{feed.measure.unit}", "`unknown unit`"
        ranges = " ".join(
            f"WHEN '{m}' THEN `{feed.measure.value}` NOT BETWEEN {low} AND {high}"
            for m, (low, high) in METRIC_RANGES.items()
        )
        case = f"CASE `{feed.measure.metric}` {ranges} END"
        yield f"out_of_range:{feed.measure.value}", f"NOT `unknown unit` AND {case}"
    yield "future_time", _future(feed, zone)
    if feed.oldest_days is not None:
        yield "past_time", _long_past(feed, feed.oldest_days)


def _bounds(feed: Feed, field: Field) -> Iterator[str]:
    if field.type in ("date", "timestamp"):
        earliest = _EARLIEST_EVENT if field.name == feed.event_time else _EARLIEST
        yield f"`{field.name}` < {field.type} '{earliest}'"
        return
    limits = [f"`{field.name}` < {field.min}"] if field.min is not None else []
    limits += [f"`{field.name}` > {field.max}"] if field.max is not None else []
    if limits:
        yield " OR ".join(limits)


def _future(feed: Feed, zone: str) -> str:
    """Later than an hour after the end of the day it was delivered on."""
    time = feed.field(feed.event_time)
    if time.type == "date":
        return f"`{time.name}` > known_date"
    return f"`{time.name}` > {end_of_day('known_date', zone)} + INTERVAL 1 HOUR"


def _long_past(feed: Feed, days: int) -> str:
    """A clock that begins at some year when its battery was empty; what is out of range is told as that."""
    believable = f"`{feed.event_time}` >= {feed.field(feed.event_time).type} '{_EARLIEST_EVENT}'"
    return f"{believable} AND event_date < date_sub(known_date, {days})"


def end_of_day(column: str, zone: str) -> str:
    """SQL for the moment a business day ends, in UTC."""
    return f"to_utc_timestamp(CAST(date_add({column}, 1) AS timestamp), '{zone}')"
