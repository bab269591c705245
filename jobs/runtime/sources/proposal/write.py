"""The guesses as a mapping file, each with its reason above it, for a person to correct."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from jobs.runtime.intake.mapping import Mapping
from jobs.runtime.sources.proposal import SourceUnreadable
from jobs.runtime.sources.proposal.guessed import Guess, Guesses
from jobs.runtime.sources.proposal.place import Place
from jobs.runtime.sources.proposal.sniff import Sample
from schemas.feed import Field

_NULLS: tuple[str, ...] = Mapping.model_fields["nulls"].default
_MOST_LISTED = 200
_WIDTH = 118


def mapping_text(sample: Sample, guesses: Guesses, place: Place, zone: str | None = None) -> str:
    """The YAML. Of their values it has words of short lists only, and numbers of values."""
    return "\n".join([*_top(sample, guesses, place, zone), *_columns(guesses), *_bottom(guesses)]) + "\n"


def write_new(path: Path, text: str) -> None:
    """Writes the file, never over another."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        refuse_existing(path)


def refuse_existing(path: Path) -> None:
    """Raises where there is a mapping, which somebody may have corrected."""
    if path.exists():
        raise SourceUnreadable(
            f"{path}: a mapping is here already and is left as it is; without --hospital the new one is printed"
        )


def _top(sample: Sample, guesses: Guesses, place: Place, zone: str | None) -> Iterator[str]:
    yield from _comment(
        f"Guessed from {sample.records:,} records of one file: above each line is why. "
        "Correct it, translate what is marked, then delete these comments.",
    )
    yield f"feed: {guesses.feed.name}"
    yield from _comment(place.why)
    yield f"where: {scalar(place.where)}"
    for key, line in _dialect(sample):
        yield from _comment(sample.why.get(key, ""))
        if line:
            yield line
    whose = "the hospital's zone" if zone else "its hospital's zone"
    yield from _comment(f"times without an offset are taken for {whose}; if they are not, say so:")
    yield f"# zone: {zone or 'Asia/Shanghai'}"
    yield f"known: {place.known}"
    extra = {v: n for v, n in guesses.nulls.items() if v not in _NULLS}
    if extra:
        yield from _comment("these stand for nothing: " + ", ".join(f"{v} in {n:,} values" for v, n in extra.items()))
        yield f"nulls: [{', '.join(json.dumps(v, ensure_ascii=False) for v in (*_NULLS, *extra))}]"


def _dialect(sample: Sample) -> Iterator[tuple[str, str]]:
    yield "format", f"format: {sample.format}"
    if sample.sheet is not None:
        yield "sheet", f"sheet: {scalar(sample.sheet)}"
    if sample.records_path is not None:
        yield "records", f"records: {scalar(sample.records_path)}"
    if sample.format in ("csv", "json_lines", "json_array"):
        yield "encoding", f"encoding: {sample.encoding}"
    if sample.format == "csv":
        yield "delimiter", f"delimiter: {json.dumps(sample.delimiter)}"
    if sample.format in ("csv", "excel"):
        names = "" if sample.header else f"header: [{', '.join(map(scalar, sample.columns))}]"
        yield "header", names
        if sample.lines_above > 1 or (names and sample.lines_above):
            yield "header_line", f"header_line: {sample.lines_above}"


def _columns(guesses: Guesses) -> Iterator[str]:
    yield "columns:"
    for f in guesses.feed.fields:
        if f.name in guesses.columns:
            made = guesses.columns[f.name]
            yield from _comment(made.reason, *made.notes, indent="  ")
            yield from _entry(made)
        elif f.required:
            yield from _comment(f"{f.name}: required: {_meaning(f)}; no column fits", indent="  ")
            yield from _comment(*guesses.missing[f.name], indent="  ", hanging="  ")


def _meaning(f: Field) -> str:
    return f.meaning.rstrip(".")


def column_line(made: Guess) -> str:
    """One column of the mapping, as it stands below `columns`."""
    return "\n".join(line.removeprefix("  ") for line in _entry(made))


def _entry(made: Guess) -> Iterator[str]:
    parts = []
    if made.origin is not None:
        origins = [scalar(o) for o in (*made.before, made.origin)]
        parts.append(f"from: {origins[0] if len(origins) == 1 else '[' + ', '.join(origins) + ']'}")
    if made.value is not None:
        parts.append(f"value: {scalar(made.value)}")
    if made.sql is not None:
        parts.append(f"sql: {json.dumps(made.sql, ensure_ascii=False)}")
    if made.formats:
        formats = [scalar(f) for f in made.formats]
        parts.append(f"format: {formats[0] if len(formats) == 1 else '[' + ', '.join(formats) + ']'}")
    if made.unit is not None:
        parts.append(f"unit: {scalar(made.unit)}")
    if made.scale is not None:
        parts.append(f"scale: {made.scale!r}")
    codes = [f"{scalar(k)}: {json.dumps(v) if v in ('true', 'false') else v}" for k, v in made.codes.items()]
    if not codes:
        yield f"  {made.field}: {{{', '.join(parts)}}}"
    elif len(codes) <= 6:
        yield f"  {made.field}: {{{', '.join([*parts, 'codes: {' + ', '.join(codes) + '}'])}}}"
    else:
        yield f"  {made.field}:"
        yield from (f"    {part}" for part in [*parts, "codes:"])
        yield from (f"      {code}" for code in codes)


def _bottom(guesses: Guesses) -> Iterator[str]:
    if guesses.remarks:
        yield from _comment("Other measures in this file:")
        yield from _comment(*guesses.remarks, hanging="  ")
    if guesses.unused:
        yield from _comment("Their columns that no guess uses:")
        listed = list(guesses.unused.items())[:_MOST_LISTED]
        yield from _comment(*(f"{_harmless(name)}: {kind}" for name, kind in listed), hanging="  ")
        if len(guesses.unused) > _MOST_LISTED:
            yield from _comment(f"and {len(guesses.unused) - _MOST_LISTED:,} more", hanging="  ")


def _harmless(name: str) -> str:
    """A column's name, unless it may be somebody's number, as where persons are the keys of an object."""
    return "(a name with a long number in it)" if re.search(r"\d{6}", name) else re.sub(r"\s+", " ", name)


def _comment(*texts: str, indent: str = "", hanging: str = "") -> Iterator[str]:
    for text in texts:
        line, width = "", _WIDTH - len(indent) - len(hanging)
        for word in text.split():
            if line and len(line) + len(word) >= width:
                yield f"{indent}# {hanging}{line}"
                line = ""
            line = f"{line} {word}" if line else word
        if line:
            yield f"{indent}# {hanging}{line}"


def scalar(text: str) -> str:
    """A text for YAML, plain where it stays the same text, also inside of brackets."""
    if re.fullmatch(r"[^\W\d_][\w.()/*-]*(/\{day\}[\w./*-]*)?", text) and yaml.safe_load(text) == text:
        return text
    return json.dumps(text, ensure_ascii=False)
