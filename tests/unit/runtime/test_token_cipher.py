"""A token can be moved to another key and back, and a person's number moves with the token it is made of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.runtime.token_cipher import TokenCipher

keys = st.binary(min_size=32, max_size=80)
tokens = st.text("0123456789abcdef", min_size=32, max_size=32)


@given(keys, tokens)
def test_what_was_encrypted_can_be_decrypted(key: bytes, token: str) -> None:
    cipher = TokenCipher(key)

    assert cipher.decrypt(cipher.encrypt(token)) == token
    assert cipher.encrypt(cipher.decrypt(token)) == token


@given(keys, tokens)
def test_a_number_made_of_a_token_becomes_the_number_of_the_encrypted_token(key: bytes, token: str) -> None:
    cipher = TokenCipher(key)

    assert cipher.encrypt(token[:31]) == cipher.encrypt(token)[:31]
    assert cipher.decrypt(token[:31]) == cipher.decrypt(token)[:31]


@given(keys, keys, tokens)
def test_another_key_encrypts_another_way(key: bytes, other: bytes, token: str) -> None:
    assert (TokenCipher(key).encrypt(token) == TokenCipher(other).encrypt(token)) == (key == other)


@pytest.mark.parametrize("place", [0, 1, 15, 16, 30])
def test_one_digit_changes_half_of_the_bits(place: int) -> None:
    cipher, token = TokenCipher(b"k" * 32), "0" * 32
    other = token[:place] + "1" + token[place + 1 :]
    changed = int(cipher.encrypt(token), 16) ^ int(cipher.encrypt(other), 16)

    assert 40 < changed.bit_count() < 88


def test_tokens_stay_what_they_are_from_version_to_version() -> None:
    assert TokenCipher(b"k" * 32).encrypt("0123456789abcdef" * 2) == "971c126448d43a94589db238941ed80d"


def test_the_last_digit_is_hidden_as_well_as_the_others() -> None:
    cipher = TokenCipher(b"k" * 32)

    assert {cipher.encrypt(f"{number:031x}0")[-1] for number in range(200)} == set("0123456789abcdef")
