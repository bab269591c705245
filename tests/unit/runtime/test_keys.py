"""A hospital's key: made once, kept from others, refused when it is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.runtime.keys import VARIABLE, KeyUnusable, hospital_key


def test_a_key_is_made_once_and_for_its_owner_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    first = hospital_key(tmp_path / "keys", "a")

    assert hospital_key(tmp_path / "keys", "a").read() == first.read()
    assert hospital_key(tmp_path / "keys", "b").key_id != first.key_id
    assert (tmp_path / "keys" / "a.key").stat().st_mode & 0o777 == 0o600
    assert len(first.read()) == 32
    assert first.read().hex() not in repr(first)


def test_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "ab" * 32)

    assert hospital_key(tmp_path, "a").read() == bytes([0xAB]) * 32
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("stated", ["", "ab" * 31, "zz" * 32, "ab" * 32 + "c"])
def test_what_is_no_key_is_refused_and_not_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stated: str) -> None:
    monkeypatch.setenv(VARIABLE, stated)
    with pytest.raises(KeyUnusable, match=VARIABLE) as error:
        hospital_key(tmp_path, "a")

    assert not stated or stated not in str(error.value)
