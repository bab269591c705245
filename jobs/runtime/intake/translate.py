"""Text columns of theirs into typed columns of ours, in SQL, with the reasons against each row that cannot be taken."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.runtime.intake.mapping import RAW, ColumnSource, Mapping, path_of
from schemas.feed import Feed, Field, Measure
from schemas.vocabulary import METRIC_RANGES, METRIC_UNITS

# The engine's regular expressions know neither \d (Sail: all scripts' digits) nor look-around (Rust's have none).
_NUMBER = r"^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$"
_MOMENT = (
    r"^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([ T][0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?)?"
    r"( ?(Z|[+-][0-9]{2}:?[0-9]{2}))?$"
)
_OFFSET = r"(Z|:[0-9]{2}([.][0-9]+)? ?[+-][0-9]{2}:?[0-9]{2})$"
_TRUE, _FALSE = "'true', '1', 't', 'yes', 'y', '是'", "'false', '0', 'f', 'no', 'n', '否'"
_DIGITS = ("０１２３４５６７８９．－＋：／", "0123456789.-+:/")
_EARLIEST_EVENT = "2000-01-01"
_EARLIEST = "1900-01-01"
LINEAGE = ("known_date", "source_file", "batch", "source_line", "flaw", "tally")


def translate(rows: DataFrame, mapping: Mapping, feed: Feed, zone: str) -> DataFrame:
    """The feed's columns, lineage, `tally` and `reject_reasons` (empty: the row is good) of what the reader gave.

    Identifiers are normalised, not yet hidden: nothing of this may be written before the door. `zone` is
    the hospital's, the one its business days are in; times without an offset are in the mapping's.
    """
    clean = _Clean(mapping)
    if mapping.format == "json_lines":
        rows = rows.selectExpr(*LINEAGE, f"from_json(raw0, {quoted(clean.json_schema())}) AS raw")
    rows = rows.selectExpr(*LINEAGE, *clean.columns())
    if mapping.format == "json_lines":
        # Broken JSON gives no value at all; so does a record without any of the columns, which is no better.
        nothing = f"tally IS NULL AND coalesce({', '.join(clean.names())}) IS NULL"
        rows = rows.withColumn("flaw", F.expr(f"coalesce(flaw, CASE WHEN {nothing} THEN 'broken_line' END)"))
    typed = [_Typed(f, mapping.columns.get(f.name), mapping.zone or zone, clean) for f in feed.fields]
    rows = rows.selectExpr(
        *LINEAGE,
        *[f"{t.expression()} AS `{t.field.name}`" for t in typed],
        *[f"{t.unreadable()} AS `{t.field.name}?`" for t in typed if t.may_be_unreadable],
    )
    if feed.measure:
        rows = _measured(rows, feed.measure)
    rows = rows.selectExpr("*", f"{_event_date(feed, zone)} AS event_date")
    reasons = ", ".join(f"CASE WHEN {when} THEN '{reason}' END" for reason, when in _reasons(feed, typed, zone))
    flawed = f"CASE WHEN flaw IS NOT NULL THEN array(flaw) ELSE array_compact(array({reasons})) END"
    known = "known_date" if mapping.known == "folder" else "event_date"
    return rows.selectExpr(
        *[f"`{f.name}`" for f in feed.fields],
        f"{known} AS known_date",
        *LINEAGE[1:4],
        "tally",
        "event_date",
        f"{flawed} AS reject_reasons",
    )


class _Clean:
    """Their columns, trimmed, what they write for nothing read as NULL, each as a column t<i>."""

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        self._paths = mapping.paths

    def name(self, path: str) -> str:
        return f"t{self._paths.index(path)}"

    def names(self) -> list[str]:
        return [self.name(path) for path in self._paths]

    def columns(self) -> list[str]:
        nulls = ", ".join(quoted(n) for n in self._mapping.nulls if n)
        out = []
        for i, path in enumerate(self._paths):
            raw = f"raw{i}"
            if self._mapping.format == "json_lines":
                raw = "raw." + ".".join(f"`{part}`" for part in path.split("."))
            trimmed = f"nullif(trim(BOTH ' \t\r\n\u00a0\u3000' FROM {raw}), '')"
            if nulls:
                trimmed = f"CASE WHEN {trimmed} NOT IN ({nulls}) THEN {trimmed} END"
            out.append(f"{trimmed} AS t{i}")
        return out

    def json_schema(self) -> str:
        tree: dict[str, dict[str, object]] = {}
        for path in self._paths:
            node: dict[str, object] = tree  # type: ignore[assignment]
            for part in path.split("."):
                node = node.setdefault(part, {})  # type: ignore[assignment]
        return ", ".join(_ddl(tree, top=True))

    def in_sql(self, sql: str) -> str:
        return RAW.sub(lambda m: self.name(path_of(m)), sql)


def _ddl(tree: dict[str, dict[str, object]], top: bool = False) -> Iterator[str]:
    for name, inner in tree.items():
        kind = f"struct<{', '.join(_ddl(inner))}>" if inner else "string"  # type: ignore[arg-type]
        yield f"`{name}` {kind}" if top else f"`{name}`: {kind}"


class _Typed:
    """One field's expression."""

    def __init__(self, field: Field, source: ColumnSource | None, zone: str, clean: _Clean) -> None:
        self.field = field
        self._source = source
        self._zone = zone
        self._clean = clean

    @property
    def may_be_unreadable(self) -> bool:
        typed = self.field.type != "string" or (self._source is not None and self._source.codes is not None)
        return bool(self._source and self._source.origins and typed)

    @property
    def reason(self) -> str:
        coded = self._source is not None and self._source.codes is not None
        return "unknown_code" if coded else "unreadable"

    def unreadable(self) -> str:
        return f"({self._origin()} IS NOT NULL AND ({self.expression()}) IS NULL)"

    def expression(self) -> str:
        source, kind = self._source, self.field.type
        if source is None:
            return f"CAST(NULL AS {kind})"
        if source.sql is not None:
            return self._normal(f"try_cast(({self._clean.in_sql(source.sql)}) AS {kind})")
        if source.value is not None:
            constant = quoted(_word(source.value))
            if kind in ("date", "timestamp"):
                return self._moment(constant)
            return self._normal(f"CAST({constant} AS {kind})")
        text = self._origin()
        if source.codes is not None:
            cases = " ".join(f"WHEN {quoted(k)} THEN {quoted(_word(v))}" for k, v in source.codes.items())
            text = f"CASE {text} {cases} END"
        if kind == "string":
            return self._normal(text)
        plain = _half_width(text)
        if kind == "boolean":
            low = f"lower({plain})"
            return f"CASE WHEN {low} IN ({_TRUE}) THEN true WHEN {low} IN ({_FALSE}) THEN false END"
        if kind in ("date", "timestamp"):
            return self._moment(plain)
        return self._number(plain)

    def _origin(self) -> str:
        names = [self._clean.name(p) for p in self._source.origins] if self._source else []
        return names[0] if len(names) == 1 else f"coalesce({', '.join(names)})"

    def _number(self, text: str) -> str:
        kind, scale = self.field.type, self._source.scale if self._source else None
        read = f"CASE WHEN {text} RLIKE '{_NUMBER}' THEN try_cast({text} AS double) END"
        if scale is not None:
            read = f"({read}) * {scale!r}D"
        if kind == "double":
            return f"CASE WHEN abs({read}) < 1e300D THEN {read} END"
        if kind in ("int", "bigint"):
            return f"CASE WHEN {read} = floor({read}) THEN try_cast({read} AS {kind}) END"
        if scale is not None:
            return f"try_cast({read} AS {kind})"
        # Sail reads no exponent into a decimal, Spark does; the way over a double serves both.
        exact = f"coalesce(try_cast({text} AS {kind}), try_cast({read} AS {kind}))"
        return f"CASE WHEN {text} RLIKE '{_NUMBER}' THEN {exact} END"

    def _moment(self, text: str) -> str:
        formats = (self._source.formats if self._source else ()) or ("iso",)
        tried = [self._date(text, f) if self.field.type == "date" else self._timestamp(text, f) for f in formats]
        return tried[0] if len(tried) == 1 else f"coalesce({', '.join(tried)})"

    def _timestamp(self, text: str, pattern: str) -> str:
        if pattern in ("epoch_ms", "epoch_s"):
            make = "timestamp_millis" if pattern == "epoch_ms" else "timestamp_seconds"
            # Twelve digits of seconds are the year 33658; much more would overflow the engine's type.
            longest = 15 if pattern == "epoch_ms" else 12
            return f"CASE WHEN char_length({text}) <= {longest} THEN {make}(try_cast({text} AS bigint)) END"
        if pattern == "iso":
            read = f"CASE WHEN {text} RLIKE '{_MOMENT}' THEN try_cast({text} AS timestamp) END"
            return f"CASE WHEN {text} RLIKE '{_OFFSET}' THEN {read} ELSE to_utc_timestamp({read}, '{self._zone}') END"
        read = f"try_to_timestamp({text}, {quoted(pattern)})"
        letters = re.sub(r"'[^']*'", "", pattern)
        return read if re.search(r"[XxZVOz]", letters) else f"to_utc_timestamp({read}, '{self._zone}')"

    def _date(self, text: str, pattern: str) -> str:
        if pattern in ("epoch_ms", "epoch_s"):
            return f"CAST(from_utc_timestamp({self._timestamp(text, pattern)}, '{self._zone}') AS date)"
        if pattern == "iso":
            # The day as it is written, whatever time and offset follow it.
            day = f"split_part(split_part({text}, 'T', 1), ' ', 1)"
            return f"CASE WHEN {text} RLIKE '{_MOMENT}' THEN try_cast({day} AS date) END"
        return f"CAST(try_to_timestamp({text}, {quoted(pattern)}) AS date)"

    def _normal(self, text: str) -> str:
        field = self.field
        if field.identifier is not None:
            return _identifier(field.identifier, text)
        if field.type != "string" or field.codes:
            return text
        plain = f"regexp_replace({text}, '</?[A-Za-z!][^>]*>', ' ')"
        return f"CASE WHEN contains({text}, '<') THEN nullif(trim({plain}), '') ELSE {text} END"


def _half_width(text: str) -> str:
    """Full-width digits and signs as plain ones; most texts are ASCII, for which this must cost nothing."""
    plain = f"translate({text}, '{_DIGITS[0]}', '{_DIGITS[1]}')"
    return f"CASE WHEN octet_length({text}) > char_length({text}) THEN {plain} ELSE {text} END"


def _identifier(kind: str, text: str) -> str:
    """One way to write one identifier, so that it has one token."""
    plain = _half_width(text)
    if kind == "phone":
        bare = f"regexp_replace({plain}, '[^0-9+]', '')"
        mobile = f"{bare} RLIKE '^([+]|00)?86[0-9]{{11}}$'"
        return f"nullif(CASE WHEN {mobile} THEN right({bare}, 11) ELSE {bare} END, '')"
    if kind in ("id_card", "hospital_card"):
        return f"nullif(upper(regexp_replace({plain}, '[^0-9A-Za-z]', '')), '')"
    if kind in ("name", "address"):
        return text
    return plain


def _measured(rows: DataFrame, measure: Measure) -> DataFrame:
    """The value in its metric's canonical unit; an unknown unit leaves `unit?` true."""
    pairs = [(m, u, f) for m, units in METRIC_UNITS.items() for u, f in units.items()]
    case = f"CASE concat(`{measure.metric}`, ' ', lower(`{measure.unit}`)) "
    factor = case + " ".join(f"WHEN {quoted(f'{m} {u.lower()}')} THEN {f!r}D" for m, u, f in pairs) + " END"
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


def _reasons(feed: Feed, typed: list[_Typed], zone: str) -> Iterator[tuple[str, str]]:
    for t in typed:
        field, column = t.field, f"`{t.field.name}`"
        if t.may_be_unreadable:
            yield f"{t.reason}:{field.name}", f"`{field.name}?`"
        if field.required:
            unless = f" AND NOT `{field.name}?`" if t.may_be_unreadable else ""
            yield f"missing:{field.name}", f"{column} IS NULL{unless}"
        if field.codes:
            codes = ", ".join(quoted(c) for c in field.codes)
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


def end_of_day(column: str, zone: str) -> str:
    """SQL for the moment a business day ends, in UTC."""
    return f"to_utc_timestamp(CAST(date_add({column}, 1) AS timestamp), '{zone}')"


def quoted(value: str) -> str:
    """The value as an SQL string literal."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _word(value: str | bool | int | float) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
