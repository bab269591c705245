"""Values as SQL text that both engines read alike."""

from __future__ import annotations

from collections.abc import Sequence

from features.columns import COLUMNS


def literal(text: str) -> str:
    """A text as a SQL literal."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def texts(values: Sequence[str]) -> str:
    """An array of texts."""
    return "array(" + ", ".join(literal(v) for v in values) + ")"


def as_text(name: str) -> str:
    """A column written as text: doubles with at most four decimals, since engines print them differently."""
    kind = COLUMNS[name].type
    if kind == "double":
        return f"CAST(CAST(round({name}, 4) AS DECIMAL(18,4)) AS STRING)"
    if kind.startswith("array"):
        return f"array_join({name}, ' ')"
    return f"CAST({name} AS STRING)"
