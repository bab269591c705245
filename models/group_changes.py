"""What a new grouping changes for those who know the old one: groups that come, go, or are called otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from models.groups import Group, GroupModel


@dataclass(frozen=True)
class GroupChange:
    """One group's change; `group` is the one that went where it vanished. `former` is it before it was renamed."""

    kind: Literal["new", "vanished", "renamed"]
    group: Group
    former: Group | None = None


def group_changes(found: GroupModel, before: GroupModel | None) -> tuple[GroupChange, ...]:
    """By group id, of a grouping that takes over from another, or is the first one."""
    old = {group.id: group for group in before.groups} if before else {}
    now = {group.id: group for group in found.groups}
    changes = [GroupChange("vanished", group) for id_, group in old.items() if id_ not in now]
    changes += [GroupChange("new", group) for id_, group in now.items() if id_ not in old]
    changes += [
        GroupChange("renamed", group, old[id_])
        for id_, group in now.items()
        if id_ in old and group.code != old[id_].code
    ]
    return tuple(sorted(changes, key=lambda c: c.group.id))
