"""Columns of rows on their way out: what a value is, not yet how it is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar, cast

import numpy as np

from models.hospital.streams import Array, Ints

MISSING = -(2**62)
"""Marks an absent integer or moment; an absent real number is NaN."""


@dataclass(frozen=True)
class Coded:
    """Texts out of a small pool; index -1 is absent."""

    pool: tuple[str, ...]
    index: Ints

    def take(self, rows: Array) -> Coded:
        return replace(self, index=self.index[rows])

    def __len__(self) -> int:
        return len(self.index)


@dataclass(frozen=True)
class Numbered:
    """Identifiers made of a prefix and a number with leading zeros; MISSING is absent."""

    prefix: str
    number: Ints
    digits: int

    def take(self, rows: Array) -> Numbered:
        return replace(self, number=self.number[rows])

    def __len__(self) -> int:
        return len(self.number)


@dataclass(frozen=True)
class Number:
    """Numbers, kept to `decimals` places; with 0 places they are integers."""

    value: Array
    decimals: int = 0

    def take(self, rows: Array) -> Number:
        return replace(self, value=self.value[rows])

    def __len__(self) -> int:
        return len(self.value)


@dataclass(frozen=True)
class Moment:
    """Local times in milliseconds since 1970 by the hospital's wall clock; MISSING is absent.

    `style` is `epoch_ms`, `epoch_s` or a strftime pattern, chosen by the export.
    """

    millis: Ints
    style: str = "epoch_ms"

    def take(self, rows: Array) -> Moment:
        return replace(self, millis=self.millis[rows])

    def __len__(self) -> int:
        return len(self.millis)


@dataclass(frozen=True)
class Texts:
    """Free texts, None where absent."""

    value: Array

    def take(self, rows: Array) -> Texts:
        return replace(self, value=self.value[rows])

    def __len__(self) -> int:
        return len(self.value)


@dataclass(frozen=True)
class Flag:
    """True, false."""

    value: Array

    def take(self, rows: Array) -> Flag:
        return replace(self, value=self.value[rows])

    def __len__(self) -> int:
        return len(self.value)


Plain = Coded | Numbered | Number | Moment | Texts | Flag


@dataclass(frozen=True)
class Patched:
    """A column in which some cells are overwritten by a text as it stands; None makes a cell empty."""

    base: Plain
    patches: Mapping[int, str | None]

    def __len__(self) -> int:
        return len(self.base)


Column = Plain | Patched
Rows = dict[str, Plain]
K = TypeVar("K", Coded, Numbered, Number, Moment)


def count(rows: Mapping[str, Column]) -> int:
    return len(next(iter(rows.values()))) if rows else 0


def take(rows: Rows, at: Array) -> Rows:
    return {name: column.take(at) for name, column in rows.items()}


def join(parts: Sequence[Rows]) -> Rows:
    """Rows one after the other; every part has the same columns of the same kinds."""
    if len(parts) == 1:
        return parts[0]
    return {name: _join([part[name] for part in parts]) for name in parts[0]}


def _join(parts: Sequence[Plain]) -> Plain:
    first = parts[0]
    match first:
        case Coded():
            return _join_coded([cast(Coded, p) for p in parts])
        case Numbered():
            if len({cast(Numbered, p).prefix for p in parts}) > 1:
                raise ValueError("identifiers of one column must have one prefix")
            return replace(first, number=np.concatenate([cast(Numbered, p).number for p in parts]))
        case Moment():
            return replace(first, millis=np.concatenate([cast(Moment, p).millis for p in parts]))
        case Number() | Texts() | Flag():
            return replace(first, value=np.concatenate([cast(Number, p).value for p in parts]))


def _join_coded(parts: Sequence[Coded]) -> Coded:
    if all(p.pool is parts[0].pool or p.pool == parts[0].pool for p in parts):
        return Coded(parts[0].pool, np.concatenate([p.index for p in parts]))
    pool: list[str] = []
    indices = []
    for part in parts:
        indices.append(np.where(part.index < 0, -1, part.index + len(pool)))
        pool.extend(part.pool)
    return Coded(tuple(pool), np.concatenate(indices))


def of_kind(column: Column, kind: type[K]) -> K:
    """The column, which must be of this kind."""
    if not isinstance(column, kind):
        raise TypeError(f"a {kind.__name__} was expected, not a {type(column).__name__}")
    return column


def texts(values: Sequence[str | None]) -> Texts:
    """Texts as an object column, also when all have one length."""
    out = np.empty(len(values), dtype=object)
    out[:] = list(values)
    return Texts(out)
