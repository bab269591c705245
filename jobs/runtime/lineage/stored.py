"""schemas/lineage.json: what the plans said when `make docs` last asked them; a test holds it up to date."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import schemas
from schemas.lineage import Origin, Traced

FILE = Path(schemas.__file__).with_name("lineage.json")


def as_text(found: Traced) -> str:
    """One line per column; what decides the rows of a whole table stands once, under `rows`."""
    tables = {name: _table(columns) for name, columns in found.origins.items()}
    tables |= {name: f'{{"may_look_at": {_line(_short(columns))}}}' for name, columns in found.learned.items()}
    return "{\n" + ",\n".join(f'  "{name}": {tables[name]}' for name in sorted(tables)) + "\n}\n"


@cache
def stored() -> Traced:
    """What the file says."""
    kept: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    learned = {t: frozenset(_full(said["may_look_at"])) for t, said in kept.items() if "may_look_at" in said}
    return Traced({t: _columns(said) for t, said in kept.items() if t not in learned}, learned)


def _columns(table: dict[str, Any]) -> dict[str, Origin]:
    return {
        name: Origin(frozenset(_full(said["of"])), frozenset(_full([*said.get("by", ()), *table["rows"]])))
        for name, said in table["columns"].items()
    }


def _table(columns: Mapping[str, Origin]) -> str:
    rows = frozenset.intersection(*(o.by for o in columns.values()))
    lines = [
        f'      "{column}": {_line({"of": _short(o.of)} | ({"by": _short(o.by - rows)} if o.by - rows else {}))}'
        for column, o in columns.items()
    ]
    return f'{{\n    "rows": {_line(_short(rows))},\n    "columns": {{\n' + ",\n".join(lines) + "\n    }\n  }"


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _short(names: Iterable[str]) -> list[str]:
    """`silver.event: event_at event_name`: a table is named once."""
    by_table: dict[str, list[str]] = {}
    for name in sorted(names):
        table, _, column = name.rpartition(".")
        by_table.setdefault(table, []).append(column)
    return [f"{table}: {' '.join(columns)}" for table, columns in by_table.items()]


def _full(said: Iterable[str]) -> list[str]:
    return [f"{table}.{c}" for table, columns in (s.split(": ") for s in said) for c in columns.split()]
