"""Whether a new model takes over from the one in use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.evaluation import HIGHER_IS_BETTER, METRICS, Metric
from models.matrix import Floats


@dataclass(frozen=True)
class Interval:
    """A difference with its bootstrap percentile interval; `low` <= `high`, usually with `point` between."""

    low: float
    point: float
    high: float


@dataclass(frozen=True)
class Decision:
    """The verdict, a sentence that says why, and the gains it rests on (positive = challenger better).

    `gains` is keyed "<metric> over champion" and "<metric> over baseline".
    """

    promote: bool
    reason: str
    gains: dict[str, Interval]


def bootstrap_difference(
    metric: Metric,
    actual: Floats,
    challenger: Floats,
    champion: Floats,
    seed: int,
    resamples: int = 200,
    level: float = 0.95,
) -> Interval:
    """metric(challenger) - metric(champion) on the same users, with a percentile interval over resampled users.

    Both are judged on the same resample, so what they share cancels out. Resamples where the metric does not exist
    (one class only) are left out; ValueError if that is more than half of them.
    """
    if not len(actual) == len(challenger) == len(champion):
        raise ValueError("bootstrap: outcomes, challenger and champion must have the same rows")
    random = np.random.default_rng(seed)
    drawn = np.empty(resamples)
    for i in range(resamples):
        rows = random.integers(0, len(actual), len(actual))
        drawn[i] = metric(actual[rows], challenger[rows]) - metric(actual[rows], champion[rows])
    known = drawn[np.isfinite(drawn)]
    if len(known) * 2 < resamples:
        raise ValueError(
            f"bootstrap: the metric exists on only {len(known)} of {resamples} resamples; more rows needed"
        )
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), metric(actual, challenger) - metric(actual, champion), float(high))


def better(
    actual: Floats,
    challenger: Floats,
    champion: Floats | None,
    baseline: Floats,
    seed: int,
    metric: str = "auc",
    guards: Sequence[str] = ("brier",),
    resamples: int = 200,
) -> Decision:
    """Whether the challenger becomes champion, by scores of the same users on a day later than any training.

    Yes if and only if
    1. its gain in `metric` over the baseline is above 0 with the whole 95 % interval, and
    2. its gain in `metric` over the champion is above 0 with the whole 95 % interval (a first model has no champion:
       pass None and this falls away), and
    3. in no guard metric is it worse than the champion (than the baseline, for a first model) with the whole interval.
    A tie keeps the champion: change without gain costs trust. Metrics are names in `models.evaluation.METRICS`.
    """
    rivals = {"baseline": baseline} if champion is None else {"baseline": baseline, "champion": champion}
    gains = {
        f"{name} over {rival}": _gain(name, actual, challenger, rivals[rival], seed, resamples)
        for rival in rivals
        for name in (metric, *(guards if rival == list(rivals)[-1] else ()))
    }
    for rival in rivals:
        gain = gains[f"{metric} over {rival}"]
        if gain.low <= 0:
            return Decision(False, f"{metric}: no sure gain over the {rival} ({_told(gain)})", gains)
    last = list(rivals)[-1]
    for guard in guards:
        if gains[f"{guard} over {last}"].high < 0:
            loss = _told(gains[f"{guard} over {last}"])
            return Decision(False, f"{metric} is better, but {guard} is surely worse than the {last}'s ({loss})", gains)
    told = " and ".join(f"{_told(gains[f'{metric} over {rival}'])} over the {rival}" for rival in rivals)
    return Decision(True, f"{metric}: {told}", gains)


def _gain(name: str, actual: Floats, challenger: Floats, rival: Floats, seed: int, resamples: int) -> Interval:
    """The difference turned so that more is better."""
    found = bootstrap_difference(METRICS[name], actual, challenger, rival, seed, resamples)
    if HIGHER_IS_BETTER[name]:
        return found
    return Interval(-found.high, -found.point, -found.low)


def _told(gain: Interval) -> str:
    return f"{gain.point:+.4f}, 95 % between {gain.low:+.4f} and {gain.high:+.4f}"
