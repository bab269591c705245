"""A past day as it was known then, and as it is known after late data came."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from typer.testing import CliRunner

from features.columns import FEATURE_TABLES
from jobs.learning.freshness import is_fresh
from jobs.runtime.audit import read_rows
from jobs.runtime.cli import app
from jobs.runtime.job import all_jobs
from jobs.runtime.knowledge import OtherKnowledge
from jobs.runtime.run_job import run_job
from jobs.runtime.settings import load_settings
from schemas.audit import JOB_RUN
from schemas.feature.user_activity import USER_ACTIVITY
from schemas.gold.tag import USER_TAG
from schemas.silver.identity import IDENTITY
from schemas.silver.patient import PATIENT
from schemas.table import Table
from schemas.trail import TRAIL
from tests.unit.jobs.incremental.hospital_in_pieces import DAYS, Fields, Told

ID_CARD = "510105197603124567"
PERSONS = ("link_identity",), (IDENTITY, PATIENT)
ALL = ("link_identity", "compute_features", "derive_tags"), (*PERSONS[1], *FEATURE_TABLES, USER_TAG)


def _account(user: str, day: int, id_card: str | None = None) -> Fields:
    at = {"registered_at": f"{DAYS[0]} 08:00:00", "updated_at": f"{DAYS[day]} 08:00:00"}
    return {"account_token": user, **at, "id_card_token": id_card, "status": "open"}


def _event(number: int, day: int) -> Fields:
    known = {"account_token": "u0", "session_id": f"s{number}", "event_name": "search", "platform": "app"}
    return {"event_id": f"e{number}", **known, "event_at": f"{DAYS[day]} 09:00:{number:02}"}


def _lines(*rows: Fields) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def _told_until_day_1(hospital: Told) -> None:
    """Two accounts of two persons, and an act on each day."""
    hospital.deliver("account", DAYS[0], "a.jsonl", _lines(_account("u0", 0, ID_CARD), _account("u1", 0)))
    for day in (0, 1):
        hospital.deliver("event", DAYS[day], "a.jsonl", _lines(_event(day, day)))
    hospital.take_days(("account", "event"), 0, 1)


def _late_on_day_2(hospital: Told) -> None:
    """On day 1 there was another act, and the second account turned out to be the first one's person."""
    hospital.deliver("account", DAYS[2], "a.jsonl", _lines(_account("u1", 1, ID_CARD)))
    hospital.deliver("event", DAYS[2], "a.jsonl", _lines(_event(2, 1), _event(3, 2)))
    hospital.take_days(("account", "event"), 2, 2)


def _as_of_day_1(hospital: Told, jobs: Sequence[str], tables: Sequence[Table], known_at: int | None) -> dict[str, Any]:
    for job in jobs:
        hospital.run(job, 1, known_at=known_at)
    found = {t.name: [r for r in hospital.rows(t) if DAYS[1] in r] for t in tables}
    assert all(found.values())
    return found


@pytest.mark.parametrize("portrait", [PERSONS, pytest.param(ALL, marks=pytest.mark.slow)], ids=["persons", "all"])
def test_after_late_data_a_day_is_as_it_was_known_then_or_as_it_is_known_now(
    fresh: Callable[[], Told], portrait: tuple[Sequence[str], Sequence[Table]]
) -> None:
    hospital = fresh()
    _told_until_day_1(hospital)
    then = _as_of_day_1(hospital, *portrait, None)
    _late_on_day_2(hospital)

    assert _as_of_day_1(hospital, *portrait, 1) == then

    now = _as_of_day_1(hospital, *portrait, 2)
    assert _users(then) == 2
    assert _users(now) == 1
    if USER_ACTIVITY.name in now:
        counted = hospital.rows(USER_ACTIVITY, ("as_of_date", "user_id", "active_event_count_7d"))
        assert [n for day, _, n in counted if day == DAYS[1]] == [3]
    _is_told(hospital)
    _nobody_mixes(hospital)

    # A correction, though it came later, counts as delivered on the day of its folder.
    hospital.deliver("account", DAYS[0], "a.jsonl", _lines(_account("u0", 0, ID_CARD), _account("u1", 0, ID_CARD)))
    hospital.run("ingest_feed", 0, feed="account")
    assert _users(_as_of_day_1(hospital, *PERSONS, 1)) == 1


def _users(found: dict[str, Any]) -> int:
    place = IDENTITY.column_names.index("user_id")
    return len({row[place] for row in found[IDENTITY.name]})


def _is_told(hospital: Told) -> None:
    """The runs say what they knew, in audit.job_run and in the audit trail."""
    store = hospital.lake.store
    runs = sorted(read_rows(store, JOB_RUN, ("job", "=", "link_identity")), key=lambda r: r["started_at"])
    assert [(r["day"], r["known_at"]) for r in runs][-3:] == [
        (DAYS[2], DAYS[2]), (DAYS[1], DAYS[1]), (DAYS[1], DAYS[2]),
    ]  # fmt: skip
    assert {r["known_at"] for r in read_rows(store, JOB_RUN, ("job", "=", "ingest_feed"))} == {None}
    told = [json.loads(r["detail"]) for r in read_rows(store, TRAIL, ("subject", "=", "link_identity"))]
    assert [d["days"] for d in told if d.get("known_at") == str(DAYS[2])] == [[str(DAYS[1])] * 2]


def _nobody_mixes(hospital: Told) -> None:
    """What rests on the day wants one knowledge; models learn from no day that knows what came after it."""
    with pytest.raises(OtherKnowledge, match=f"known at {DAYS[2]}.*cameo run link_identity --day {DAYS[1]}`"):
        hospital.run("compute_features", 1)
    assert not is_fresh(hospital.lake.store, (IDENTITY,), (), DAYS[1])
    hospital.run("link_identity", 1)
    assert is_fresh(hospital.lake.store, (IDENTITY,), (), DAYS[1])
    with pytest.raises(OtherKnowledge, match=f"known at {DAYS[1]}.*link_identity --day {DAYS[1]} --known-at {DAYS[2]}"):
        hospital.run("compute_features", 1, known_at=2)


def test_a_job_that_knows_no_other_day_refuses() -> None:
    able = {name for name, job in all_jobs().items() if job.takes_known_at}
    assert able == {
        "link_identity", "resolve_consent", "compute_features", "score_churn", "score_ltv", "assign_segments",
        "raise_care_alerts", "assign_value_tiers", "derive_tags", "raise_care_events", "build_portrait",
        "build_segments", "score_text_department",
    }  # fmt: skip
    for name in sorted(set(all_jobs()) - able):
        options = dict.fromkeys(all_jobs()[name].options, "x")
        with pytest.raises(ValueError, match=f"{name} cannot be run as known at another day; these can: .*derive_tags"):
            run_job(name, DAYS[1], settings=load_settings(), options=options, known_at=DAYS[2])


def test_the_command_refuses_a_day_that_is_not_known_yet_and_a_range() -> None:
    day, before = str(DAYS[1]), str(DAYS[0])
    early = CliRunner().invoke(app, ["run", "link_identity", "--day", day, "--known-at", before])
    assert f"day {day} was not yet known at {before}" in str(early.exception)
    ranged = ["run", "link_identity", "--day", before, "--until", day, "--known-at", day]
    assert f"known-at is of one day, got {before} to {day}" in str(CliRunner().invoke(app, ranged).exception)
