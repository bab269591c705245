"""What a purchase of this buyer is worth: the Gamma-Gamma model of Fader & Hardie (2013).

"The Gamma-Gamma model of monetary value", brucehardie.com/notes/025. Purchases of one buyer are Gamma(p, nu), nu is
Gamma(q, v) over buyers, so that a buyer with few purchases is drawn to the mean of all. Independent of how often.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import digamma, gammaln

from models.matrix import Floats


@dataclass(frozen=True)
class GammaGamma:
    """Parameters p, q, v; q > 1, so that the population's mean p v / (q - 1) exists."""

    p: float
    q: float
    v: float

    @property
    def population_mean(self) -> float:
        return self.p * self.v / (self.q - 1)


def expected_spend(model: GammaGamma, purchases: Floats, mean_spend: Floats) -> Floats:
    """Expected amount per purchase given the mean over `purchases`, eq. 5 of the note; for 0, the population mean."""
    top = model.p * (model.v + purchases * mean_spend)
    return np.asarray(top / (model.p * purchases + model.q - 1), dtype=np.float64)


def fit_gamma_gamma(purchases: Floats, mean_spend: Floats) -> GammaGamma:
    """Fit by maximum likelihood, eq. 1a of the note; purchases >= 1, mean_spend > 0.

    Amounts are scaled by their median inside, so any currency unit gives the same p and q. Raises ValueError for fewer
    than 10 rows.
    """
    if len(purchases) < 10:
        raise ValueError(f"Gamma-Gamma needs 10 buyers with spend above 0, found {len(purchases)}")
    scale = float(np.median(mean_spend))
    n, m = purchases, mean_spend / scale

    def loss(theta: Floats) -> tuple[float, Floats]:
        p, more, v = np.exp(theta)
        q, whole = 1 + more, v + n * m
        value = gammaln(p * n + q) - gammaln(p * n) - gammaln(q) + q * np.log(v) + (p * n - 1) * np.log(m)
        value = value + p * n * np.log(n) - (p * n + q) * np.log(whole)
        by_p = n * (digamma(p * n + q) - digamma(p * n) + np.log(m) + np.log(n) - np.log(whole))
        by_q = digamma(p * n + q) - digamma(q) + np.log(v) - np.log(whole)
        by_v = q / v - (p * n + q) / whole
        slope = np.array([by_p.mean() * p, by_q.mean() * more, by_v.mean() * v])
        return -float(value.mean()), -slope

    bounds = [(-8.0, 8.0)] * 3
    starts = ((2.0, 2.0, 1.0), (6.0, 3.0, 0.5), (1.0, 0.5, 1.0))
    found = [minimize(loss, np.log(s), jac=True, method="L-BFGS-B", bounds=bounds) for s in starts]
    p, more, v = np.exp(min(found, key=lambda f: float(f.fun)).x)
    return GammaGamma(float(p), float(1 + more), float(v * scale))
