"""What an editor is told: our own files are right by the schema, and what the loader refuses for its form is not."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from jobs.runtime.conf_file import ConfFile
from jobs.runtime.settings import project_root
from jobs.runtime.tag_schema import tag_schema

CONF = project_root() / "conf"
FILES = sorted((CONF / "tags").glob("*/*.yml"))
SCHEMA = Draft7Validator(json.loads(tag_schema()))
LINE = "# yaml-language-server: $schema=../../tags.schema.json"


def as_json(file: Path) -> Any:
    return json.loads(json.dumps(ConfFile(file).data, default=str))


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_our_own_files_are_right_and_name_the_schema(file: Path) -> None:
    assert [e.message for e in SCHEMA.iter_errors(as_json(file))] == []
    assert file.read_text(encoding="utf-8").splitlines()[0] == LINE
    assert (file.parent / LINE.split("=")[1]).resolve() == CONF / "tags.schema.json"


WRONG: dict[str, Callable[[dict[str, Any]], Any]] = {
    "an unknown key": lambda tag: tag.update(halflife_days=3),
    "an unknown kind": lambda tag: tag.update(kind="role"),
    "a key of another kind": lambda tag: tag.update(column="age_years"),
    "no rule": lambda tag: tag.pop("rule"),
    "an unknown column in an example": lambda tag: tag.update(holds={"age_year": 3}),
    "an unknown legal basis": lambda tag: tag.update(legal_basis="none"),
    "a number that is text": lambda tag: tag.update(half_life_days="90"),
    "a column that is no date": lambda tag: tag.update(expires_days=9, evidence_on="age_years"),
}


@pytest.mark.parametrize("what", WRONG)
def test_an_editor_underlines(what: str) -> None:
    entry = next(t for f in FILES for t in as_json(f) if t["code"] == "value.refunds")
    wrong = copy.deepcopy(entry)
    assert not list(SCHEMA.iter_errors([wrong]))
    WRONG[what](wrong)
    assert list(SCHEMA.iter_errors([wrong]))
