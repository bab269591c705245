"""Files on disk: the same bytes again, a history that is continued, dirt that is counted, mappings that fit."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from jobs.runtime.landing import write_hospital
from models.hospital.exports import SHAPES
from schemas.feeds import FEEDS

START = date(2026, 1, 1)
SOURCES = Path(__file__).parents[4] / "conf/sources/simulated"


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("box")
    write_hospital(folder, 7, START, 30, 600)
    return folder


def files(box: Path) -> dict[str, bytes]:
    landing = box / "landing"
    return {str(f.relative_to(landing)): f.read_bytes() for f in sorted(landing.rglob("*")) if f.is_file()}


def test_the_same_seed_gives_the_same_bytes_and_more_days_continue_them(box: Path, tmp_path: Path) -> None:
    write_hospital(tmp_path, 7, START, 12, 600)
    short, long = files(tmp_path), files(box)
    assert short == {name: long[name] for name in short}
    assert {name for name in long if name.split("/")[1] <= "2026-01-12"} == set(short)


def test_another_seed_is_another_hospital(box: Path, tmp_path: Path) -> None:
    write_hospital(tmp_path, 8, START, 2, 600)
    assert (
        files(tmp_path)["event/2026-01-02/event_20260102.jsonl"] != files(box)["event/2026-01-02/event_20260102.jsonl"]
    )


def test_every_feed_comes_in_its_systems_own_shape(box: Path) -> None:
    landing = box / "landing"
    assert {f.name for f in landing.iterdir()} == {name for name, feed in FEEDS.items() if feed.daily}
    assert (landing / "account/2026-01-01/account_20260101.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    head = (landing / "consultation/2026-01-02/wenzhen_20260102.csv").read_bytes().split(b"\n")[0]
    assert "主诉" in head.decode("gb18030")
    assert pq.read_table(landing / "order_line/2026-01-02").num_rows > 0


def test_files_go_astray_as_said(box: Path) -> None:
    landing = box / "landing"
    twice = landing / "event/2026-01-06"
    assert (twice / "event_20260106.jsonl").read_bytes() == (twice / "event_20260106_resent.jsonl").read_bytes()
    assert not (landing / "consultation/2026-01-09").exists()
    assert {"wenzhen_20260109.csv", "wenzhen_20260110.csv"} <= {
        f.name for f in (landing / "consultation/2026-01-10").iterdir()
    }
    assert (landing / "device_reading/2026-01-12/meter_20260112.jsonl").read_bytes() == b""
    assert (landing / "consultation/2026-01-21/wenzhen_20260121_v2.csv").exists()


def test_the_truth_counts_the_lines_and_the_broken_ones(box: Path) -> None:
    counted = pq.read_table(box / "truth/delivered.parquet").to_pylist()
    broken = 0
    for row in counted:
        if row["feed"] != "event":
            continue
        lines = (box / f"landing/event/{row['delivery_date']}/{row['file']}").read_bytes().splitlines()
        assert len(lines) == row["lines"]
        assert row["lines"] == row["taken"] + row["rejected"] + row["same_file"]
        broken += 0 if row["same_file"] else sum(not _is_json(line) for line in lines)
    noted = [r for r in pq.read_table(box / "truth/dirt.parquet").to_pylist() if r["kind"] == "broken_line"]
    assert broken == sum(r["rows"] for r in noted if r["feed"] == "event") > 0


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def test_a_new_app_version_renames_a_field_and_adds_one(box: Path) -> None:
    late = (box / "landing/event/2026-01-29").glob("*.jsonl")
    text = "".join(f.read_text(encoding="utf-8") for f in late)
    assert '"subject":' in text
    assert '"net":' in text
    assert '"topic":' in text


def test_mappings_name_every_column_that_is_sent() -> None:
    for shape in SHAPES:
        for part in shape.parts:
            mapping = yaml.safe_load(
                (SOURCES / f"{'.'.join(x for x in (shape.feed, part) if x)}.yml").read_text("utf-8")
            )
            assert mapping["format"] == shape.format
            assert set(mapping["columns"]) <= {f.name for f in FEEDS[shape.feed].fields}
            required = {f.name for f in FEEDS[shape.feed].fields if f.required}
            assert required <= set(mapping["columns"])
            for ours, source in mapping["columns"].items():
                if isinstance(source.get("from"), str) and not part:
                    assert shape.columns[source["from"]] == ours


def test_truth_lies_apart_and_says_what_is_hidden(box: Path) -> None:
    truth = {f.stem: pq.read_table(f) for f in (box / "truth").iterdir()}
    assert {"person", "account", "session", "consultation", "episode", "expectation", "treatment_effect",
            "channel_credit", "dirt", "delivered", "device_owner"} <= set(truth)  # fmt: skip
    expected = truth["expectation"].to_pydict()
    assert set(map(str, expected["as_of"])) == {"2026-01-01", "2026-01-30"}
    assert all(0 <= x <= 1 for x in expected["active_30d"])
    year, quarter = expected["spend_yuan_365d"], expected["spend_yuan_90d"]
    assert all(a >= b - 1e-3 for a, b in zip(year, quarter, strict=True))


def test_a_hospital_of_a_few_accounts_is_written_too(tmp_path: Path) -> None:
    write_hospital(tmp_path, 3, START, 4, 20)
    assert (tmp_path / "truth/session.parquet").exists()
