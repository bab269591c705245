"""A hospital's key: made once, kept from others, refused when it is none."""

from __future__ import annotations

import hashlib
import hmac
import re
from pathlib import Path

import pytest

from jobs.runtime.keys import VARIABLE, Key, KeyPlace, KeyUnusable, hospital_key, make_key_file


def test_a_key_is_made_once_and_for_its_owner_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    first = hospital_key(tmp_path / "keys", "a")

    assert hospital_key(tmp_path / "keys", "a").read() == first.read()
    assert hospital_key(tmp_path / "keys", "b").key_id != first.key_id
    assert (tmp_path / "keys" / "a.key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "keys" / "a.key").read_text().strip() == first.read().text
    assert first.read().inner.hex() not in repr(first) + repr(first.read())


def test_of_two_that_make_a_key_at_once_the_second_takes_the_firsts(tmp_path: Path) -> None:
    first, second = Key.fresh(), Key.fresh()
    for key in (first, second):
        make_key_file(tmp_path / "a.key", key)

    assert KeyPlace(str(tmp_path / "a.key")).read() == first
    assert [path.name for path in tmp_path.iterdir()] == ["a.key"]


def test_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "ab" * 32)

    assert hospital_key(tmp_path, "a").read() == Key(bytes([0xAB]) * 32).of_hospital("a")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "stated", ["", "ab" * 31, "zz" * 32, "ab" * 32 + "c", "ab" * 32 + ":", ":".join(["ab" * 32] * 3)]
)
def test_what_is_no_key_is_refused_and_not_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stated: str) -> None:
    monkeypatch.setenv(VARIABLE, stated)
    with pytest.raises(KeyUnusable, match=VARIABLE) as error:
        hospital_key(tmp_path, "a")

    assert not stated or stated not in str(error.value)


def test_a_token_tells_kind_and_value_apart_and_nothing_else() -> None:
    key = Key(b"k" * 32, b"o" * 32)
    token = key.token("phone", "13812345678")

    assert re.fullmatch("[0-9a-f]{32}", token)
    assert key.token("phone", "13812345678") == token
    assert key.decrypted(token) == hmac.new(b"k" * 32, b"phone\x1f13812345678", hashlib.sha256).hexdigest()[:32]
    others = [key.token("account", "13812345678"), Key(b"l" * 32, b"o" * 32).token("phone", "13812345678")]
    assert token not in [*others, Key(b"k" * 32, b"l" * 32).token("phone", "13812345678")]


def test_a_key_of_before_there_were_rotations_makes_the_tokens_it_always_made() -> None:
    expected = hmac.new(b"k" * 32, b"phone\x1f13812345678", hashlib.sha256).hexdigest()[:32]

    assert Key(b"k" * 32).token("phone", "13812345678") == expected
    assert Key(b"k" * 32).key_id == hashlib.sha256(b"k" * 32).hexdigest()[:8]


@pytest.mark.parametrize("stated", [None, Key.fresh().text, "ab" * 32])
def test_the_tokens_of_one_hospital_are_not_those_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stated: str | None
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    if stated:
        monkeypatch.setenv(VARIABLE, stated)
    one, other = (hospital_key(tmp_path, name).read() for name in ("one", "other"))
    same = ["account", "phone", "id_card", "device"]

    assert not {one.token(kind, "13812345678") for kind in same} & {other.token(kind, "13812345678") for kind in same}
