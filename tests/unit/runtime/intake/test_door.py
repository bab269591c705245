"""Nobody can be told from what passed the door, and what is no identifier stays."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from jobs.runtime.intake.door import scrub, token


def test_a_token_is_an_hmac_of_kind_and_value() -> None:
    key = b"k" * 32
    expected = hmac.new(key, b"phone\x1f13812345678", hashlib.sha256).hexdigest()[:32]

    assert token(key, "phone", "13812345678") == expected
    assert token(key, "account", "13812345678") != expected
    assert token(b"l" * 32, "phone", "13812345678") != expected


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("电话13812345678谢谢", "电话[phone]谢谢"),
        ("138 1234 5678,139-1234-5678", "[phone],[phone]"),
        ("１３８１２３４５６７８", "[phone]"),
        ("+86 13812345678", "[phone]"),
        ("008613812345678", "[phone]"),
        ("身份证11010519491231002X。", "身份证[id_card]。"),
        ("110105 19491231 0021", "[id_card]"),
        ("１１０１０５１９４９１２３１００２ｘ", "[id_card]"),
        ("110105491231002", "[id_card]"),
        ("写信 zhang.san@mail.example.com 吧", "写信 [email] 吧"),
        ("血压 138/85，吃 0.5 mg，每天 3 次", "血压 138/85，吃 0.5 mg，每天 3 次"),
        ("2026-01-05 08:00:00 血糖 13.8 12.3 45.6", "2026-01-05 08:00:00 血糖 13.8 12.3 45.6"),
        ("订单号 20260105123456789012345", "订单号 20260105123456789012345"),
    ],
)
def test_free_text_loses_what_tells_a_person(text: str, left: str) -> None:
    assert scrub(text) == left
