"""Departments told from questions that were made up of a few words each."""

import json
import math
import random

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from models.text_department import (
    FEWEST_OF_A_DEPARTMENT,
    DepartmentPlacer,
    TextQuality,
    baseline_model,
    department_model,
    judge,
    learn_departments,
    usable,
)

SAYS = {
    "cardiology": ("血压高", "胸闷", "心悸"),
    "dermatology": ("湿疹", "红疹", "瘙痒"),
    "dental": ("牙疼", "牙龈肿", "智齿"),
}


def questions(each: int = 30) -> pd.DataFrame:
    rng = random.Random(7)
    rows = [
        (f"我{rng.choice(words)}{rng.randrange(99)}天了，{rng.choice(words)}怎么办", department)
        for department, words in SAYS.items()
        for _ in range(each)
    ]
    return usable([t for t, _ in rows], [d for _, d in rows])


def test_plain_questions_find_their_department_and_every_one_is_asked_once():
    rows = questions()
    quality = judge(department_model, rows, seed=1)
    assert quality.macro_f1 > 0.95
    assert quality.questions == quality.confusion.to_numpy().sum() == len(rows)
    assert list(quality.confusion.sum(axis=1)) == list(rows["department"].value_counts().sort_index())


def test_the_same_seed_gives_the_same_figures():
    rows = questions()
    assert judge(baseline_model, rows, seed=3).macro_f1 == judge(baseline_model, rows, seed=3).macro_f1


def test_a_text_counts_once_and_a_department_that_is_hardly_asked_is_left_out():
    rows = usable(
        ["牙疼"] * 9 + [f"牙疼{i}" for i in range(FEWEST_OF_A_DEPARTMENT)] + ["湿疹", " "],
        ["dental"] * 19 + ["dermatology"] * 2,
    )
    assert set(rows["department"]) == {"dental"}
    assert len(rows) == FEWEST_OF_A_DEPARTMENT + 1


def test_a_stored_model_places_as_the_trained_one_does_and_says_nothing_of_strange_texts():
    rows = questions()
    trained = department_model().fit(rows["text"], rows["department"])
    stored = DepartmentPlacer.from_dict(json.loads(json.dumps(learn_departments(rows, 0.0).to_dict())))
    assert stored.place(rows["text"].tolist()) == trained.predict(rows["text"]).tolist()
    assert stored.place(["xyz", ""]) == [None, None]
    assert stored.place([]) == []


def test_of_two_departments_each_has_its_side():
    rows = questions()
    two = rows[rows["department"] != "dental"].reset_index(drop=True)
    assert learn_departments(two, 0.0).place(["血压高", "湿疹瘙痒"]) == ["cardiology", "dermatology"]
    assert judge(department_model, two, seed=1).macro_f1 > 0.95


def test_below_the_least_margin_nothing_is_placed():
    rows = questions()
    assert learn_departments(rows, math.inf).place(["血压高"]) == [None]


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=1, max_size=30), st.floats(0.1, 1))
def test_from_the_least_margin_on_at_least_so_many_are_right_and_from_no_smaller_one(marked, precision):
    placed = pd.DataFrame([("a", "a" if right else "b", float(m)) for right, m in marked],
                          columns=["true", "told", "margin"])  # fmt: skip
    quality = TextQuality(0.0, 0.0, len(placed), pd.DataFrame(), placed)

    def share(margin: float) -> float:
        kept = placed[placed["margin"] >= margin]
        return float((kept["true"] == kept["told"]).mean()) if len(kept) else 0.0

    least = quality.least_margin(precision)
    enough = [m for m in placed["margin"].unique() if share(m) >= precision]
    assert least == (min(enough) if enough else math.inf)
