"""What people say of users, and the tags that say it."""

from __future__ import annotations

from typing import Literal

from features.declaration import Declared


class TagPhrase(Declared):
    """One phrase of conf/tag_phrases.yml; without tags it still waits for one."""

    zh: str
    en: str
    layer: Literal["basic", "need", "behaviour", "value"]
    tags: tuple[str, ...]
