"""Names for groups: declared rules on their centres, and the last run's names for the same groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from models.matrix import Floats

SLACK = {"percentile": 10.0, "z": 0.25}


def _rule(code: str, zh: str, en: str, **spans: tuple[int, int]) -> dict[str, Any]:
    """A rule on percentiles; a span's 0 or 100 is no bound."""
    when: list[dict[str, Any]] = []
    for axis, (low, top) in spans.items():
        bounds = ({"at_least": low} if low > 0 else {}) | ({"at_most": top} if top < 100 else {})
        when.append({"axis": axis, "measure": "percentile", **bounds})
    return {"code": code, "name": {"zh": zh, "en": en}, "when": when}


DEFAULT_RULES: tuple[Mapping[str, Any], ...] = (
    _rule("newcomer", "新用户", "Newcomers", tenure=(0, 25), recency=(0, 60)),
    _rule(
        "high_value_active", "高价值活跃", "High-value active", recency=(0, 45), frequency=(60, 100), spend=(70, 100)
    ),
    _rule(
        "chronic_steady", "慢病稳定", "Chronic and steady", health_need=(65, 100), recency=(0, 60), frequency=(40, 100)
    ),
    _rule("lapsed_value", "高价值沉睡", "High-value lapsed", recency=(60, 100), spend=(65, 100)),
    _rule("silent_churning", "沉默流失", "Silent and leaving", recency=(65, 100), frequency=(0, 50)),
    _rule("browsing_only", "只看不问", "Browsing only", recency=(0, 60), frequency=(50, 100), spend=(0, 45)),
    _rule("potential_growth", "潜力成长", "Potential growth", recency=(0, 50), frequency=(45, 100), spend=(40, 85)),
    _rule("occasional", "偶尔使用", "Occasional", recency=(30, 75), frequency=(0, 60), spend=(0, 70)),
)


@dataclass(frozen=True)
class Name:
    """A group's name and where it is from: a rule's code, or `fallback` where no rule held."""

    code: str
    zh: str
    en: str
    named_by: str


def check_rules(rules: Sequence[Mapping[str, Any]], axes: Sequence[str]) -> None:
    """Raise ValueError telling every wrong rule at once: unknown axis or measure, no bound, a code used twice."""
    wrong: list[str] = []
    codes = [str(rule.get("code")) for rule in rules]
    wrong += [f"code {code} is used twice" for code in sorted({c for c in codes if codes.count(c) > 1})]
    for code, rule in zip(codes, rules, strict=True):
        if not {"zh", "en"} <= set(rule.get("name", {})) or not rule.get("when"):
            wrong.append(f"rule {code} needs name.zh, name.en and at least one condition")
        for condition in rule.get("when", ()):
            if condition.get("axis") not in axes:
                wrong.append(f"rule {code}: axis {condition.get('axis')!r} is none of {', '.join(axes)}")
            if condition.get("measure", "percentile") not in SLACK:
                wrong.append(f"rule {code}: measure {condition['measure']!r} is neither percentile nor z")
            if condition.get("at_least") is None and condition.get("at_most") is None:
                wrong.append(f"rule {code}: condition on {condition.get('axis')} has neither at_least nor at_most")
    if wrong:
        raise ValueError(f"group naming rules: {'; '.join(wrong)}")


def match_centres(old: Floats, new: Floats, max_distance: float) -> dict[int, int]:
    """Which new centre continues which old one: {new row: old row}, one to one, least total distance.

    Pairs further apart than `max_distance` are no match: the old group has vanished, the new one is new.
    """
    distance = cdist(new, old)
    rows, columns = linear_sum_assignment(np.where(distance > max_distance, 1e6, distance))
    return {int(i): int(j) for i, j in zip(rows, columns, strict=True) if distance[i, j] <= max_distance}


def name_centres(
    percentiles: Floats,
    z_values: Floats,
    axes: Sequence[str],
    rules: Sequence[Mapping[str, Any]],
    ids: Sequence[int],
    held: Mapping[int, Name],
) -> list[Name]:
    """A name per centre (row of `percentiles` and `z_values`, centres x axes), every rule used once at most.

    A centre in `held` (row -> name of its group in the last run) keeps a name whose rule still holds with a slack of
    10 percentile points or 0.25 z, so that a group on the edge does not change its name to and fro; a name of a rule
    no longer declared is lost. Then rules are asked in order; each takes, of the centres without a name for which it
    holds, the one that meets it with most room. Centres left over are called unnamed, by their group id.
    """
    positions = {
        "percentile": dict(zip(axes, percentiles.T, strict=True)),
        "z": dict(zip(axes, z_values.T, strict=True)),
    }
    names: dict[int, Name] = {}
    open_rules = list(rules)
    for row, old in held.items():
        rule = next((r for r in open_rules if r["code"] == old.code), None)
        if rule is not None and _room(rule, positions)[row] >= -1:
            names[row] = _name(rule)
            open_rules.remove(rule)
    for rule in open_rules:
        room = _room(rule, positions)
        room[list(names)] = -np.inf
        if len(room) and room.max() >= 0:
            names[int(room.argmax())] = _name(rule)
    return [names.get(row) or _unnamed(id_) for row, id_ in enumerate(ids)]


def _room(rule: Mapping[str, Any], positions: Mapping[str, Mapping[str, Floats]]) -> Floats:
    """How far inside the tightest bound of the rule each centre is, in slacks; negative outside."""
    room: list[Floats] = []
    for condition in rule["when"]:
        measure = condition.get("measure", "percentile")
        at = positions[measure][condition["axis"]]
        if condition.get("at_least") is not None:
            room.append((at - condition["at_least"]) / SLACK[measure])
        if condition.get("at_most") is not None:
            room.append((condition["at_most"] - at) / SLACK[measure])
    return np.asarray(np.min(room, axis=0), dtype=np.float64)


def _name(rule: Mapping[str, Any]) -> Name:
    return Name(rule["code"], rule["name"]["zh"], rule["name"]["en"], "rule")


def _unnamed(group_id: int) -> Name:
    return Name(f"unnamed_{group_id}", f"未命名群{group_id}", f"Unnamed group {group_id}", "fallback")
