"""How well the name of a column of theirs fits a field of ours."""

from __future__ import annotations

import re
from dataclasses import dataclass

from jobs.runtime.sources.proposal.words import Words, plain
from schemas.feed import Feed, Field

_BRACKETED = re.compile(r"[(（\[【](?P<unit>[^)）\]】]*)[)）\]】]\s*$")
_TOKENS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")
# Endings of our own names that say how a value is kept, not what it is.
_OUR_ENDINGS = ("_token", "_yuan", "_seconds", "_c")
_ROW_ID_ENDINGS = re.compile(r"(明细)?(编号|单号|流水号|记录编号|ID|号|id|no|code|sn|number)$")
_Base = tuple[str, str | None, float]
_LAST_PART, _PREFIXED, _CONTAINED = 0.88, 0.93, 0.5


@dataclass(frozen=True)
class NameFit:
    """`score` from 0 to 1; `unit` is theirs, as their name says it; `barred` why it is something else."""

    score: float
    told: str = ""
    unit: str | None = None
    factor: float = 1.0
    barred: str = ""


class Names:
    """The usual names for one feed's fields."""

    def __init__(self, words: Words, feed: Feed) -> None:
        self._words = words
        self._feed = feed
        self._usual = {f.name: self._ranked(f) for f in feed.fields}
        self._everywhere = {plain(n): field for field, names in words.names.items() for n in reversed(names)}
        self._generic = {plain(w) for w in words.generic}
        self._own = self._stems()
        self._prefixes = {plain(w) for w in words.prefixes} | self._own
        self._barred = {(b.field, plain(n)): b.say for b in words.not_names for n in b.names}

    def _ranked(self, field: Field) -> dict[str, float]:
        """Plain names with how usual they are."""
        ours = [field.name, *(field.name.removesuffix(e) for e in _OUR_ENDINGS)]
        ranked = {plain(n): 1.0 for n in ours}
        for i, name in enumerate(self._words.names.get(field.name, ())):
            ranked.setdefault(plain(name), 1.0 - 0.003 * min(i, 40))
        return ranked

    def _stems(self) -> set[str]:
        """What the feed is about: 评价 of 评价编号. Before a name it changes nothing, as in 评价内容."""
        own = self._feed.id or tuple(n for n in self._feed.content if n.endswith("_id"))
        names = [n for field in own for n in self._words.names.get(field, ())]
        return {plain(_ROW_ID_ENDINGS.sub("", n)) for n in names} - {""}

    def fit(self, field: Field, name: str) -> NameFit:
        """The fit of one column's name."""
        barred = self._barred.get((field.name, plain(name)), "")
        if barred:
            return NameFit(0.0, barred=barred)
        best = NameFit(0.0)
        for base, unit, factor in self._bases(field, name):
            score, told = self._scored(field, base)
            if score > best.score:
                best = NameFit(score, told, unit, factor)
        return best

    def means_other(self, field: Field, name: str) -> bool:
        """Whether it is the usual name of something else, of this feed or another."""
        return self._everywhere.get(plain(name), field.name) != field.name

    def _bases(self, field: Field, name: str) -> list[_Base]:
        """The name, and the name without the unit at its end, with that unit."""
        units = self._words.units.get(field.unit or "", {})
        bracketed = _BRACKETED.search(name)
        if bracketed:
            said = bracketed["unit"].strip().lower()
            base = name[: bracketed.start()]
            known: list[_Base] = [(base, unit, u.factor) for unit, u in units.items() if said in u.words]
            return known or [(base, None, 1.0)]
        tokens = _tokens(name)
        found: list[_Base] = [(name, None, 1.0)]
        for unit, u in units.items():
            if len(tokens) > 1 and tokens[-1] in u.words and tokens[-1].isascii():
                found.append(("_".join(tokens[:-1]), unit, u.factor))
        return found

    def _scored(self, field: Field, name: str) -> tuple[float, str]:
        usual, whole = self._usual[field.name], plain(name)
        if whole in usual:
            return usual[whole], "is usual for it"
        last = plain(name.rstrip(".").rsplit(".", 1)[-1])
        if last in usual and last != whole:
            return _LAST_PART * usual[last], "ends in a usual name for it"
        tails = _tails(name)
        bare = [t for t in tails if t in usual and whole.removesuffix(t) in self._prefixes]
        if bare:
            return max(_PREFIXED * usual[t] for t in bare), "is a usual name for it with a word before"
        if generic := self._meant_by_any(field, whole, last):
            return generic
        if self.means_other(field, name):
            return 0.0, ""
        ends = [t for t in tails if t in usual and t not in self._generic and len(t) > (4 if t.isascii() else 1)]
        if ends:
            longest = max(ends, key=len)
            return _CONTAINED + 0.35 * len(longest) / len(whole), "ends in a usual name for it"
        if field.name == self._feed.event_time and any(plain(e) in tails for e in self._words.time_endings):
            return 0.4, "ends like a time"
        return 0.0, ""

    def _meant_by_any(self, field: Field, whole: str, last: str) -> tuple[float, str] | None:
        """Names that say `number` or `when` and no more."""
        row_ids, times = ([plain(n) for n in names] for names in (self._words.row_id, self._words.event_time))
        if whole in row_ids or last in row_ids:
            if self._feed.id == (field.name,):
                return 0.8, "can be the number of any row"
            if not self._feed.id and field.identifier == "account" and field.required:
                return 0.6, "says a number, and rows of this feed have none of their own"
        if self._feed.id == (field.name,) and any(whole.removesuffix(r) in self._own for r in row_ids):
            return 0.85, "says what the rows are, and a number"
        if field.name == self._feed.event_time and (whole in times or last in times):
            place = times.index(whole if whole in times else last)
            return 0.8 - 0.004 * place, "says when"
        return None


def _tokens(name: str) -> list[str]:
    return [t.lower() for t in _TOKENS.findall(name)]


def _tails(name: str) -> list[str]:
    """Every ending that begins where a word does: of a Chinese name every one, which has no blanks."""
    tokens = _tokens(name)
    tails = ["".join(tokens[i:]) for i in range(1, len(tokens))]
    whole = plain(name)
    if not whole.isascii():
        tails += [whole[i:] for i in range(1, len(whole)) if not whole[i:].isascii()]
    return tails
