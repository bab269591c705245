"""Which columns the likeness to a segment may rest on, and why not on the others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from features.columns import COLUMNS, HOMES, data_classes, from_devices
from features.policy import Policy
from features.segment import Segment
from jobs.learning.feature_choice import chosen_features, numeric_columns
from jobs.learning.settings import FeatureChoice
from jobs.runtime.feature_names import WINDOW

SENSITIVE, DEVICE, RULE, BANNED, CHOICE = "sensitive", "device", "rule", "banned", "choice"
_OPEN = ("public", "low")
_CLASSES = {"basic", "behaviour", "value"}


@dataclass(frozen=True)
class Permitted:
    """The features, and by reason the columns that are none."""

    features: tuple[str, ...]
    left_out: dict[str, tuple[str, ...]]


def permitted_features(segment: Segment, choice: FeatureChoice, policy: Policy, purpose: str) -> Permitted:
    """What conf chose, without all that is sensitive or that the segment rests on, whatever conf says."""
    chosen, found, left_out = set(chosen_features(choice)), list[str](), dict[str, list[str]]()
    measures = {measure(c) for c in segment.used_columns}
    stated = policy.purposes.get(purpose)  # type: ignore[call-overload]  # a Purpose
    banned = set(stated.banned_columns) if stated else set()
    for name in (n for n in numeric_columns() if n in HOMES):
        why = _why_not(name, measures, banned) or (None if name in chosen else CHOICE)
        if why:
            left_out.setdefault(why, []).append(name)
        else:
            found.append(name)
    return Permitted(tuple(found), {why: tuple(names) for why, names in left_out.items()})


def measure(column: str) -> str:
    """What a column measures, in whichever window."""
    found = WINDOW.match(column)
    return found["base"] if found else column


def of_measure(features: Iterable[str], feature: str) -> tuple[str, ...]:
    """The feature with its other windows: what one tells, they tell."""
    return tuple(f for f in features if measure(f) == measure(feature))


def _why_not(name: str, measures: set[str], banned: set[str]) -> str | None:
    if from_devices((name,)):
        return DEVICE
    if COLUMNS[name].sensitivity not in _OPEN or not set(data_classes((name,))) <= _CLASSES:
        return SENSITIVE
    if measure(name) in measures:
        return RULE
    return BANNED if name in banned else None
