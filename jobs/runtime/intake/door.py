"""The door: behind it identifiers are keyed tokens, and marks stand in free text for what tells who somebody is."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame

from jobs.runtime.intake.free_text import WORTH_A_LOOK, scrub
from jobs.runtime.intake.identifiers import normalised
from jobs.runtime.intake.unknown_value import hidden_values
from jobs.runtime.keys import Key, KeyPlace
from schemas.feed import OTHER_FIELDS, Feed, Identifier

_MOST_REMEMBERED = 1_000_000


def through_the_door(rows: DataFrame, feed: Feed, key: KeyPlace) -> DataFrame:
    """The same rows, tokens for identifiers, marks in free text and in fields that nobody has described.

    The key is read by the workers, from where it lies: the plan knows the place only.
    """
    kinds = {f.name: f.identifier for f in feed.fields if f.identifier}
    texts = {f.name for f in feed.fields if f.scrub}
    ddl = ", ".join(f"`{f.name}` {f.dataType.simpleString()}" for f in rows.schema.fields)

    def hide(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        secret = key.read() if kinds else None
        known: dict[str, dict[str, str | None]] = {kind: {} for kind in kinds.values()}
        seen: dict[str, str] = {}
        for batch in batches:
            columns = []
            for name, column in zip(batch.schema.names, batch.columns, strict=True):
                if secret and name in kinds:
                    column = _tokens(column, secret, kinds[name], known[kinds[name]])
                elif name in texts:
                    column = _mapped(column, scrub, pc.match_substring_regex(column, WORTH_A_LOOK))
                elif name == OTHER_FIELDS.name:
                    column = hidden_values(column, seen)
                columns.append(column)
            yield pa.RecordBatch.from_arrays(columns, names=batch.schema.names)

    return rows.mapInArrow(hide, ddl)


def _tokens(column: pa.Array, key: Key, kind: Identifier, known: dict[str, str | None]) -> pa.Array:
    """Tokens of a column; `known` remembers those of the batches before, with None for what names nobody."""
    coded = pc.dictionary_encode(column)
    values = []
    if len(known) > _MOST_REMEMBERED:
        known.clear()
    for value in coded.dictionary.to_pylist():
        if value not in known:
            plain = normalised(kind, value)
            known[value] = None if plain is None else key.token(kind, plain)
        values.append(known[value])
    return pa.array(values, pa.string()).take(coded.indices)


def _mapped(column: pa.Array, change: Callable[[str], str], which: pa.Array) -> pa.Array:
    places = pc.indices_nonzero(pc.fill_null(which, False))
    if len(places) == 0:
        return column
    mask = pc.fill_null(which, False)
    changed = [change(v) for v in column.take(places).to_pylist()]
    return pc.replace_with_mask(column, mask, pa.array(changed, column.type))
