"""What a mapping makes of a file, before anything is written: columns that parse, those that do not, first rows.

Everything stays in memory. What is shown has identifiers as marks and free text as it is behind the door.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from jobs.runtime.intake.files import Delivery, column_names, survey_file
from jobs.runtime.intake.free_text import scrub
from jobs.runtime.intake.mapping import Mapping, known_fields, load_mapping
from jobs.runtime.intake.other_fields import known_of, unread
from jobs.runtime.intake.reader import read_in_process, read_records
from jobs.runtime.intake.translate import translate
from schemas.feed import OTHER_FIELDS, Feed, Field
from schemas.feeds import FEEDS

EXAMPLES = 3
_LONG_NUMBER = re.compile(r"\d{7,}")
_LONGEST = 40


@dataclass(frozen=True)
class ColumnFound:
    """One field of the contract: where it comes from, how many records have it, what could not be read."""

    field: Field
    origins: tuple[str, ...]
    filled: int
    refused: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Checked:
    """What a mapping makes of one file."""

    mapping: Mapping
    feed: Feed
    files: tuple[Delivery, ...]
    read: int
    taken: int
    reasons: Counter[str]
    columns: tuple[ColumnFound, ...]
    unused: tuple[str, ...]
    first: tuple[dict[str, str], ...]

    @property
    def unmapped(self) -> tuple[Field, ...]:
        """Fields of the contract that the mapping leaves empty."""
        return tuple(f for f in self.feed.fields if f.name not in self.mapping.columns)


def check_source(spark: SparkSession, path: Path, file: Path, zone: str, *, rows: int, shown: int = 5) -> Checked:
    """Reads at most `rows` records of the file by the mapping; ConfError where the mapping is wrong in itself."""
    mapping = load_mapping(path)
    feed = FEEDS[mapping.feed]
    if not file.is_file():
        raise FileNotFoundError(f"{file}: expected a file, found none")
    files = survey_file(file, mapping, feed, _day_of(file))
    known = known_fields(mapping, ())
    records = (
        translate(read_records(spark, mapping, files, 1, known), mapping, feed, zone).where("tally IS NULL").limit(rows)
    )
    found = records.toArrow().to_pylist()
    good = [row for row in found if not row["reject_reasons"]]
    reasons = Counter(reason for row in found for reason in row["reject_reasons"])
    raw = _raw_of(files, mapping, {(r["source_file"], r["source_line"]) for r in found if r["reject_reasons"]})
    filled = [field for field in feed.fields if field.name in mapping.columns]
    columns = tuple(_column(field, mapping, found, raw) for field in filled)
    first = tuple({f.name: _shown(f, row[f.name]) for f in filled} for row in good[:shown])
    return Checked(
        mapping,
        feed,
        tuple(files),
        len(found),
        len(good),
        reasons,
        columns,
        _unused(files, found, known, mapping),
        first,
    )


def _day_of(file: Path) -> date:
    """The day in the file's path; today where there is none."""
    for written in reversed([*re.finditer(r"(20\d\d)([-_./]?)(\d\d)\2(\d\d)(?!\d)", file.as_posix())]):
        try:
            return date(int(written[1]), int(written[3]), int(written[4]))
        except ValueError:
            continue
    return date.today()


def _column(
    field: Field, mapping: Mapping, found: Sequence[dict[str, Any]], raw: dict[Any, dict[str, str]]
) -> ColumnFound:
    refused = [row for row in found if any(r.endswith(f":{field.name}") for r in row["reject_reasons"])]
    mentioned = mapping.columns[field.name].mentioned
    values = (raw.get((row["source_file"], row["source_line"]), {}) for row in refused)
    texts = (" | ".join(v[o] for o in mentioned if v.get(o)) for v in values)
    examples = tuple(dict.fromkeys(_masked(field, text) for text in texts if text))[:EXAMPLES]
    filled = sum(row[field.name] is not None for row in found)
    return ColumnFound(field, mentioned, filled, len(refused), examples)


def _raw_of(files: Sequence[Delivery], mapping: Mapping, wanted: set[tuple[str, int]]) -> dict[Any, dict[str, str]]:
    """Their columns as text, of the wanted records, by file and line."""
    found: dict[tuple[str, int], dict[str, str]] = defaultdict(dict)
    if not wanted:
        return found
    for row in read_in_process(mapping, files):
        place = (row["source_file"], row["source_line"])
        if place in wanted:
            found[place] = _texts(row, mapping)
    return found


def _texts(row: dict[str, Any], mapping: Mapping) -> dict[str, str]:
    if mapping.form.lines != "json_lines":
        return {path: row[f"raw{i}"] or "" for i, path in enumerate(mapping.paths)}
    try:
        record = json.loads(row["raw0"] or "")
    except ValueError:
        return {}
    return {path: _inside(record, path.split(".")) for path in mapping.paths}


def _inside(record: Any, path: Sequence[str]) -> str:
    for name in path:
        record = record.get(name) if isinstance(record, dict) else None
    return "" if record is None else str(record)


def _unused(
    files: Sequence[Delivery], found: Sequence[dict[str, Any]], known: frozenset[str], mapping: Mapping
) -> tuple[str, ...]:
    """Names in a header or in records; of a file that is refused whole there are no records."""
    named = [name for file in files for name in unread(column_names(file.header, mapping), known_of(known))]
    return tuple(dict.fromkeys([*named, *(name for row in found for name, _ in row[OTHER_FIELDS.name] or ())]))


def _masked(field: Field, text: str) -> str:
    """A value that could not be read, so that nobody can be told by it."""
    if field.identifier:
        return re.sub(r"\w", "x", text)[:_LONGEST]
    return _LONG_NUMBER.sub(lambda m: "9" * len(m.group()), scrub(text))[:_LONGEST]


def _shown(field: Field, value: Any) -> str:
    if value is None:
        return ""
    if field.identifier:
        return f"<{field.identifier}>"
    return scrub(str(value))[:_LONGEST] if field.type == "string" else str(value)


def problems(checked: Checked) -> Iterator[str]:
    """What stands between this file and rows in silver, a sentence each."""
    for file in checked.files:
        if file.status != "taken" or file.message:
            yield f"{file.source_file}: {file.status}; {file.message}"
    limit = checked.mapping.max_reject_share
    share = 1 - checked.taken / checked.read if checked.read else 0.0
    allowed = checked.feed.max_reject_share if limit is None else limit
    if share > allowed:
        yield f"{share:.0%} of the records would be refused, more than {allowed:.0%}: the feed would stop"
