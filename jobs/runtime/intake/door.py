"""The door: behind it identifiers are keyed tokens and free text has no telephone or ID numbers left."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterator

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame

from jobs.runtime.keys import KeyPlace
from schemas.feed import Feed

TOKEN_LENGTH = 32
# What might hold a number or address; only such texts are looked at closely.
_WORTH_A_LOOK = r"@|([0-9０-９][ \-－　—]{0,2}){11}"
_GAP = r"[ \-－　—]?"
_DIGIT = r"[0-9０-９]"
_BEFORE, _AFTER = rf"(?<!{_DIGIT})", rf"(?!{_DIGIT})"
_YEAR = rf"(?:[1１]{_GAP}[89８９]|[2２]{_GAP}[0０])"
_MARKS = (
    ("[email]", re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")),
    (
        "[id_card]",
        re.compile(
            rf"{_BEFORE}[1-9１-９](?:{_GAP}{_DIGIT}){{5}}{_GAP}{_YEAR}(?:{_GAP}{_DIGIT}){{9}}"
            rf"{_GAP}[0-9０-９XxＸｘ]{_AFTER}"
        ),
    ),
    ("[id_card]", re.compile(rf"{_BEFORE}[1-9１-９](?:{_GAP}{_DIGIT}){{14}}{_AFTER}")),
    (
        "[phone]",
        re.compile(rf"{_BEFORE}(?:(?:[+＋]|00|００)?(?:86|８６){_GAP})?[1１][3-9３-９](?:{_GAP}{_DIGIT}){{9}}{_AFTER}"),
    ),
)


def token(key: bytes, kind: str, normalised: str) -> str:
    """The token of one identifier: HMAC-SHA-256 of its kind and itself, the first 32 hex digits."""
    message = f"{kind}\x1f{normalised}".encode()
    return hmac.digest(key, message, hashlib.sha256).hex()[:TOKEN_LENGTH]


def scrub(text: str) -> str:
    """The text with marks like [phone] where somebody could be told from it."""
    for mark, pattern in _MARKS:
        text = pattern.sub(mark, text)
    return text


def through_the_door(rows: DataFrame, feed: Feed, key: KeyPlace) -> DataFrame:
    """The same rows, tokens for identifiers, marks in free text.

    The key is read by the workers, from where it lies: the plan knows the place only.
    """
    kinds = {f.name: f.identifier for f in feed.fields if f.identifier}
    texts = {f.name for f in feed.fields if f.scrub}
    if not kinds and not texts:
        return rows
    ddl = ", ".join(f"`{f.name}` {f.dataType.simpleString()}" for f in rows.schema.fields)

    def hide(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        secret = key.read() if kinds else b""
        known: dict[str, dict[str, str]] = {kind: {} for kind in kinds.values()}
        for batch in batches:
            columns = []
            for name, column in zip(batch.schema.names, batch.columns, strict=True):
                if name in kinds:
                    column = _tokens(column, secret, kinds[name], known[kinds[name]])
                elif name in texts:
                    column = _mapped(column, scrub, pc.match_substring_regex(column, _WORTH_A_LOOK))
                columns.append(column)
            yield pa.RecordBatch.from_arrays(columns, names=batch.schema.names)

    return rows.mapInArrow(hide, ddl)


def _tokens(column: pa.Array, key: bytes, kind: str, known: dict[str, str]) -> pa.Array:
    coded = pc.dictionary_encode(column)
    values = []
    if len(known) > 1_000_000:
        known.clear()
    for value in coded.dictionary.to_pylist():
        made = known.get(value)
        if made is None:
            made = known[value] = token(key, kind, value)
        values.append(made)
    return pa.array(values, pa.string()).take(coded.indices)


def _mapped(column: pa.Array, change: Callable[[str], str], which: pa.Array) -> pa.Array:
    places = pc.indices_nonzero(pc.fill_null(which, False))
    if len(places) == 0:
        return column
    mask = pc.fill_null(which, False)
    changed = [change(v) for v in column.take(places).to_pylist()]
    return pc.replace_with_mask(column, mask, pa.array(changed, column.type))
