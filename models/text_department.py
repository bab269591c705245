"""Which department a question in Chinese belongs to, learned from questions that went to one.

Characters need no cutting into words: pieces of one to three characters carry words, slips and turns of phrase alike.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score
from sklearn.model_selection import StratifiedKFold
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline
from sklearn.svm import LinearSVC

FEWEST_OF_A_DEPARTMENT = 10
# A piece that fewer questions share could be one patient's own words.
_FEWEST_WITH_A_PIECE = 3
_MOST_PIECES = 30_000
Numbers = NDArray[np.float32]


@dataclass(frozen=True)
class TextQuality:
    """How well held-out questions were placed. `confusion`: true departments down, told ones across, in questions.

    `placed` has a row per question: true, told, margin (how much further on its side of the line the department told
    stands than the next).
    """

    macro_f1: float
    accuracy: float
    questions: int
    confusion: pd.DataFrame
    placed: pd.DataFrame

    def least_margin(self, precision: float) -> float:
        """The smallest margin from which on this share of the questions was placed rightly; infinite if none is."""
        right = (self.placed["true"] == self.placed["told"]).groupby(self.placed["margin"]).agg(["sum", "count"])
        from_here_on = right.sort_index(ascending=False).cumsum()
        enough = from_here_on.index[from_here_on["sum"] / from_here_on["count"] >= precision]
        return float(enough.min()) if len(enough) else float("inf")

    def share_placed(self, least_margin: float) -> float:
        """The share of the questions with at least this margin."""
        return float((self.placed["margin"] >= least_margin).mean())


@dataclass(frozen=True)
class DepartmentPlacer:
    """A trained model as it is stored: a weight for each piece and department.

    `lines` are departments x pieces. A text whose margin is below `least_margin` is not placed.
    """

    departments: tuple[str, ...]
    pieces: tuple[str, ...]
    rarity: Numbers
    lines: Numbers
    offsets: Numbers
    least_margin: float

    def place(self, texts: Sequence[str]) -> list[str | None]:
        """The department of each text; None where no department, or none clearly, is told by it."""
        if not len(texts):
            return []
        told, margins = _told(self._distances(texts), self.departments)
        return [d if m >= self.least_margin else None for d, m in zip(told, margins, strict=True)]

    def _distances(self, texts: Sequence[str]) -> NDArray[np.float64]:
        vectorizer = _pieces(vocabulary=list(self.pieces))
        vectorizer.idf_ = self.rarity.astype(np.float64)
        weighed = vectorizer.transform(texts)
        distances = weighed @ self.lines.T.astype(np.float64) + self.offsets
        # A text without a single known piece says nothing, whatever the offsets say.
        distances[np.asarray(weighed.sum(axis=1)).ravel() == 0] = np.nan
        return np.asarray(distances, dtype=np.float64)

    def to_dict(self) -> dict[str, Any]:
        """The whole model in JSON's types."""
        numbers = {name: _written(getattr(self, name)) for name in ("rarity", "lines", "offsets")}
        names = {"departments": list(self.departments), "pieces": list(self.pieces)}
        return {**names, **numbers, "least_margin": self.least_margin}

    @classmethod
    def from_dict(cls, payload: Mapping[str, Any]) -> Self:
        departments, pieces = tuple(payload["departments"]), tuple(payload["pieces"])
        rarity, lines, offsets = (_read(payload[name]) for name in ("rarity", "lines", "offsets"))
        shaped = lines.reshape(len(departments), len(pieces))
        return cls(departments, pieces, rarity, shaped, offsets, float(payload["least_margin"]))


def department_model() -> Pipeline:
    """Untrained: pieces of one to three characters, and a line between each department and the rest.

    Departments weigh alike, however rarely they are asked: the rare ones are what macro-F1, and a patient sent astray,
    are about.
    """
    pieces = _pieces(min_df=_FEWEST_WITH_A_PIECE, max_features=_MOST_PIECES)
    return Pipeline([("pieces", pieces), ("lines", LinearSVC(C=0.5, class_weight="balanced"))])


def learn_departments(rows: pd.DataFrame, least_margin: float) -> DepartmentPlacer:
    """The model trained on all of the `usable` rows; they need two departments at least."""
    model = department_model().fit(rows["text"], rows["department"])
    vectorizer, lines = model["pieces"], model["lines"]
    weights, offsets = lines.coef_, lines.intercept_
    if len(lines.classes_) == 2:
        # Of two departments there is one line; each has its own side of it.
        weights, offsets = np.vstack([-weights, weights]), np.concatenate([-offsets, offsets])
    return DepartmentPlacer(
        tuple(map(str, lines.classes_)),
        tuple(map(str, vectorizer.get_feature_names_out())),
        vectorizer.idf_.astype(np.float32),
        weights.astype(np.float32),
        offsets.astype(np.float32),
        least_margin,
    )


def baseline_model() -> Pipeline:
    """Untrained: what a model must beat, TF-IDF of one and two characters with a tuned logistic regression."""
    pieces = TfidfVectorizer(analyzer="char", ngram_range=(1, 2), sublinear_tf=True, min_df=2)
    regression = LogisticRegression(C=30.0, solver="liblinear", class_weight="balanced")
    return Pipeline([("pieces", pieces), ("regression", OneVsRestClassifier(regression))])


def usable(texts: Sequence[str], departments: Sequence[str]) -> pd.DataFrame:
    """Columns text and department: each text once, so that none is both learned and asked; no rare departments."""
    rows = pd.DataFrame({"text": [t.strip() for t in texts], "department": list(departments)})
    rows = rows[rows["text"] != ""].drop_duplicates("text")
    counts = rows["department"].value_counts()
    return rows[rows["department"].map(counts) >= FEWEST_OF_A_DEPARTMENT].reset_index(drop=True)


def judge(model: Callable[[], Pipeline], rows: pd.DataFrame, seed: int, folds: int = 5) -> TextQuality:
    """Each question placed by a model that learned from other questions, in so many folds."""
    texts, true = rows["text"].to_numpy(), rows["department"].to_numpy()
    told, margins = np.empty(len(rows), dtype=object), np.empty(len(rows))
    names = sorted(set(true))
    for learn, ask in StratifiedKFold(folds, shuffle=True, random_state=seed).split(texts, true):
        fitted = model().fit(texts[learn], true[learn])
        distances = fitted.decision_function(texts[ask])
        two_sided = np.column_stack([-distances, distances]) if distances.ndim == 1 else distances
        told[ask], margins[ask] = _told(two_sided, names)
    table = pd.DataFrame(confusion_matrix(true, told, labels=names), index=names, columns=names)
    scores = f1_score(true, told, average="macro", zero_division=0.0), accuracy_score(true, told)
    placed = pd.DataFrame({"true": true, "told": told, "margin": margins})
    return TextQuality(float(scores[0]), float(scores[1]), len(rows), table, placed)


def _pieces(**more: Any) -> TfidfVectorizer:
    return TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True, **more)


def _told(distances: NDArray[np.float64], departments: Sequence[str]) -> tuple[list[str], NDArray[np.float64]]:
    """The department on whose side each row stands furthest, and by how much more than the next; -inf for no row."""
    known = np.nan_to_num(distances, nan=-np.inf)
    ranked = np.sort(known, axis=1)
    with np.errstate(invalid="ignore"):
        margins = np.nan_to_num(ranked[:, -1] - ranked[:, -2], nan=-np.inf)
    return [departments[i] for i in known.argmax(axis=1)], margins


def _written(numbers: Numbers) -> str:
    return base64.b64encode(np.ascontiguousarray(numbers, dtype="<f4").tobytes()).decode("ascii")


def _read(text: str) -> Numbers:
    return np.frombuffer(base64.b64decode(text), dtype="<f4")
