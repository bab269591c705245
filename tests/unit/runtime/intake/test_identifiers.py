"""One thing has one token, however it is written; what strangers share has none."""

from __future__ import annotations

import hmac
from typing import get_args

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jobs.runtime.intake.door import _tokens
from jobs.runtime.intake.identifiers import PLACEHOLDER_WORDS, check_digit, normalised
from jobs.runtime.keys import Key
from schemas.feed import Identifier
from schemas.feeds import FEEDS

CARD = "110101194912310024"
SAME = [
    (
        "phone",
        "13912345876",
        "139 1234 5876|139-1234-5876|+86 13912345876|+86-139-1234-5876|0086 139 12345876|8613912345876|013912345876"
        "|１３９１２３４５８７６|（139）1234-5876|(+86)13912345876|13912345876.0|139.1234.5876|手机：13912345876"
        "|13912345876/13800001234|13912345876、010-82345671",
    ),
    ("phone", "01082345671", "010-82345671|(010)82345671|（010）8234 5671|+86 10 82345671|0086-10-82345671"),
    ("phone", "01082345671801", "010-82345671转801|010-82345671-801"),
    ("id_card", CARD, f"110101491231002|110101 491231 002|{CARD[:6]} {CARD[6:14]} {CARD[14:]}|身份证{CARD}"),
    ("id_card", "11010119491231006X", "11010119491231006x|１１０１０１１９４９１２３１００６ｘ|11010119491231006×"),
    ("hospital_card", "HC002000005", "hc002000005|HC-002-000-005|ＨＣ００２０００００５"),
    ("device", "9f3a0c1e-0000-4a00-8000-00000000000a", "9F3A0C1E-0000-4A00-8000-00000000000A"),
    ("device", "DV0070000754", " DV0070000754 |ＤＶ0070000754"),
    ("name", "张三", "张三|张　三|张 三"),
    ("name", "阿依古丽·买买提", "阿依古丽•买买提|阿依古丽・买买提"),
    ("name", "ZHANG SAN", "Zhang  San|zhang san"),
    ("address", "建国路88号3单元502A", "建国路８８号 3单元 502a"),
    ("account", "U1", "U1| U1 |Ｕ１"),
]  # fmt: skip
NOBODY = [
    ("phone", "无|未知|00000000000|11111111111|x"),
    ("phone", "13800138000|13800000000|13812345678|12345678901|138****5678|110|0|1.38E+10"),
    ("id_card", "无|000000000000000000|111111111111111111|123456789012345678|11010519491231002X|1101**********002X"),
    ("id_card", "1.10105E+17|110105194912310000|123|测试|00000X:X|12345 E17"),
    ("device", "00000000-0000-0000-0000-000000000000|000000000000000|02:00:00:00:00:00|unknown"),
    ("hospital_card", "000000|无|-"),
    ("name", "匿名|TEST|ＴＥＳＴ|王*|张**"),
    ("openid", "null|undefined"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "plain", "text"), [(k, p, t) for k, p, ts in SAME for t in ts.split("|")])
def test_every_way_to_write_a_thing_is_one(kind: Identifier, plain: str, text: str) -> None:
    assert normalised(kind, text) == plain


@pytest.mark.parametrize(("kind", "text"), [(k, t) for k, ts in NOBODY for t in ts.split("|")])
def test_what_strangers_share_names_nobody(kind: Identifier, text: str) -> None:
    assert normalised(kind, text) is None


def test_a_wrong_number_is_kept_as_it_is() -> None:
    assert normalised("id_card", "110101194912310023") == "110101194912310023"
    assert normalised("phone", "23912345876") == "23912345876"
    assert normalised("phone", "1391234587") == "1391234587"


def test_an_openid_keeps_its_case() -> None:
    assert normalised("openid", " oCmAb_x-1 ") == "oCmAb_x-1"
    assert normalised("unionid", "oCmab_x-1") != normalised("unionid", "oCmAb_x-1")


def test_check_digits_are_those_of_the_standards_examples() -> None:
    assert check_digit("11010519491231002") == "X"
    assert check_digit("44052418800101001") == "4"


@example("id_card", "00000X:X")
@example("id_card", "110101 491231:002")
@example("phone", "++8613912345876")
@example("name", "ｎｕｌｌ")
@given(st.sampled_from(get_args(Identifier)), st.text(max_size=30) | st.text("0123456789+-() xX*/、", max_size=25))
def test_what_is_normal_stays_so(kind: Identifier, text: str) -> None:
    once = normalised(kind, text)
    assert once is None or kind in ("account", "member") or normalised(kind, once) == once


@given(st.sampled_from(["account", "member"]), st.text(min_size=1, max_size=8) | st.sampled_from(PLACEHOLDER_WORDS))
def test_what_a_row_may_not_lack_is_not_taken_away_behind_the_check(kind: Identifier, text: str) -> None:
    assert normalised(kind, text) is not None


def test_only_accounts_and_members_are_required() -> None:
    kinds = {f.identifier for feed in FEEDS.values() for f in feed.fields if f.identifier and f.required}

    assert kinds == {"account", "member"}


def test_placeholders_have_no_token_and_are_remembered() -> None:
    key, known = Key(b"k" * 32), dict[str, str | None]()
    column = pa.array(["13800138000", None, "+86 13912345876", "139 1234 5876"])

    for _ in range(2):
        tokens = _tokens(column, key, "phone", known).to_pylist()
        expected = key.token("phone", "13912345876")
        assert tokens == [None, None, expected, expected]
    assert known["13800138000"] is None
    assert hmac.compare_digest(expected, known["139 1234 5876"] or "")
