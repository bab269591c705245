"""The fields that no mapping names, told by day, each with the line that a person may put into the mapping file."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame

from jobs.runtime.intake.balance import Row
from jobs.runtime.intake.mapping import ColumnSource
from jobs.runtime.intake.unknown_value import telling
from jobs.runtime.settings import project_root
from jobs.runtime.sources.proposal.guess import guess
from jobs.runtime.sources.proposal.name_fit import Names
from jobs.runtime.sources.proposal.profile import profile
from jobs.runtime.sources.proposal.sniff import Sample
from jobs.runtime.sources.proposal.words import FILE, Words, load_words
from jobs.runtime.sources.proposal.write import column_line, scalar
from schemas.feed import OTHER_FIELDS, Feed

# Lines of each file that are looked at for a proposal.
_LOOKED_AT = 300
_SURE_NAME = 0.85
Columns = Mapping[str, ColumnSource]


def unknown_fields(rows: DataFrame, feed: Feed, columns: Columns) -> list[Row]:
    """Rows of audit.ingest_field for records that were through the door; `columns` are what mappings make."""
    others = rows.where(f"{OTHER_FIELDS.name} IS NOT NULL")
    exploded = others.selectExpr("known_date", f"explode({OTHER_FIELDS.name}) AS (field, value)")
    counted = exploded.groupBy("known_date", "field").count().collect()
    first: dict[str, date] = {}
    for row in sorted(counted):
        first.setdefault(row.field, row.known_date)
    days = ", ".join(f"DATE'{day}'" for day in sorted({*first.values()}))
    looked_at = others.where(f"known_date IN ({days}) AND source_line <= {_LOOKED_AT}")
    sample = looked_at.select(*[f.name for f in feed.fields], OTHER_FIELDS.name).toArrow().to_pylist()
    told = proposals(sorted(first), sample, feed, columns, load_words(project_root() / "conf" / FILE))
    names = ("feed", "known_date", "field", "record_count", "looks_like", "proposal")
    return [
        dict(zip(names, (feed.name, r.known_date, r.field, r["count"], *told[r.field]), strict=True))
        for r in sorted(counted)
    ]


def proposals(
    names: Collection[str], sample: Sequence[dict[str, Any]], feed: Feed, columns: Columns, words: Words
) -> dict[str, tuple[str, str]]:
    """What is in each field, and the mapping's line for it: a field of ours that is empty beside it, or `ignore`."""
    records = [(dict(row[OTHER_FIELDS.name]), row) for row in sample]
    values = {name: [others.get(name) for others, _ in records] for name in names}
    guessed = guess(Sample(Path(), "json_lines", values, header=tuple(names)), feed, words)
    ours = {made.origin: made for made in guessed.columns.values() if made.origin is not None}
    told: dict[str, tuple[str, str]] = {}
    for name in names:
        beside = [row for others, row in records if name in others]
        made, mark = ours.get(name), telling(name)
        kind = f"hidden: {mark}" if mark else profile(name, values[name], words.nulls).kind
        line = f"ignore: [{scalar(name)}]"
        if mark and (field := _named(name, feed, words)):
            line = f"{field}: {{from: {scalar(name)}}}"
        elif made is not None and not any(row[made.field] is not None for row in beside):
            had = columns[made.field].origins if made.field in columns else ()
            line = column_line(replace(made, before=had))
            kind += f"; perhaps {' or '.join(had)} under a new name" if had else ""
        told[name] = (kind, line)
    return told


def _named(name: str, feed: Feed, words: Words) -> str | None:
    """The identifier of ours that is usually called so: what stands in it is hidden, and its name all there is."""
    names = Names(words, feed)
    fits = [(names.fit(f, name).score, f.name) for f in feed.fields if f.identifier]
    score, field = max(fits, default=(0.0, None))
    return field if score >= _SURE_NAME else None
