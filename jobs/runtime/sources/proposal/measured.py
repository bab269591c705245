"""Files that say by a column's name what was measured: one guess for the metric, the value and the unit together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from jobs.runtime.sources.proposal.guessed import Guess
from jobs.runtime.sources.proposal.profile import Profile
from jobs.runtime.sources.proposal.words import Words, plain
from schemas.feed import Feed
from schemas.vocabulary import METRIC_UNITS

# Half of a person's values below this are in the first unit, otherwise in the second.
_PARTED_AT = {
    "glucose": (33.0, "mmol/L", "mg/dL"),
    "systolic": (40.0, "kPa", "mmHg"),
    "diastolic": (27.0, "kPa", "mmHg"),
    "sleep": (24.0, "h", "min"),
}
_Found = dict[str, Guess]


def measured(feed: Feed, columns: Sequence[Profile], found: _Found, words: Words) -> tuple[_Found, tuple[str, ...]]:
    """The guesses with metric, value and unit, where no column says the metric; the other measures as remarks."""
    measure = feed.measure
    if measure is None or (measure.metric in found and found[measure.metric].origin):
        return found, ()
    taken = {g.origin for f, g in found.items() if f != measure.value}
    known = words.codes_of(feed, feed.field(measure.metric))
    named = [(c, m) for c in columns if c.name not in taken and c.numbers and (m := _metric(c.name, known, words))]
    if not named:
        return found, ()
    # Whole names before those with a unit or another word around the metric.
    named.sort(key=lambda pair: plain(pair[0].name) not in known)
    column, metric = named[0]
    out = dict(found)
    out[measure.metric] = _constant(measure.metric, metric, f'the value\'s column "{column.name}" names it')
    if measure.value not in out or out[measure.value].score < 0.9:
        told = f'name "{column.name}" is usual for {metric}; {len(column.numbers):,} of {column.rows:,} are numbers'
        out[measure.value] = replace(
            out[measure.metric], field=measure.value, value=None, origin=column.name, reason=told
        )
    if measure.unit not in out:
        unit, why = _unit(column, metric, words)
        out[measure.unit] = _constant(measure.unit, unit, why)
    remarks = [
        f"{c.name} is {m} in {_unit(c, m, words)[0]}: a mapping of its own, {feed.name}.{m}.yml" for c, m in named[1:]
    ]
    return out, tuple(remarks)


def _constant(name: str, value: str, reason: str) -> Guess:
    return Guess(name, reason, value=value)


def _metric(name: str, known: dict[str, str], words: Words) -> str | None:
    """The metric a column's name says, with or without a unit behind it."""
    whole = plain(name)
    units = sorted({plain(w) for u in words.metric_units.values() for w in u}, key=len, reverse=True)
    bare = next((whole.removesuffix(u) for u in units if len(u) > 1 and whole.endswith(u) and whole != u), whole)
    return known.get(whole) or known.get(bare) or known.get(bare.rstrip("()（）"))


def _unit(column: Profile, metric: str, words: Words) -> tuple[str, str]:
    allowed, whole = METRIC_UNITS[metric], plain(column.name)
    for unit in allowed:
        said = [w for w in words.metric_units.get(unit, ()) if plain(w) in whole and len(w) > 1]
        if said and len(allowed) > 1:
            return unit, f'the name "{column.name}" says {said[0]}'
    if metric in _PARTED_AT:
        limit, below, above = _PARTED_AT[metric]
        unit = below if median(column.numbers) < limit else above
        return unit, f"half of the values are {'below' if unit == below else 'above'} {limit:g}, as in {unit}"
    only = next(iter(allowed))
    others = ", ".join(u for u in allowed if u != only)
    return only, f"nothing says another; it could be {others}" if others else f"{metric} has no other"
