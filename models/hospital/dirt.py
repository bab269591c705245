"""Spoils the rows of an export and counts what it did."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from models.hospital.calendar import DAY_MS
from models.hospital.columns import (
    MISSING,
    Coded,
    Column,
    Flag,
    Moment,
    Number,
    Numbered,
    Patched,
    Plain,
    Rows,
    Texts,
    count,
    of_kind,
    take,
)
from models.hospital.exports import Shape, shaped
from models.hospital.flaws import OUT_OF_ORDER, Flaw, flaws_of, repeats_of
from models.hospital.streams import Array, Bools, Ints

WIDE = str.maketrans("0123456789.-", "０１２３４５６７８９．－")
NEW_ID_OFFSET = 10**14
CUT_AT = {"json_lines": 40, "csv": 9}
YEAR_MS = 365 * DAY_MS
NEW_FIELD = ("net", ("wifi", "5g", "4g"))


@dataclass(frozen=True)
class Noted:
    """So many rows of a kind of dirt and what should become of them; `part`: in that mapping file only."""

    kind: str
    rows: int
    outcome: str
    reason: str = ""
    part: str = ""


@dataclass
class Spoilt:
    """An export's rows with their flaws."""

    columns: dict[str, Column]
    lines: int
    broken: dict[int, int] = field(default_factory=dict)
    noted: list[Noted] = field(default_factory=list)


def spoil(shape: Shape, rows: Rows, rng: np.random.Generator, midnight: int) -> Spoilt:
    """Repeats, order, then one flaw at most on rows that are not repeated."""
    order, repeated, renamed = _order(shape, count(rows), rng)
    columns = _new_version(shape, shaped(shape, take(rows, order)))
    out = Spoilt(dict(columns), len(order))
    if renamed.any():
        key = next(iter(columns))
        out.columns[key] = _renumbered(columns[key], renamed)
    twice = int(repeated.sum() - renamed.sum())
    for kind, rows_of, outcome in (
        ("same_id_twice", twice, "duplicate"),
        ("same_content_new_id", int(renamed.sum()), "duplicate"),
    ):
        if rows_of:
            out.noted.append(Noted(kind, rows_of, outcome))
    _renamed_field(shape, columns, out)
    clean = np.ones(len(order), dtype=bool)
    seen_twice = np.isin(order, order[repeated])
    clean[seen_twice] = False
    _flaws(shape, columns, out, clean, rng, midnight)
    return out


def _order(shape: Shape, size: int, rng: np.random.Generator) -> tuple[Ints, Array, Array]:
    """Which row stands where; which of them stand there again, and under a new number."""
    twice, new_id = repeats_of(shape)
    u = rng.random((2, size))
    again, renamed = np.flatnonzero(u[0] < twice), np.flatnonzero((u[0] >= twice) & (u[0] < twice + new_id))
    order = np.concatenate([np.arange(size), again, renamed]).astype(np.int64)
    marks = np.concatenate([np.zeros(size), np.ones(len(again)), np.full(len(renamed), 2)])
    place = (
        order
        + np.where(np.concatenate([u[1], u[1][again], u[1][renamed]]) < OUT_OF_ORDER, 0.1 * size, 0.0)
        + (marks > 0) * 3.5
    )
    by = np.argsort(place, kind="stable")
    return order[by], marks[by] > 0, marks[by] == 2


def _renumbered(column: Plain, rows: Array) -> Plain:
    old = of_kind(column, Numbered)
    return replace(old, number=np.where(rows, old.number + NEW_ID_OFFSET, old.number))


def _new_version(shape: Shape, columns: Rows) -> Rows:
    """The app's new version calls `topic` `subject` and says over which network it talks."""
    version, topic = columns.get("ver"), columns.get("topic")
    if shape.stem != "event" or not isinstance(version, Coded) or not isinstance(topic, Coded):
        return columns
    new = np.array([word.startswith("6.") for word in version.pool])[version.index]
    name, words = NEW_FIELD
    ids = of_kind(columns["evt_id"], Numbered)
    return {
        **columns,
        "topic": Coded(topic.pool, np.where(new, -1, topic.index)),
        "subject": Coded(topic.pool, np.where(new, topic.index, -1)),
        name: Coded(words, np.where(new, ids.number % len(words), -1)),
    }


def _renamed_field(shape: Shape, columns: Rows, out: Spoilt) -> None:
    subject = columns.get("subject")
    if isinstance(subject, Coded) and (subject.index >= 0).any():
        out.noted.append(Noted("field_renamed", int((subject.index >= 0).sum()), "taken"))
    if shape.stem == "meter":
        unit = of_kind(columns["u"], Coded)
        other = np.isin(unit.index, [unit.pool.index(u) for u in ("mg/dL", "lb")])
        out.noted.append(Noted("other_unit", int(other.sum()), "repaired"))


def _flaws(shape: Shape, columns: Rows, out: Spoilt, clean: Array, rng: np.random.Generator, midnight: int) -> None:
    flaws = flaws_of(shape)
    u = rng.random((len(flaws), out.lines))
    for flaw, draw in zip(flaws, u, strict=True):
        if not out.lines or (flaw.change == "cut" and shape.format == "parquet"):
            continue
        rows = np.flatnonzero(clean & (draw < flaw.share) & _fits(flaw, columns))
        if not len(rows):
            continue
        clean[rows] = False
        _apply(shape, flaw, columns, out, rows, rng, midnight)
        out.noted.append(Noted(flaw.kind, len(rows), flaw.outcome, flaw.reason, flaw.part))


def _fits(flaw: Flaw, columns: Rows) -> Array:
    """Rows that have something to be spoilt."""
    fits: Array = np.ones(count(columns), dtype=bool)
    if flaw.column:
        fits = ~absent(columns[flaw.column])
    where, word = flaw.only
    if where:
        column = of_kind(columns[where], Coded)
        fits = fits & (column.index == column.pool.index(word))
    if flaw.least > -1e18:
        value = of_kind(columns[flaw.column], Number)
        fits = fits & (value.value >= flaw.least)
    return fits


def absent(column: Plain) -> Bools:
    """Rows without a value."""
    out: Array
    match column:
        case Coded():
            out = column.index < 0
        case Numbered():
            out = column.number == MISSING
        case Moment():
            out = column.millis == MISSING
        case Number():
            value = np.asarray(column.value)
            out = np.isnan(value) if value.dtype.kind == "f" else value == MISSING
        case Texts():
            out = np.array([v is None for v in column.value])
        case Flag():
            out = np.zeros(len(column))
    return np.asarray(out, dtype=bool)


def _apply(
    shape: Shape, flaw: Flaw, columns: Rows, out: Spoilt, rows: Array, rng: np.random.Generator, midnight: int
) -> None:
    match flaw.change:
        case "cut":
            out.broken |= dict.fromkeys(rows.tolist(), CUT_AT[shape.format])
        case "hours" | "years_ahead" | "years_back":
            out.columns[flaw.column] = _clock(out.columns[flaw.column], flaw.change, rows, rng, midnight)
        case "times" | "relabel":
            _times(flaw, out, rows)
        case _:
            texts = {int(row): spoilt_text(flaw, columns[flaw.column], int(row)) for row in rows}
            patch(out.columns, flaw.column, texts)


def patch(columns: dict[str, Column], name: str, texts: dict[int, str | None]) -> None:
    before = columns[name]
    if isinstance(before, Patched):
        columns[name] = Patched(before.base, {**before.patches, **texts})
    else:
        columns[name] = Patched(before, texts)


def _clock(column: Column, change: str, rows: Array, rng: np.random.Generator, midnight: int) -> Column:
    """Hours off stays within the day, so that nothing lies in the future."""
    base = of_kind(column.base if isinstance(column, Patched) else column, Moment)
    millis = base.millis.copy()
    if change == "hours":
        millis[rows] -= rng.integers(1, 9, len(rows)) * 3_600_000
    elif change == "years_ahead":
        millis[rows] += rng.integers(8, 12, len(rows)) * YEAR_MS
    else:
        millis[rows] -= rng.integers(30, 45, len(rows)) * YEAR_MS
    moved = replace(base, millis=millis)
    return Patched(moved, column.patches) if isinstance(column, Patched) else moved


def _times(flaw: Flaw, out: Spoilt, rows: Array) -> None:
    """The value in another unit: under the wrong label, or (both of a pair) under the right one."""
    names = [flaw.column] if flaw.change == "times" else ["sys", "dia"]
    for name in names:
        column = out.columns[name]
        base = of_kind(column.base if isinstance(column, Patched) else column, Number)
        values = np.round(np.asarray(base.value, dtype=np.float64)[rows] * flaw.factor, 1)
        patch(out.columns, name, {int(r): f"{v:.1f}" for r, v in zip(rows, values, strict=True)})
    where, label = flaw.unit
    if where:
        patch(out.columns, where, {int(r): label for r in rows})


def spoilt_text(flaw: Flaw, column: Plain, row: int) -> str | None:
    if flaw.change == "text":
        return flaw.text
    plain = _plain_text(column, row)
    if flaw.change == "wide":
        return plain.translate(WIDE)
    return f"<p>{plain}</p>&nbsp;" if flaw.change == "html" else f"{plain}\n（补充：{plain[:4]}）"


def _plain_text(column: Plain, row: int) -> str:
    match column:
        case Coded():
            return column.pool[int(column.index[row])]
        case Number():
            value = column.value[row]
            return f"{value:.{column.decimals}f}"
        case Texts():
            return str(column.value[row])
        case _:
            raise TypeError(f"no text of a {type(column).__name__}")
