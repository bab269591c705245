"""How good scores are, measured on a later day: pure functions of what happened and what was said before."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from scipy.stats import rankdata
from sklearn.metrics import average_precision_score

from models.matrix import Floats

Metric = Callable[[Floats, Floats], float]


def auc(actual: Floats, score: Floats) -> float:
    """Chance that a random 1 scores above a random 0, ties half; NaN if `actual` holds one class."""
    ones = float(actual.sum())
    zeros = len(actual) - ones
    if not ones or not zeros:
        return float("nan")
    return float((rankdata(score)[actual == 1].sum() - ones * (ones + 1) / 2) / (ones * zeros))


def pr_auc(actual: Floats, score: Floats) -> float:
    """Average precision; a score without information gives the share of ones."""
    return float(average_precision_score(actual, score)) if actual.any() else float("nan")


def brier(actual: Floats, probability: Floats) -> float:
    """Mean squared distance of probability and outcome."""
    return float(np.mean((probability - actual) ** 2))


def log_loss(actual: Floats, probability: Floats) -> float:
    """Mean negative log likelihood in nats; probabilities are kept 1e-15 off 0 and 1."""
    p = np.clip(probability, 1e-15, 1 - 1e-15)
    return float(-np.mean(actual * np.log(p) + (1 - actual) * np.log1p(-p)))


def top_lift(actual: Floats, score: Floats, share: float = 0.1) -> float:
    """Rate of ones among the `share` with the highest scores over the rate among all; ties count by their mean."""
    return capture(actual, score, share) / share


def capture(actual: Floats, score: Floats, share: float = 0.1) -> float:
    """Part of the sum of `actual` (ones or amounts) that the `share` of rows with the highest scores holds.

    Rows that tie at the edge count with their mean, so the order of rows does not matter. NaN if the sum is 0.
    """
    total = float(actual.sum())
    wanted = share * len(actual)
    if total <= 0:
        return float("nan")
    edge = np.sort(score)[::-1][max(int(np.ceil(wanted)) - 1, 0)]
    above, at = score > edge, score == edge
    part = (wanted - above.sum()) / at.sum()
    return float((actual[above].sum() + part * actual[at].sum()) / total)


def calibration_table(actual: Floats, probability: Floats, bins: int = 10) -> pd.DataFrame:
    """What was said against what happened in `bins` groups of equal size by probability (deciles).

    Columns: bin (1 = lowest), rows, low, high, mean_predicted, observed_rate. Rows with the same probability stay in
    one bin, so there may be fewer bins than asked for.
    """
    edges = np.unique(np.quantile(probability, np.linspace(0, 1, bins + 1)[1:-1]))
    which = np.searchsorted(edges, probability, side="left")
    data = pd.DataFrame({"which": which, "p": probability, "y": actual}).groupby("which")
    table = data.agg(
        rows=("p", "size"),
        low=("p", "min"),
        high=("p", "max"),
        mean_predicted=("p", "mean"),
        observed_rate=("y", "mean"),
    ).reset_index(drop=True)
    table.insert(0, "bin", np.arange(1, len(table) + 1))
    return table


def expected_calibration_error(actual: Floats, probability: Floats) -> float:
    """Mean distance of said and observed rate over deciles, weighted by rows."""
    table = calibration_table(actual, probability)
    gap = (table["mean_predicted"] - table["observed_rate"]).abs()
    return float((gap * table["rows"]).sum() / table["rows"].sum())


def mae(actual: Floats, predicted: Floats) -> float:
    """Mean absolute error. With most users spending nothing it rewards saying 0: never choose by it alone."""
    return float(np.mean(np.abs(predicted - actual)))


def rmse(actual: Floats, predicted: Floats) -> float:
    """Root of the mean squared error; the few largest spenders decide it."""
    return float(np.sqrt(np.mean((predicted - actual) ** 2)))


def total_bias(actual: Floats, predicted: Floats) -> float:
    """Sum said over sum spent: 1 is right, 1.2 promises a fifth too much; NaN if nothing was spent."""
    return float(predicted.sum() / actual.sum()) if actual.sum() > 0 else float("nan")


def absolute_bias(actual: Floats, predicted: Floats) -> float:
    """|total_bias - 1|: 0 is right."""
    return abs(total_bias(actual, predicted) - 1)


def spearman(actual: Floats, predicted: Floats) -> float:
    """Rank correlation with mean ranks for ties; NaN if either side is constant."""
    a, p = rankdata(actual), rankdata(predicted)
    if a.std() == 0 or p.std() == 0:
        return float("nan")
    return float(np.corrcoef(a, p)[0, 1])


def gini(actual: Floats, predicted: Floats) -> float:
    """Normalised Gini: how much of the spend the order by `predicted` finds, 1 = the best order, 0 = chance.

    Rows that tie count with their mean. NaN if everyone spent the same.
    """
    best = _concentration(actual, actual)
    return _concentration(actual, predicted) / best if best > 1e-12 else float("nan")


def _concentration(actual: Floats, score: Floats) -> float:
    """Covariance form of the concentration index: 2 cov(amount, mean rank) / (rows * mean amount)."""
    mean = actual.mean()
    if mean <= 0:
        return 0.0
    return float(2 * np.mean((actual - mean) * rankdata(score)) / (len(actual) * mean))


def churn_metrics(actual: Floats, probability: Floats) -> dict[str, float]:
    """Every churn figure under its one name; `actual` is 0/1 and `probability` in [0, 1], else ValueError."""
    _same_rows(actual, probability)
    if not np.isin(actual, (0, 1)).all() or not ((probability >= 0) & (probability <= 1)).all():
        raise ValueError("churn metrics: actual must be 0 or 1 and probability within 0 and 1")
    return {
        "rows": float(len(actual)),
        "positive_rate": float(actual.mean()),
        "mean_predicted": float(probability.mean()),
        "auc": auc(actual, probability),
        "pr_auc": pr_auc(actual, probability),
        "brier": brier(actual, probability),
        "log_loss": log_loss(actual, probability),
        "ece": expected_calibration_error(actual, probability),
        "top_decile_lift": top_lift(actual, probability),
    }


def ltv_metrics(actual: Floats, predicted: Floats) -> dict[str, float]:
    """Every value figure under its one name, amounts in the currency of the arguments."""
    _same_rows(actual, predicted)
    return {
        "rows": float(len(actual)),
        "mean_actual": float(actual.mean()),
        "mean_predicted": float(predicted.mean()),
        "mae": mae(actual, predicted),
        "rmse": rmse(actual, predicted),
        "total_bias": total_bias(actual, predicted),
        "spearman": spearman(actual, predicted),
        "gini": gini(actual, predicted),
        "top_decile_capture": capture(actual, predicted),
    }


def _same_rows(actual: Floats, said: Floats) -> None:
    if len(actual) != len(said) or not len(actual):
        raise ValueError(f"metrics need as many outcomes as scores and at least one: {len(actual)} and {len(said)}")
    if not (np.isfinite(actual).all() and np.isfinite(said).all()):
        raise ValueError("metrics: outcomes and scores must be finite numbers")


HIGHER_IS_BETTER: Mapping[str, bool] = {
    "auc": True,
    "pr_auc": True,
    "brier": False,
    "log_loss": False,
    "ece": False,
    "top_decile_lift": True,
    "mae": False,
    "rmse": False,
    "absolute_bias": False,
    "spearman": True,
    "gini": True,
    "top_decile_capture": True,
}
METRICS: Mapping[str, Metric] = {
    "auc": auc,
    "pr_auc": pr_auc,
    "brier": brier,
    "log_loss": log_loss,
    "ece": expected_calibration_error,
    "top_decile_lift": top_lift,
    "mae": mae,
    "rmse": rmse,
    "absolute_bias": absolute_bias,
    "spearman": spearman,
    "gini": gini,
    "top_decile_capture": capture,
}
