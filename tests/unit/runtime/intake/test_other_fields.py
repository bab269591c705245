"""What no mapping names: kept as it came, hidden where it may tell somebody, told with a line for the mapping."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from jobs.runtime.intake.other_fields import MAP, MOST_FIELDS, known_of, of_columns, of_lines, unread
from jobs.runtime.intake.unknown_value import DOUBTFUL, LONGEST, hidden, hidden_values, telling
from schemas.feeds import FEEDS
from schemas.intake import INGEST_FIELD
from tests.unit.runtime.intake.small_hospital import REVIEW, SmallHospital, review

D = [date(2026, 1, 5) + timedelta(days=i) for i in range(9)]
FEED = FEEDS["review"]
KNOWN = known_of(["id", "at", "who.sn", "who.kind"])
TOLD = ("known_date", "field", "record_count", "looks_like", "proposal")


def of_line(record: dict[str, Any] | str) -> dict[str, str] | None:
    line = record if isinstance(record, str) else json.dumps(record, ensure_ascii=False)
    (found,) = of_lines(pa.array([line]), pa.array([True]), KNOWN).to_pylist()
    return None if found is None else dict(found)


@pytest.mark.parametrize(
    ("record", "others"),
    [
        ({"id": 1, "at": "x"}, None),
        ({"id": None, "at": True, "who": {"sn": "a"}}, None),
        ({"id": 'quoted "net": 1, \\ end'}, None),
        ({"id": 1, "net": "4G"}, {"net": "4G"}),
        ({"id": 1, "net": None, "empty": ""}, None),
        ({"id": 1, "n": 7, "yes": True, "share": 0.5}, {"n": "7", "yes": "true", "share": "0.5"}),
        ({"id": 1, "who": {"sn": "a", "age": 3}}, {"who.age": "3"}),
        ({"id": 1, "who": None}, None),
        ({"id": {"deep": 1}, "list": [1, {"a": "年"}]}, {"list": '[1, {"a": "年"}]'}),
        ({"id": 1, "whose": {"name": "王小明", "of": {"n": 3}}}, {"whose.name": "王小明", "whose.of.n": "3"}),
        ({"id": 1, "": "no name"}, {"": "no name"}),
        ({"13812345678": "x", "a13912345678": "y"}, {"[phone]": "x", "a[phone]": "y"}),
        ('{"id": 1, "net": "4G", }', None),
        ('{"id": 1, "half": "\\ud800"}', {"half": "?"}),
    ],
)
def test_of_a_line_that_is_kept_which_no_mapping_names(
    record: dict[str, Any] | str, others: dict[str, str] | None
) -> None:
    assert of_line(record) == others


_VALUES = st.one_of(st.text(max_size=6), st.integers(), st.booleans(), st.none(), st.lists(st.integers(), max_size=2))


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.lists(
        st.dictionaries(st.sampled_from(["id", "at", "net", "at2", "a t", "年", 'q"', "\\"]), _VALUES, max_size=6),
        min_size=1,
        max_size=4,
    )
)
def test_no_unknown_field_slips_past_the_quick_look(records: list[dict[str, Any]]) -> None:
    kept = [
        {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in record.items()
            if name not in ("id", "at") and value is not None and value != ""
        }
        for record in records
    ]
    lines = pa.array([json.dumps(record, ensure_ascii=i % 2 == 0) for i, record in enumerate(records)])
    found = of_lines(lines, pa.array([True] * len(records)), KNOWN).to_pylist()
    assert [None if others is None else dict(others) for others in found] == [others or None for others in kept]


def test_many_lines_with_a_new_versions_fields_are_read_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    values: list[Any] = ["4G", "", None, 0.50, 7, True, 'a"b', "年", [1], {"x": 1}, "\\"]
    records = [{"id": i, "net": value, **({"more": i} if i % 3 else {})} for i, value in enumerate(values)]
    records += [{"id": 1, "who": {"sn": "s", "net": "5G"}}, {"id": 2, "who": {"kind": "k"}, "net": "6G"}]
    lines = pa.array([json.dumps(r) for r in records])
    usable = pa.array([True] * len(records))
    quick = of_lines(lines, usable, KNOWN).to_pylist()
    monkeypatch.setattr("jobs.runtime.intake.other_fields._LOOKED_AT", 0)
    assert [m and dict(m) for m in quick] == [m and dict(m) for m in of_lines(lines, usable, KNOWN).to_pylist()]


def test_of_columns_a_record_has_those_that_are_filled() -> None:
    columns = {"a": pa.array(["1", "", None]), "b": pa.array(["x", "", "y"])}
    assert of_columns(columns, 3).to_pylist() == [[("a", "1"), ("b", "x")], None, [("b", "y")]]
    assert of_columns({}, 2).to_pylist() == [None, None]


def test_of_two_columns_with_one_name_the_first_is_kept_and_a_table_in_a_record_is_cut() -> None:
    assert unread(["id", "x", "", "x", "who.sn"], KNOWN) == {"x": 1}
    assert len(unread([f"c{i}" for i in range(500)], KNOWN)) == MOST_FIELDS
    assert len(of_line({f"c{i}": i for i in range(500)}) or {}) == MOST_FIELDS


@pytest.mark.parametrize(
    ("value", "left"),
    [
        ("13812345678", "[phone]"),
        ("11010519491231002X", "[id_card]"),
        ("请打 138 1234 5678 谢谢", "请打 [phone] 谢谢"),
        ("a.b@c.cn", "[email]"),
        ("王小明", "[name]"),
        ("欧阳娜娜", "[name]"),
        ("买买提·吐尔逊", "[name]"),
        ("oX4Gt5a9Kd8s7Fh2Jk3L", "[id]"),
        ("u00012345", "[id]"),
        ("1767200000000", "[number]"),
        ("00012345", "[number]"),
        ("3205 8812 77", "[number]"),
        ("39.908722, 116.397499", "[place]"),
        ("192.168.1.20", "[ip]"),
        ("a4:83:e7:01:02:03", "[device]"),
        ("WIFI", "WIFI"),
        ("4G", "4G"),
        ("5.2.1", "5.2.1"),
        ("2026-01-05T08:00:00+08:00", "2026-01-05T08:00:00+08:00"),
        ("高压 150/95, 服药 2 周", "高压 150/95, 服药 2 周"),
        ("99.5", "99.5"),
        ("心内科", "心内科"),
        ('["王小明", {"a": "心内科"}]', '["[name]", {"a": "心内科"}]'),
    ],
)
def test_a_value_that_may_tell_somebody_becomes_a_mark(value: str, left: str) -> None:
    assert hidden(value) == left
    assert hidden(left) == left


@pytest.mark.parametrize(
    ("name", "mark"),
    [
        ("contactPhone", "[phone]"),
        ("user.realName", "[name]"),
        ("name", "[name]"),
        ("nickname", "[name]"),
        ("drug_name", None),
        ("患者姓名", "[name]"),
        ("clientIp", "[ip]"),
        ("zip", None),
        ("lat", "[place]"),
        ("platform", None),
        ("latest_version", None),
        ("patient_id", "[id]"),
        ("uid", "[id]"),
        ("net", None),
    ],
)
def test_a_name_may_say_that_its_field_tells_somebody(name: str, mark: str | None) -> None:
    assert telling(name) == mark


@given(st.text("13８a年王·. -_:,@信", max_size=24) | st.from_regex(r"[0-9A-Za-z .:,年-]{0,40}", fullmatch=True))
def test_the_quick_look_at_a_column_lets_no_value_pass_that_would_be_changed(value: str) -> None:
    left = hidden(value)
    assert hidden(left) == left
    if left != value[:LONGEST]:
        assert pc.match_substring_regex(pa.array([value]), DOUBTFUL)[0].as_py()


def test_marks_stand_in_whole_columns_and_in_slices_of_them() -> None:
    column = pa.array([None, [("net", "4G"), ("name", "x")], [], [("n", "13812345678"), ("m", "3")]], MAP)
    left = [None, [("net", "4G"), ("name", "[name]")], [], [("n", "[phone]"), ("m", "3")]]
    assert hidden_values(column, {}).to_pylist() == left
    assert hidden_values(column.slice(2, 2), {}).to_pylist() == left[2:]


def _told(hospital: SmallHospital) -> list[tuple[Any, ...]]:
    return hospital.rows(INGEST_FIELD, TOLD)


def _others(hospital: SmallHospital) -> list[dict[str, str] | None]:
    return [others for _, others in hospital.rows(FEED.bronze, ("review_id", "other_fields"))]


def test_columns_that_no_mapping_names_are_kept_hidden_told_and_may_be_ignored(
    tmp_path: Path, spark: SparkSession
) -> None:
    hospital = SmallHospital(tmp_path, spark)
    head = "id,user,about,stars,words,at,net,手机,医生工号\n"
    rows = [review(i, D[0]).strip() + f",{'4G' if i % 2 else ''},1381234567{i},D0{i}\n" for i in range(4)]
    hospital.deliver("review", D[0], "a.csv", head + "".join(rows))
    hospital.take_in("review", D[0])

    assert _others(hospital)[:2] == [
        {"手机": "[phone]", "医生工号": "[id]"},
        {"net": "4G", "手机": "[phone]", "医生工号": "[id]"},
    ]
    told = _told(hospital)
    assert [row[:3] for row in told] == [(D[0], "net", 2), (D[0], "医生工号", 4), (D[0], "手机", 4)]
    assert [row[4] for row in told] == ["ignore: [net]", "doctor_id: {from: 医生工号}", "ignore: [手机]"]

    mapping = tmp_path / "conf" / "sources" / "small" / "review.yml"
    mapping.write_text(REVIEW + "ignore: [net, 手机, 医生工号]\n", encoding="utf-8")
    hospital.take_in("review", D[0])
    assert (_told(hospital), _others(hospital)) == ([], [None] * 4)


JSON = (
    REVIEW.replace("csv", "jsonl", 1)
    .replace("format: csv", "format: json_lines")
    .replace('{from: at, format: "yyyy-MM-dd HH:mm:ss"}', "{from: at}")
)


def _line(number: int, day: date, **more: Any) -> str:
    record = {"id": f"r{number}", "user": "u1", "about": "医生", "stars": 4, "at": f"{day} 08:00:00", **more}
    return json.dumps(record, ensure_ascii=False) + "\n"


def test_a_field_under_a_new_name_is_told_with_the_line_that_reads_both(tmp_path: Path, spark: SparkSession) -> None:
    hospital = SmallHospital(tmp_path, spark, {"review": JSON})
    texts = ["医生很耐心，讲得很清楚，谢谢", "等了很久才回复，不太满意，希望改进", "开的药很有效，已经好多了，会再来"]
    lines = [_line(i, D[0], 评语=texts[i % 3] + "。" * (i % 5), net="5G") for i in range(30)]
    hospital.deliver("review", D[0], "a.jsonl", "".join(lines))
    hospital.deliver("review", D[1], "a.jsonl", "".join(_line(90 + i, D[1], words="好") for i in range(3)))
    hospital.take_in("review", D[1], since=D[0])

    net, renamed = _told(hospital)
    assert renamed == (
        D[0],
        "评语",
        30,
        "free text; perhaps words or comment under a new name",
        "text: {from: [words, comment, 评语]}",
    )
    assert (net[1], net[4]) == ("net", "ignore: [net]")
    assert _others(hospital)[-1] is None


def test_columns_of_parquet_of_any_kind_are_kept_and_cost_no_record(tmp_path: Path, spark: SparkSession) -> None:
    mapping = REVIEW.replace("*.csv", "*.parquet").replace("format: csv", "format: parquet")
    hospital = SmallHospital(tmp_path, spark, {"review": mapping})
    columns = {
        **{"id": ["1", "2"], "user": ["u", "u"], "about": ["医生", "医生"], "stars": ["5", "4"]},
        **{"words": ["好", "好"], "at": [f"{D[0]} 08:00:00"] * 2},
        **{"raw": [b"\xff\xfe", b"ok"], "nested": [{"a": 1}, None], "score": [0.5, None], "on": [D[0], None]},
    }
    folder = tmp_path / "in" / "review" / D[0].isoformat()
    folder.mkdir(parents=True)
    pq.write_table(pa.table(columns), folder / "a.parquet")
    hospital.take_in("review", D[0])

    assert _others(hospital) == [
        {"raw": "[unreadable]", "nested": '{"a": 1}', "score": "0.5", "on": "2026-01-05"},
        {"raw": "[unreadable]"},
    ]


def test_what_another_mapping_of_the_same_files_reads_is_not_unknown(tmp_path: Path, spark: SparkSession) -> None:
    second = REVIEW.replace("from: stars", "from: doctor_stars")
    hospital = SmallHospital(tmp_path, spark, {"review": REVIEW, "review.doctor": second})
    head = "id,user,about,stars,words,at,doctor_stars\n"
    hospital.deliver("review", D[0], "a.csv", head + review(1, D[0]).strip() + ",3\n")
    hospital.take_in("review", D[0])
    assert (_told(hospital), _others(hospital)) == ([], [None, None])
