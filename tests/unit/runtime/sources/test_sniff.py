"""What kind of file an export is, is seen from the file."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jobs.runtime.sources.proposal import SourceUnreadable
from jobs.runtime.sources.proposal import sniff as sniffing
from tests.unit.runtime.sources.exports import REVIEWS, csv_text, sniffed

NAMES = tuple(REVIEWS[0])
LINES = "".join(json.dumps(row) + "\n" for row in REVIEWS)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_the_encoding_is_the_one_that_all_of_it_reads_as(tmp_path: Path, encoding: str) -> None:
    sample = sniffed(tmp_path / "a.csv", csv_text(REVIEWS).encode(encoding))
    assert (sample.encoding, sample.header, sample.records) == (encoding, NAMES, 60)
    assert sample.columns["对象"][:2] == ["服务", "医生"]


def test_a_broken_line_among_many_does_not_change_the_encoding(tmp_path: Path) -> None:
    data = csv_text(REVIEWS * 5).encode("gb18030") + b"\xff\xff,\xff\n"
    sample = sniffed(tmp_path / "a.csv", data)
    assert sample.encoding == "gb18030"
    assert sample.why["encoding"] == "all but 1 of 302 lines read as gb18030"


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|", "\x01"])
def test_the_delimiter_is_the_one_that_cuts_rows_alike(tmp_path: Path, delimiter: str) -> None:
    assert sniffed(tmp_path / "a.txt", csv_text(REVIEWS, delimiter)).delimiter == delimiter


def test_a_delimiter_and_a_line_end_inside_of_quotes_cut_nothing(tmp_path: Path) -> None:
    text = "编号,内容\n" + "".join(f'{i},"好,很好\n谢谢"\n' for i in range(20))
    sample = sniffed(tmp_path / "a.csv", text)
    assert (sample.records, sample.columns["内容"][0]) == (20, "好,很好\n谢谢")


def test_rows_of_another_width_are_left_out_and_told_of(tmp_path: Path) -> None:
    sample = sniffed(tmp_path / "a.csv", csv_text(REVIEWS) + "only,two\n")
    assert sample.records == 60
    assert "1 rows have another number of values" in sample.why["delimiter"]


def test_a_first_row_with_numbers_is_a_record(tmp_path: Path) -> None:
    sample = sniffed(tmp_path / "a.csv", csv_text(REVIEWS, header=False))
    assert sample.header is None
    assert (list(sample.columns)[:2], sample.records) == (["column_1", "column_2"], 60)


def test_a_first_row_like_those_below_is_a_record_since_names_would_be_shown(tmp_path: Path) -> None:
    assert sniffed(tmp_path / "a.csv", "张三,男\n李四,女\n王五,男\n").header is None


def test_unusual_words_above_numbers_are_names(tmp_path: Path) -> None:
    assert sniffed(tmp_path / "a.csv", "foo,bar\n" + "x,1\n" * 9).header == ("foo", "bar")


def test_a_column_without_a_name_is_passed_over(tmp_path: Path) -> None:
    sample = sniffed(tmp_path / "a.csv", '"","id","time"\n1,a,2026-01-01\n2,b,2026-01-02\n')
    assert (sample.header, list(sample.columns)) == (("", "id", "time"), ["id", "time"])


def test_json_lines_are_flattened_with_dots_and_numbers_stay_as_written(tmp_path: Path) -> None:
    sample = sniffed(tmp_path / "a.jsonl", '{"u": {"no": 12345678901234567890}, "ok": true, "l": [1]}\n{"x": null}\n')
    assert (sample.format, sample.records) == ("json_lines", 2)
    assert sample.columns == {"u.no": ["12345678901234567890", None], "ok": ["true", None], "l": ['["1"]', None],
                              "x": [None, None]}  # fmt: skip


def test_a_json_array_is_told_from_lines(tmp_path: Path) -> None:
    sample = sniffed(tmp_path / "a.json", json.dumps(REVIEWS, indent=1))
    assert (sample.format, sample.records_path, sample.records) == ("json_array", None, 60)


@pytest.mark.parametrize("indent", [None, 2])
def test_the_array_inside_of_an_object_is_found(tmp_path: Path, indent: int | None) -> None:
    document = {"code": 0, "meta": {"columns": [{"n": 1}]}, "data": {"total": 60, "list": REVIEWS}}
    sample = sniffed(tmp_path / "a.json", json.dumps(document, indent=indent))
    assert (sample.format, sample.records_path, sample.records) == ("json_array", "data.list", 60)


def test_an_array_longer_than_the_head_is_read_up_to_where_it_is_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sniffing, "HEAD_BYTES", 2000)
    sample = sniffed(tmp_path / "a.json", json.dumps({"code": 0, "data": {"list": REVIEWS}}))
    assert sample.records_path == "data.list"
    assert 0 < sample.records < 60


def test_only_the_first_records_are_read(tmp_path: Path) -> None:
    for name, text in (("a.csv", csv_text(REVIEWS * 50)), ("b.csv", csv_text(REVIEWS * 50, header=False)),
                       ("a.jsonl", LINES * 50), ("a.json", json.dumps(REVIEWS * 50))):  # fmt: skip
        assert sniffed(tmp_path / name, text).records == 2000


@pytest.mark.parametrize("suffix", ["gz", "zip"])
def test_what_is_packed_is_looked_into(tmp_path: Path, suffix: str) -> None:
    assert sniffed(tmp_path / f"a.csv.{suffix}", csv_text(REVIEWS)).header == NAMES


def test_parquet_is_told_by_its_bytes(tmp_path: Path) -> None:
    table = pa.table({"t": [datetime(2026, 1, 5, 8)], "n": [1.5], "s": [{"a": "x"}]})
    pq.write_table(table, tmp_path / "a.parquet")
    sample = sniffing.sniff(tmp_path / "a.parquet")
    assert sample.columns == {"t": ["2026-01-05 08:00:00"], "n": ["1.5"], "s.a": ["x"]}


def test_the_first_sheet_with_records_is_taken(tmp_path: Path) -> None:
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["导出"])
    page = book.create_sheet("明细")
    for row in (["评分", "评价时间"], [5.0, datetime(2026, 1, 5)], ["", ""]):
        page.append(row)
    book.save(out)
    sample = sniffed(tmp_path / "a.xlsx", out.getvalue())
    assert (sample.format, sample.sheet, sample.header) == ("excel", "明细", ("评分", "评价时间"))
    assert sample.columns["评分"] == ["5"]
    assert (sample.columns["评价时间"][0] or "").startswith("2026-01-05")


def test_what_only_looks_like_excel_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match="cannot be read as Excel"):
        sniffed(tmp_path / "a.xlsx", b"PK\x03\x04...")


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("a.csv", b"", "it is empty"),
        ("a.csv", "评价编号,评分\n".encode(), "it has no records"),
        ("a.csv", b"\x1f\x8b\x08\x00abc", "let its name end in .gz"),
        ("a.csv", b"\x80\xff\n" * 50, "none of these: convert it first"),
        ("a.csv", "id,time\n1,2\n".encode("utf-16-le"), "UTF-16 without the mark"),
        ("a.json", b'{"a": [1, 2', "begins like JSON"),
    ],
)
def test_what_cannot_be_guessed_from_is_refused_with_what_to_do(
    tmp_path: Path, name: str, data: bytes, told: str
) -> None:
    with pytest.raises(SourceUnreadable, match=told):
        sniffed(tmp_path / name, data)


def test_a_packed_file_that_is_cut_off_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_bytes(b"\x1f\x8b\x08\x00\x00\x00")
    with pytest.raises(SourceUnreadable, match="is the copy complete"):
        sniffing.sniff(tmp_path / "a.csv.gz")


def test_a_zip_of_several_files_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr("a.csv", "x")
        packed.writestr("b.csv", "y")
    with pytest.raises(SourceUnreadable, match="expected one file in the zip, found 2"):
        sniffing.sniff(tmp_path / "a.zip")


@pytest.mark.parametrize(
    "title",
    ["门诊评价明细\n\n", "门诊评价明细,,,,,,\n导出日期,2026-01-05,,,,,\n", "\ufeff\n"],
    ids=["a line", "padded", "blank"],
)
def test_names_are_found_below_a_title(tmp_path: Path, title: str) -> None:
    sample = sniffed(tmp_path / "a.csv", title + csv_text(REVIEWS))
    line = title.count("\n") + 1
    assert (sample.header, sample.lines_above, sample.records) == (NAMES, line, 60)
    assert sample.why["header_line"] == f"the names are below a title: what stands above line {line} is no record"


def test_names_of_a_sheet_are_found_below_a_title(tmp_path: Path) -> None:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in (["门诊评价明细"], [], list(NAMES), *(list(r.values()) for r in REVIEWS)):
        book.active.append(row)
    book.save(out)
    sample = sniffed(tmp_path / "a.xlsx", out.getvalue())
    assert (sample.header, sample.lines_above, sample.records) == (NAMES, 3, 60)


def test_records_without_names_may_have_a_title_too(tmp_path: Path) -> None:
    sample = sniffed(tmp_path / "a.csv", "门诊评价明细\n" + csv_text(REVIEWS, header=False))
    assert (sample.header, sample.lines_above, sample.records) == (None, 1, 60)
