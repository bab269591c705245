"""Whether the rival's figures are ours: columns and tags that are the same for every user."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

from jobs.runtime.store import Store
from schemas.gold.tag import USER_TAG
from schemas.tables import TABLES
from tests.bench.peer import FEATURES, TAGS, rows_of


def likeness(lake: Path, day: date, out: Path) -> dict[str, list[str]]:
    """The columns and tags, by `same` or `other`, of the rival's files against our tables of the day."""
    found: dict[str, list[str]] = {"same": [], "other": [], "same_tags": [], "other_tags": []}
    store = Store(str(lake))
    with duckdb.connect() as db:
        for theme, names in FEATURES.items():
            for name, differing in _columns(db, rows_of(store, TABLES[f"feature.{theme}"]), names, day, out).items():
                found["other" if differing else "same"].append(name)
        for tag, differing in _tags(db, rows_of(store, USER_TAG), day, out).items():
            found["other_tags" if differing else "same_tags"].append(tag)
    return found


def _columns(db: duckdb.DuckDBPyConnection, ours: str, names: list[str], day: date, out: Path) -> dict[str, int]:
    # A mean may differ in its last digits: the order of adding up is not the same.
    left, right = "CAST(o.{0} AS DOUBLE)", "CAST(p.{0} AS DOUBLE)"
    close = f"abs({left} - {right}) <= 1e-6 * greatest(1, abs({left}))"
    alike = f"o.user_id = p.user_id AND coalesce({close}, o.{{0}} IS NULL AND p.{{0}} IS NULL)"
    counts = ", ".join(f"count_if(({alike.format(name)}) IS NOT TRUE)" for name in names)
    mine = f"(SELECT * FROM {ours} WHERE as_of_date = DATE '{day}')"
    joined = f"{mine} o FULL JOIN read_parquet('{out}/features.parquet') p ON o.user_id = p.user_id"
    return dict(zip(names, db.execute(f"SELECT {counts} FROM {joined}").fetchone() or (), strict=True))


def _tags(db: duckdb.DuckDBPyConnection, ours: str, day: date, out: Path) -> dict[str, int]:
    held = f"valid_from <= DATE '{day}' AND (valid_to IS NULL OR valid_to > DATE '{day}')"
    mine = f"(SELECT user_id, tag_code, 1 AS ours FROM {ours} WHERE {held})"
    theirs = f"(SELECT user_id, tag_code, 1 AS theirs FROM read_parquet('{out}/tags.parquet'))"
    counted = (
        f"SELECT tag_code, count_if(ours IS NULL OR theirs IS NULL) FROM {mine} FULL JOIN {theirs} "
        "USING (user_id, tag_code) GROUP BY tag_code"
    )
    differing = dict(db.execute(counted).fetchall())
    return {tag: differing.get(tag, 0) for tag in TAGS}
