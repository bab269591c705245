"""K-means, a mixture model and HDBSCAN on the same users: `python -m tests.bench.groupings [--accounts N] [--data D]`.

All three see the space that conf/models/segments.yml declares and get their names by its rules; each goes on from its
own last groups as far as it can. What is found is judged by what the users did in the 30 days after.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from sklearn.cluster import HDBSCAN, KMeans
from sklearn.metrics import adjusted_rand_score, davies_bouldin_score, silhouette_score
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_limits

from jobs.fit_segments import group_axes
from jobs.learning.settings import load_segments
from jobs.runtime.settings import project_root
from models.group_fitting import GroupSettings, fit_groups
from models.group_names import Name, match_centres, name_centres
from models.group_space import Space, fit_space
from tests.bench.process import Meter, forget_peak, peak_mb
from tests.bench.retail_customers import retail_customers
from tests.bench.simulated_users import simulated_users

CONF = load_segments(project_root() / "conf")
AXES = group_axes(CONF)
RULES = [rule.model_dump(exclude_none=True) for rule in CONF.names]
DRAWS, KEPT_OF, JUDGED, MILLION = 5, 0.8, 4_000, 1_000_000
NOISE = -1
Points = NDArray[np.float64]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Found:
    """Labels of the rows, NOISE for who is in no group; `model` places others, where there is one."""

    labels: Labels
    model: Any = None

    def centres(self, points: Points) -> Points:
        return np.array([points[self.labels == i].mean(axis=0) for i in range(self.labels.max() + 1)])


Method = Callable[[Points, int, Points | None], Found]


def k_means(points: Points, seed: int, last: Points | None) -> Found:
    """As models.group_fitting does it: its number of groups; then from the last centres, if no new start is better."""
    frame = pd.DataFrame(points, columns=[a.column for a in AXES])
    if last is None:
        plain = [type(a)(a.name, a.column, "none", None, a.weight) for a in AXES]
        settings = GroupSettings(k_range=CONF.groups)
        last = fit_groups(frame, plain, seed, [], None, settings).centres
        fit = KMeans(len(last), n_init=6, random_state=seed).fit(points)
        return Found(fit.labels_.astype(np.int64), fit)
    fresh = KMeans(len(last), n_init=6, random_state=seed).fit(points)
    warm = KMeans(len(last), init=last, n_init=1).fit(points)
    fit = warm if warm.inertia_ <= fresh.inertia_ * 1.02 else fresh
    return Found(fit.labels_.astype(np.int64), fit)


def k_means_many(points: Points, seed: int, last: Points | None) -> Found:
    """As many groups as the others find: more groups alone tell more of what comes."""
    fit = KMeans(max(CONF.groups), n_init=6, random_state=seed).fit(points)
    if last is not None:
        warm = KMeans(len(last), init=last, n_init=1).fit(points)
        fit = warm if warm.inertia_ <= fit.inertia_ * 1.02 else fit
    return Found(fit.labels_.astype(np.int64), fit)


def mixture(points: Points, seed: int, last: Points | None) -> Found:
    """Normals with full covariances; the number by BIC, then the last number, begun at the last means."""
    if last is None:
        fits = [GaussianMixture(k, n_init=2, random_state=seed, reg_covar=1e-3).fit(points) for k in CONF.groups]
        fit = min(fits, key=lambda f: f.bic(points))
    else:
        fit = GaussianMixture(len(last), means_init=last, random_state=seed, reg_covar=1e-3).fit(points)
    return Found(_numbered(fit.predict(points)), fit)


def hdbscan(points: Points, seed: int, last: Points | None) -> Found:
    """Dense places with at least 2 % of the users; it takes neither a seed nor a start, and places nobody else."""
    least = max(int(0.02 * len(points)), 5)
    return Found(HDBSCAN(min_cluster_size=least, min_samples=10, copy=True).fit_predict(points).astype(np.int64))


METHODS: dict[str, Method] = {
    "K-means": k_means, "K-means, 8": k_means_many, "Gaussian mixture": mixture, "HDBSCAN": hdbscan,
}  # fmt: skip


def _numbered(labels: NDArray[Any]) -> Labels:
    """Without gaps, where a component has nobody."""
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)


def study(method: Method, users: pd.DataFrame) -> dict[str, float]:
    """All figures of one method on one set of users."""
    space = fit_space(users, AXES)
    points = space.place(users)
    forget_peak()
    before, meter = peak_mb(), Meter()
    found = method(points, 1, None)
    cost = meter.read()
    kept = list(_kept_names(method, found, space, points))
    return {
        "groups": float(found.labels.max() + 1),
        **_shape(found.labels, points),
        "steadiness": float(np.mean(list(_steadiness(method, found.labels, points)))),
        "kept": float(np.mean(kept)),
        "kept_least": float(np.min(kept)),
        "unassigned": float((found.labels == NOISE).mean()),
        "largest": float(np.bincount(found.labels[found.labels != NOISE]).max() / len(points)),
        "by_rule": _named_by_rule(found, space, points),
        "eta_spend": eta_squared(np.log1p(users.spend_yuan_ahead.clip(lower=0).to_numpy()), found.labels),
        "eta_gone": eta_squared(users.is_gone_ahead.to_numpy(), found.labels),
        "seconds": cost["seconds"],
        "mb": cost["mb"] - before,
        "place": _seconds_to_place(found, points),
    }


def _shape(labels: Labels, points: Points) -> dict[str, float]:
    """Of those who are in a group: leaving out the doubtful makes a method look better, see `unassigned`."""
    some = np.random.default_rng(1).permutation(np.flatnonzero(labels != NOISE))[:JUDGED]
    if len(np.unique(labels[some])) < 2:
        return {"silhouette": float("nan"), "davies_bouldin": float("nan")}
    return {
        "silhouette": float(silhouette_score(points[some], labels[some])),
        "davies_bouldin": float(davies_bouldin_score(points[some], labels[some])),
    }


def _steadiness(method: Method, labels: Labels, points: Points) -> Iterator[float]:
    """Adjusted Rand index with what is found in four fifths of the users, without any memory."""
    for draw in range(DRAWS):
        rows = np.random.default_rng(draw).choice(len(points), int(KEPT_OF * len(points)), replace=False)
        yield float(adjusted_rand_score(labels[rows], method(points[rows], 100 + draw, None).labels))


def _kept_names(method: Method, found: Found, space: Space, points: Points) -> Iterator[float]:
    """Share of unchanged users with the name they had, when 2 % are as others were, and another seed is used."""
    centres = found.centres(points)
    names = _names(centres, space, points, list(range(len(centres))), {})
    for draw in range(DRAWS):
        random = np.random.default_rng(draw)
        changed = random.choice(len(points), int(0.02 * len(points)), replace=False)
        after = points.copy()
        after[changed] = points[random.choice(len(points), len(changed))]
        again = method(after, 50 + draw, centres)
        new = again.centres(after)
        matched = match_centres(centres, new, GroupSettings().max_distance)
        ids = [matched.get(row, 100 + row) for row in range(len(new))]
        later = _names(new, space, after, ids, {row: names[old] for row, old in matched.items()})
        unchanged = np.setdiff1d(np.arange(len(points)), changed)
        yield float((_told(found.labels, names) == _told(again.labels, later))[unchanged].mean())


def _names(centres: Points, space: Space, points: Points, ids: list[int], held: dict[int, Name]) -> list[Name]:
    below = [[50 * ((p < c - 1e-9).mean() + (p <= c + 1e-9).mean()) for p, c in zip(points.T, row, strict=True)]
             for row in centres]  # fmt: skip
    return name_centres(np.array(below), space.z_values(centres), [a.name for a in AXES], RULES, ids, held)


def _told(labels: Labels, names: list[Name]) -> NDArray[np.str_]:
    return np.array([*(n.code for n in names), "none"])[labels]


def _named_by_rule(found: Found, space: Space, points: Points) -> float:
    """Share of users whose group a rule for marketing names."""
    names = _names(found.centres(points), space, points, list(range(found.labels.max() + 1)), {})
    return float(np.isin(found.labels, [i for i, n in enumerate(names) if n.named_by == "rule"]).mean())


def eta_squared(values: Points, labels: Labels) -> float:
    """Part of the variance of `values` that lies between the groups; who is in none is a group of its own."""
    means = pd.Series(values).groupby(labels).transform("mean").to_numpy()
    return float(((means - values.mean()) ** 2).sum() / ((values - values.mean()) ** 2).sum())


def _seconds_to_place(found: Found, points: Points) -> float:
    if found.model is None:
        return float("nan")
    many = np.resize(points, (MILLION, points.shape[1]))
    meter = Meter()
    found.model.predict(many)
    return meter.read()["seconds"]


_ROWS = {
    "groups": ("groups", "{:.0f}"),
    "silhouette": ("silhouette, of those in a group", "{:.3f}"),
    "davies_bouldin": ("Davies–Bouldin, of those in a group (less is better)", "{:.3f}"),
    "steadiness": ("adjusted Rand index over draws of four fifths", "{:.3f}"),
    "kept": ("keep their name when 2 % change", "{:.1%}"),
    "kept_least": ("  in the worst of five draws", "{:.1%}"),
    "unassigned": ("users in no group", "{:.1%}"),
    "largest": ("users in the largest group", "{:.1%}"),
    "by_rule": ("users in a group that a rule names", "{:.1%}"),
    "eta_spend": ("η² of log spend in the next 30 days", "{:.3f}"),
    "eta_gone": ("η² of being gone in the next 30 days", "{:.3f}"),
    "seconds": ("seconds to find them", "{:.1f}"),
    "mb": ("MB more at the peak", "{:.0f}"),
    "place": ("seconds to place 1,000,000 users", "{:.2f}"),
}


def main() -> None:
    """Prints one table per set of users."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.groupings", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--accounts", type=int, default=12_000)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    asked = parser.parse_args()
    console = Console(width=120)
    sets = {"the simulated hospital": simulated_users(asked.accounts, 150, ahead=30)}
    if (asked.data / "online_retail").is_dir():
        sets["online_retail"] = retail_customers(asked.data / "online_retail")
    for name, users in sets.items():
        table = Table(title=f"{len(users):,} users of {name}", title_justify="left")
        table.add_column("figure")
        with threadpool_limits(limits=1):
            figures = {method: study(run, users) for method, run in METHODS.items()}
        for method in figures:
            table.add_column(method, justify="right")
        for key, (said, written) in _ROWS.items():
            told = [written.format(f[key]) if np.isfinite(f[key]) else "–" for f in figures.values()]
            table.add_row(said, *told)
        console.print(table)


if __name__ == "__main__":
    main()
