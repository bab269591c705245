"""A person is told everything that was used of them, in words, and nothing of anybody else."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from jobs.runtime.audit import append_rows, read_rows
from jobs.runtime.cli import app
from jobs.runtime.erasure.person import NobodyFound
from jobs.runtime.job import all_jobs
from jobs.runtime.registry import Registry, Taught
from jobs.runtime.settings import Settings, elsewhere, load_settings
from jobs.runtime.store import Store
from jobs.runtime.trail.chain import Trail
from jobs.runtime.trail.conf_state import ConfState
from jobs.runtime.trail.entry import Entry
from jobs.runtime.trail.lists import list_entry
from jobs.runtime.used_for.collect import UsedFor, collect, person_of
from jobs.runtime.used_for.page import html, parts
from jobs.runtime.used_for.words import JOBS
from schemas.erasure import SUPPRESSED
from schemas.feeds import FEEDS
from schemas.gold.audience import AUDIENCE_MEMBER
from schemas.gold.churn_score import CHURN_SCORE
from schemas.silver.consent_state import CONSENT_STATE
from schemas.silver.identity import IDENTITY
from schemas.table import Table
from schemas.trail import TRAIL

FIRST, LAST = date(2026, 6, 22), date(2026, 6, 29)
NOON = datetime(2026, 6, 22, 4, tzinfo=UTC)
BLANK = {"string": "", "boolean": False, "array<string>": [], "timestamp": NOON}


def add(store: Store, table: Table, *rows: dict[str, Any]) -> None:
    """Rows of which only what matters is stated."""
    blank = {c.name: None if c.nullable else BLANK.get(c.type, 0) for c in table.columns}
    append_rows(store, table, [{**blank, **row} for row in rows])


def ran(job: str, day: date, purpose: str, *read: str, **more: Any) -> Entry:
    detail = {"days": [str(day), str(day)], "purpose": purpose, "read": list(read), "status": "done", **more}
    return Entry("run", job, detail)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Mia has two accounts, was scored and listed, and refused training on the second day; Bo is somebody else."""
    chosen = elsewhere(load_settings("simulated"), tmp_path_factory.mktemp("used"), 5)
    store = Store(str(chosen.lake))
    for day in (FIRST, LAST):
        actors = [("m1", "mia"), ("m2", "mia"), ("b1", "bo")]
        add(
            store,
            IDENTITY,
            *[{"as_of_date": day, "actor_id": a, "user_id": u, "actor_kind": "account"} for a, u in actors],
        )
        said = {"as_of_date": day, "purpose": "care", "data_class": "value", "channel": "none"}
        agreed = {"is_granted": day == FIRST, "reason": "granted" if day == FIRST else "refused", "text_version": "2"}
        add(store, CONSENT_STATE, {**said, **agreed, "user_id": "mia"}, {**said, "user_id": "bo", "is_granted": True})
        add(store, CHURN_SCORE, {"as_of_date": day, "user_id": "mia", "churn_probability": 0.81,
                                 "reasons_zh": ["很久没来"], "reasons_en": ["long away"]})  # fmt: skip
    listed = {"as_of_date": LAST, "arm": "list", "channel": "sms", "purpose": "marketing", "offer_zh": "优惠券",
              "offer_en": "A coupon"}  # fmt: skip
    add(store, AUDIENCE_MEMBER, {**listed, "audience": "recall", "user_id": "mia", "account_token": "m1"},
        {**listed, "audience": "secret_of_bo", "user_id": "bo", "account_token": "b1"})  # fmt: skip
    said = {"purpose": "care", "data_class": "value", "channel": "none", "text_version": "2", "known_date": FIRST}
    add(store, FEEDS["consent"].silver,
        {**said, "consent_id": "2", "account_token": "m2", "is_granted": False, "stated_at": NOON.replace(day=28)},
        {**said, "consent_id": "1", "account_token": "m1", "is_granted": True, "stated_at": NOON,
         "guardian_token": "g"},
        {**said, "consent_id": "3", "account_token": "b1", "is_granted": True, "stated_at": NOON})  # fmt: skip
    asked = {"asked": {"consent": "care", "data_classes": ["value"]}}
    Trail(store, chosen.anchors, ConfState({}), "r").append(
        ran("score_churn", FIRST, "operation", "silver.identity"),
        ran("score_churn", LAST, "operation", "silver.identity"),
        ran("train_churn", FIRST, "training", "silver.identity", **asked),
        ran("train_churn", LAST, "training", "silver.identity", **asked),
        ran("build_calendar", LAST, "operation", "silver.environment"),
        ran("link_identity", date(2026, 1, 1), "operation", "silver.identity"),
        list_entry(LAST, "recall", "ab" * 32, 1, "marketing"),
    )
    return chosen


@pytest.fixture(autouse=True)
def _two_models(monkeypatch: pytest.MonkeyPatch) -> None:
    taught = {
        "churn 1": Taught(FIRST, {FIRST}), "churn 2": Taught(LAST, {FIRST}), "ltv 1": Taught(FIRST, {date(2025, 1, 1)}),
    }  # fmt: skip
    monkeypatch.setattr(Registry, "learned_from", lambda self: taught)


@pytest.fixture(scope="module")
def found(settings: Settings) -> UsedFor:
    with pytest.MonkeyPatch.context() as patch:
        _two_models.__wrapped__(patch)  # type: ignore[attr-defined]
        return collect(settings, person_of(settings, "m2"))


def test_tables_with_their_rows_and_days(found: UsedFor) -> None:
    assert [(h.table, h.rows, h.first, h.last) for h in found.held] == [
        ("gold.audience_member", 1, LAST, LAST),
        ("gold.churn_score", 2, FIRST, LAST),
        ("silver.consent", 2, FIRST, FIRST),
        ("silver.consent_state", 2, FIRST, LAST),
        ("silver.identity", 4, FIRST, LAST),
    ]
    assert (found.known_since, found.accounts) == (FIRST, 2)


def test_runs_that_read_the_person_s_tables_and_those_that_left_them_out(found: UsedFor) -> None:
    assert [(u.purpose, u.job, u.runs, u.left_out, u.tables) for u in found.uses] == [
        ("operation", "score_churn", 2, 0, ("silver.identity",)),
        ("training", "train_churn", 2, 1, ("silver.identity",)),
    ]


def test_a_model_of_a_day_without_consent_did_not_learn_from_the_person(found: UsedFor) -> None:
    assert [(m.model, m.day, m.is_in) for m in found.models] == [("churn 1", FIRST, True), ("churn 2", LAST, False)]


def test_lists_with_what_proves_that_they_went_out(found: UsedFor) -> None:
    assert [(r.day, r.audience, r.channel, r.manifest) for r in found.lists] == [(LAST, "recall", "sms", "ab" * 32)]


def test_what_was_said_on_either_account_and_what_holds(found: UsedFor) -> None:
    assert [(r["consent_id"], r["is_granted"], r["guardian_token"]) for r in found.statements] == [
        ("1", True, "g"), ("2", False, None),
    ]  # fmt: skip
    assert [(r["as_of_date"], r["reason"]) for r in found.standing] == [(LAST, "refused")]


@pytest.mark.parametrize("asked", ["m1", "m2", "mia"])
def test_any_account_and_the_number_mean_the_person(settings: Settings, asked: str) -> None:
    assert person_of(settings, asked).tokens["user"] == {"mia"}


def test_nobody_and_the_erased_are_told_apart(settings: Settings) -> None:
    with pytest.raises(NobodyFound, match="knows no such account"):
        person_of(settings, "m9")
    append_rows(Store(str(settings.lake)), SUPPRESSED,
                [{"token": "gone", "kind": "account", "receipt_id": "r7", "suppressed_at": NOON}])  # fmt: skip
    with pytest.raises(NobodyFound, match="erased: receipt r7"):
        person_of(settings, "gone")


@pytest.mark.parametrize(("language", "said"), [
    ("zh", ["流失风险", "很久没来", "优惠券", "训练流失预警模型", "不同意或已撤回", "监护人", "未同意，未用到"]),
    ("en", ["Risk of leaving", "long away", "A coupon", "training the churn model", "withdrawn", "guardian"]),
])  # fmt: skip
def test_the_page_says_it_in_words_and_names_nobody_else(found: UsedFor, language: Any, said: list[str]) -> None:
    page = html(found, language)
    assert [words for words in said if words not in page] == []
    assert "secret_of_bo" not in page
    assert len(parts(found)) == page.count("<h2>")


def test_every_job_has_words() -> None:
    assert set(JOBS) == set(all_jobs())


def test_the_command_prints_writes_and_is_itself_told(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAMEO_RUN_FOLDER", str(settings.run_folder))
    monkeypatch.setenv("CAMEO_ACCOUNTS", "5")
    done = CliRunner().invoke(app, ["used-for", "mia", "--language", "en"], env={"COLUMNS": "220"})
    assert done.exit_code == 0
    assert "81%: long away" in re.sub(r"\s+", " ", done.output)
    done = CliRunner().invoke(app, ["used-for", "m1", "--json"])
    assert json.loads(done.output)["lists"][0]["audience"] == "recall"
    done = CliRunner().invoke(app, ["used-for", "m1", "--out", str(tmp_path / "mia.html")])
    assert "很久没来" in (tmp_path / "mia.html").read_text(encoding="utf-8")
    told = read_rows(Store(str(settings.lake)), TRAIL, ("kind", "=", "access"))
    assert [r["subject"] for r in told] == ["used-for"] * 3
    assert not any(token in r["detail"] for r in told for token in ("mia", "m1", "m2"))
