"""conf/source_words.yml: the usual names of columns, codes and units."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, cached_property
from pathlib import Path

from jobs.runtime.conf_file import ConfFile, Strict
from schemas.feed import Feed, Field
from schemas.feeds import FEEDS

FILE = "source_words.yml"


class CodeWords(Strict):
    """Words for the codes of some fields; of some feeds only, where a code means different things."""

    fields: tuple[str, ...]
    feeds: tuple[str, ...] = ()
    words: dict[str, tuple[str, ...]]


class NotIt(Strict):
    """Names near a field of ours that are something else."""

    field: str
    names: tuple[str, ...]
    say: str


class Unit(Strict):
    words: tuple[str, ...]
    factor: float


class Nulls(Strict):
    sure: tuple[str, ...]
    doubtful: tuple[str, ...]


class Words(Strict):
    """The whole file; its comments say what each part is for."""

    names: dict[str, tuple[str, ...]]
    row_id: tuple[str, ...]
    event_time: tuple[str, ...]
    time_endings: tuple[str, ...]
    generic: tuple[str, ...]
    prefixes: tuple[str, ...]
    not_names: tuple[NotIt, ...]
    codes: tuple[CodeWords, ...]
    booleans: dict[str, tuple[str, ...]]
    units: dict[str, dict[str, Unit]]
    metric_units: dict[str, tuple[str, ...]]
    nulls: Nulls

    @cached_property
    def _usual(self) -> frozenset[str]:
        lists = (*self.names.values(), self.row_id, self.event_time)
        metrics = (w for entry in self.codes if "metric" in entry.fields for w in (*entry.words.values(),))
        return frozenset(plain(n) for names in (*lists, *metrics, tuple(self.names)) for n in names)

    def is_usual(self, name: str) -> bool:
        """Whether some column may well be called so."""
        return plain(name) in self._usual

    def codes_of(self, feed: Feed, field: Field) -> dict[str, str]:
        """Every known word for a code of the field, the code itself included, in its plain form."""
        if field.type == "boolean":
            return {plain(w): code for code, words in self.booleans.items() for w in words}
        found = {plain(code): code for code in field.codes}
        for entry in self.codes:
            if field.name in entry.fields and feed.name in (entry.feeds or (feed.name,)):
                for code, words in entry.words.items():
                    if code in field.codes:
                        found.update({plain(w): code for w in words if plain(w) not in found})
        return found


@cache
def load_words(path: Path) -> Words:
    """The file, each name and code in it held against the feeds' contracts."""
    source = ConfFile(path)
    words = source.to(Words)
    fields = {f.name for feed in FEEDS.values() for f in feed.fields}
    named = [(("names", n), n) for n in words.names]
    named += [(("not_names", i, "field"), n.field) for i, n in enumerate(words.not_names)]  # type: ignore[misc]
    wrong = [source.wrong(at, "a field of some feed", repr(n)) for at, n in named if n not in fields]
    for i, entry in enumerate(words.codes):
        wrong += _wrong_codes(source, i, entry)
    source.refuse(wrong)
    return words


def _wrong_codes(source: ConfFile, i: int, entry: CodeWords) -> list[str]:
    unknown = [name for name in entry.feeds if name not in FEEDS]
    if unknown:
        return [source.wrong(("codes", i, "feeds"), "names of feeds", repr(unknown[0]))]
    feeds = [FEEDS[name] for name in entry.feeds or FEEDS]
    known = {c for feed in feeds for f in feed.fields if f.name in entry.fields for c in f.codes}
    return [
        source.wrong(("codes", i, "words", code), f"a code of {' or '.join(entry.fields)}", repr(code))
        for code in entry.words
        if code not in known
    ]


def plain(text: str) -> str:
    """A word without what does not count: width, case, spaces, dots, dashes, underscores."""
    return re.sub(r"[\s._\-/·:]+", "", unicodedata.normalize("NFKC", text)).lower()
