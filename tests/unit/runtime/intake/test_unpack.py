"""Whatever a file is packed or written in, its records come out with their numbers, and the broken ones are told."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jobs.runtime.intake.files import Delivery, find_deliveries
from jobs.runtime.intake.mapping import Mapping
from jobs.runtime.intake.reader import read_in_process
from schemas.feeds import FEEDS

DAY = dt.date(2026, 1, 5)
ROWS = [("1", "好"), ("2", "一般")]
CSV = "id,words\n1,好\n2,一般\n"
COLUMNS = {"review_id": {"from": "id"}, "text": {"from": "words"}}


def mapping(form: str = "csv", **more: Any) -> Mapping:
    return Mapping.model_validate(
        {"feed": "review", "where": "review/{day}/*", "format": form, "columns": COLUMNS, **more}, strict=False
    )


def delivered(folder: Path, name: str, content: bytes, how: Mapping) -> list[Delivery]:
    path = folder / "review" / DAY.isoformat() / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return find_deliveries(folder, how, "", FEEDS["review"], DAY, DAY)


def records(deliveries: list[Delivery], how: Mapping) -> list[tuple[Any, ...]]:
    """Line, flaw and columns of every record."""
    width = 1 if how.form.lines == "json_lines" else len(how.paths)
    rows = read_in_process(how, deliveries)
    return [(r["source_line"], r["flaw"], *[r[f"raw{i}"] for i in range(width)]) for r in rows]


def taken(folder: Path, name: str, content: bytes, how: Mapping) -> list[tuple[Any, ...]]:
    return records(delivered(folder, name, content, how), how)


def workbook(rows: list[list[Any]], sheet: str = "Sheet1") -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    page.title = sheet
    for row in rows:
        page.append(row)
    book.create_sheet("other").append(["nothing"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def archive(**files: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("__MACOSX/._a.csv", "rubbish")
        for name, text in files.items():
            packed.writestr(name.replace("__", "/"), text)
    return out.getvalue()


def parquet() -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table({"id": ["1", "2"], "words": ["好", "一般"]}), out)
    return out.getvalue()


FORMS: dict[str, tuple[str, Callable[[], bytes], dict[str, Any]]] = {
    "csv": ("a.csv", CSV.encode, {}),
    "tsv": ("a.tsv", CSV.replace(",", "\t").encode, {"delimiter": "\t"}),
    "gzip": ("a.csv.gz", lambda: gzip.compress(CSV.encode()), {}),
    "zip": ("a.zip", lambda: archive(deep__a=CSV), {}),
    "BOM": ("a.csv", lambda: CSV.encode("utf-8-sig"), {"encoding": "utf-8-sig"}),
    "GB18030": ("a.csv", lambda: CSV.encode("gb18030"), {"encoding": "gb18030"}),
    "UTF-16": ("a.csv", lambda: CSV.encode("utf-16"), {"encoding": "utf-16"}),
    "UTF-16 without a mark": ("a.csv", lambda: CSV.encode("utf-16-be"), {"encoding": "utf-16-be"}),
    "excel": ("a.xlsx", lambda: workbook([["id", "words"], [1, "好"], [2.0, "一般"]]), {"form": "excel"}),
    "parquet": ("a.parquet", parquet, {"form": "parquet"}),
    "packed parquet": ("a.parquet.gz", lambda: gzip.compress(parquet()), {"form": "parquet"}),
}


@pytest.mark.parametrize("name", FORMS)
def test_every_form_gives_the_same_records(tmp_path: Path, name: str) -> None:
    file, content, more = FORMS[name]
    how = mapping(**more)
    assert [row[1:] for row in taken(tmp_path, file, content(), how)] == [(None, *row) for row in ROWS]


def test_an_array_is_read_element_by_element_wherever_it_stands(tmp_path: Path) -> None:
    elements = [{"id": i, "words": w, "more": {"deep": 1.5}} for i, w in ROWS]
    for records_at, document in ((None, elements), ("data.list", {"code": 0, "data": {"list": elements}})):
        how = mapping("json_array", records=records_at)
        content = json.dumps(document, ensure_ascii=False, indent=2).encode()
        found = taken(tmp_path, "a.json", content, how)
        assert [(line, flaw, json.loads(raw)) for line, flaw, raw in found] == [
            (1, None, elements[0]),
            (2, None, elements[1]),
        ]


def test_what_follows_a_mistake_in_an_array_is_one_broken_record(tmp_path: Path) -> None:
    found = taken(tmp_path, "a.json", b'[{"id": "1"}, {"id": "2", "words": }, {"id": "3"}]', mapping("json_array"))
    assert [(line, flaw) for line, flaw, _ in found] == [(1, None), (2, "broken_line")]


def test_an_array_in_another_encoding_is_decoded_first(tmp_path: Path) -> None:
    content = json.dumps([{"id": "1", "words": "好"}], ensure_ascii=False).encode("gb18030")
    ((line, flaw, raw),) = taken(tmp_path, "a.json", content, mapping("json_array", encoding="gb18030"))
    assert (line, flaw, json.loads(raw)["words"]) == (1, None, "好")


def test_cells_become_what_people_read_and_the_line_is_the_row(tmp_path: Path) -> None:
    moment = dt.datetime(2026, 1, 5, 8, 30)
    cells = [13812345678, 36.5, True, moment, dt.date(2026, 1, 5), "a\nb", None, 'say "yes"']
    book = workbook([["id", "words"], *[[i, cell] for i, cell in enumerate(cells)], [None, None], ["last", "x"]])
    found = taken(tmp_path, "a.xlsx", book, mapping("excel"))
    assert [(row[0], row[3]) for row in found] == [
        (2, "13812345678"),
        (3, "36.5"),
        (4, "true"),
        (5, "2026-01-05 08:30:00"),
        (6, "2026-01-05"),
        (7, "a b"),
        (8, ""),
        (9, 'say "yes"'),
        (11, "x"),
    ]


def test_a_sheet_is_taken_by_its_name_and_a_wrong_name_says_which_there_are(tmp_path: Path) -> None:
    book = workbook([["id", "words"], ["1", "好"]], sheet="评价")
    assert taken(tmp_path, "a.xlsx", book, mapping("excel", sheet="评价")) == [(2, None, "1", "好")]
    (wrong,) = delivered(tmp_path, "a.xlsx", book, mapping("excel", sheet="评论"))
    assert wrong.status == "unreadable"
    assert wrong.message == "cannot be read: the workbook has no sheet '评论'; it has 评价, other"


def test_each_file_of_an_archive_is_a_delivery_of_its_own(tmp_path: Path) -> None:
    found = delivered(
        tmp_path, "a.zip", archive(**{"one.csv": CSV, "two.csv": CSV.replace("好", "坏")}), mapping("csv")
    )
    base = f"review/{DAY}/a.zip"
    assert [(d.source_file, d.status) for d in found] == [(f"{base}!one.csv", "taken"), (f"{base}!two.csv", "taken")]
    assert len({d.sha256 for d in found}) == 2


def test_the_same_member_in_another_archive_is_the_same_bytes(tmp_path: Path) -> None:
    (first,) = delivered(tmp_path / "a", "a.zip", archive(**{"one.csv": CSV}), mapping())
    (again,) = delivered(tmp_path / "b", "b.zip", archive(deep__one=CSV), mapping())
    assert first.sha256 == again.sha256


@pytest.mark.parametrize(
    ("name", "content", "form", "status", "message"),
    [
        ("a.zip", b"PK\x03\x04 no more", "csv", "unreadable", "cannot be read: zip archive, damaged"),
        ("a.zip", archive(), "csv", "empty", "the archive has no files"),
        ("a.xlsx", b"not a workbook", "excel", "unreadable", "cannot be read: workbook, CalamineError"),
        ("a.csv.gz", gzip.compress(CSV.encode())[:20], "csv", "unreadable", "cannot be read: EOFError"),
        ("a.json", b"[]", "json_array", "empty", "the file has no records"),
    ],
    ids=["broken zip", "empty zip", "no workbook", "half a gzip", "empty array"],
)
def test_what_cannot_be_unpacked_says_so(
    tmp_path: Path, name: str, content: bytes, form: str, status: str, message: str
) -> None:
    (found,) = delivered(tmp_path, name, content, mapping(form))
    assert found.status == status
    assert found.message.startswith(message)


def test_half_a_character_at_the_end_of_utf_16_is_a_broken_record(tmp_path: Path) -> None:
    found = taken(tmp_path, "a.csv", (CSV * 30).encode("utf-16")[:-5], mapping(encoding="utf-16"))
    assert found[-1][1] == "broken_line"
    assert [row[1] for row in found[:-1]].count(None) == len(found) - 1


def test_a_file_of_utf_16_read_as_another_says_what_it_is(tmp_path: Path) -> None:
    (found,) = delivered(tmp_path, "a.csv", CSV.encode("utf-16"), mapping())
    assert "it reads as utf-16: say so in the mapping's `encoding`" in found.message
