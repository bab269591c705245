"""Makes a score into a probability, learned on rows the score was not learned on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, logit
from sklearn.isotonic import IsotonicRegression

from models.matrix import Floats

Method = Literal["isotonic", "platt"]
_ISOTONIC_NEEDS = 500
_BIN_ROWS = 50
_MOST_BINS = 100


@dataclass(frozen=True)
class Calibrator:
    """A rising map from a model's margin (its own log odds) to a probability.

    Log odds run in straight lines between the knots (`x` margins, rising; `y` calibrated log odds) and with `slope`
    outside them. Platt's sigmoid is the case of one knot at 0.
    """

    method: Method
    x: tuple[float, ...]
    y: tuple[float, ...]
    slope: float

    def apply(self, margin: Floats) -> Floats:
        """Probabilities in [0, 1], one per margin; a larger margin never gives a smaller probability."""
        outside = margin - np.clip(margin, self.x[0], self.x[-1])
        return np.asarray(expit(np.interp(margin, self.x, self.y) + self.slope * outside), dtype=np.float64)

    def to_dict(self) -> dict[str, Any]:
        """The whole, in JSON's types."""
        return {"method": self.method, "x": list(self.x), "y": list(self.y), "slope": self.slope}

    @classmethod
    def from_dict(cls, payload: dict[str, Any]) -> Self:
        """Undo `to_dict`."""
        return cls(payload["method"], tuple(payload["x"]), tuple(payload["y"]), payload["slope"])


def fit_calibrator(margin: Floats, label: Floats, method: Method | Literal["auto"] = "auto") -> Calibrator:
    """Learn the map from margins to the share of label 1.

    isotonic: centred isotonic regression (Oron & Flournoy 2017) over up to 100 bins of at least 50 rows: plain isotonic
    regression ties hundreds of users on one step, this joins the steps' middles, so that the ranking survives. platt:
    a sigmoid. `auto` is isotonic where both classes have 500 rows and platt below. ValueError if a class is missing.
    """
    rarer = int(min(label.sum(), len(label) - label.sum()))
    if rarer == 0:
        raise ValueError(f"calibration needs both classes; {len(label)} rows hold one")
    slope, intercept = _platt(margin, label)
    if method == "platt" or (method == "auto" and rarer < _ISOTONIC_NEEDS):
        return Calibrator("platt", (0.0,), (intercept,), slope)
    x, y = _centred_isotonic(margin, label)
    return Calibrator("isotonic", tuple(map(float, x)), tuple(map(float, y)), slope)


def _centred_isotonic(margin: Floats, label: Floats) -> tuple[Floats, Floats]:
    """Knots at the mean margin and the log odds of each step; bins keep their rate half a row off 0 and 1."""
    bins = int(np.clip(len(margin) // _BIN_ROWS, 1, _MOST_BINS))
    edges = np.unique(np.quantile(margin, np.linspace(0, 1, bins + 1)[1:-1])) if bins > 1 else np.empty(0)
    place = np.unique(np.searchsorted(edges, margin, side="left"), return_inverse=True)[1]
    rows = np.bincount(place)
    middle = np.bincount(place, weights=margin) / rows
    rate = (np.bincount(place, weights=label) + 0.5) / (rows + 1)
    fitted = IsotonicRegression().fit(middle, rate, sample_weight=rows).predict(middle)
    step = np.unique(fitted, return_inverse=True)[1]
    weight = np.bincount(step, weights=rows)
    return np.bincount(step, weights=rows * middle) / weight, logit(np.bincount(step, weights=rows * fitted) / weight)


def _platt(margin: Floats, label: Floats) -> tuple[float, float]:
    """Slope >= 0 and intercept of Platt (1999), with his smoothed targets against overfitting."""
    ones, zeros = label.sum(), len(label) - label.sum()
    target = np.where(label == 1, (ones + 1) / (ones + 2), 1 / (zeros + 2))

    def loss(theta: Floats) -> tuple[float, Floats]:
        z = theta[0] * margin + theta[1]
        over = expit(z) - target
        return float((np.logaddexp(0, z) - target * z).mean()), np.array([(over * margin).mean(), over.mean()])

    base = float(np.log((ones + 1) / (zeros + 1)))
    bounds = [(0, None), (None, None)]
    found = [minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds) for start in ([1, 0], [0, base])]
    slope, intercept = min(found, key=lambda f: float(f.fun)).x
    return float(slope), float(intercept)
