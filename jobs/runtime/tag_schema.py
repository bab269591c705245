"""The JSON Schema of tag files, from which editors complete and underline; `make docs` writes it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from features.columns import COLUMNS, DAY_COLUMNS
from features.declared_fields import is_days_since
from features.rule import kind_of
from features.tag import KIND_MODELS, KINDS
from schemas.gold.tag import KIND_WORDS
from schemas.table import Column

_NUMBERS = {n: c for n, c in COLUMNS.items() if kind_of(c) == "number"}
_DATES = {n: c for n, c in COLUMNS.items() if c.type == "date"}


def tag_schema() -> str:
    """The schema of a tag file as text."""
    defs: dict[str, Any] = _column_names()
    by_kind: dict[str, str] = {}
    for model in KIND_MODELS:
        stated = model.model_json_schema(ref_template="#/$defs/{model}")
        defs |= stated.pop("$defs", {})
        kind = stated["properties"]["kind"]
        by_kind |= dict.fromkeys(kind.get("enum", [kind.get("const")]), model.__name__)
        # `kind` is chosen above, where its words are told.
        stated["properties"]["kind"] = {}
        defs[model.__name__] = stated
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "conf/tags/<layer>/<theme>.yml",
        "description": "Written by `make docs`; docs/how-to/add-a-tag.md says how a tag is added.",
        "type": "array",
        "items": {
            "type": "object",
            "required": ["code", "kind"],
            "properties": {"kind": _words(KIND_WORDS)},
            "allOf": [_when(kind, by_kind[kind]) for kind in KINDS],
        },
        "$defs": _with_columns(defs),
    }
    return json.dumps(schema, ensure_ascii=False, indent=1)


def _when(kind: str, model: str) -> dict[str, Any]:
    return {
        "if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]},
        "then": {"$ref": f"#/$defs/{model}"},
    }


def _words(words: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    told = [f"{zh}. {en}." for zh, en in words.values()]
    return {"type": "string", "enum": list(words), "markdownEnumDescriptions": told}


def _column_names() -> dict[str, Any]:
    return {
        "any": {"type": "string", "enum": list(COLUMNS)},
        "number": {"type": "string", "enum": list(_NUMBERS)},
        "date": {"type": "string", "enum": list(_DATES)},
        "date_or_days": {"type": "string", "enum": [n for n, c in COLUMNS.items() if n in _DATES or is_days_since(c)]},
        "user": _example(COLUMNS, {}),
        "day": _example(DAY_COLUMNS, {"days_ago": {"type": "integer", "minimum": 0, "description": "Days before."}}),
    }


def _example(columns: Mapping[str, Column], also: Mapping[str, Any]) -> dict[str, Any]:
    named = {n: {"description": c.meaning} for n, c in columns.items()}
    return {
        "type": "object", "properties": {**also, **named}, "required": list(also), "additionalProperties": False,
    }  # fmt: skip


def _with_columns(part: Any) -> Any:
    """The same with a reference wherever features.declared_fields says which columns may be named."""
    if isinstance(part, dict):
        if set(part) - {"title", "default"} == {"columns"}:
            return {"$ref": f"#/$defs/{part['columns']}"}
        return {key: _with_columns(inner) for key, inner in part.items()}
    return [_with_columns(inner) for inner in part] if isinstance(part, list) else part
