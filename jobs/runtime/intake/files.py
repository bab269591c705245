"""Which files came for a feed, and what can be known of each before its rows are read."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from difflib import get_close_matches
from io import BufferedReader
from pathlib import Path
from typing import cast

import pyarrow as pa
import pyarrow.parquet as pq

from jobs.runtime.intake.corrected import what_changed
from jobs.runtime.intake.look import Cut, Look, decodes
from jobs.runtime.intake.mapping import Mapping
from jobs.runtime.intake.unpack import (
    CannotUnpack,
    is_packed,
    members,
    open_bytes,
    open_lines,
    parquet_source,
    whole_lines,
)
from schemas.feed import Feed

# A file with more undecodable lines than this is in another encoding; with fewer, those lines are broken.
_MOST_BROKEN = 0.01
_HEAD = 1 << 16
_ENCODINGS = ("utf-8", "gb18030")
# How programs call a file until it is whole.
_UNFINISHED = (
    *(".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".download", ".upload", ".uploading"),
    *(".writing", ".incomplete", ".inprogress", ".swp"),
)
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
# A mobile number or an ID card.
_IDENTIFIER = re.compile(r"(?<![0-9A-Za-z])(?:1[3-9][0-9]{9}|[1-9][0-9]{16}[0-9Xx])(?![0-9A-Za-z])")
_LONG_NUMBER = re.compile(r"[0-9]{6}")


class LandingChanged(RuntimeError):
    """A landing file was written to, replaced or taken away while it was read."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} changed or vanished while it was read: somebody is still writing or moving it. Nothing of it was "
            "taken; when it is whole and in its place, run the same again"
        )


@dataclass(frozen=True)
class Delivery:
    """One file that came, or, with status `absent`, that should have come.

    `source_file` is its path below the landing folder, with `!member` in a zip archive and `#part` where one of
    several mappings reads it: a file may be read by more than one, each of its lines then being a record for each.
    `flaw` is the reason all of its rows are refused for; with status `unreadable` there are no rows. `seen` tells the
    file from what it may become while it is read.
    """

    path: Path
    source_file: str
    known_date: date | None
    member: str = ""
    status: str = "taken"
    message: str = ""
    flaw: str | None = None
    sha256: str = ""
    size: int = 0
    header: tuple[str, ...] = ()
    seen: tuple[int, int] | None = None
    cuts: tuple[Cut, ...] = field(default=())
    corrected_by: Path | None = None

    @property
    def batch(self) -> str:
        return self.sha256[:16]


def find_deliveries(landing: Path, mapping: Mapping, part: str, feed: Feed, since: date, until: date) -> list[Delivery]:
    """Every file of a range of days, surveyed; each day without one is there too, as absent, if the feed is daily."""
    found: list[Delivery] = []
    suffix = f"#{part}" if part else ""
    for day, where, paths in _looked_for(landing, mapping, since, until):
        if not paths and feed.daily:
            found.append(Delivery(landing / where, where + suffix, day, status="absent", message="no file came"))
        of_day = [one for path in paths for one in _members(landing, path, day, suffix)]
        of_day = [_without_identifier(delivery, i) for i, delivery in enumerate(of_day, 1)]
        found += _without_replaced(of_day, mapping.replaces)
    with ThreadPoolExecutor(4) as threads:
        surveyed = list(threads.map(lambda d: _survey(d, mapping, feed), found))
    return _exports_once(surveyed) if mapping.known == "event" else surveyed


def came(landing: Path, mapping: Mapping, since: date, until: date) -> bool:
    """Whether there is any finished file of the days, whatever is in it."""
    return any(paths for _, _, paths in _looked_for(landing, mapping, since, until))


def _looked_for(
    landing: Path, mapping: Mapping, since: date, until: date
) -> Iterator[tuple[date | None, str, list[Path]]]:
    """Each day (None for an export of a whole history) with the pattern and the finished files that fit it."""
    for day in _days(since, until) if mapping.known == "folder" else [None]:
        where = mapping.where_of(day)
        yield day, where, sorted(p for p in landing.glob(where) if p.is_file() and not _unfinished(p))


def survey_file(path: Path, mapping: Mapping, feed: Feed, known_date: date) -> list[Delivery]:
    """One file, wherever it lies, as if it had come on a day."""
    return [_survey(delivery, mapping, feed) for delivery in _members(path.parent, path, known_date, "")]


def _members(landing: Path, path: Path, day: date | None, suffix: str) -> Iterator[Delivery]:
    """The file itself, or each of those in a zip archive."""
    name = path.relative_to(landing).as_posix()
    inside = members(path)
    for member in inside:
        yield Delivery(path, name + (f"!{member}" if member else "") + suffix, day, member)
    if not inside:
        yield Delivery(path, name + suffix, day, status="empty", message="the archive has no files")


def _without_identifier(delivery: Delivery, place: int) -> Delivery:
    """The same file; an identifier in its name is not told, but its place among the files of its day."""
    masked = _IDENTIFIER.sub("[number]", delivery.source_file)
    return delivery if masked == delivery.source_file else replace(delivery, source_file=f"{masked}~{place}")


def _exports_once(deliveries: list[Delivery]) -> list[Delivery]:
    """Of exports with the same bytes, which always lie side by side, only the first is read."""
    seen: dict[str, Delivery] = {}
    kept = []
    for d in deliveries:
        first = seen.setdefault(d.sha256, d) if d.status == "taken" else d
        again = replace(d, status="repeated", message=f"the same bytes came as {first.source_file}", cuts=())
        kept.append(d if first is d else again)
    return kept


def _days(since: date, until: date) -> list[date]:
    return [since + timedelta(days=i) for i in range((until - since).days + 1)]


def _unfinished(path: Path) -> bool:
    name = path.name.lower()
    return name.startswith((".", "_", "~$")) or name.endswith(("~", *_UNFINISHED))


def _without_replaced(deliveries: list[Delivery], pattern: str | None) -> list[Delivery]:
    """Of a file and its corrections in one folder the last correction by name counts."""
    if pattern is None:
        return deliveries
    corrected: dict[tuple[Path, str], list[Delivery]] = {}
    for delivery in deliveries:
        original = delivery.path.with_name(re.sub(pattern, "", delivery.path.name))
        corrected.setdefault((original, delivery.member), []).append(delivery)
    kept: list[Delivery] = []
    for (original, _), group in corrected.items():
        *old, last = sorted(group, key=lambda d: (d.path != original, d.path.name))
        told = f"corrected by {last.source_file.split('#')[0].rsplit('/', 1)[-1]}"
        kept += [replace(d, status="replaced", message=told, corrected_by=last.path) for d in old]
        kept.append(last)
    return kept


def _survey(delivery: Delivery, mapping: Mapping, feed: Feed) -> Delivery:
    if delivery.status in ("absent", "empty"):
        return delivery
    try:
        delivery = replace(delivery, seen=seen(delivery.path))
        size, digest = _digest(delivery)
        delivery = replace(delivery, size=size, sha256=digest)
        if delivery.corrected_by is not None:
            changes = what_changed(delivery.path, delivery.corrected_by, delivery.member, mapping.form)
            return replace(delivery, message=f"{delivery.message}{changes}")
        if size == 0:
            return replace(delivery, status="empty", message="the file has no bytes")
        looked = _survey_parquet(delivery) if mapping.format == "parquet" else _survey_text(delivery, mapping)
    except FileNotFoundError:
        raise LandingChanged(delivery.path) from None
    except csv.Error:
        return _unreadable(delivery, "its first line cannot be cut into columns")
    except CannotUnpack as error:
        return _unreadable(delivery, f"cannot be read: {error}")
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, pa.ArrowException) as error:
        return _unreadable(delivery, _cause(error))
    if looked.status != "taken" or mapping.form.lines == "json_lines":
        return looked
    return _against_header(looked, mapping, feed)


def seen(path: Path) -> tuple[int, int] | None:
    """What tells a file from the same one written to or replaced; None when it is gone."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_size, found.st_mtime_ns


def _digest(delivery: Delivery) -> tuple[int, str]:
    """Of the bytes as they came; of a zip archive's member, of its own."""
    with open_bytes(delivery.path, delivery.member) if delivery.member else delivery.path.open("rb") as file:
        digest = hashlib.file_digest(cast(BufferedReader, file), "sha256").hexdigest()
        return file.tell(), digest


def _unreadable(delivery: Delivery, cause: str) -> Delivery:
    return replace(delivery, status="unreadable", message=cause, flaw="unreadable_file")


def _cause(error: BaseException) -> str:
    # Readers quote what they stumbled over; a message must not carry anything out of the file.
    return f"cannot be read: {type(error).__name__}, {re.split(r'[:;.]', str(error))[0][:80]}"


def _survey_parquet(delivery: Delivery) -> Delivery:
    with pq.ParquetFile(parquet_source(delivery.path, delivery.member)) as file:
        groups = [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)]
        header = tuple(file.schema_arrow.names)
    cuts, line = [], 1
    for i, rows in enumerate(groups):
        cuts.append(Cut(i, i + 1, line))
        line += rows
    if line == 1:
        return replace(delivery, header=header, status="empty", message="the file has no rows")
    return replace(delivery, header=header, cuts=tuple(cuts))


def _survey_text(delivery: Delivery, mapping: Mapping) -> Delivery:
    form, is_csv = mapping.form, mapping.form.lines == "csv"
    look = Look(form.line_encoding, quotes=is_csv, transcoded=form.is_transcoded)
    with open_lines(delivery.path, delivery.member, form) as file:
        for block in whole_lines(file):
            look.at(block)
    if look.broken > max(1, _MOST_BROKEN * look.lines) or look.first.startswith(_UTF16):
        told = f"{look.broken} of {look.lines} lines are not {mapping.encoding}"
        return _unreadable(delivery, told + _guess(delivery))
    if look.other and look.other_lines > 20 and not look.other_broken:
        return _unreadable(delivery, f"expected {mapping.encoding}, but all of it reads as {look.other}")
    header = mapping.header or ()
    above = _lines_above(delivery, mapping) if is_csv else []
    if is_csv and not header:
        text = above[-1] if len(above) == mapping.lines_above else ""
        header = tuple(h.strip() for h in next(csv.reader(io.StringIO(text), delimiter=mapping.delimiter), []))
    if look.records <= sum(bool(line.strip()) for line in above):
        return replace(delivery, header=header, status="empty", message="the file has no records")
    can_cut = not is_packed(delivery.path) and not form.is_rewritten and look.even_quotes
    return replace(delivery, header=header, cuts=tuple(look.cuts) if can_cut else (Cut(0, None, 1),))


def _lines_above(delivery: Delivery, mapping: Mapping) -> list[str]:
    """Title and names, as text."""
    encoding = mapping.form.line_encoding
    with open_lines(delivery.path, delivery.member, mapping.form) as file:
        lines = [file.readline().decode(encoding, errors="replace") for _ in range(mapping.lines_above)]
    return [line.lstrip("\ufeff").rstrip("\r\n") for line in lines if line]


def _guess(delivery: Delivery) -> str:
    with open_bytes(delivery.path, delivery.member) as file:
        head = file.read(_HEAD).rsplit(b"\n", 1)[0]
    if head.startswith(_UTF16):
        return "; it reads as utf-16: say so in the mapping's `encoding`"
    fits = [e for e in _ENCODINGS if decodes(head, e)]
    return f"; it reads as {fits[0]}: say so in the mapping's `encoding`" if fits else ""


def _against_header(delivery: Delivery, mapping: Mapping, feed: Feed) -> Delivery:
    """Refuses all rows when a required column did not come; tells of others that did not."""
    missing = {
        name: column.origins
        for name, column in mapping.columns.items()
        if column.origins and not any(_is_there(o, delivery.header, mapping.format) for o in column.origins)
    }
    told = [" or ".join(origins) for origins in missing.values()]
    message = f"columns not in the file: {', '.join(told)}; {_it_has(delivery.header, mapping)}" if told else ""
    unread = [name for name in column_names(delivery.header, mapping) if name not in mapping.paths]
    renamed = {o: n for origins in missing.values() for o in origins for n in get_close_matches(o, unread, 1)}
    message += "".join(f"; perhaps {old} is now {new}" for old, new in renamed.items())
    needed = [f.name for f in feed.fields if f.required and f.name in missing]
    if not needed:
        return replace(delivery, message=message)
    return replace(delivery, message=message, status="rejected", flaw=f"missing_column:{missing[needed[0]][0]}")


def _it_has(header: tuple[str, ...], mapping: Mapping) -> str:
    names = column_names(header, mapping)
    return f"it has {', '.join(names)}" if names else f"it has {len(header)} others: is its first line a header?"


def column_names(header: tuple[str, ...], mapping: Mapping) -> tuple[str, ...]:
    """The names in a header, as they may be told: none where it has none of the mapping's columns.

    A file without a header begins with a record, and a long number as a column's name may be somebody's.
    """
    if not any(_is_there(o, header, mapping.format) for column in mapping.columns.values() for o in column.origins):
        return ()
    return tuple("(a long number)" if _LONG_NUMBER.search(name) else name for name in header)


def _is_there(origin: str, header: tuple[str, ...], kind: str) -> bool:
    return origin in header or (kind == "parquet" and origin.split(".")[0] in header)
