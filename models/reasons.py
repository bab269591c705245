"""Why a score is what it is, in words: the features that moved it most, in Chinese and English.

Contributions are LightGBM's own (TreeSHAP, Lundberg et al. 2018), in log odds or log amount, before calibration. As
calibration is monotone the directions hold for the calibrated score too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import lightgbm as lgb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.matrix import Floats, feature_matrix

_BATCH_ROWS = 50_000


@dataclass(frozen=True)
class FeatureMeaning:
    """What a feature is called in both languages, its unit, and how its values are written.

    number: rounded to `decimals`; share: 0.25 becomes 25%; flag: 1 becomes 是 / yes.
    """

    zh: str
    en: str
    unit_zh: str = ""
    unit_en: str = ""
    kind: Literal["number", "share", "flag"] = "number"
    decimals: int = 0


@dataclass(frozen=True)
class Outcome:
    """What a contribution raises or lowers, as the end of a sentence."""

    zh: str = "流失风险"
    en: str = "the risk of leaving"


def explain(
    booster: lgb.Booster,
    frame: pd.DataFrame,
    meanings: Mapping[str, FeatureMeaning],
    k: int = 3,
    outcome: Outcome | None = None,
    num_threads: int = 2,
) -> pd.DataFrame:
    """The `k` features with the largest contributions by size, per row, largest first; index as in `frame`.

    Columns `reason_1_feature`, `reason_1_contribution`, `reason_1_zh`, `reason_1_en`, `reason_2_…`. A feature that
    contributes nothing is no reason: the cells are None (contribution 0) where a row has fewer than `k`. Raises
    ValueError naming all features of the booster that the frame lacks, or that have no meaning. Time goes into
    TreeSHAP, which grows with rows x trees x leaves x depth squared.
    """
    features = booster.feature_name()
    unnamed = [name for name in features if name not in meanings]
    if unnamed:
        raise ValueError(f"reasons: {len(unnamed)} feature(s) have no meaning in words: {', '.join(unnamed)}")
    matrix = feature_matrix(frame, features, "reasons")
    which, size = _strongest(booster, matrix, min(k, len(features)), num_threads)
    result: dict[str, NDArray[np.object_] | Floats] = {}
    for j in range(which.shape[1]):
        none = size[:, j] == 0
        zh, en = _sentences(matrix, which[:, j], size[:, j], [meanings[f] for f in features], outcome or Outcome())
        name = np.asarray(features, dtype=object)[which[:, j]]
        zh[none] = en[none] = name[none] = None
        result[f"reason_{j + 1}_feature"], result[f"reason_{j + 1}_contribution"] = name, size[:, j]
        result[f"reason_{j + 1}_zh"], result[f"reason_{j + 1}_en"] = zh, en
    return pd.DataFrame(result, index=frame.index)


def _strongest(booster: lgb.Booster, matrix: Floats, k: int, num_threads: int) -> tuple[NDArray[np.intp], Floats]:
    """Feature numbers and contributions, rows x k, by falling size; in batches, to hold memory down."""
    which = np.zeros((len(matrix), k), dtype=np.intp)
    size = np.zeros((len(matrix), k))
    for start in range(0, len(matrix), _BATCH_ROWS):
        part = slice(start, start + _BATCH_ROWS)
        told = np.asarray(booster.predict(matrix[part], pred_contrib=True, num_threads=num_threads))[:, :-1]
        top = np.argpartition(-np.abs(told), k - 1, axis=1)[:, :k]
        order = np.argsort(-np.abs(np.take_along_axis(told, top, axis=1)), axis=1, kind="stable")
        which[part] = np.take_along_axis(top, order, axis=1)
        size[part] = np.take_along_axis(told, which[part], axis=1)
    return which, size


def _sentences(
    matrix: Floats, which: NDArray[np.intp], size: Floats, meanings: Sequence[FeatureMeaning], outcome: Outcome
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """One sentence per row and language; every distinct (feature, value, direction) is written once."""
    zh, en = np.empty(len(which), dtype=object), np.empty(len(which), dtype=object)
    for f in np.unique(which):
        meaning = meanings[f]
        rows = np.flatnonzero(which == f)
        digits = {"number": meaning.decimals, "share": 2, "flag": 0}[meaning.kind]
        values, place = np.unique(np.round(matrix[rows, f], digits), return_inverse=True)
        up = (size[rows] > 0).astype(np.intp)
        written = [_written(meaning, value) for value in values]
        for text, language in ((zh, 0), (en, 1)):
            ends = _ends(outcome, language)
            table = np.array([[said[language] + end for end in ends] for said in written], dtype=object)
            text[rows] = table[place, up]
    return zh, en


def _ends(outcome: Outcome, language: int) -> tuple[str, str]:
    """How a sentence ends for a lowering and a raising feature."""
    if language == 0:
        return f"，降低{outcome.zh}", f"，提高{outcome.zh}"
    return f"; lowers {outcome.en}", f"; raises {outcome.en}"


def _written(meaning: FeatureMeaning, value: float) -> tuple[str, str]:
    """The feature with its value, in Chinese and English."""
    if np.isnan(value):
        return f"{meaning.zh}：无记录", f"{meaning.en}: not recorded"
    if meaning.kind == "flag":
        return f"{meaning.zh}：{'是' if value else '否'}", f"{meaning.en}: {'yes' if value else 'no'}"
    if meaning.kind == "share":
        return f"{meaning.zh}：{value:.0%}", f"{meaning.en}: {value:.0%}"
    number = f"{value + 0.0:,.{meaning.decimals}f}"
    unit_zh = f" {meaning.unit_zh}" if meaning.unit_zh else ""
    unit_en = f" {meaning.unit_en}" if meaning.unit_en else ""
    return f"{meaning.zh}：{number}{unit_zh}", f"{meaning.en}: {number}{unit_en}"
