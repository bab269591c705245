"""The text model from consultations to scores, with and without questions of another hospital beside it."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from made_up import DAY, agree, settings_in

from jobs.runtime.audit import append_rows, read_rows
from jobs.runtime.engine import get_engine
from jobs.runtime.lake import Lake
from jobs.runtime.registry import Registry
from jobs.runtime.run_job import run_job
from jobs.runtime.settings import Settings
from jobs.runtime.store import Store
from schemas.feature.user_health import USER_HEALTH
from schemas.feature.user_profile import USER_PROFILE
from schemas.feeds import FEEDS
from schemas.gold.text_department import TEXT_DEPARTMENT
from schemas.model_quality import MODEL_QUALITY
from schemas.silver.identity import IDENTITY
from schemas.table import Table

CONSULTATION, EVENT = FEEDS["consultation"].silver, FEEDS["event"].silver
SAYS = {
    "cardiology": ("血压高", "胸闷", "心悸"),
    "dermatology": ("湿疹", "红疹", "皮肤痒"),
    "psychiatry": ("抑郁", "焦虑", "情绪低落"),
}
AT = datetime(DAY.year, DAY.month, DAY.day, 4, tzinfo=UTC)


def asked(department: str, number: int) -> str:
    rng = random.Random(f"{department} {number}")
    return f"{rng.choice(SAYS[department])}{number}天了，{rng.choice(SAYS[department])}怎么办"


def add(store: Store, table: Table, *rows: dict[str, Any]) -> None:
    """Rows of which only what matters is stated."""
    plain = {"string": "", "boolean": False, "date": DAY, "timestamp": AT, "array<string>": []}
    blank = {c.name: None if c.nullable else plain.get(c.type, 0) for c in table.columns}
    append_rows(store, table, [{**blank, **row} for row in rows])


def consultation(account: str, department: str, text: str, **more: Any) -> dict[str, Any]:
    return {"account_token": account, "department": department, "chief_complaint": text, "asked_at": AT,
            "patient_relation": "unknown", "event_date": DAY, "known_date": DAY, **more}  # fmt: skip


def world(folder: Path, each: int = 130) -> Settings:
    """A hospital in which `asker` has asked nearly all questions; `outsider` agrees to nothing."""
    settings = replace(settings_in(folder), data_folder=folder / "data")
    store = Store(str(settings.lake))
    users = ("asker", "heart", "skin", "mind", "mother", "silent", "outsider")
    add(store, IDENTITY, *[
        {"as_of_date": DAY, "actor_id": f"a_{u}", "user_id": u, "actor_kind": "account", "link_kind": "own",
         "registered_at": AT} for u in users
    ])  # fmt: skip
    for table in (USER_PROFILE, USER_HEALTH):
        add(store, table, *[{"user_id": u, "as_of_date": DAY} for u in users])
    spark = get_engine("sail", work=settings.work / "engine")
    agree(spark, Lake(spark, str(settings.lake)), users[:-1])
    past = {"event_date": DAY.replace(year=DAY.year - 1), "known_date": DAY.replace(year=DAY.year - 1)}
    add(store, CONSULTATION, *[consultation("a_asker", d, asked(d, n), **past) for d in SAYS for n in range(each)])
    add(store, CONSULTATION, consultation("a_mother", "dermatology", "红疹两天了", patient_relation="child"))
    add(store, CONSULTATION, *[consultation("a_outsider", "dental", f"牙疼{n}") for n in range(50)])
    add(store, EVENT, *[
        {"account_token": f"a_{u}", "event_name": "search", "search_words": words, "event_at": AT, "platform": "app",
         "event_date": DAY, "known_date": DAY}
        for u, words in (("heart", "血压高怎么办"), ("skin", "湿疹 怎么办"), ("mind", "抑郁怎么办"), ("skin", "血压高"))
    ])  # fmt: skip
    add(store, CONSULTATION, consultation("a_skin", "dermatology", "皮肤痒"))
    return settings


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return world(tmp_path_factory.mktemp("texts"))


def scores(settings: Settings) -> dict[str, tuple[Any, ...]]:
    rows = read_rows(Store(str(settings.lake)), TEXT_DEPARTMENT)
    return {r["user_id"]: tuple(r[c] for c in TEXT_DEPARTMENT.column_names[2:]) for r in rows}


def notes(settings: Settings) -> list[str]:
    rows = read_rows(Store(str(settings.lake)), MODEL_QUALITY)
    return [r["note"] for r in rows if r["note"] and r["model"] == "department"]


def test_without_a_model_every_user_has_a_row_that_says_so(settings: Settings) -> None:
    run_job("score_text_department", DAY, settings=settings)
    assert set(scores(settings).values()) == {(None, None, 0, "none")}
    assert len(scores(settings)) == 7


def test_own_words_lead_to_a_department_but_not_to_one_that_tells_too_much(settings: Settings) -> None:
    run_job("train_text_department", DAY, settings=settings)
    run_job("score_text_department", DAY, settings=settings)
    silent = (None, None, 0, "1")
    found = scores(settings)
    assert found.pop("outsider") is not None
    assert found == {
        "asker": silent, "heart": ("cardiology", 1.0, 1, "1"), "skin": ("dermatology", 0.8, 3, "1"), "mind": silent,
        "mother": silent, "silent": silent,
    }  # fmt: skip
    # What only somebody wrote who agrees to nothing was not learned from.
    card = Registry(settings.mlflow).champion("department").card
    assert card["departments"] == ["cardiology", "dermatology", "psychiatry"]
    assert not any("牙" in piece for piece in card["pieces"])
    assert any("none of other hospitals are on this machine" in note for note in notes(settings))


def test_the_same_questions_make_no_second_version(settings: Settings) -> None:
    run_job("train_text_department", DAY, settings=settings)
    assert Registry(settings.mlflow).champion("department").version == "1"


def test_questions_of_another_hospital_are_learned_from_behind_the_door(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "data" / "consultation_text"
    folder.mkdir(parents=True)
    lines = [f"肝病科,题,转氨酶高{n}天，电话13812345678,答" for n in range(60)] + ["未知科,题,问,答"]
    (folder / "internal_medicine_gb18030.csv").write_text("\n".join(["department,title,ask,answer", *lines]), "gb18030")
    settings = world(tmp_path)
    run_job("train_text_department", DAY, settings=settings)
    card = Registry(settings.mlflow).champion("department").card
    assert "hepatology" in card["departments"]
    assert not any("138" in piece for piece in card["pieces"])
    assert any("60 of another hospital" in note for note in notes(settings))


def test_too_few_questions_make_no_model_and_it_is_told(tmp_path: Path) -> None:
    settings = world(tmp_path, each=20)
    run_job("train_text_department", DAY, settings=settings)
    assert Registry(settings.mlflow).find_champion("department") is None
    assert "300 to two are needed" in notes(settings)[0]
