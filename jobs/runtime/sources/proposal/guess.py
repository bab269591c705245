"""Which column of theirs is which field of ours, and why."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from jobs.runtime.intake.units import UnknownUnit, conversion
from jobs.runtime.sources.proposal.code_table import CodeTable, code_table
from jobs.runtime.sources.proposal.content_fit import Fit, content_fit
from jobs.runtime.sources.proposal.guessed import Guess, Guesses
from jobs.runtime.sources.proposal.measured import measured
from jobs.runtime.sources.proposal.name_fit import NameFit, Names
from jobs.runtime.sources.proposal.profile import NUMBERS_OF_PEOPLE, Profile, profile
from jobs.runtime.sources.proposal.sniff import Sample
from jobs.runtime.sources.proposal.words import Words
from schemas.feed import Feed, Field

LEAST_SCORE = 0.45
_NAME_WEIGHT = 0.6
# Content below this speaks against the name, which then counts for less than half.
_AGAINST = 0.35
_WEAK = 0.45


@dataclass(frozen=True)
class _Pair:
    field: Field
    column: Profile
    name: NameFit
    fit: Fit
    score: float


def guess(sample: Sample, feed: Feed, words: Words) -> Guesses:
    """The guesses for one sample. Each column serves one field, the best fit first; poor fits are none."""
    names = Names(words, feed)
    columns = [profile(name, values, words.nulls) for name, values in sample.columns.items()]
    # A long number in a column's name may be a person's, as where persons are the keys of an object.
    open_ones = [c for c in columns if not re.search(r"\d{6}", c.name)]
    pairs = [_pair(f, c, names, words, feed, sample.header is None) for f in feed.fields for c in open_ones]
    chosen: dict[str, _Pair] = {}
    taken: set[str] = set()
    for pair in sorted((p for p in pairs if p.score >= LEAST_SCORE), key=lambda p: -p.score):
        if pair.field.name not in chosen and pair.column.name not in taken:
            chosen[pair.field.name] = pair
            taken.add(pair.column.name)
    found = {name: _guess(pair, words, feed) for name, pair in chosen.items()}
    return _told(feed, columns, found, pairs, words)


def _pair(f: Field, column: Profile, names: Names, words: Words, feed: Feed, nameless: bool) -> _Pair:
    name = NameFit(0.0) if nameless else names.fit(f, column.name)
    fit = content_fit(feed, f, column, words.codes_of(feed, f), name.factor)
    if not nameless and name.score == 0 and names.means_other(f, column.name):
        fit = replace(fit, alone=0.0)
    return _Pair(f, column, name, fit, _score(name, fit, nameless))


def _score(name: NameFit, fit: Fit, nameless: bool) -> float:
    if name.barred:
        return 0.0
    if name.score == 0:
        return fit.score * max(fit.alone, fit.nameless if nameless else 0.0)
    both = _NAME_WEIGHT * name.score + (1 - _NAME_WEIGHT) * fit.score
    return both * _WEAK if fit.score < _AGAINST else both


def _guess(pair: _Pair, words: Words, feed: Feed) -> Guess:
    f, column = pair.field, pair.column
    named = f'name "{_shown(column.name)}" {pair.name.told}; ' if pair.name.score else ""
    reason = named + pair.fit.told
    if pair.name.unit is not None and pair.name.factor != 1:
        reason += f"; theirs is in {pair.name.unit}"
    guessed = Guess(f.name, reason, pair.score, origin=column.name)
    if f.type in ("date", "timestamp") and column.moments:
        return replace(guessed, formats=column.moments.formats, notes=_moment_notes(column))
    if f.codes or f.type == "boolean":
        table = code_table(f, column, words.codes_of(feed, f))
        codes = table.codes if table.is_needed(f) else {}
        return replace(guessed, codes=codes, notes=_code_notes(f, table))
    if f.type != "string" and column.is_adorned and "`" not in column.name:
        return replace(guessed, origin=None, sql=_unadorned(column.name, pair.name.factor))
    if pair.name.factor == 1:
        return guessed
    unit = _plain_unit(pair)
    return replace(guessed, unit=unit, scale=None if unit else pair.name.factor)


def _plain_unit(pair: _Pair) -> str | None:
    """Their unit, where a mapping may name it and it is worth as much."""
    if pair.name.unit is None or pair.field.unit is None:
        return None
    try:
        factor, shift = conversion(pair.name.unit, pair.field.unit)
    except UnknownUnit:
        return None
    return pair.name.unit if math.isclose(factor, pair.name.factor, rel_tol=1e-6) and not shift else None


def _unadorned(name: str, factor: float) -> str:
    bare = f"regexp_replace(raw.`{name}`, '[,¥￥$元岁天次分% ]', '')"
    return bare if factor == 1 else f"try_cast({bare} AS double) * {factor:g}"


def _moment_notes(column: Profile) -> tuple[str, ...]:
    moments = column.moments
    if moments is None:
        return ()
    notes = []
    if moments.ambiguous:
        notes.append("day and month could change places in every value: ask which comes first")
    if moments.read < column.rows:
        notes.append(f"{column.rows - moments.read:,} values are written in another way and would be refused")
    if moments.offset:
        notes.append("the values say their own offset, so `zone` does not matter to them")
    return tuple(notes)


def _code_notes(f: Field, table: CodeTable) -> tuple[str, ...]:
    ours = "true, false" if f.type == "boolean" else ", ".join(f.codes)
    notes = []
    if table.loose:
        notes.append(f"guessed by a part of the word: {', '.join(map(_shown, table.loose))}")
    if table.unknown:
        words = ", ".join(map(_shown, table.unknown))
        notes.append(f"not known, and refused until translated in `codes`: {words}; ours are {ours}")
    elif table.strange:
        notes.append(f"{table.strange:,} different values are not known and would be refused; ours are {ours}")
    return tuple(notes)


def _told(feed: Feed, columns: list[Profile], found: dict[str, Guess], pairs: list[_Pair], words: Words) -> Guesses:
    found, remarks = measured(feed, columns, found, words) if feed.measure else (found, ())
    ordered = {f.name: found[f.name] for f in feed.fields if f.name in found}
    used = {g.origin for g in found.values() if g.origin} | {
        c.name for c in columns for g in found.values() if g.sql and f"raw.`{c.name}`" in g.sql
    }
    unused = {c.name: c.kind for c in columns if c.name not in used}
    missing = {f.name: _hints(f, feed, pairs, unused) for f in feed.fields if f.required and f.name not in found}
    nulls = Counter[str]()
    for column in columns:
        nulls.update(column.nothing if column.name in used else {})
    meant = {v for g in found.values() for v in g.codes}
    return Guesses(feed, ordered, missing, unused, {v: n for v, n in nulls.items() if v not in meant}, remarks)


def _hints(f: Field, feed: Feed, pairs: list[_Pair], unused: Mapping[str, str]) -> tuple[str, ...]:
    hints = [f"their {_shown(p.column.name)} is {p.name.barred}" for p in pairs if p.field == f and p.name.barred]
    if f.identifier == "account":
        hints += [
            f"where people are known by nothing else: {f.name}: {{from: {_shown(name)}}}, {kind}"
            for name, kind in unused.items()
            if kind in NUMBERS_OF_PEOPLE
        ]
    if f.codes:
        hints.append(f"where it is always the same: {f.name}: {{value: …}}, one of {', '.join(f.codes)}")
    elif feed.id == (f.name,):
        hints.append(
            "where rows have no number, make one of what tells them apart: {sql: \"concat_ws('-', raw.…, raw.…)\"}"
        )
    return tuple(hints)


def _shown(word: str) -> str:
    return re.sub(r"\s+", " ", word)
