"""Nobody can be told from free text that passed the door, and what a doctor needs of it stays."""

from __future__ import annotations

import re
from collections import Counter

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.runtime.intake.free_text import MARKS, WORTH_A_LOOK, scrub
from tests.unit.runtime.intake.labelled_texts import HARD, labelled_texts

_MARK = re.compile(r"\[(?:phone|id_card|bank_card|email|wechat|qq|address|name)\]")


def _worth_a_look(text: str) -> bool:
    """As the door asks: RE2, on a column."""
    return bool(pc.match_substring_regex(pa.array([text]), WORTH_A_LOOK)[0].as_py())


def test_of_labelled_texts_nearly_all_is_found_and_little_else() -> None:
    expected, found, right, leaked = Counter[str](), Counter[str](), Counter[str](), list[str]()
    for labelled in labelled_texts(seed=20260105, per_form=150):
        left = scrub(labelled.text)
        wanted, marks = Counter(mark for mark, _ in labelled.hidden), Counter(_MARK.findall(left))
        expected, found, right = expected + wanted, found + marks, right + (wanted & marks)
        leaked += [labelled.text for _, value in labelled.hidden if value in left]

    for mark in sorted(expected | found):
        print(f"{mark:12} expected {expected[mark]:5} found {found[mark]:5} right {right[mark]:5}")
    recall, precision = right.total() / expected.total(), right.total() / found.total()
    print(f"recall {recall:.4f} ({right.total()} of {expected.total()})")
    print(
        f"precision {precision:.4f} ({right.total()} of {found.total()}); left as it was {len(leaked)}: {leaked[:20]}"
    )
    assert recall >= 0.99
    assert precision >= 0.95
    assert len(leaked) <= expected.total() * 0.01


@pytest.mark.parametrize("text", HARD)
def test_what_tells_nobody_stays(text: str) -> None:
    assert scrub(text) == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("电话13812345678谢谢", "电话[phone]谢谢"),
        ("138 1234 5678,139-1234-5678", "[phone],[phone]"),
        ("13812345678 3天了没回", "[phone] 3天了没回"),
        ("13812345678一天没回", "[phone]一天没回"),
        ("wx13812345678", "wx[phone]"),
        ("微信同号 13812345678", "微信同号 [phone]"),
        ("身份证11010519491231002X。", "身份证[id_card]。"),
        ("１１０１０５１９４９１２３１００２ｘ", "[id_card]"),
        ("110105194912310021", "[id_card]"),
        ("写信 12345678@qq.com 吧", "写信 [email] 吧"),
        ("6222 0212 3456 7894 3天", "[bank_card] 3天"),
        ("卡 6222021234567895", "卡 6222021234567895"),
        ("单号6222021234567890128", "单号6222021234567890128"),
        ("卡6222021234567890128", "卡[bank_card]"),
        ("张女士和我先生", "[name]女士和我先生"),
        ("我叫王小明看王医生", "我叫[name]看王医生"),
        ("姓名：仝晓", "姓名：[name]"),
        ("微信：zhangsan", "微信：[wechat]"),
        ("加微 abc12345 或138*1234*5678", "加微 [wechat] 或[phone]"),
        ("我爸王建国最近咳嗽，孩子叫李梓涵", "我爸[name]最近咳嗽，孩子叫[name]"),
        ("患者王芳45岁，家属何时能来", "患者[name]45岁，家属何时能来"),
        ("北京市朝阳区建国路88号3单元502室 请放门口", "[address] 请放门口"),
        ("河南省周口市太康县王集乡李庄村", "[address]"),
        ("张家村3组12号", "[address]"),
    ],
)  # fmt: skip
def test_it_is_a_mark_and_the_rest_is_let_be(text: str, left: str) -> None:
    assert scrub(text) == left


_SCRAPS = (
    "138|1234|5678|１３８|-| |　|\n|）|微信|号|：|vx|VX|qq|@|.cn|王|女士|先生|患者|姓名|我叫|我是|路|3号|"
    "小区|栋|502|省|市|区|镇|x|ab_12|加v|0755|电话|İ|ſ|一三八|一二三四|五六七八|[name]|[wechat]|[phone|]|"
    "110105|19491231|002X|6222021234567890128"
)
_PIECES = st.sampled_from([labelled.text for labelled in labelled_texts(seed=1, per_form=8)] + _SCRAPS.split("|"))
_TEXTS = st.lists(_PIECES, max_size=8).map("".join) | st.text(max_size=40)


@settings(deadline=None)
@given(_TEXTS)
def test_scrubbed_twice_is_scrubbed_once(text: str) -> None:
    once = scrub(text)
    assert scrub(once) == once


@settings(deadline=None)
@given(_TEXTS)
def test_each_text_that_changes_is_worth_a_look(text: str) -> None:
    assert scrub(text) == text or _worth_a_look(text)


@settings(deadline=None)
@given(_TEXTS)
def test_each_hint_is_wider_than_its_pattern(text: str) -> None:
    for mark in MARKS:
        if mark.pattern.search(text):
            assert re.search(mark.hint, text), mark.pattern.pattern
            assert pc.match_substring_regex(pa.array([text]), mark.hint)[0].as_py(), mark.pattern.pattern


def test_a_long_text_without_end_takes_no_long_time() -> None:
    # Each of these made a careless pattern look from every sign to the end.
    for sign in ("a", "1", "1 ", "王", "路", "患者", "市区", "a@", "小区3", "一", "微信", "3号楼"):
        assert len(scrub(sign * 5_000)) > 0
