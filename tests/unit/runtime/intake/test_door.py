"""The token that stands for an identifier."""

from __future__ import annotations

import hashlib
import hmac

from jobs.runtime.intake.door import token


def test_a_token_is_an_hmac_of_kind_and_value() -> None:
    key = b"k" * 32
    expected = hmac.new(key, b"phone\x1f13812345678", hashlib.sha256).hexdigest()[:32]

    assert token(key, "phone", "13812345678") == expected
    assert token(key, "account", "13812345678") != expected
    assert token(b"l" * 32, "phone", "13812345678") != expected
