"""Finds user groups by K-means, keeps them the same groups from run to run, and names them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_score
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped, unused-ignore]

from models.group_names import DEFAULT_RULES, Name, check_rules, match_centres, name_centres
from models.group_space import Axis, Space, fit_space
from models.groups import Group, GroupModel
from models.matrix import Floats


@dataclass(frozen=True)
class GroupSettings:
    """What may be chosen. Shares are of the sampled users, distances are in the space's spreads.

    A number of groups is eligible if its smallest group has `smallest_share` of the users and bootstraps agree with it
    by an adjusted Rand index of `steadiness`. Of the eligible the best silhouette times stability wins. The last run's
    number stays while its silhouette is within `switch_gain` of the winner's and no group is below half the share.
    """

    k_range: tuple[int, ...] = (4, 5, 6, 7, 8)
    sample_rows: int = 20_000
    judged_rows: int = 4_000
    bootstraps: int = 5
    starts: int = 6
    smallest_share: float = 0.02
    steadiness: float = 0.6
    switch_gain: float = 0.05
    max_distance: float = 1.0


def fit_groups(
    frame: pd.DataFrame,
    axes: Sequence[Axis],
    seed: int,
    rules: Sequence[Mapping[str, Any]] = DEFAULT_RULES,
    previous: GroupModel | None = None,
    settings: GroupSettings | None = None,
    first_id: int = 1,
) -> GroupModel:
    """Find, match and name groups; one row per user, in any order.

    With `previous`, its space (medians and spreads) is kept, its number of groups is preferred, K-means starts from its
    centres, and groups whose centres moved less than `max_distance` keep their id and, while it fits, their name. To
    learn the space anew fit without `previous`: ids then start at `first_id`. Raises ValueError for wrong rules, for
    columns that are lacking, empty or constant, for fewer different users than groups, and for a `previous` on other
    axes.
    Runs on one thread: sums then come in one order, and on busy cores scikit-learn's threads wait for each other.
    """
    chosen = settings or GroupSettings()
    check_rules(rules, [axis.name for axis in axes])
    if previous is not None and _learned_from(previous.space.axes) != _learned_from(axes):
        raise ValueError("groups: the previous model was fitted on other axes; fit without it, from its next id on")
    space = previous.space if previous else fit_space(frame, axes)
    points = _sample(space.place(frame), chosen.sample_rows, seed)
    if len(np.unique(points, axis=0)) < max(chosen.k_range):
        raise ValueError(f"groups: fewer than {max(chosen.k_range)} different users, that many groups are asked for")
    with threadpool_limits(limits=1):
        fits = {k: _cluster(points, k, seed, chosen, previous) for k in chosen.k_range}
        candidates = tuple(_judge(points, fit, seed, chosen) for fit in fits.values())
    k, notes = _choose(candidates, previous, chosen)
    next_id = previous.next_id if previous else first_id
    return _built(space, points, fits[k], candidates, rules, previous, next_id, chosen, notes)


def _learned_from(axes: Sequence[Axis]) -> list[dict[str, Any]]:
    return [asdict(axis) for axis in axes]


def _sample(points: Floats, rows: int, seed: int) -> Floats:
    """At most `rows` points, in an order that depends on the points alone, not on how the frame was sorted."""
    ordered = points[np.lexsort(points.T)]
    if len(ordered) <= rows:
        return ordered
    return ordered[np.sort(np.random.default_rng(seed).choice(len(ordered), rows, replace=False))]


def _cluster(points: Floats, k: int, seed: int, settings: GroupSettings, previous: GroupModel | None) -> KMeans:
    """K-means with `k` groups; from the last run's centres unless a fresh start fits better by 2 % of the inertia."""
    fresh = KMeans(k, n_init=settings.starts, random_state=seed).fit(points)
    if previous is None or len(previous.groups) != k:
        return fresh
    warm = KMeans(k, init=previous.centres, n_init=1).fit(points)
    return warm if warm.inertia_ <= fresh.inertia_ * 1.02 else fresh


def _judge(points: Floats, fit: KMeans, seed: int, settings: GroupSettings) -> dict[str, float]:
    random = np.random.default_rng(seed)
    some = random.choice(len(points), min(settings.judged_rows, len(points)), replace=False)
    agreement = []
    for i in range(settings.bootstraps):
        drawn = points[some[random.integers(0, len(some), len(some))]]
        again = KMeans(fit.n_clusters, n_init=3, random_state=seed + i).fit(drawn)
        agreement.append(adjusted_rand_score(fit.labels_[some], again.predict(points[some])))
    smallest = float(np.bincount(fit.labels_, minlength=fit.n_clusters).min() / len(points))
    stability = float(np.mean(agreement))
    return {
        "k": float(fit.n_clusters),
        "silhouette": float(silhouette_score(points[some], fit.labels_[some])),
        "stability": stability,
        "smallest_share": smallest,
        "eligible": float(smallest >= settings.smallest_share and stability >= settings.steadiness),
    }


def _choose(
    candidates: Sequence[Mapping[str, float]], previous: GroupModel | None, settings: GroupSettings
) -> tuple[int, list[str]]:
    eligible = [c for c in candidates if c["eligible"]]
    notes: list[str] = []
    if not eligible:
        eligible = [max(candidates, key=lambda c: c["stability"])]
        notes.append(
            f"No number of groups is both steady ({settings.steadiness:g}) and without tiny groups "
            f"({settings.smallest_share:.0%}); the steadiest, {eligible[0]['k']:.0f}, was taken."
        )
    best = max(eligible, key=lambda c: c["silhouette"] * c["stability"])
    for candidate in candidates:
        held = previous is not None and candidate["k"] == len(previous.groups)
        near = candidate["silhouette"] >= best["silhouette"] - settings.switch_gain
        if held and near and candidate["smallest_share"] >= settings.smallest_share / 2:
            best = candidate
    if previous is not None and best["k"] != len(previous.groups):
        notes.append(f"The number of groups changed from {len(previous.groups)} to {best['k']:.0f}.")
    return int(best["k"]), notes


def _built(
    space: Space,
    points: Floats,
    fit: KMeans,
    candidates: tuple[dict[str, float], ...],
    rules: Sequence[Mapping[str, Any]],
    previous: GroupModel | None,
    next_id: int,
    settings: GroupSettings,
    notes: list[str],
) -> GroupModel:
    centres = np.asarray(fit.cluster_centers_, dtype=np.float64)
    old = previous.groups if previous else ()
    matched = match_centres(previous.centres, centres, settings.max_distance) if previous else {}
    ids, next_id = _ids(centres, matched, old, next_id)
    held = {row: Name(old[j].code, old[j].name_zh, old[j].name_en, old[j].named_by) for row, j in matched.items()}
    percentiles = _percentiles(points, centres)
    axes = [axis.name for axis in space.axes]
    names = name_centres(percentiles, space.z_values(centres), axes, rules, ids, held)
    shares = np.bincount(fit.labels_, minlength=len(centres)) / len(points)
    groups = [
        _group(ids[i], names[i], float(shares[i]), axes, centres[i], space.values(centres[i]), percentiles[i])
        for i in range(len(centres))
    ]
    before = {group.id: group.code for group in old}
    changes = {
        "kept": sorted(g.id for g in groups if g.id in before),
        "new": sorted(g.id for g in groups if previous and g.id not in before),
        "vanished": sorted(set(before) - {g.id for g in groups}),
        "renamed": sorted(g.id for g in groups if before.get(g.id, g.code) != g.code),
    }
    notes = notes + [f"No naming rule holds for group {g.id}: {_told(g)}." for g in groups if g.named_by == "fallback"]
    ordered = tuple(sorted(groups, key=lambda g: g.id))
    return GroupModel(space, ordered, next_id, candidates, changes, tuple(notes))


def _ids(centres: Floats, matched: Mapping[int, int], old: Sequence[Group], next_id: int) -> tuple[list[int], int]:
    """Old ids for matched centres, the next free ones for the others, in the order of their coordinates."""
    ids = {row: old[j].id for row, j in matched.items()}
    for row in sorted(set(range(len(centres))) - set(ids), key=lambda i: tuple(centres[i])):
        ids[row] = next_id
        next_id += 1
    return [ids[row] for row in range(len(centres))], next_id


def _percentiles(points: Floats, centres: Floats) -> NDArray[np.float64]:
    """Where each centre stands among the points on each axis, 0 to 100; points equal to it count half."""
    result = np.empty_like(centres)
    for j, column in enumerate(points.T):
        ordered = np.sort(column)
        below = np.searchsorted(ordered, centres[:, j] - 1e-9, side="left")
        upto = np.searchsorted(ordered, centres[:, j] + 1e-9, side="right")
        result[:, j] = 50 * (below + upto) / len(ordered)
    return result


def _group(
    id_: int, name: Name, share: float, axes: Sequence[str], centre: Floats, values: Floats, percentiles: Floats
) -> Group:
    told = dict(zip(axes, map(float, values), strict=True)), dict(zip(axes, map(float, percentiles), strict=True))
    return Group(id_, name.code, name.zh, name.en, name.named_by, share, tuple(map(float, centre)), *told)


def _told(group: Group) -> str:
    return ", ".join(f"{axis} at the {at:.0f}th percentile" for axis, at in group.percentiles.items())
