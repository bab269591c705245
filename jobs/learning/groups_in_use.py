"""Which groups are in use: those that began, until somebody approves others."""

from __future__ import annotations

from datetime import date, timedelta

from jobs.learning.group_story import change_rows
from jobs.runtime.audit import append_rows
from jobs.runtime.calibration.in_force import load_approved
from jobs.runtime.registry import Registry, StoredModel
from jobs.runtime.settings import Settings
from jobs.runtime.store import Store
from models.group_changes import group_changes
from models.groups import GroupModel
from schemas.segment_change import SEGMENT_CHANGE

MODEL = "segments"


def find_groups(settings: Settings, day: date | None = None) -> StoredModel | None:
    """The groups of a day, so that an older one is assigned by those of its time; without a day the newest approved.

    The champion is the model that began: the first, or the first on other axes, which an approval before it is not.
    """
    registry = Registry(settings.mlflow)
    champion, approved = registry.find_champion(MODEL), load_approved(settings).on(day).groups
    if champion is None or approved is None or int(approved) <= int(champion.version):
        return champion
    return registry.version(MODEL, approved)


def groups_in_use(settings: Settings, day: date) -> StoredModel:
    """As `find_groups`; without any, the error says what to run."""
    return find_groups(settings, day) or Registry(settings.mlflow).champion(MODEL)


def tell_approved(settings: Settings, version: str, since: date) -> None:
    """Adds to audit.segment_change which groups came, went or were renamed by an approval, as of its first day."""
    before, after = find_groups(settings, since - timedelta(days=1)), Registry(settings.mlflow).version(MODEL, version)
    was = GroupModel.from_dict(before.card["groups"]) if before else None
    changes = group_changes(GroupModel.from_dict(after.card["groups"]), was)
    append_rows(Store(str(settings.lake)), SEGMENT_CHANGE, change_rows(changes, since, version))
