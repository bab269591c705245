"""A whole lake under another key: the same rows but for their tokens, and days run on as if nothing had been."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow as pa
import pytest

from jobs.runtime.keys import Key, hospital_key
from jobs.runtime.rotation.exchange import Exchange
from jobs.runtime.rotation.rotate import rotate
from jobs.runtime.rotation.tables import tables_with_tokens
from jobs.runtime.settings import Settings
from jobs.runtime.store import Store
from jobs.runtime.trail.verify import verify
from schemas.table import Table
from schemas.tables import TABLES
from schemas.tokens import token_columns
from tests.whole_day import LAST, small_settings, whole_day

# The day is made once and run again as a whole.
pytestmark = pytest.mark.slow
# Who is held out is drawn by the person's number, and where two have one score it says who of them comes first.
DRAWN_ANEW = {"gold.audience_member", "gold.audience_change", "gold.audience_day"}
TIED = ("risk_decile",)


@pytest.fixture
def hospital(small_day: Settings, tmp_path: Path) -> Settings:
    shutil.copytree(small_day.run_folder, tmp_path, dirs_exist_ok=True)
    return small_settings(tmp_path)


def _key(settings: Settings) -> Key:
    return hospital_key(settings.keys, settings.hospital.name).read()


def _rows(settings: Settings, table: Table, exchange: Exchange | None = None) -> pa.Table:
    rows = Store(str(settings.lake)).open(table).to_pyarrow_dataset().to_table(columns=list(table.column_names))
    if exchange:
        for name in token_columns(table):
            moved = pa.chunked_array([exchange.column(chunk) for chunk in rows[name].chunks], rows[name].type)
            rows = rows.set_column(rows.column_names.index(name), rows.schema.field(name), moved)
    return rows.sort_by([(name, "ascending") for name in table.key])


def _digests(settings: Settings) -> dict[str, str]:
    store = Store(str(settings.lake))
    counted = [t for t in TABLES.values() if t.layer != "audit" and t.name not in DRAWN_ANEW and store.exists(t)]
    return {t.name: store.content_hash(t, ignore=TIED) for t in counted}


def test_the_lake_has_the_same_rows_and_the_day_run_again_changes_none(small_day: Settings, hospital: Settings) -> None:
    done = rotate(hospital)
    store, exchange = Store(str(hospital.lake)), Exchange(_key(small_day), _key(hospital))
    assert (done.tables, done.lists) == (len(tables_with_tokens(store)), len(list(hospital.exports.glob("*/*/*.json"))))
    assert done.lists
    for table in tables_with_tokens(store):
        assert _rows(hospital, table).equals(_rows(small_day, table, exchange)), table.name
    assert verify(store, hospital.anchors, hospital.exports).faults == []

    before = _digests(hospital)
    whole_day(hospital, LAST, None, train=False)
    after = _digests(hospital)
    assert len(before) > 40
    assert [name for name in before if before[name] != after[name]] == []
