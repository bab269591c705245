"""Departments told from questions that were made up of a few words each."""

import random

import pandas as pd

from models.text_department import FEWEST_OF_A_DEPARTMENT, baseline_model, department_model, judge, usable

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
