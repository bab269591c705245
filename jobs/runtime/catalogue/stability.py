"""How much a tag's values have moved from one month to the next."""

from __future__ import annotations

from collections.abc import Mapping
from math import log

# Below these the population is called stable, and moved; above, shifted (Siddiqi, Credit Risk Scorecards, 2006).
STABLE_BELOW, MOVED_BELOW = 0.1, 0.25
# What nobody holds would make the logarithm infinite: no share is taken for less than this.
_LEAST_SHARE = 1e-4
_NOT_HELD = ""


def psi(now: Mapping[str, int], before: Mapping[str, int], users_now: int, users_before: int) -> float:
    """Population stability index of users by value, those without the tag being one of the values.

    Sum over values of (p - q) ln(p / q), p and q being the shares now and before: Jeffreys' divergence (1946) of the
    two, as Siddiqi (2006) uses it. 0 for equal shares, the same both ways round, never negative.
    """
    p, q = _shares(now, users_now), _shares(before, users_before)
    values = p.keys() | q.keys()
    return sum(_moved(p.get(v, 0.0), q.get(v, 0.0)) for v in sorted(values))


def _shares(counts: Mapping[str, int], users: int) -> dict[str, float]:
    everybody = {**counts, _NOT_HELD: users - sum(counts.values())}
    return {value: count / users for value, count in everybody.items()}


def _moved(p: float, q: float) -> float:
    p, q = max(p, _LEAST_SHARE), max(q, _LEAST_SHARE)
    return (p - q) * log(p / q)
