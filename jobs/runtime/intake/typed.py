"""One field of ours out of the text columns of theirs, in SQL."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from features.sql_text import literal
from jobs.runtime.intake.identifiers import PLACEHOLDER_WORDS
from jobs.runtime.intake.mapping import RAW, ColumnSource, Mapping, path_of
from jobs.runtime.intake.units import conversion
from schemas.feed import Field

# The engine's regular expressions know neither \d (Sail: all scripts' digits) nor look-around (Rust's have none).
_NUMBER = r"^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$"
_MOMENT = (
    r"^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([ T][0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?)?"
    r"( ?(Z|[+-][0-9]{2}:?[0-9]{2}))?$"
)
# 1,234,567.5 as spreadsheets write it; a comma anywhere else makes no number.
_GROUPED = r"^[+-]?[0-9]{1,3}(,[0-9]{3})+([.][0-9]*)?$"
_OFFSET = r"(Z|:[0-9]{2}([.][0-9]+)? ?[+-][0-9]{2}:?[0-9]{2})$"
TRUE, FALSE = ("true", "1", "t", "yes", "y", "是"), ("false", "0", "f", "no", "n", "否")
_DIGITS = ("０１２３４５６７８９．－＋：／，", "0123456789.-+:/,")


class Clean:
    """Their columns, trimmed, what they write for nothing read as NULL, each as a column t<i>."""

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        self._paths = mapping.paths

    @property
    def real_words(self) -> frozenset[str]:
        return frozenset(word.lower() for word in self._mapping.real_words)

    def name(self, path: str) -> str:
        return f"t{self._paths.index(path)}"

    def names(self) -> list[str]:
        return [self.name(path) for path in self._paths]

    def columns(self) -> list[str]:
        nulls = ", ".join(literal(n) for n in self._mapping.nulls if n)
        out = []
        for i, path in enumerate(self._paths):
            raw = f"raw{i}"
            if self._mapping.form.lines == "json_lines":
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


class Typed:
    """One field's expression."""

    def __init__(self, field: Field, source: ColumnSource | None, zone: str, clean: Clean) -> None:
        self.field = field
        self._source = source
        self._zone = zone
        self._clean = clean

    @property
    def may_be_unreadable(self) -> bool:
        typed = self.field.type != "string" or (self._source is not None and self._source.codes is not None)
        return bool(self._source and (self._source.origins or self._source.sql is not None) and typed)

    @property
    def reason(self) -> str:
        coded = self._source is not None and self._source.codes is not None
        return "unknown_code" if coded else "unreadable"

    def unreadable(self) -> str:
        is_made = self._source is not None and self._source.sql is not None
        stood = f"nullif(`{self.plain_name}`, '')" if is_made else self._origin()
        return f"({stood} IS NOT NULL AND ({self.expression()}) IS NULL)"

    def expression(self) -> str:
        source, kind = self._source, self.field.type
        if source is None:
            return f"CAST(NULL AS {kind})"
        if source.sql is not None:
            made = f"try_cast(({self._clean.in_sql(source.sql)}) AS {kind})"
            # A text that the expression gives is read as one that stands in a column.
            return self._normal(
                made if kind == "string" else f"coalesce({made}, try_cast(`{self.plain_name}` AS {kind}))"
            )
        if source.value is not None:
            constant = literal(_word(source.value))
            if kind in ("date", "timestamp"):
                return self._moment(constant)
            return self._normal(f"CAST({constant} AS {kind})")
        if kind == "string":
            return self._normal(self._coded())
        plain = f"`{self.plain_name}`"
        if kind == "boolean":
            low = f"lower({plain})"
            yes, no = (", ".join(map(literal, words)) for words in (TRUE, FALSE))
            return f"CASE WHEN {low} IN ({yes}) THEN true WHEN {low} IN ({no}) THEN false END"
        if kind in ("date", "timestamp"):
            return self._moment(plain)
        return self._number(plain)

    @property
    def plain_name(self) -> str:
        return f"{self.field.name}="

    def plain(self) -> str | None:
        """What is read as a number, a time or yes and no, in plain signs; None where nothing is.

        A column of its own, since the expression names it many times over.
        """
        if not self.may_be_unreadable or self.field.type == "string" or self._source is None:
            return None
        made = None if self._source.sql is None else f"trim(CAST(({self._clean.in_sql(self._source.sql)}) AS string))"
        text = _half_width(made or self._coded())
        return text if self.field.type in ("boolean", "date", "timestamp") else _ungrouped(text)

    def _coded(self) -> str:
        text = self._origin()
        if self._source is None or self._source.codes is None:
            return text
        cases = " ".join(f"WHEN {literal(k)} THEN {literal(_word(v))}" for k, v in self._source.codes.items())
        return f"CASE {text} {cases} END"

    def _origin(self) -> str:
        names = [self._clean.name(p) for p in self._source.origins] if self._source else []
        return names[0] if len(names) == 1 else f"coalesce({', '.join(names)})"

    def _number(self, text: str) -> str:
        kind, (scale, shift) = self.field.type, self._conversion()
        read = f"CASE WHEN {text} RLIKE '{_NUMBER}' THEN try_cast({text} AS double) END"
        if scale is not None:
            read = f"({read}) * {scale!r}D" + (f" + ({shift!r}D)" if shift else "")
        if kind == "double":
            return f"CASE WHEN abs({read}) < 1e300D THEN {read} END"
        if kind in ("int", "bigint"):
            return f"CASE WHEN {read} = floor({read}) THEN try_cast({read} AS {kind}) END"
        if scale is not None:
            return f"try_cast({read} AS {kind})"
        # Sail reads no exponent into a decimal, Spark does; the way over a double serves both.
        exact = f"coalesce(try_cast({text} AS {kind}), try_cast({read} AS {kind}))"
        return f"CASE WHEN {text} RLIKE '{_NUMBER}' THEN {exact} END"

    def _conversion(self) -> tuple[float | None, float]:
        """Factor, None where there is none, and shift from their unit to ours."""
        if self._source is None:
            return None, 0.0
        if self._source.unit is not None and self.field.unit is not None:
            return conversion(self._source.unit, self.field.unit)
        return self._source.scale, 0.0

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
        read = f"try_to_timestamp({text}, {literal(pattern)})"
        letters = re.sub(r"'[^']*'", "", pattern)
        return read if re.search(r"[XxZVOz]", letters) else f"to_utc_timestamp({read}, '{self._zone}')"

    def _date(self, text: str, pattern: str) -> str:
        if pattern in ("epoch_ms", "epoch_s"):
            return f"CAST(from_utc_timestamp({self._timestamp(text, pattern)}, '{self._zone}') AS date)"
        if pattern == "iso":
            # The day as it is written, whatever time and offset follow it.
            day = f"split_part(split_part({text}, 'T', 1), ' ', 1)"
            return f"CASE WHEN {text} RLIKE '{_MOMENT}' THEN try_cast({day} AS date) END"
        return f"CAST(try_to_timestamp({text}, {literal(pattern)}) AS date)"

    def _normal(self, text: str) -> str:
        field = self.field
        if field.identifier is not None:
            return _identifier(text, self._clean.real_words)
        if field.type != "string" or field.codes:
            return text
        plain = f"regexp_replace({text}, '</?[A-Za-z!][^>]*>', ' ')"
        return f"CASE WHEN contains({text}, '<') THEN nullif(trim({plain}), '') ELSE {text} END"


def _half_width(text: str) -> str:
    """Full-width digits and signs as plain ones; most texts are ASCII, for which this must cost nothing."""
    plain = f"translate({text}, '{_DIGITS[0]}', '{_DIGITS[1]}')"
    return f"CASE WHEN octet_length({text}) > char_length({text}) THEN {plain} ELSE {text} END"


def _ungrouped(text: str) -> str:
    bare = f"replace({text}, ',', '')"
    return f"CASE WHEN contains({text}, ',') AND ({text}) RLIKE '{_GROUPED}' THEN {bare} ELSE {text} END"


def _identifier(text: str, real_words: Collection[str]) -> str:
    """Words written for nothing are NULL, so that a required account that is one is told as missing.

    The check of required fields comes before the door, which normalises the rest (identifiers.normalised).
    """
    words = ", ".join(literal(w) for w in PLACEHOLDER_WORDS if w not in real_words)
    return f"CASE WHEN lower({text}) NOT IN ({words}) THEN {text} END"


def _word(value: str | bool | int | float) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
