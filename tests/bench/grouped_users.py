"""Users to be grouped, as many as wanted: made up with numpy, written as the tables that groups are made of."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.wide import THEMES
from jobs.learning.settings import load_segments
from jobs.runtime.lake import Lake
from jobs.runtime.settings import project_root
from schemas.silver.consent_state import CONSENT_STATE
from schemas.silver.identity import IDENTITY
from schemas.table import Table
from schemas.vocabulary import DATA_CLASSES
from tests.bench.identifiers import put

DAY = date(2026, 6, 29)
# Days since active, active days, spend, consultations begun, days since registration, share: four kinds of users.
_KINDS = np.array([
    (5, 20, 3000, 6, 600, 0.10), (12, 8, 60, 4, 200, 0.15), (6, 3, 10, 1, 12, 0.15), (110, 0.5, 20, 0.2, 400, 0.60),
])  # fmt: skip


def made_up_users(count: int) -> pd.DataFrame:
    """A row per user on the axes of conf/models/segments.yml, in their order."""
    rng = np.random.default_rng(7)
    kind = rng.choice(len(_KINDS), count, p=_KINDS[:, -1])
    middle = _KINDS[kind, :-1]
    drawn = np.column_stack([
        middle[:, 0] * rng.lognormal(0, 0.5, count), rng.poisson(middle[:, 1]),
        middle[:, 2] * rng.lognormal(0, 1, count), rng.poisson(middle[:, 3]),
        middle[:, 4] * rng.lognormal(0, 0.4, count),
    ])  # fmt: skip
    axes = load_segments(project_root() / "conf").axes
    return pd.DataFrame(drawn.round(), columns=[axis.column for axis in axes])


def write_users(lake: Lake, users: pd.DataFrame, folder: Path) -> None:
    """Identity, consent and features of everybody as of DAY; features that groups do not look at are empty."""
    ids = [f"u{i:07d}" for i in range(len(users))]
    same = {"actor_id": ids, "user_id": ids, "actor_kind": ["account"] * len(ids)}
    put(lake, IDENTITY, {**_no_flag(IDENTITY, len(ids)), **same}, DAY, folder)
    consent = {
        "user_id": np.repeat(ids, len(DATA_CLASSES)), "purpose": ["care"] * len(ids) * len(DATA_CLASSES),
        "data_class": np.tile(DATA_CLASSES, len(ids)), "channel": ["none"] * len(ids) * len(DATA_CLASSES),
        "is_granted": [True] * len(ids) * len(DATA_CLASSES), "reason": ["granted"] * len(ids) * len(DATA_CLASSES),
    }  # fmt: skip
    put(lake, CONSENT_STATE, consent, DAY, folder)
    for theme in THEMES:
        told = {c: users[c].to_numpy() for c in users.columns if c in theme.column_names}
        put(lake, theme, {**_no_flag(theme, len(ids)), "user_id": ids, **told}, DAY, folder)


def _no_flag(table: Table, count: int) -> dict[str, Any]:
    return {c.name: [False] * count for c in table.columns if c.type == "boolean"}
