"""Makes a score into a probability, learned on rows the score was not learned on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.isotonic import IsotonicRegression

from models.matrix import Floats

Method = Literal["isotonic", "platt"]
_ISOTONIC_NEEDS = 500


@dataclass(frozen=True)
class Calibrator:
    """A monotone map from raw margin (log odds) to probability: a curve of points, or Platt's sigmoid.

    isotonic: `x` are margins in ascending order and `y` their probabilities, joined by straight lines, flat outside.
    platt: `x` is empty and `y` holds (slope, intercept) of expit(slope * margin + intercept), slope >= 0.
    """

    method: Method
    x: tuple[float, ...]
    y: tuple[float, ...]

    def apply(self, margin: Floats) -> Floats:
        """Probabilities in [0, 1], one per margin; a larger margin never gives a smaller probability."""
        if self.method == "platt":
            return np.asarray(expit(self.y[0] * margin + self.y[1]), dtype=np.float64)
        return np.asarray(np.interp(margin, self.x, self.y), dtype=np.float64)

    def to_dict(self) -> dict[str, Any]:
        """The whole, in JSON's types."""
        return {"method": self.method, "x": list(self.x), "y": list(self.y)}

    @classmethod
    def from_dict(cls, payload: dict[str, Any]) -> Self:
        """Undo `to_dict`."""
        return cls(payload["method"], tuple(payload["x"]), tuple(payload["y"]))


def fit_calibrator(margin: Floats, label: Floats, method: Method | Literal["auto"] = "auto") -> Calibrator:
    """Learn the map from margins to the share of label 1.

    `auto` takes isotonic regression where both classes have at least 500 rows and Platt's sigmoid below that, where
    steps would be noise. Isotonic probabilities are kept off 0 and 1 by half a row, so that log loss stays finite.
    """
    rarer = int(min(label.sum(), len(label) - label.sum()))
    if rarer == 0:
        raise ValueError(f"calibration needs both classes; {len(label)} rows hold one")
    if method == "platt" or (method == "auto" and rarer < _ISOTONIC_NEEDS):
        return _fit_platt(margin, label)
    curve = IsotonicRegression(out_of_bounds="clip").fit(margin, label)
    edge = 0.5 / (len(label) + 1)
    y = np.clip(curve.y_thresholds_, edge, 1 - edge)
    return Calibrator("isotonic", tuple(map(float, curve.X_thresholds_)), tuple(map(float, y)))


def _fit_platt(margin: Floats, label: Floats) -> Calibrator:
    """Platt (1999): logistic regression of the label on the margin, with his smoothed targets against overfitting."""
    ones, zeros = label.sum(), len(label) - label.sum()
    target = np.where(label == 1, (ones + 1) / (ones + 2), 1 / (zeros + 2))

    def loss(theta: Floats) -> tuple[float, Floats]:
        z = theta[0] * margin + theta[1]
        slack = expit(z) - target
        return float((np.logaddexp(0, z) - target * z).sum()), np.array([(slack * margin).sum(), slack.sum()])

    base = float(np.log((ones + 1) / (zeros + 1)))
    best = min(
        (minimize(loss, s, jac=True, method="L-BFGS-B", bounds=[(0, None), (None, None)]) for s in ([1, 0], [0, base])),
        key=lambda found: float(found.fun),
    )
    return Calibrator("platt", (), (float(best.x[0]), float(best.x[1])))
