"""What a mapping file may say: how one hospital's export becomes the columns of one feed's contract."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field as Key
from pydantic import field_validator, model_validator

from jobs.runtime.conf_file import ConfError, ConfFile, Strict
from jobs.runtime.intake.units import UnknownUnit, conversion
from jobs.runtime.intake.unpack import Form
from schemas.feed import Feed, Field
from schemas.feeds import FEEDS

# raw.name, raw.part.name, raw.`a name with spaces`: a column of theirs inside an SQL expression.
RAW = re.compile(r"\braw\.(`[^`]+`|[^\W\d]\w*)((?:\.(?:`[^`]+`|[^\W\d]\w*))*)")


# {day}, or {day:yyyyMMdd} where their folders or files write it in another way.
_DAY = re.compile(r"\{day(?::([^{}]*))?\}")
_DAY_FORM = re.compile(r"yyyy[-_./]?MM[-_./]?dd")


class ColumnSource(Strict):
    """Where one column of ours comes from: `from` theirs, a constant `value`, or an `sql` expression.

    `unit` is theirs, turned into the contract's; `scale` is a bare factor.
    """

    origin: str | list[str] | None = Key(None, alias="from")
    format: str | list[str] | None = None
    scale: float | None = None
    unit: str | None = None
    codes: dict[str, str | bool | int] | None = None
    value: str | bool | int | float | None = None
    sql: str | None = None

    @model_validator(mode="after")
    def _one_source(self) -> ColumnSource:
        given = [k for k, v in (("from", self.origin), ("value", self.value), ("sql", self.sql)) if v is not None]
        if len(given) != 1:
            raise ValueError(f"expected exactly one of from, value, sql, found {' and '.join(given) or 'none'}")
        beside = (self.format, self.scale, self.unit, self.codes)
        if self.origin is None and any(key is not None for key in beside):
            raise ValueError("expected format, scale, unit and codes beside `from` only")
        if self.scale is not None and self.unit is not None:
            raise ValueError("expected one of scale and unit, found both")
        return self

    @property
    def origins(self) -> tuple[str, ...]:
        """Their columns, the first that is there being taken."""
        if self.origin is None:
            return ()
        return (self.origin,) if isinstance(self.origin, str) else tuple(self.origin)

    @property
    def formats(self) -> tuple[str, ...]:
        if self.format is None:
            return ()
        return (self.format,) if isinstance(self.format, str) else tuple(self.format)

    @property
    def mentioned(self) -> tuple[str, ...]:
        """Every column of theirs that is needed."""
        return self.origins if self.sql is None else tuple(path_of(m) for m in RAW.finditer(self.sql))


class Mapping(Strict):
    """One mapping file.

    `where`: the files, with {day} for 2026-01-31, or {day:yyyyMMdd}, {day:yyyy/MM/dd} and the like.
    `known: folder`: a row is known on the day of the folder it came in. `known: event`: the files are an
    export of the whole history; a row is known on its event's own day. `replaces`: a pattern that, cut
    out of a file's name, leaves the name of the file it corrects. `header`: names for the columns of a CSV
    file or sheet that has none. `header_line`: the line with the names, where a title stands above; what is
    above, and with `header` the line itself, is no record. `sheet`: of a workbook, the first if it is not
    named. `records`: where in a JSON document the array is, as `data.list`, if it is not the document itself.
    `ignore`: fields of theirs that are known and not wanted; any other that no mapping reads is kept in bronze's
    `other_fields` and told. `real_words`: what elsewhere stands for nobody, and here is somebody's number, as "0".
    """

    feed: str
    where: str
    format: Literal["json_lines", "json_array", "csv", "excel", "parquet"]
    encoding: Literal["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"] = "utf-8"
    delimiter: str = ","
    sheet: str | None = None
    records: str | None = None
    header: tuple[str, ...] | None = None
    header_line: int | None = Key(None, ge=1, le=100)
    zone: str | None = None
    known: Literal["folder", "event"] = "folder"
    nulls: tuple[str, ...] = ("", "-", "null", "NULL")
    replaces: str | None = None
    max_reject_share: float | None = Key(None, ge=0, le=1)
    ignore: tuple[str, ...] = ()
    real_words: tuple[str, ...] = ()
    columns: dict[str, ColumnSource]

    @field_validator("zone")
    @classmethod
    def _is_zone(cls, value: str | None) -> str | None:
        try:
            return value and ZoneInfo(value).key
        except (KeyError, ValueError, OSError):
            raise ValueError(f"expected a zone like Asia/Shanghai, found {value!r}") from None

    @field_validator("delimiter")
    @classmethod
    def _is_one_sign(cls, value: str) -> str:
        if len(value) != 1 or not value.isascii() or value in '"\r\n':
            raise ValueError(f"expected one ASCII character, found {value!r}")
        return value

    @field_validator("replaces")
    @classmethod
    def _is_pattern(cls, value: str | None) -> str | None:
        try:
            re.compile(value or "")
        except re.error as error:
            raise ValueError(f"expected a regular expression, found {value!r}: {error}") from None
        return value

    @model_validator(mode="after")
    def _days_and_folders_agree(self) -> Mapping:
        forms = _DAY.findall(self.where)
        wrong = [f for f in forms if f and not _DAY_FORM.fullmatch(f)]
        if wrong:
            raise ValueError(f"expected a day like {{day:yyyyMMdd}} in `where`, found {wrong[0]!r}")
        if bool(forms) != (self.known == "folder"):
            raise ValueError("expected {day} in `where` with `known: folder`, and none with `known: event`")
        if self.where.startswith("/") or ".." in Path(self.where).parts:
            raise ValueError(f"expected `where` below the landing folder, found {self.where!r}")
        return self

    @model_validator(mode="after")
    def _keys_and_format_agree(self) -> Mapping:
        for key, needed in (("sheet", "excel"), ("records", "json_array")):
            if getattr(self, key) is not None and self.format != needed:
                raise ValueError(f"expected {key} with `format: {needed}` only, found it with {self.format}")
        if self.header_line is not None and self.format not in ("csv", "excel"):
            raise ValueError(f"expected header_line with `format: csv` or `excel` only, found it with {self.format}")
        if self.delimiter != "," and self.format != "csv":
            raise ValueError(f"expected delimiter with `format: csv` only, found it with {self.format}")
        return self

    @property
    def form(self) -> Form:
        return Form(self.format, self.encoding, self.sheet, self.records or "")

    @model_validator(mode="after")
    def _ignores_what_it_does_not_read(self) -> Mapping:
        both = sorted({*self.ignore} & {*self.paths})
        if both:
            raise ValueError(f"expected in `ignore` no field that a column is made of, found {', '.join(both)}")
        return self

    def where_of(self, day: date | None) -> str:
        """The pattern of a day's files; of all, where the files are an export of a whole history."""
        if day is None:
            return self.where
        parts = {"yyyy": f"{day:%Y}", "MM": f"{day:%m}", "dd": f"{day:%d}"}
        return _DAY.sub(lambda m: re.sub("yyyy|MM|dd", lambda p: parts[p[0]], m[1] or "yyyy-MM-dd"), self.where)

    @property
    def lines_above(self) -> int:
        """How many lines at the beginning of a CSV file or sheet are no records."""
        return self.header_line if self.header_line is not None else int(self.header is None)

    @property
    def paths(self) -> tuple[str, ...]:
        """Their columns that the mapping needs, dots leading into nested ones; in a fixed order."""
        return tuple(sorted({p for c in self.columns.values() for p in c.mentioned}))


def load_mappings(folder: Path, feed: Feed) -> dict[str, Mapping]:
    """A hospital's mappings of a feed by part: `<feed>.yml` is the part "", `<feed>.<part>.yml` the others.

    ConfError when there is none.
    """
    files = sorted(p for p in folder.glob(f"{feed.name}*.yml") if p.name.split(".")[0] == feed.name)
    if not files:
        raise ConfError(f"{folder}: expected a mapping file {feed.name}.yml for feed {feed.name}, found none")
    return {path.name.removeprefix(feed.name).removesuffix(".yml").lstrip("."): load_mapping(path) for path in files}


def mapped_feeds(folder: Path) -> list[str]:
    """The feeds that a hospital sends: those it has mapping files for."""
    return sorted({p.name.split(".")[0] for p in folder.glob("*.yml")} & set(FEEDS))


def known_fields(mapping: Mapping, all_of_feed: Iterable[Mapping]) -> frozenset[str]:
    """The fields of a file that some mapping of it reads or ignores: several may read one file."""
    beside = [m for m in all_of_feed if m.where == mapping.where]
    return frozenset(name for m in (mapping, *beside) for name in (*m.paths, *m.ignore))


def load_mapping(path: Path) -> Mapping:
    """One mapping file, held against its feed's contract."""
    source = ConfFile(path)
    mapping = source.to(Mapping)
    if mapping.feed not in FEEDS:
        source.refuse([source.wrong(("feed",), f"one of {', '.join(FEEDS)}", repr(mapping.feed))])
    named = path.name.split(".")[0]
    if named != mapping.feed:
        source.refuse([source.wrong(("feed",), f"{named}, the feed the file is named for", mapping.feed)])
    source.refuse(_against_contract(source, mapping, FEEDS[mapping.feed]))
    return mapping


def path_of(match: re.Match[str]) -> str:
    """`raw.a.b` as the path `a.b`."""
    return (match.group(1) + match.group(2)).replace("`", "")


def _against_contract(source: ConfFile, mapping: Mapping, feed: Feed) -> list[str]:
    fields = {f.name: f for f in feed.fields}
    wrong = [
        source.wrong(("columns",), f"the required column {f.name}", "no such key")
        for f in feed.fields
        if f.required and f.name not in mapping.columns
    ]
    for name, column in mapping.columns.items():
        here = ("columns", name)
        if name not in fields:
            near = difflib.get_close_matches(name, fields, 1)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            wrong.append(source.wrong(here, f"a field of feed {feed.name}: {', '.join(fields)}", f"{name!r}{hint}"))
            continue
        codes = fields[name].codes
        given = {k: str(v) for k, v in (column.codes or {}).items()}
        if column.value is not None:
            given["value"] = str(column.value)
        wrong += [
            source.wrong((*here, "codes", k), f"one of {', '.join(codes)}", repr(v))
            for k, v in given.items()
            if codes and v not in codes
        ]
        if column.format is not None and fields[name].type not in ("date", "timestamp"):
            wrong.append(source.wrong((*here, "format"), "a format for dates and times only", fields[name].type))
        if column.unit is not None:
            wrong += _wrong_unit(source, (*here, "unit"), column.unit, fields[name])
        if column.scale is not None and fields[name].type in ("date", "timestamp", "string", "boolean"):
            wrong.append(source.wrong((*here, "scale"), "a scale for numbers only", fields[name].type))
    return wrong


def _wrong_unit(source: ConfFile, at: tuple[str, ...], unit: str, field: Field) -> list[str]:
    if field.unit is None:
        return [source.wrong(at, "no unit: the contract's column has none", repr(unit))]
    try:
        conversion(unit, field.unit)
    except UnknownUnit as error:
        return [source.wrong(at, str(error), repr(unit))]
    return []
