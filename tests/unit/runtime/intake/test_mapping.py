"""A mapping file that does not fit its contract is refused when it is loaded."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from jobs.runtime.conf_file import ConfError
from jobs.runtime.intake.mapping import load_mapping, load_mappings
from schemas.feeds import FEEDS
from tests.unit.runtime.intake.small_hospital import REVIEW

ROOT = Path(__file__).parents[4]


OURS = sorted((ROOT / "conf" / "sources").glob("*/*.yml"))


@pytest.mark.parametrize("path", OURS, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_every_mapping_file_of_ours_loads(path: Path) -> None:
    assert load_mapping(path).feed == path.name.split(".")[0]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("feed: review", "feed: revue", "line 2, key feed: expected one of account,"),
        ("feed: review", "feed: event", "key feed: expected review, the feed the file is named for, found event"),
        ("  rating:", "  ratign:", "key columns.ratign: expected a field of feed review"),
        ("  rating:", "  ratign:", "(did you mean 'rating'?)"),
        ("  rating: {from: stars}\n", "", "key columns: expected the required column rating, found no such key"),
        ("医生: doctor", "医生: doktor", "columns.subject.codes.医生: expected one of doctor, service, found 'doktor'"),
        ("{from: stars}", "{from: stars, value: 3}", "expected exactly one of from, value, sql, found from and value"),
        ("{from: stars}", "{from: stars, format: epoch_s}", "expected a format for dates and times only, found double"),
        ("zone: Asia/Shanghai", "zone: Asia/Schanghai", "expected a zone like Asia/Shanghai, found 'Asia/Schanghai'"),
        ("{day}", "2026", "expected {day} in `where` with `known: folder`"),
        ("{day}", "{day:dd.MM}", "expected a day like {day:yyyyMMdd} in `where`, found 'dd.MM'"),
        ("format: csv", "format: csv\nignore: [stars]", "in `ignore` no field that a column is made of, found stars"),
        (
            "format: csv",
            "format: json_lines\nheader_line: 2",
            "expected header_line with `format: csv` or `excel` only",
        ),
        ("where: review", "where: ../review", "expected `where` below the landing folder"),
        ("format: csv", "format: xlsx", "'csv', 'excel' or 'parquet', found \"xlsx\""),
        ("format: csv", "format: csv\nsheet: a", "expected sheet with `format: excel` only, found it with csv"),
        ("format: csv", "format: csv\nrecords: a", "expected records with `format: json_array` only"),
        ("format: csv", "format: excel\ndelimiter: ';'", "expected delimiter with `format: csv` only"),
        ("{from: stars}", "{from: stars, unit: 分}", "columns.rating.unit: expected no unit: the contract's column"),
        ("{from: stars}", "{from: stars, unit: s, scale: 2}", "expected one of scale and unit, found both"),
    ],
)
def test_a_wrong_mapping_is_told(tmp_path: Path, old: str, new: str, told: str) -> None:
    path = tmp_path / "review.yml"
    path.write_text(REVIEW.replace(old, new), encoding="utf-8")
    with pytest.raises(ConfError) as error:
        load_mapping(path)

    assert str(path) in str(error.value)
    assert told in str(error.value)


def test_a_feed_without_a_mapping_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfError, match=r"expected a mapping file review\.yml for feed review, found none"):
        load_mappings(tmp_path, FEEDS["review"])


def test_a_unit_that_cannot_become_ours_is_told(tmp_path: Path) -> None:
    path = tmp_path / "event.yml"
    text = (ROOT / "conf" / "sources" / "simulated" / "event.yml").read_text(encoding="utf-8")
    for unit, told in (("kg", "a unit that can become s"), ("blink", "a known unit, as ms, min or 元, that becomes s")):
        path.write_text(text.replace("unit: ms", f"unit: {unit}"), encoding="utf-8")
        with pytest.raises(ConfError, match=f"columns.dwell_seconds.unit: expected {told}, found '{unit}'"):
            load_mapping(path)


@pytest.mark.parametrize(
    ("where", "place"),
    [
        ("review/{day}/*.csv", "review/2026-01-09/*.csv"),
        ("review/{day:yyyyMMdd}/*.csv", "review/20260109/*.csv"),
        ("{day:yyyy/MM/dd}/a_{day:yyyy_MM_dd}_*.csv", "2026/01/09/a_2026_01_09_*.csv"),
    ],
)
def test_a_day_may_be_written_otherwise_in_paths(tmp_path: Path, where: str, place: str) -> None:
    path = tmp_path / "review.yml"
    path.write_text(REVIEW.replace("review/{day}/*.csv", f'"{where}"'), encoding="utf-8")
    assert load_mapping(path).where_of(date(2026, 1, 9)) == place
