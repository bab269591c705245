"""Patients whom several accounts act for are told from those who only look alike."""

import random
from typing import Any

import pandas as pd
import pytest

from models.patient_linking import linked_patients

BORN = [f"{year}-{month:02}-{day:02}" for year in range(1950, 1990) for month in range(1, 13) for day in (3, 14, 25)]


def patient(number: str, born: str | None, sex: str | None, contacts: list[str], user: str, **more: Any) -> Any:
    year = int(born[:4]) if born else None
    return {"patient_id": number, "birth_date": born, "birth_year": year, "sex": sex, "contacts": contacts,
            "user_ids": [user], "is_holder": False} | more  # fmt: skip


def hospital() -> pd.DataFrame:
    """Two hundred couples who both have an account and share a device, and name each other; and two hundred singles."""
    draw = random.Random(3)
    rows = []
    for n in range(200):
        wife, husband = draw.choice(BORN), draw.choice(BORN)
        rows += [
            patient(f"uw{n}", wife, "female", [f"d{n}", f"p{n}"], f"uw{n}", is_holder=True),
            patient(f"uh{n}", husband, "male", [f"d{n}"], f"uh{n}", is_holder=True),
            patient(f"ph{n}", husband, draw.choice(["male", None]), [f"d{n}", f"p{n}"], f"uw{n}"),
            patient(f"pc{n}", draw.choice(BORN), draw.choice(["male", "female"]), [f"d{n}", f"p{n}"], f"uw{n}"),
            patient(f"us{n}", draw.choice(BORN), draw.choice(["male", "female"]), [f"s{n}"], f"us{n}", is_holder=True),
        ]
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def linked() -> pd.DataFrame:
    return linked_patients(hospital(), 0.95)


def test_a_member_who_has_an_account_is_found_and_hardly_anybody_else(linked: pd.DataFrame) -> None:
    found = set(zip(linked["patient_id"], linked["linked_patient_id"], strict=True))
    couples = {(f"ph{n}", f"uh{n}") for n in range(200)}
    assert len(found & couples) >= 190
    assert len(found - couples) <= 4
    assert linked["probability"].between(0.95, 1).all()


def test_the_same_rows_in_another_order_give_the_same_pairs(linked: pd.DataFrame) -> None:
    shuffled = hospital().sample(frac=1, random_state=5)
    pd.testing.assert_frame_equal(linked_patients(shuffled, 0.95), linked)


def test_two_holders_and_two_whom_one_holder_names_are_never_linked() -> None:
    rows = hospital()
    twins = [patient(f"pt{n}", "1971-05-05", "male", ["d0"], "uw0") for n in range(2)]
    doubles = [patient(f"ut{n}", "1972-06-06", "male", ["d1"], f"ut{n}", is_holder=True) for n in range(2)]
    linked = linked_patients(pd.concat([rows, pd.DataFrame(twins + doubles)]), 0.5)
    assert not {*linked["patient_id"], *linked["linked_patient_id"]} & {"pt0", "pt1", "ut0", "ut1"}


def test_where_nobody_is_plainly_one_nothing_can_be_learned_and_nobody_is_linked() -> None:
    rows = pd.DataFrame(
        [
            patient("a", "1980-01-01", "male", ["x"], "ua", is_holder=True),
            patient("b", "1980-01-01", None, ["x"], "uc"),
            patient("c", None, None, [], "uc", is_holder=True),
            # Two holders who are alike are no pair to learn from.
            *(patient(who, "1990-02-02", "male", ["y"], f"u{who}", is_holder=True) for who in "de"),
        ]
    )
    assert linked_patients(rows, 0.95).empty
    assert list(linked_patients(rows, 0.95).columns) == ["patient_id", "linked_patient_id", "probability"]
