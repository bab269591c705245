"""A small simulated hospital, moved on day by day, with all its rows kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache

from models.hospital.columns import Rows, count, join
from models.hospital.world import World

START = date(2026, 1, 1)


@lru_cache(maxsize=4)
def lived(accounts: int, days: int, seed: int = 7) -> tuple[World, dict[str, Rows]]:
    """The world after so many days, and every export's rows."""
    world = World(seed, START, accounts)
    parts: dict[str, list[Rows]] = {}
    for day in range(days):
        for stem, rows in world.day(day).items():
            parts.setdefault(stem, []).append(rows)
    return world, {stem: join(_filled(rows)) for stem, rows in parts.items()}


def _filled(rows: Sequence[Rows]) -> Sequence[Rows]:
    return [r for r in rows if count(r)] or rows[:1]
