"""Lists as files: safe cells, repeatable bytes, seen whole or not at all."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import unicodedata
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobs.runtime import export
from jobs.runtime.export import MANIFEST, csv_bytes, manifest_bytes, parquet_bytes, publish, safe_cell, withdraw_others

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
DANGEROUS = "=+-@|%＝＋－＠﹢﹣﹫⁼₊"


@PATIENT
@given(st.text(alphabet=st.one_of(st.sampled_from(DANGEROUS + "\t\r\n \u00a0\u200b\ufeff'\"a1."), st.characters())))
def test_no_cell_begins_like_a_formula(text: str) -> None:
    safe = safe_cell(text)
    seen = unicodedata.normalize("NFKC", safe).lstrip().lstrip("\u200b\ufeff\u2060")
    number = (
        safe.removeprefix("-").replace(".", "", 1).isascii() and safe.removeprefix("-").replace(".", "", 1).isdigit()
    )
    assert number or seen[:1] not in tuple("=+-@\t\r\n|%") or not seen
    assert not any(ord(c) < 32 for c in safe)


@pytest.mark.parametrize("start", [*DANGEROUS, "\t=", "\r", " =", "\u200b=", "\ufeff@", "\u3000＝", "\x00="])
def test_each_beginning_of_a_formula_is_defused(start: str) -> None:
    assert safe_cell(f"{start}cmd|' /C calc'!A0").startswith("'")


@pytest.mark.parametrize("text", ["", "张三", "12.5", "-3", "a=b", "1-2", "high"])
def test_harmless_cells_stay_as_they_are(text: str) -> None:
    assert safe_cell(text) == text


@PATIENT
@given(st.lists(st.dictionaries(st.just("a"), st.none() | st.text(), min_size=1, max_size=1), max_size=5))
def test_a_list_reads_back_with_as_many_rows(rows: list[dict[str, str | None]]) -> None:
    data = csv_bytes(["a"], rows)
    assert data.startswith(b"\xef\xbb\xbf")
    read = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert read == [["a"], *[[safe_cell(r["a"])] for r in rows]]


def files(text: str = "x") -> dict[str, bytes]:
    schema = pa.schema([("account_token", pa.string())])
    rows = [{"account_token": text}]
    made = {"list.csv": csv_bytes(["account_token"], rows), "list.parquet": parquet_bytes(schema, rows)}
    return {**made, MANIFEST: manifest_bytes({"rows": 1}, made)}


def test_the_same_rows_are_the_same_bytes_and_the_manifest_tells_them(tmp_path: Path) -> None:
    assert files() == files()
    publish(tmp_path / "silent", files())
    manifest = json.loads((tmp_path / "silent" / MANIFEST).read_text())
    for name, told in manifest["files"].items():
        content = (tmp_path / "silent" / name).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (told["bytes"], told["sha256"])
    assert pq.read_table(tmp_path / "silent" / "list.parquet").to_pylist() == [{"account_token": "x"}]


def test_a_newer_list_replaces_the_older_whole(tmp_path: Path) -> None:
    publish(tmp_path / "silent", {**files("old"), "extra.csv": b"x"})
    publish(tmp_path / "silent", files("new"))
    assert {p.name: p.read_bytes() for p in (tmp_path / "silent").iterdir()} == files("new")
    assert [p.name for p in tmp_path.iterdir()] == ["silent"]


@pytest.mark.parametrize("dies_at", range(4))
def test_a_run_that_dies_leaves_the_old_list_or_the_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dies_at: int
) -> None:
    publish(tmp_path / "silent", files("old"))
    steps = 0

    def write(path: Path, content: bytes) -> None:
        nonlocal steps
        if steps == dies_at:
            path.write_bytes(content[:3])
            raise KeyboardInterrupt
        steps += 1
        path.write_bytes(content)

    monkeypatch.setattr(export, "_write", write)
    if dies_at < 3:
        with pytest.raises(KeyboardInterrupt):
            publish(tmp_path / "silent", files("new"))
        assert {p.name: p.read_bytes() for p in (tmp_path / "silent").iterdir()} == files("old")
    monkeypatch.undo()
    publish(tmp_path / "silent", files("new"))
    assert {p.name: p.read_bytes() for p in (tmp_path / "silent").iterdir()} == files("new")
    assert [p.name for p in tmp_path.iterdir()] == ["silent"]


def test_a_death_between_the_two_renames_loses_nothing(tmp_path: Path) -> None:
    publish(tmp_path / "silent", files("old"))
    (tmp_path / "silent").rename(tmp_path / ".silent.old")
    publish(tmp_path / "silent", files("new"))
    assert {p.name: p.read_bytes() for p in (tmp_path / "silent").iterdir()} == files("new")
    assert [p.name for p in tmp_path.iterdir()] == ["silent"]


def test_lists_of_audiences_that_are_gone_are_withdrawn(tmp_path: Path) -> None:
    publish(tmp_path / "kept", files())
    publish(tmp_path / "gone", files())
    (tmp_path / "notes").mkdir()
    assert withdraw_others(tmp_path, ["kept"]) == ["gone"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["kept", "notes"]
