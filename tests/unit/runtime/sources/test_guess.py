"""Columns are guessed by name and by content, and content has the last word."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.runtime.sources.proposal.guessed import Guesses
from jobs.runtime.sources.proposal.moments import moments_of
from tests.unit.runtime.sources.exports import REVIEWS, column, guessed

TEXTS = [f"医生很耐心，解释得很清楚，第{i}次来了，谢谢。" for i in range(40)]


def origins(found: Guesses) -> dict[str, str | None]:
    return {name: g.origin for name, g in found.columns.items()}


def test_every_guess_says_why(tmp_path: Path) -> None:
    found = guessed(tmp_path, "review", REVIEWS)
    assert origins(found) == {"review_id": "评价编号", "account_token": "用户编号", "subject": "对象", "rating": "评分",
                              "reviewed_at": "评价时间"}  # fmt: skip
    assert found.columns["rating"].reason == 'name "评分" is usual for it; 60 of 60 values are numbers in 1..5'
    assert found.columns["subject"].codes == {"医生": "doctor", "服务": "service"}
    assert found.missing == {}


@pytest.mark.parametrize(
    ("feed", "name", "field", "value"),
    [
        ("review", "RatingScore", "rating", "4"),
        ("review", "用户评分", "rating", "4"),
        ("review", "data.review.stars", "rating", "4"),
        ("consultation", "问诊发起时间", "asked_at", "2026-01-05 08:00"),
        ("order_line", "INVOICE_DATE", "ordered_at", "2026-01-05"),
        ("event", "停留时长（毫秒）", "dwell_seconds", "1200"),
        ("account", "sjhm", "phone_token", "13800138000"),
    ],
)
def test_a_name_fits_whatever_its_case_signs_and_words_before(
    tmp_path: Path, feed: str, name: str, field: str, value: str
) -> None:
    assert origins(column(tmp_path, feed, name, [value] * 9)).get(field) == name


@pytest.mark.parametrize(
    ("feed", "name", "field", "value"),
    [
        ("consultation", "用户类型", "account_token", "新客"),
        ("health_record", "医生姓名", "item", "张三"),
        ("account", "昵称", "name_token", "小明"),
        ("order_line", "单价", "amount_yuan", "12.5"),
        ("consultation", "出生日期", "asked_at", "1980-01-01"),
        ("review", "评分", "rating", "很满意"),
        ("account", "手机号", "phone_token", "138****8000"),
    ],
)
def test_a_near_name_or_a_strange_content_is_no_guess(
    tmp_path: Path, feed: str, name: str, field: str, value: str
) -> None:
    assert field not in column(tmp_path, feed, name, [value] * 9).columns


def test_telephones_under_an_unusual_name_are_known_by_their_looks(tmp_path: Path) -> None:
    found = column(tmp_path, "account", "f12", [f"1380013{i:04}" for i in range(50)])
    assert found.columns["phone_token"].reason == "50 of 50 values are mainland mobile numbers"


def test_identity_cards_are_no_telephones(tmp_path: Path) -> None:
    assert list(column(tmp_path, "account", "f13", [f"11010119900101{i:04}" for i in range(50)]).columns) == [
        "id_card_token"
    ]


def test_a_number_of_what_the_feed_is_about_is_the_rows_number(tmp_path: Path) -> None:
    assert origins(column(tmp_path, "consultation", "接诊流水号", [f"J{i}" for i in range(40)])) == {
        "consultation_id": "接诊流水号"
    }


def test_names_of_people_in_a_field_that_is_kept_as_it_is_are_told_of(tmp_path: Path) -> None:
    found = column(tmp_path, "review", "接诊医生", ["张伟", "王芳", "李娜"] * 10)
    assert "look like names of people" in found.columns["doctor_id"].reason


def test_one_column_serves_one_field_and_the_better_fit_goes_first(tmp_path: Path) -> None:
    rows = [{"提问时间": "2026-01-01 08:00", "创建时间": "2026-01-01 07:59"}] * 5
    assert origins(guessed(tmp_path, "consultation", rows)) == {"asked_at": "提问时间"}


def test_id_is_the_rows_number_only_if_it_never_repeats(tmp_path: Path) -> None:
    assert origins(column(tmp_path, "review", "id", [f"R{i}" for i in range(40)])) == {"review_id": "id"}
    assert origins(column(tmp_path, "review", "id", ["R1", "R2"] * 20)) == {}


def test_id_is_the_account_where_rows_have_no_number(tmp_path: Path) -> None:
    assert origins(column(tmp_path, "device_reading", "Id", ["1503960366"] * 9)) == {"account_token": "Id"}


@pytest.mark.parametrize(
    ("name", "field", "feed", "unit"),
    [("amount_fen", "amount_yuan", "order_line", "fen"), ("费用(分)", "fee_yuan", "consultation", "fen"),
     ("dwell_ms", "dwell_seconds", "event", "ms"), ("金额（元）", "amount_yuan", "order_line", None)],
)  # fmt: skip
def test_a_unit_in_the_name_is_said_as_a_unit(
    tmp_path: Path, name: str, field: str, feed: str, unit: str | None
) -> None:
    found = column(tmp_path, feed, name, ["1200", "300"] * 5).columns[field]
    assert (found.unit, found.scale) == (unit, None)


def test_money_written_for_people_is_read_by_an_expression(tmp_path: Path) -> None:
    found = column(tmp_path, "order_line", "实付金额", ["¥1,234.50", "12"] * 5).columns["amount_yuan"]
    assert (found.origin, found.sql) == (None, "regexp_replace(raw.`实付金额`, '[,¥￥$元岁天次分% ]', '')")


def test_stars_up_to_ten_hint_at_half_stars(tmp_path: Path) -> None:
    found = column(tmp_path, "review", "星级", [str(1 + i % 10) for i in range(50)])
    assert found.columns["rating"].reason.endswith("scale: 0.5?")


@pytest.mark.parametrize(
    ("values", "formats"),
    [
        (["2026-01-05", "2026-01-05T08:00:00Z", "2026-1-5 8:00"], ("iso",)),
        (["2026/01/05", "2026/11/25"], ("yyyy/MM/dd",)),
        (["2026/1/5 8:03", "2026/11/25 18:03"], ("yyyy/M/d H:mm",)),
        (["25/12/2026", "05/01/2026"], ("dd/MM/yyyy",)),
        (["12/25/2026 8:03", "1/5/2026 18:03"], ("M/d/yyyy H:mm",)),
        (["4/12/2016 12:00:00 AM", "10/2/2016 1:00:00 PM"], ("M/d/yyyy h:mm:ss a",)),
        (["20260105", "20261225"], ("yyyyMMdd",)),
        (["20260105083000", "20261225183000"], ("yyyyMMddHHmmss",)),
        (["2026年1月5日", "2026年12月25日"], ("yyyy年M月d日",)),
        (["2026年1月5日 8:03", "2026年12月25日 18:03"], ("yyyy年M月d日 H:mm",)),
        (["1767571200", "1767571201"], ("epoch_s",)),
        (["1767571200123", "1767571201000"], ("epoch_ms",)),
        (["2026/01/05"] * 3 + ["2026-01-05"] * 2, ("yyyy/MM/dd", "iso")),
    ],
)
def test_a_way_to_write_moments_is_known(values: list[str], formats: tuple[str, ...]) -> None:
    found = moments_of(values)
    assert found is not None
    assert (found.formats, found.read) == (formats, len(values))


@pytest.mark.parametrize("values", [["12", "13"], ["2026-02-30"], ["99999999"], ["13800138000"], ["a-1", "b-2"]])
def test_other_values_are_no_moments(values: list[str]) -> None:
    assert moments_of(values) is None


def test_day_and_month_that_could_change_places_are_told_of(tmp_path: Path) -> None:
    found = column(tmp_path, "review", "评价时间", ["01/02/2026", "03/04/2026"])
    assert "could change places" in found.columns["reviewed_at"].notes[0]


def test_a_code_of_theirs_that_nobody_knows_is_told_of(tmp_path: Path) -> None:
    found = column(tmp_path, "account", "会员等级", ["金卡", "钻石"] * 10).columns["membership_level"]
    assert found.codes == {"金卡": "gold"}
    assert "translated in `codes`: 钻石; ours are ordinary, silver, gold" in found.notes[0]


def test_names_of_people_are_never_told_as_codes(tmp_path: Path) -> None:
    found = column(tmp_path, "review", "对象", ["张伟", "王芳", "李娜", "刘洋"] * 10)
    assert "张伟" not in str(found)


def test_a_department_is_known_by_a_part_of_its_name(tmp_path: Path) -> None:
    found = column(tmp_path, "consultation", "科室", ["东院心内科门诊", "小儿骨科"] * 10).columns["department"]
    assert found.codes == {"东院心内科门诊": "cardiology", "小儿骨科": "orthopedics"}
    assert found.notes == ("guessed by a part of the word: 东院心内科门诊, 小儿骨科",)


def test_yes_and_no_need_a_table_only_in_words_the_engine_does_not_read(tmp_path: Path) -> None:
    plain = column(tmp_path, "diagnosis", "是否主诊断", ["是", "否"] * 10).columns["is_primary"]
    worded = column(tmp_path, "diagnosis", "是否主诊断", ["主要", "次要"] * 10).columns["is_primary"]
    assert (plain.codes, worded.codes) == ({}, {"主要": "true", "次要": "false"})


def test_what_stands_for_nothing_is_no_number_and_is_noticed(tmp_path: Path) -> None:
    found = column(tmp_path, "review", "评分", ["5", "4", "N/A", "无", "3"] * 12)
    assert found.nulls == {"N/A": 12, "无": 12}
    assert found.columns["rating"].reason.endswith("36 of 36 values are numbers in 1..5")


def test_none_that_is_an_answer_is_not_taken_for_nothing(tmp_path: Path) -> None:
    found = column(tmp_path, "environment", "疫情", ["无", "流感"] * 10)
    assert (found.columns["epidemic"].codes, found.nulls) == ({"无": "none", "流感": "influenza"}, {})


def test_a_column_named_for_what_it_measures_gives_metric_value_and_unit(tmp_path: Path) -> None:
    rows = [{"uid": "a", "测量时间": "2026-01-05 08:00", "收缩压": "17.2", "心率": "70"}] * 5
    found = guessed(tmp_path, "device_reading", rows)
    got = {n: found.columns[n].value or found.columns[n].origin for n in ("metric", "value", "unit")}
    assert got == {"metric": "systolic", "value": "收缩压", "unit": "kPa"}
    assert found.remarks == ("心率 is heart_rate in bpm: a mapping of its own, device_reading.heart_rate.yml",)


def test_free_text_goes_to_text_and_not_to_a_number_of_something(tmp_path: Path) -> None:
    assert origins(column(tmp_path, "review", "评价内容", TEXTS)) == {"text": "评价内容"}
    assert origins(column(tmp_path, "review", "doctor", TEXTS)) == {}


def test_a_required_field_without_a_column_comes_with_a_hint(tmp_path: Path) -> None:
    found = column(tmp_path, "order_line", "单价", ["12.5"] * 5)
    assert "their 单价 is the price of one piece" in found.missing["amount_yuan"][0]
    assert found.missing["item_kind"][0].endswith("one of consultation, medicine, service, package, goods")


def test_a_telephone_is_offered_where_no_account_is_named(tmp_path: Path) -> None:
    found = column(tmp_path, "review", "登录手机", [f"1390000{n:04d}" for n in range(20)])
    assert found.missing["account_token"] == (
        "where people are known by nothing else: account_token: {from: 登录手机}, telephone numbers",
    )
