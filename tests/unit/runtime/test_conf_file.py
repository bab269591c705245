"""A wrong file is told by file, line, key, what was expected and what was found."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from pydantic import Field

from jobs.runtime.conf_file import ConfError, ConfFile, Strict, load


class Part(Strict):
    origin: str | list[str] | None = Field(None, alias="from")
    scale: float | None = None


class Whole(Strict):
    name: str
    since: date
    sizes: tuple[int, ...] = ()
    parts: dict[str, Part] = Field(default_factory=dict)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "some.yml"


def test_a_right_file_is_read(file: Path) -> None:
    file.write_text("name: x\nsince: 2026-01-31\nsizes: [1, 2]\nparts:\n  1: {from: [a, b], scale: 2}\n")

    whole = load(file, Whole)
    assert (whole.since, whole.sizes, whole.parts["1"].origin) == (date(2026, 1, 31), (1, 2), ["a", "b"])


def test_a_file_that_is_a_list_is_read(file: Path) -> None:
    file.write_text("- {from: a}\n- {scale: 0.5}\n")

    assert [p.scale for p in load(file, list[Part])] == [None, 0.5]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name: x\n", "line 1: expected the key 'since', found no such key"),
        ("name: 7\nsince: 2026-01-31\n", "line 1, key name: expected a valid string, found 7"),
        ("name: x\nsince: soon\n", "line 2, key since: expected"),
        (
            "name: x\nsince: 2026-01-31\nparts:\n  a: {from: a,\n    scael: 1}\n",
            "line 5, key parts.a.scael: expected one of from, scale, found 'scael' (did you mean 'scale'?)",
        ),
        ("name: x\nname: y\nsince: 2026-01-31\n", "line 2, key name: expected each key once, found it again"),
        ("name: [\n", "line 2: expected YAML"),
        ("", "line 1: expected"),
    ],
)
def test_a_wrong_file_is_told(file: Path, text: str, told: str) -> None:
    file.write_text(text)
    with pytest.raises(ConfError) as error:
        load(file, Whole)

    assert f"{file}, {told}" in str(error.value)


def test_all_mistakes_are_told_at_once(file: Path) -> None:
    file.write_text("nam: x\nsince: 3\nsizes: [a]\n")
    with pytest.raises(ConfError) as error:
        load(file, Whole)

    assert len(str(error.value).splitlines()) == 4


def test_no_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfError, match=r"none\.yml: expected a file here, found none"):
        ConfFile(tmp_path / "none.yml")
