"""Tags that everybody holds from one day to the next, or nobody any more: mostly a feed that broke."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from features.tag import Tag

# In a hospital of a few dozen users, tags come and go by chance.
LEAST_USERS = 20


@dataclass(frozen=True)
class Sudden:
    """One tag that changed altogether."""

    tag: Tag
    before: int
    now: int

    @property
    def observed(self) -> str:
        who = "everybody" if self.now else "nobody"
        return f"{who} holds it, {self.now:,} users; the day before {self.before:,} did"


def sudden_changes(
    tags: Sequence[Tag], before: Mapping[str, Mapping[str, Any]], now: Mapping[str, Mapping[str, Any]]
) -> list[Sudden]:
    """The tags that hold for everybody or for nobody now and did not before; rows of gold.tag_day by code."""
    found = []
    for tag in tags:
        if tag.code not in before or tag.code not in now:
            continue
        old, new = before[tag.code], now[tag.code]
        turned = new["user_share"] in (0.0, 1.0) and old["user_share"] != new["user_share"]
        if turned and abs(new["user_count"] - old["user_count"]) >= LEAST_USERS:
            found.append(Sudden(tag, old["user_count"], new["user_count"]))
    return found
