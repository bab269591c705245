"""Who is like the members of a group: judged out of fold, so that nobody is judged by what was learned from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata

from models.boosting import BoostSettings, grow, raw_margin
from models.evaluation import auc, capture
from models.matrix import Floats, feature_matrix

Flags = NDArray[np.bool_]
Rows = NDArray[np.intp]
_EXPLAINED_ROWS = 2000


class TooFewMembers(ValueError):
    """There are too few members to learn from."""


@dataclass(frozen=True)
class LookalikeSettings:
    """How likeness is learned. Of many users, `most_learned` at random are learned from; all are judged."""

    seed: int
    boost: BoostSettings
    folds: int = 5
    fewest_members: int = 50
    most_learned: int = 40_000


@dataclass(frozen=True)
class Lookalike:
    """A model for each fold, learned without it. `score` is where each row stands in its fold, from 0 to 1."""

    features: tuple[str, ...]
    matrix: Floats
    fold: Rows
    boosters: tuple[lgb.Booster, ...]
    score: Floats
    seed: int
    num_threads: int

    def contributions(self, rows: Rows) -> Floats:
        """What each feature adds to the score of these rows, in log odds, by the model that has not seen them."""
        told = np.zeros((len(rows), len(self.features)))
        for k, booster in enumerate(self.boosters):
            mine = self.fold[rows] == k
            if mine.any():
                said = booster.predict(self.matrix[rows[mine]], pred_contrib=True, num_threads=self.num_threads)
                told[mine] = np.asarray(said)[:, :-1]
        return told


@dataclass(frozen=True)
class Tenth:
    """A tenth of the users by score, 1 the most alike: how many they are and what part are members."""

    number: int
    rows: int
    precision: float
    lift: float


def fit_lookalike(
    frame: pd.DataFrame, member: Flags, learned: Flags, features: Sequence[str], settings: LookalikeSettings
) -> Lookalike:
    """Learn who is a member from the `learned` rows, and score all. Repeatable for the same rows in the same order."""
    members = int((member & learned).sum())
    if min(members, int((~member & learned).sum())) < settings.fewest_members:
        raise TooFewMembers(
            f"a look-alike needs at least {settings.fewest_members} members and as many others who may be learned from"
        )
    rng = np.random.default_rng(settings.seed)
    matrix, fold = feature_matrix(frame, features, "look-alike"), _folds(member, learned, settings.folds, rng)
    drawn = _drawn(member, learned, settings.most_learned, rng)
    label, boosters, score = member.astype(np.float64), [], np.zeros(len(frame))
    for k in range(settings.folds):
        stop = drawn & (fold == (k + 1) % settings.folds)
        fit = drawn & (fold != k) & ~stop
        parts = (matrix[fit], label[fit]), (matrix[stop], label[stop])
        boosters.append(grow("binary", *parts, features, settings.boost, settings.seed))
        mine = fold == k
        margin = raw_margin(boosters[-1], matrix[mine], settings.boost.num_threads)
        score[mine] = _standing(margin, margin[learned[mine]])
    return Lookalike(
        tuple(features), matrix, fold, tuple(boosters), score, settings.seed, settings.boost.num_threads
    )  # fmt: skip


def tells(score: Floats, flag: Flags) -> float:
    """How well the score tells who has the flag: 0.5 not at all, 1 surely. To stand low tells as much as high."""
    found = auc(flag.astype(np.float64), score)
    return max(found, 1 - found)


def tells_alone(values: Floats, flag: Flags) -> float:
    """As `tells`, of one feature; what is missing may stand at either end."""
    return max(tells(np.nan_to_num(values, nan=end), flag) for end in (-1e300, 1e300))


def carrier(alike: Lookalike, flag: Flags, member: Flags, among: Flags) -> str:
    """The feature that does most to part those with the flag from those without, where both are members or both not.

    What only tells members, who have the flag oftener, parts nobody there, and to drop it would be of no use.
    """
    rng = np.random.default_rng(alike.seed)
    gap, has = np.zeros(len(alike.features)), float((among & flag).sum())
    for kind in (among & member, among & ~member):
        with_it, without = kind & flag, kind & ~flag
        if with_it.any() and without.any():
            gap += with_it.sum() / has * (_mean(alike, rng, with_it) - _mean(alike, rng, without))
    stands_high = auc(flag[among].astype(np.float64), alike.score[among]) >= 0.5
    return alike.features[int(np.argmax(gap if stands_high else -gap))]


def weights(alike: Lookalike, among: Flags) -> pd.DataFrame:
    """Each feature's part of all that moves scores, and whether more of it (1) or less (-1) is more alike."""
    rows = _some(np.random.default_rng(alike.seed), among)
    told = alike.contributions(rows)
    size = np.abs(told - told.mean(axis=0)).mean(axis=0)
    direction = [_direction(alike.matrix[rows, j], told[:, j]) for j in range(len(alike.features))]
    table = pd.DataFrame({"feature": alike.features, "part": size / max(size.sum(), 1e-12), "direction": direction})
    return table.sort_values(["part", "feature"], ascending=[False, True]).reset_index(drop=True)


def precision_at(score: Floats, member: Flags, share: float, step: int = 1) -> float:
    """What part of the `share` of rows with the highest scores are members, these rounded to a multiple of `step`."""
    actual = member.astype(np.float64)
    rows = share * len(actual)
    return min(_rounded(capture(actual, score, share) * float(actual.sum()), step) / rows, 1.0)


def curve(score: Floats, member: Flags, step: int = 1, parts: int = 10) -> tuple[Tenth, ...]:
    """The tenths from the most alike on, their members rounded to a multiple of `step`."""
    tenth = np.empty(len(score), dtype=np.intp)
    tenth[np.argsort(-score, kind="stable")] = np.arange(len(score)) * parts // len(score)
    rows, members = np.bincount(tenth, minlength=parts), np.bincount(tenth[member], minlength=parts)
    found = []
    for i in range(parts):
        precision = min(_rounded(float(members[i]), step) / max(int(rows[i]), 1), 1.0)
        found.append(Tenth(i + 1, int(rows[i]), precision, precision / float(member.mean())))
    return tuple(found)


def _rounded(count: float, step: int) -> float:
    return count if step == 1 else float(round(count / step) * step)


def _folds(member: Flags, learned: Flags, folds: int, rng: np.random.Generator) -> Rows:
    """A fold for each row: of each kind of rows each fold has as many, to one."""
    fold = np.empty(len(member), dtype=np.intp)
    for kind in (member & learned, ~member & learned, ~learned):
        fold[rng.permutation(np.flatnonzero(kind))] = np.arange(int(kind.sum())) % folds
    return fold


def _drawn(member: Flags, learned: Flags, most: int, rng: np.random.Generator) -> Flags:
    """The rows that are learned from: members up to half of them, and others."""
    drawn, left = np.zeros(len(member), dtype=np.bool_), most
    for kind, wanted in ((member & learned, most // 2), (~member & learned, most)):
        chosen = rng.permutation(np.flatnonzero(kind))[: min(wanted, left)]
        drawn[chosen], left = True, left - len(chosen)
    return drawn


def _standing(margin: Floats, among: Floats) -> Floats:
    """Which part of `among` is lower, ties half: folds' margins are not on one scale, their ranks are."""
    known = np.sort(among)
    below, upto = np.searchsorted(known, margin, "left"), np.searchsorted(known, margin, "right")
    return np.asarray((below + upto) / 2 / max(len(known), 1), dtype=np.float64)


def _some(rng: np.random.Generator, which: Flags) -> Rows:
    return np.sort(rng.permutation(np.flatnonzero(which))[:_EXPLAINED_ROWS])


def _mean(alike: Lookalike, rng: np.random.Generator, which: Flags) -> NDArray[Any]:
    return np.asarray(alike.contributions(_some(rng, which)).mean(axis=0))


def _direction(values: Floats, told: Floats) -> int:
    known = ~np.isnan(values)
    if known.sum() < 2 or values[known].std() == 0 or told[known].std() == 0:
        return 0
    return int(np.sign(np.corrcoef(rankdata(values[known]), told[known])[0, 1]))
