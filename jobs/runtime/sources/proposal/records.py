"""Records of any kind as columns of text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from jobs.runtime.intake.unpack import cell_text


@dataclass(frozen=True)
class Found:
    """What a reader made of a file's head; see sniff.Sample."""

    format: str
    columns: dict[str, list[str | None]]
    header: tuple[str, ...] | None = None
    delimiter: str = ","
    records_path: str | None = None
    sheet: str | None = None
    why: dict[str, str] = field(default_factory=dict)
    lines_above: int = 1


def flat(record: dict[str, object], above: str = "") -> dict[str, str | None]:
    """A record's values as text, nested ones under names with dots; a list is one value, its JSON."""
    out: dict[str, str | None] = {}
    for name, value in record.items():
        if isinstance(value, dict):
            out.update(flat(value, f"{above}{name}."))
        else:
            out[f"{above}{name}"] = as_text(value)
    return out


def as_text(value: object) -> str | None:
    """A value as the pipeline's readers give it."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, list | tuple) else cell_text(value)


def columns_of(rows: Sequence[dict[str, str | None]], names: Iterable[str] = ()) -> dict[str, list[str | None]]:
    """Every name that some record has, in the order they turn up; None where a record has it not."""
    nested = {name for row in rows for name in row}
    known = dict.fromkeys(n for n in names if n in nested or not rows)
    for row in rows:
        known.update(dict.fromkeys(row))
    return {name: [row.get(name) for row in rows] for name in known}
