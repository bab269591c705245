"""What the truth says of a handful of users."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from jobs.learning.tag_judgements import JUDGEMENTS, SEEN
from jobs.learning.truth_people import TruePeople
from jobs.learning.truth_tags import judged
from jobs.runtime.declarations import load_tags
from jobs.runtime.settings import project_root
from models.tag_quality import TagQuality

DAY = date(2026, 6, 29)
BY_TAG = {j.tag: j for j in JUDGEMENTS}
PERSON = {
    "birth_date": date(1990, 6, 30), "sex": "female", "region_code": "230103", "occupation": "office_worker",
    "income": "low", "conditions": [], "smokes": False, "drinks": False, "allergy": None, "works_996": False,
    "night": 0.1, "reads_reviews": 0.1, "trying_from": None, "pregnant_from": None, "pregnant_until": None,
    "loses_pregnancy": False,
}  # fmt: skip


def ago(days: int) -> date:
    return DAY - timedelta(days=days)


def truth(*persons: dict, consultations: list[dict] = (), episodes: list[dict] = (), seen: list[dict] = ()):  # type: ignore[type-arg,assignment]
    users = [f"u{i}" for i in range(len(persons))]
    nothing = dict.fromkeys(SEEN)
    return TruePeople(
        DAY,
        pd.DataFrame([{**PERSON, **p} for p in persons], index=users),
        pd.DataFrame(consultations, columns=["user_id", "patient_relation", "topic", "date", "outcome"]),
        pd.DataFrame(episodes, columns=["user_id", "kind", "first_date", "last_date", "is_fault"]),
        pd.DataFrame({"user_id": [], "kind": []}),
        pd.DataFrame([{**nothing, **s} for s in (seen or [{}] * len(users))], index=users),
    )


def held(*pairs: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame([(u, v, "v") for u, v in pairs], columns=["user_id", "value", "rule_version"])


def test_who_did_not_state_it_lowers_recall_of_all_and_not_that_of_the_stated():
    world = truth({"smokes": True}, {"smokes": True}, {}, seen=[{"smoking_state": "yes"}, {}, {"smoking_state": "no"}])
    quality = judged(BY_TAG["basic.smoker"], world, held(("u0", "yes")))
    assert quality == TagQuality(users=3, held=1, right=1, true=2, evident=1, found=1)
    assert (quality.recall, quality.recall_of_all) == (1.0, 0.5)


def test_age_turns_on_the_birthday():
    world = truth({"birth_date": date(1991, 6, 29)}, {"birth_date": date(1991, 6, 30)}, seen=[{"birth_year": 1991}] * 2)
    says = BY_TAG["basic.age_band"].true(world)
    assert list(says) == ["35-44", "25-34"]


@pytest.mark.parametrize(
    ("began", "conceived", "ends", "loses", "stage"),
    [(5, None, None, False, "trying"), (-1, None, None, False, "none"), (99, 0, -200, False, "pregnant"),
     (300, 280, 5, False, "postnatal"), (300, 280, 5, True, "lost"), (600, 500, 180, False, "none"),
     (600, 454, 179, False, "postnatal")],
)  # fmt: skip
def test_a_stage_lasts_until_the_next_begins(began, conceived, ends, loses, stage):  # type: ignore[no-untyped-def]
    days = [None if d is None else ago(d) for d in (began, conceived, ends)]
    person = dict(zip(("trying_from", "pregnant_from", "pregnant_until"), days, strict=True))
    assert list(truth({**person, "loses_pregnancy": loses}).stage()) == [stage]


def test_a_consultation_for_the_child_or_without_an_answer_is_no_evidence_of_the_parents_illness():
    said = {"user_id": "u0", "patient_relation": "self", "topic": "asthma", "date": ago(9), "outcome": "good"}
    others = [{**said, "user_id": "u1", "patient_relation": "child"}, {**said, "user_id": "u2", "outcome": "none"}]
    world = truth({"conditions": ["asthma"]}, {}, {"conditions": ["asthma"]}, consultations=[said, *others])
    quality = judged(BY_TAG["basic.asthma"], world, held(("u0", "yes"), ("u1", "yes")))
    assert quality == TagQuality(users=3, held=2, right=1, true=2, evident=1, found=1)


def test_an_episode_is_no_fault_and_must_cover_the_days():
    def one(user: str, first: int, last: int, is_fault: bool) -> dict:  # type: ignore[type-arg]
        return {"user_id": user, "kind": "cuff", "first_date": ago(first), "last_date": ago(last), "is_fault": is_fault}

    world = truth({}, {}, {}, {}, episodes=[one("u0", 5, -3, False), one("u1", 5, 0, True), one("u2", 40, 13, False)])
    assert list(BY_TAG["need.readings_worsening"].true(world)) == [True, False, False, False]
    assert list(BY_TAG["need.meter_faulty"].true(world)) == [False, True, False, False]


def test_every_judged_tag_exists_and_is_judged_once():
    codes = {t.code for t in load_tags(Path(project_root() / "conf"))}
    assert [j.tag for j in JUDGEMENTS if j.tag not in codes and j.column is None] == []
    assert len(BY_TAG) == len(JUDGEMENTS)


def test_every_judgement_gives_one_answer_a_user():
    world = truth({"pregnant_from": ago(70), "trying_from": ago(99), "pregnant_until": ago(-200)}, {})
    for j in JUDGEMENTS:
        assert len(j.true(world)) == len(j.evident(world)) == 2, j.tag
