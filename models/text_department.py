"""Which department a question in Chinese belongs to, learned from questions that went to one.

Characters need no cutting into words: pieces of one to three characters carry words, slips and turns of phrase alike.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score
from sklearn.model_selection import StratifiedKFold
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline
from sklearn.svm import LinearSVC

FEWEST_OF_A_DEPARTMENT = 10
_FOLDS = 5


@dataclass(frozen=True)
class TextQuality:
    """How well held-out questions were placed. `confusion`: true departments down, told ones across, in questions."""

    macro_f1: float
    accuracy: float
    questions: int
    confusion: pd.DataFrame


def department_model() -> Pipeline:
    """Untrained: pieces of one to three characters, and a line between each department and the rest.

    Departments weigh alike, however rarely they are asked: the rare ones are what macro-F1, and a patient sent astray,
    are about.
    """
    pieces = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True, min_df=2)
    return Pipeline([("pieces", pieces), ("lines", LinearSVC(C=0.5, class_weight="balanced"))])


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


def judge(model: Callable[[], Pipeline], rows: pd.DataFrame, seed: int) -> TextQuality:
    """Each question placed by a model that learned from other questions, in five folds."""
    texts, true = rows["text"].to_numpy(), rows["department"].to_numpy()
    told = np.empty(len(rows), dtype=object)
    for learn, ask in StratifiedKFold(_FOLDS, shuffle=True, random_state=seed).split(texts, true):
        told[ask] = model().fit(texts[learn], true[learn]).predict(texts[ask])
    names = sorted(set(true))
    table = pd.DataFrame(confusion_matrix(true, told, labels=names), index=names, columns=names)
    scores = f1_score(true, told, average="macro", zero_division=0.0), accuracy_score(true, told)
    return TextQuality(float(scores[0]), float(scores[1]), len(rows), table)
