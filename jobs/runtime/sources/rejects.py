"""What could not be taken: how much of it, the line it stands on, and another try after something was mended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from jobs.runtime.audit import read_rows
from jobs.runtime.intake.mapping import load_mappings
from jobs.runtime.intake.unpack import Form, open_lines, parquet_source, whole_lines
from jobs.runtime.settings import Settings
from jobs.runtime.store import Store
from schemas.feeds import FEEDS
from schemas.intake import REJECTED

Days = tuple[date, date]


class NoSuchReject(ValueError):
    """A reject that is not where it was said to be."""


@dataclass(frozen=True)
class Replayed:
    """Rejects of a feed on a range of days, before and after another try."""

    days: Days
    before: int
    after: int


def count_rejects(
    settings: Settings, feed: str | None, since: date | None, until: date | None
) -> Counter[tuple[str, str]]:
    """How many records have which reason, by feed."""
    rows = _rejects(settings, feed, since, until)
    return Counter((row["feed"], reason) for row in rows for reason in row["reasons"])


def source_line(settings: Settings, feed: str, source_file: str, line: int) -> str:
    """What stands on the line, as the hospital sent it: for the eyes of who may see the landing folder."""
    name, _, part = source_file.partition("#")
    file, _, member = name.partition("!")
    path = settings.hospital.landing / file
    mappings = load_mappings(settings.sources, FEEDS[feed])
    if part not in mappings or not path.is_file():
        raise NoSuchReject(f"{source_file}: no such file below {settings.hospital.landing}, or no mapping reads it now")
    form = mappings[part].form
    lines = _parquet_rows(path, member) if form.format == "parquet" else _lines(path, member, form)
    for number, text in enumerate(lines, 1):
        if number == line:
            return text
    raise NoSuchReject(f"{source_file} has no line {line}: it has changed since, or the whole file was refused")


def replay(
    settings: Settings, feed: str, since: date | None, until: date | None, take_in: Callable[[date, date], None]
) -> Iterator[Replayed]:
    """Takes in again the days that have rejects, whole; a day's rows are replaced, so that nothing comes twice."""
    days = sorted({row["known_date"] for row in _rejects(settings, feed, since, until)})
    for first, last in _ranges(days):
        before = len(_rejects(settings, feed, first, last))
        take_in(first, last)
        yield Replayed((first, last), before, len(_rejects(settings, feed, first, last)))


def _rejects(settings: Settings, feed: str | None, since: date | None, until: date | None) -> list[dict[str, Any]]:
    wanted = [("feed", "=", feed), ("known_date", ">=", since), ("known_date", "<=", until)]
    return read_rows(Store(str(settings.lake)), REJECTED, *[w for w in wanted if w[2] is not None])


def _ranges(days: Iterable[date]) -> list[Days]:
    """Days that follow each other as one range."""
    found = list(days)
    if not found:
        return []
    breaks = [i for i, (a, b) in enumerate(pairwise(found), 1) if b - a > timedelta(days=1)]
    starts, ends = [0, *breaks], [*breaks, len(found)]
    return [(found[i], found[j - 1]) for i, j in zip(starts, ends, strict=True)]


def _lines(path: Path, member: str, form: Form) -> Iterator[str]:
    with open_lines(path, member, form) as file:
        for block in whole_lines(file):
            for line in block.removesuffix(b"\n").split(b"\n"):
                yield line.decode(form.line_encoding, errors="replace").rstrip("\r")


def _parquet_rows(path: Path, member: str) -> Iterator[str]:
    with pq.ParquetFile(parquet_source(path, member)) as file:
        for batch in file.iter_batches():
            yield from (str(row) for row in batch.to_pylist())
