"""From a token under the old key to the token of the same identifier under the new one."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from jobs.runtime.keys import Key

# A token, or a person's number: a letter that is no hex digit, and the first 31 digits of a token.
TOKEN = "[0-9a-z][0-9a-f]{31}"  # noqa: S105 - a pattern
_NUMBER_STARTS = frozenset("ghijklmnopqrstuvwxyz")
_MOST_REMEMBERED = 2_000_000


class NotTokens(ValueError):
    """A column of tokens holds something else, which no key could move."""


@dataclass
class Exchange:
    """What a rotation does to a token; remembers what it has done, since a person is in many tables."""

    old: Key
    new: Key
    _known: dict[str, str] = field(default_factory=dict, repr=False)

    def moved(self, text: str) -> str:
        """The token under the new key."""
        known = self._known.get(text)
        if known is None:
            known = _between(self.old, self.new, text)
            if len(self._known) > _MOST_REMEMBERED:
                self._known.clear()
            self._known[text] = known
        return known

    def moved_back(self, text: str) -> str:
        """The token as it was under the old key."""
        return _between(self.new, self.old, text)

    def column(self, column: pa.Array) -> pa.Array:
        """A column of tokens; each different one is moved once."""
        if len(column) == column.null_count:
            return column
        coded = column if pa.types.is_dictionary(column.type) else pc.dictionary_encode(column)
        values = [self.moved(text) for text in coded.dictionary.to_pylist()]
        return pa.array(values, pa.string()).take(coded.indices).cast(column.type)


def refuse_others(table: str, name: str, column: pa.Array) -> None:
    """Raises NotTokens when a value is neither NULL nor a token; the value is not quoted."""
    fits = pc.match_substring_regex(column, f"^{TOKEN}$")
    if not pc.all(fits, min_count=0).as_py():
        raise NotTokens(f"{table}.{name} holds something that is no token: nothing was changed")


def _between(one: Key, other: Key, text: str) -> str:
    if not re.fullmatch(TOKEN, text):
        raise NotTokens("a value that is no token cannot be moved to another key")
    letter, digits = (text[0], text[1:]) if text[0] in _NUMBER_STARTS else ("", text)
    return letter + other.encrypted(one.decrypted(digits))
