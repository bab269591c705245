"""How often buyers will buy again and whether they are still there, from three numbers per buyer.

MBG/NBD of Batislam, Denizel & Filiztekin (2007), "Empirical validation and comparison of models for customer base
analysis", IJRM 24: while alive a buyer buys at a Poisson rate, rates are Gamma(r, alpha) over buyers; after every
purchase, the first one too, the buyer leaves for good with probability p, and p is Beta(a, b) over buyers. It differs
from BG/NBD (Fader, Hardie & Lee 2005, Marketing Science 24) in that a buyer who never came back may have left.
Spend per purchase is Gamma-Gamma, see `models.gamma_gamma`. Times are in days outside and in weeks inside.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import betaln, digamma, expit, gammaln, hyp2f1

from models.gamma_gamma import GammaGamma, expected_spend, fit_gamma_gamma
from models.matrix import Floats, feature_matrix

FREQUENCY = "repeat_purchase_count"
RECENCY = "days_first_to_last_purchase"
AGE = "days_since_first_purchase"
SPEND = "mean_spend_yuan"
# Of the logarithms of r, alpha, a, b. Where nearly all buyers leave at the same rate, a and b run off together and the
# expectation is no longer a number; e^5 is that limit for all practical ends. alpha of an hour makes no sense either.
_LOG_BOUNDS = ((-12.0, 12.0), (-3.0, 12.0), (-12.0, 5.0), (-12.0, 5.0))
_STARTS = ((0.5, 10.0, 0.5, 2.0), (1.0, 4.0, 1.0, 1.0), (0.3, 2.0, 0.1, 5.0), (3.0, 30.0, 2.0, 10.0))


@dataclass(frozen=True)
class BtydModel:
    """Fitted parameters: `r`, `alpha_weeks` of the purchase rate, `a`, `b` of leaving, and the spend per purchase.

    `frequency_spend_correlation` is the rank correlation of purchases and mean spend over the buyers it was fitted
    on. Gamma-Gamma takes it for zero: far from zero (beyond 0.3, say) the expected spend is biased.
    """

    r: float
    alpha_weeks: float
    a: float
    b: float
    spend: GammaGamma
    buyers: int
    log_likelihood: float
    frequency_spend_correlation: float

    def to_dict(self) -> dict[str, Any]:
        """The whole, in JSON's types."""
        return asdict(self)

    @classmethod
    def from_dict(cls, payload: dict[str, Any]) -> Self:
        """Undo `to_dict`."""
        return cls(**{**payload, "spend": GammaGamma(**payload["spend"])})


def fit_btyd(frame: pd.DataFrame) -> BtydModel:
    """Fit both parts by maximum likelihood on buyers, one row each.

    Columns: `repeat_purchase_count` (purchase days after the first, 0 for one-time buyers),
    `days_first_to_last_purchase` (0 for those), `days_since_first_purchase` (first purchase to as-of day), and
    `mean_spend_yuan` (mean over all purchase days, the first too; rows of 0 or nothing are left out of the spend
    part). Purchases are counted per day: two orders of one day are one. Raises ValueError for missing columns,
    impossible rows (all kinds named with counts) and for fewer than 10 buyers who came back.
    """
    x, recency, age = _buyer_columns(frame)
    if (x > 0).sum() < 10:
        raise ValueError(f"BTYD needs 10 buyers who bought again; of {len(x)} buyers only {(x > 0).sum()} did")
    rows, weight = np.unique(np.column_stack([x, recency, age]), axis=0, return_counts=True)

    def loss(theta: Floats) -> tuple[float, Floats]:
        value, slope = _log_likelihood(np.exp(theta), rows[:, 0], rows[:, 1], rows[:, 2], weight)
        return -value / len(x), -slope / len(x)

    found = [minimize(loss, np.log(s), jac=True, method="L-BFGS-B", bounds=_LOG_BOUNDS) for s in _STARTS]
    best = min((f for f in found if np.isfinite(f.fun)), key=lambda f: float(f.fun))
    r, alpha, a, b = (float(v) for v in np.exp(best.x))
    money = feature_matrix(frame, [SPEND], "BTYD")[:, 0]
    paid = money > 0
    rank = pd.Series(x[paid]).corr(pd.Series(money[paid]), method="spearman")
    spend = fit_gamma_gamma(x[paid] + 1, money[paid])
    correlation = 0.0 if np.isnan(rank) else float(rank)
    return BtydModel(r, alpha, a, b, spend, len(x), -float(best.fun) * len(x), correlation)


def predict_btyd(model: BtydModel, frame: pd.DataFrame, horizon_days: float) -> pd.DataFrame:
    """What each buyer is expected to do in the `horizon_days` after the as-of day; index as in `frame`.

    Columns: `expected_purchase_count`, `alive_probability`, `expected_spend_per_purchase_yuan`, `expected_spend_yuan`
    (the first times the third). Takes the columns of `fit_btyd`, buyers only.
    """
    if not horizon_days > 0:
        raise ValueError(f"horizon must be more than 0 days, not {horizon_days}")
    x, recency, age = _buyer_columns(frame)
    money = np.nan_to_num(feature_matrix(frame, [SPEND], "BTYD")[:, 0])
    count = expected_purchases(model, x, recency, age, horizon_days / 7)
    per_purchase = expected_spend(model.spend, x + 1, money)
    return pd.DataFrame(
        {
            "expected_purchase_count": count,
            "alive_probability": alive_probability(model, x, recency, age),
            "expected_spend_per_purchase_yuan": per_purchase,
            "expected_spend_yuan": count * per_purchase,
        },
        index=frame.index,
    )


def alive_probability(model: BtydModel, x: Floats, recency_weeks: Floats, age_weeks: Floats) -> Floats:
    """P(not left | history): Batislam et al. (2007), the appendix's posterior, with times in weeks."""
    gone = np.log(model.a / (model.b + x)) + (model.r + x) * np.log(
        (model.alpha_weeks + age_weeks) / (model.alpha_weeks + recency_weeks)
    )
    return np.asarray(expit(-gone), dtype=np.float64)


def expected_purchases(
    model: BtydModel, x: Floats, recency_weeks: Floats, age_weeks: Floats, horizon_weeks: float
) -> Floats:
    """Expected purchases in (T, T + t] given the history, in weeks; never falls with t.

    Batislam et al. (2007), conditional expectation, after Euler's transformation of the hypergeometric function: the
    published form multiplies a vanishing by an exploding term for buyers with hundreds of purchases, this one does
    not. At a = 1 it is 0/0, so `a` is moved by a hair there.
    """
    r, alpha, b = model.r, model.alpha_weeks, model.b
    a = model.a if abs(model.a - 1) > 1e-6 else 1 + 1e-6
    z = horizon_weeks / (alpha + age_weeks + horizon_weeks)
    left = (1 - z) ** (a - 1) * hyp2f1(a + b - r, a - 1, a + b + x, z)
    while_alive = (a + b + x) / (a - 1) * (1 - left)
    return np.asarray(while_alive * alive_probability(model, x, recency_weeks, age_weeks), dtype=np.float64)


def log_likelihood(model: BtydModel, frame: pd.DataFrame) -> float:
    """The purchase process's log likelihood of `frame` under the model, times in weeks, summed over buyers."""
    x, recency, age = _buyer_columns(frame)
    parameters = np.array([model.r, model.alpha_weeks, model.a, model.b])
    return _log_likelihood(parameters, x, recency, age, np.ones(len(x)))[0]


def _log_likelihood(parameters: Floats, x: Floats, t: Floats, age: Floats, weight: Any) -> tuple[float, Floats]:
    """The sum of log L and its slope by the logarithm of each parameter.

    L = Gamma(r+x) alpha^r / Gamma(r) * B(a, b+x+1)/B(a, b) * (alpha+T)^-(r+x) * (1 + odds), where odds, of having
    left after the last purchase, are a/(b+x) * ((alpha+T)/(alpha+t_x))^(r+x).
    """
    r, alpha, a, b = parameters
    to_age, to_last = np.log(alpha + age), np.log(alpha + t)
    log_odds = np.log(a / (b + x)) + (r + x) * (to_age - to_last)
    alive = betaln(a, b + x + 1) - betaln(a, b) - (r + x) * to_age
    value = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + alive + np.logaddexp(0, log_odds)
    gone = expit(log_odds)
    by_r = digamma(r + x) - digamma(r) + np.log(alpha) - to_age + gone * (to_age - to_last)
    by_alpha = r / alpha - (r + x) / (alpha + age) + gone * (r + x) * (1 / (alpha + age) - 1 / (alpha + t))
    both = digamma(a + b) - digamma(a + b + x + 1)
    by_a = both + gone / a
    by_b = both + digamma(b + x + 1) - digamma(b) - gone / (b + x)
    slope = np.array([(weight * part).sum() for part in (by_r, by_alpha, by_a, by_b)]) * parameters
    return float((weight * value).sum()), slope


def _buyer_columns(frame: pd.DataFrame) -> tuple[Floats, Floats, Floats]:
    """Purchases after the first, recency and age in weeks; ValueError counting every kind of impossible row."""
    feature_matrix(frame, [FREQUENCY, RECENCY, AGE, SPEND], "BTYD")
    x, recency, age = feature_matrix(frame, [FREQUENCY, RECENCY, AGE], "BTYD").T
    wrong = {
        "missing values": np.isnan(x + recency + age),
        f"{FREQUENCY} below 0": x < 0,
        f"{RECENCY} below 0": recency < 0,
        f"{RECENCY} above {AGE}": recency > age,
        "one-time buyers with recency": (x == 0) & (recency > 0),
    }
    told = [f"{kind} in {mask.sum()} row(s)" for kind, mask in wrong.items() if mask.any()]
    if told:
        raise ValueError(f"BTYD takes buyers only, one row each: {'; '.join(told)}")
    return x, recency / 7, age / 7
