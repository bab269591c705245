"""What every declaration of conf/ is built on: strict, unchanging, and with a version made of its content."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from pydantic import BaseModel, ConfigDict

Scalar = bool | int | float | str | None
Example = dict[str, Scalar | list[str]]


class Declared(BaseModel):
    """Unknown keys are refused, nothing is converted, nothing changes."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Bilingual(Declared):
    """A text for people, in Chinese and English."""

    zh: str
    en: str


def version(content: Any) -> str:
    """Twelve hex digits that change when, and only when, the content does."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
