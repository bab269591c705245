"""One user's card: what is held and why, for whom it is read, who is nobody; and that every look is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import portrait_card_world as world
import pytest
from hypothesis import given
from hypothesis import strategies as st
from portrait_card_world import BEFORE, DAY, FIRST
from pyspark.sql import SparkSession
from typer.testing import CliRunner

from features.tags import weights
from jobs.runtime.audit import read_rows
from jobs.runtime.cli import app
from jobs.runtime.declarations import load_policy
from jobs.runtime.portrait_card import face
from jobs.runtime.portrait_card.collect import Card, collect
from jobs.runtime.portrait_card.evidence import Fact
from jobs.runtime.portrait_card.page import page
from jobs.runtime.portrait_card.purpose import seen_for
from jobs.runtime.portrait_card.whose import NoCard, day_of_card, user_of
from jobs.runtime.portrait_card.words import Words
from jobs.runtime.settings import Settings, project_root
from jobs.runtime.store import Store
from schemas.gold.tag import USER_TAG
from schemas.trail import TRAIL

WORDS = Words.of(project_root() / "conf")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return world.write(tmp_path_factory.mktemp("card"))


@pytest.fixture(scope="module")
def store(settings: Settings) -> Store:
    return Store(str(settings.lake))


@pytest.fixture(scope="module")
def card(store: Store) -> Card:
    return collect(store, "mia", DAY, load_policy(project_root() / "conf").columns)


def test_held_tags_with_value_and_since_when_and_those_that_fade(card: Card) -> None:
    assert [(t.code, t.value, t.weight, t.since, t.until) for t in card.tags] == [
        ("basic.sex", "female", 1.0, FIRST, None),
        ("behaviour.night_owl", "yes", 0.5, FIRST, BEFORE),
        ("need.chronic", "yes", 1.0, FIRST, None),
        ("value.asked", "yes", 1.0, DAY, None),
        ("value.spend", "high", 1.0, BEFORE, None),
    ]


def test_why_a_tag_is_held_are_the_parts_of_its_rule_that_are_true(card: Card) -> None:
    assert {t.code: t.facts for t in card.tags} == {
        "basic.sex": (Fact("sex", "female"),),
        "behaviour.night_owl": (),
        "need.chronic": (Fact("chronic_condition_count", 2, "≥", 1.0),),
        "value.asked": (),
        "value.spend": (Fact("spend_yuan_365d", world.SPENT, ">", 800.0),),
    }


def test_evidence_is_told_in_words_of_both_languages(card: Card) -> None:
    lines = {t.name.en: t for layer in face.layers(card, WORDS) for t in layer.tags}
    assert [(w.zh, w.en) for w in lines["Spends"].why] == [
        ("近365天消费金额 ¥900（>¥800）", "spend, last 365 days ¥900 (> ¥800)")
    ]
    assert [(w.zh, w.en) for w in lines["Chronic"].why] == [("慢性病种数 2（≥1）", "chronic conditions 2 (≥ 1)")]
    assert lines["Sex"].why == []
    assert (lines["Sex"].value.zh, lines["Sex"].value.en) == ("女", "female")


def test_a_past_day_is_told_as_it_was(store: Store) -> None:
    then = collect(store, "mia", FIRST)
    assert [(t.code, t.weight, t.until) for t in then.tags] == [
        ("basic.sex", 1.0, None), ("behaviour.night_owl", 1.0, None), ("need.chronic", 1.0, None),
    ]  # fmt: skip
    assert then.steps == []


def test_what_came_and_went_is_told_from_the_second_day_on(card: Card) -> None:
    assert [(s.day, s.kind, s.what.en) for s in card.steps] == [
        (DAY, "alert", "pressure is high"), (DAY, "entered", "Asked"), (DAY, "joined", "Well kept"),
        (BEFORE, "begun", "care begins"), (BEFORE, "entered", "Spends"),
        (BEFORE, "left", "Night owl"), (BEFORE, "merged", "Accounts put together"),
    ]  # fmt: skip


@given(gone=st.integers(0, 400), half_life=st.integers(1, 90))
def test_a_lost_tag_weighs_what_the_formula_says_until_it_is_forgotten(gone: int, half_life: int) -> None:
    from jobs.runtime.portrait_card.collect import _standing

    row = {"tag_code": "a.b", "value": "yes", "valid_from": FIRST, "valid_to": DAY - timedelta(days=gone),
           "half_life_days": half_life}  # fmt: skip
    weight = round(0.5 ** (gone / half_life), 4)
    found = _standing([row], DAY)
    assert ([w for _, w in found.values()] == [weight]) if weight >= 0.1 else not found


def test_weights_are_those_of_the_portrait(spark: SparkSession, store: Store) -> None:
    rows = read_rows(store, USER_TAG)
    history = spark.createDataFrame([tuple(r[c] for c in USER_TAG.column_names) for r in rows], USER_TAG.ddl)
    theirs = {r["tag_code"]: r["weight"] for r in weights(history, DAY).where("user_id = 'mia'").collect()}
    assert {t.code: t.weight for t in collect(store, "mia", DAY).tags} == theirs


def seen(card: Card, spark: SparkSession, store: Store, **columns: Any) -> Card:
    policy = load_policy(project_root() / "conf")
    changed = replace(card, columns={**card.columns, **columns})
    return seen_for(changed, "marketing", policy, [], spark, store)


def test_marketing_sees_what_is_meant_for_it_and_agreed_to(card: Card, spark: SparkSession, store: Store) -> None:
    shown = seen(card, spark, store)
    # Value was refused; health is on no list; night_owl is for care alone.
    assert [t.code for t in shown.tags] == ["basic.sex"]
    assert {k: v for k, v in shown.portrait.items() if k not in ("user_id", "as_of_date") and v is not None} == {
        "sex": "female", "churn_probability": 0.2, "risk_tier": "low", "age_band": "25-34",
    }  # fmt: skip
    assert shown.steps == []
    assert shown.segments == []
    assert {r["purpose"] for r in shown.consent} == {"marketing"}
    assert shown.is_withheld


@pytest.mark.parametrize("ban", [{"has_sensitive_condition": True}, {"is_minor": True}, {"is_closed": None}])
def test_whom_the_policy_bans_is_not_seen_and_why_is_not_told(
    card: Card, spark: SparkSession, store: Store, ban: dict[str, Any]
) -> None:
    with pytest.raises(NoCard) as told:
        seen(card, spark, store, **ban)
    assert str(told.value) == "nothing of this person may be seen for marketing"


def test_a_purpose_that_the_policy_does_not_name_sees_nothing(card: Card, spark: SparkSession, store: Store) -> None:
    with pytest.raises(NoCard, match="purpose sharing is not allowed"):
        seen_for(card, "sharing", load_policy(project_root() / "conf"), [], spark, store)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("stranger", "nobody of .* add --account"),
        ("gone", "erased: receipt r1"),
        ("bot", "a robot, in no portrait"),
        ("old_mia", "another id, .*: cameo portrait mia"),
        ("tablet", "several persons logged in on this device"),
    ],
)
def test_who_has_no_card_is_told_in_plain_words(store: Store, asked: str, told: str) -> None:
    with pytest.raises(NoCard, match=told):
        user_of(store, asked, DAY)


def test_an_account_s_token_finds_its_user(store: Store) -> None:
    assert user_of(store, "m1", DAY) == "mia"


def test_a_day_without_tags_is_refused_with_the_nearest(store: Store) -> None:
    assert day_of_card(store, None) == DAY
    with pytest.raises(NoCard, match=f"no tags were derived for 2020-01-01; the nearest days are {FIRST}"):
        day_of_card(store, date(2020, 1, 1))


@pytest.fixture
def cameo(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    monkeypatch.setenv("CAMEO_RUN_FOLDER", str(settings.run_folder))
    monkeypatch.setenv("CAMEO_ACCOUNTS", str(settings.accounts))
    monkeypatch.setenv("COLUMNS", "160")
    return lambda *args: CliRunner().invoke(app, ["portrait", *args])


def test_the_command_shows_the_card_and_tells_who_looked_at_whom_and_why(
    cameo: Callable[..., Any], store: Store, tmp_path: Path
) -> None:
    done = cameo("mia", "--language", "en", "--reference", "case-7")
    assert done.exit_code == 0, done.output
    assert "Spends" in done.output
    assert "spend, last 365 days ¥900 (> ¥800)" in done.output
    looks = [r for r in read_rows(store, TRAIL, ("kind", "=", "access")) if r["subject"] == "portrait"]
    detail = json.loads(looks[-1]["detail"])
    assert (detail["purpose"], detail["reference"], detail["day"]) == ("care", "case-7", str(DAY))
    assert "gold.user_tag" in detail["tables"]
    assert "mia" not in looks[-1]["detail"]
    out = tmp_path / "mia.html"
    assert cameo("mia", "--html", str(out)).exit_code == 0
    assert out.read_text("utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("mia", "--purpose", "fun"), "--purpose fun: there are care"),
        (("mia", "--reference", "Mr Wang, room 5"), "it must not tell who somebody is"),
        (("mia", "--language", "fr"), "there are zh and en"),
    ],
)
def test_wrong_options_are_told_before_anything_is_read(
    cameo: Callable[..., Any], store: Store, args: tuple[str, ...], told: str
) -> None:
    before = len(read_rows(store, TRAIL))
    done = cameo(*args)
    assert told in str(done.exception)
    assert len(read_rows(store, TRAIL)) == before


def test_the_page_escapes_what_comes_from_data_and_needs_nothing_from_elsewhere(card: Card) -> None:
    nasty = replace(card, portrait={**card.portrait, "occupation": "<script>alert(1)</script>"})
    shown = page(nasty, WORDS, world.title(), "care")
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)" in shown
    assert "http://" not in shown
    assert "https://" not in shown
