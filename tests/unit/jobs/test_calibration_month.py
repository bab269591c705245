"""A month's calibration from the measure to the day it holds: proposed, decided, in force; older days as they were."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from portrait_world import DAYS, rows_of, settings_in, write_world
from pyspark.sql import SparkSession

from features.columns import HOMES
from jobs.runtime.audit import read_rows, replace_rows
from jobs.runtime.calibration.decide import Refused, approve, decisions, reject
from jobs.runtime.calibration.in_force import calibrated_folder
from jobs.runtime.calibration.proposal import NoSuchProposal, Proposal, read_proposal, read_proposals
from jobs.runtime.run_job import run_job
from jobs.runtime.settings import Settings, project_root
from jobs.runtime.store import Store
from schemas.calibration import CALIBRATION_MOVE, CALIBRATION_PROPOSAL
from schemas.gold.tag import TAG_DAY, TAG_VERSION, USER_TAG
from schemas.trail import TRAIL

USERS = 120
TAGS = """\
- code: behaviour.reads
  name: {zh: 爱看, en: Reads}
  meaning: {zh: 看得多, en: Reads a lot}
  kind: rule
  rule: view_content_count_30d >= 8
  half_life_days: 45
  calibrate:
    thresholds:
      view_content_count_30d:
        {among: view_content_count_30d >= 1, QUANTILE, between: [3, 30], largest_step: 3, rounded_to: 1,
         least_users: LEAST}
  owner: data
  sensitivity: low
  purposes: [care, marketing]
  evidence: observed
  holds: {view_content_count_30d: 30}
  holds_not: {}
- code: behaviour.fixed
  name: {zh: 十次, en: Ten}
  meaning: {zh: 十次, en: Ten}
  kind: rule
  rule: view_content_count_30d >= 10
  owner: data
  sensitivity: low
  purposes: [care, marketing]
  evidence: observed
  holds: {view_content_count_30d: 30}
  holds_not: {}
"""
AUDIENCE = """\
code: readers
name: {zh: 读者, en: Readers}
meaning: {zh: 读者, en: Readers}
owner: growth
purpose: marketing
priority: 10
channels: [sms]
rule: has_tag('behaviour.reads')
order_by: order_count_30d
size_cap: 10
columns: [city_tier]
offer: {zh: 好, en: Good}
"""


@pytest.fixture(scope="module")
def derived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hospital whose first two days are derived; user i has looked at i % 30 pages."""
    folder = tmp_path_factory.mktemp("calibrated")
    settings = settings_in(folder / "hospital")
    write_world(settings, users=USERS, days=DAYS)
    store, users = Store(str(settings.lake)), [f"u{i:04d}" for i in range(USERS)]
    pages = [
        {**r, "view_content_count_30d": i % 30}
        for d in DAYS
        for i, r in enumerate(rows_of(HOMES["view_content_count_30d"], users, d))
    ]
    replace_rows(store, HOMES["view_content_count_30d"], pages, "true")
    conf = folder / "root" / "conf"
    ignored = shutil.ignore_patterns("sources", "tags", "audiences", "segments", "value_tiers.yml")
    shutil.copytree(project_root() / "conf", conf, ignore=ignored)
    whole = (project_root() / "conf" / "value_tiers.yml").read_text()
    (conf / "value_tiers.yml").write_text(whole[: whole.index("# Each month")])
    (conf / "audiences").mkdir()
    (conf / "audiences" / "readers.yml").write_text(AUDIENCE)
    declare(replace(settings, root=folder / "root"))
    for day in DAYS[:2]:
        run_job("derive_tags", day, settings=replace(settings, root=folder / "root"))
    return folder


@pytest.fixture
def settings(derived: Path, tmp_path: Path) -> Settings:
    shutil.copytree(derived, tmp_path / "here")
    return replace(settings_in(tmp_path / "here" / "hospital"), root=tmp_path / "here" / "root")


def declare(settings: Settings, how: str = "quantile: 0.5", least: int = 60) -> Path:
    file = settings.conf / "tags" / "behaviour" / "mine.yml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(TAGS.replace("QUANTILE", how).replace("LEAST", str(least)))
    return file


def propose(settings: Settings, day: date = DAYS[1]) -> Proposal:
    run_job("propose_calibration", day, settings=settings)
    store = Store(str(settings.lake))
    return read_proposal(store, next(p.id for p in read_proposals(store) if p.day == day))


def rows(settings: Settings, table: Any, *but: str) -> list[str]:
    found = read_rows(Store(str(settings.lake)), table)
    return sorted(json.dumps({k: v for k, v in r.items() if k not in but}, default=str) for r in found)


def held_on(settings: Settings, day: date, code: str = "behaviour.reads") -> set[str]:
    found = read_rows(Store(str(settings.lake)), USER_TAG, ("tag_code", "=", code))
    return {r["user_id"] for r in found if r["valid_from"] <= day and (r["valid_to"] is None or r["valid_to"] > day)}


def readers(least: int) -> set[str]:
    return {f"u{i:04d}" for i in range(USERS) if i % 30 >= least}


def test_a_proposal_says_what_was_measured_and_who_would_move_and_changes_nothing(
    spark: SparkSession, settings: Settings
) -> None:
    before = rows(settings, USER_TAG), rows(settings, TAG_VERSION)
    found = propose(settings)
    [number] = found.numbers
    said = ("of", "number", "file", "method", "outcome", "declared", "in_force", "proposed", "target",
            "measured_user_count", "measured_since")  # fmt: skip
    assert tuple(number[k] for k in said) == (
        "behaviour.reads", "rule.view_content_count_30d", "tags/behaviour/mine.yml", "quantile", "proposed", 8.0, 8.0,
        11.0, 15.0, 116, date(2026, 3, 4),
    ), "the median of 1 to 29 is 15, and no step goes further than 3"  # fmt: skip
    assert sum(dict(number["bins"]).values()) == 116
    moved = [
        (m["kind"], m["code"], m["now_count"], m["after_count"], m["gained_count"], m["lost_count"])
        for m in found.moves
    ]
    assert moved == [("audience", "readers", 88, 76, 0, 12), ("tag", "behaviour.reads", 88, 76, 0, 12)]
    assert (rows(settings, USER_TAG), rows(settings, TAG_VERSION)) == before
    assert not calibrated_folder(settings).exists()
    first = rows(settings, CALIBRATION_PROPOSAL), rows(settings, CALIBRATION_MOVE)
    assert propose(settings).id == found.id
    assert (rows(settings, CALIBRATION_PROPOSAL), rows(settings, CALIBRATION_MOVE)) == first, (
        "the same data say the same"
    )


def test_a_share_of_holders_is_met_by_counting_them(spark: SparkSession, settings: Settings) -> None:
    declare(settings, "held_by: 0.7")
    [number] = propose(settings).numbers
    assert (number["proposed"], number["measured_in_force"], number["measured_proposed"]) == (10, 88 / 116, 80 / 116)


def test_too_few_users_make_no_proposal_and_are_told(spark: SparkSession, settings: Settings) -> None:
    declare(settings, least=117)
    found = propose(settings)
    [number] = found.numbers
    assert (number["outcome"], number["proposed"], number["measured_user_count"]) == ("too_few", 8, 116)
    assert (number["least_user_count"], found.moves) == (117, ())
    with pytest.raises(Refused, match=r"nothing to approve: .* measured on too few users"):
        approve(settings, found.id, "Li", "so")


def test_an_approved_number_holds_from_its_day_on_and_older_days_are_as_they_were(
    spark: SparkSession, settings: Settings
) -> None:
    found = propose(settings)
    done = approve(settings, found.id, "Li Na", "readers grew more eager", since=DAYS[2])
    assert (done.since, done.replaced) == (DAYS[2], ())
    assert propose(settings).id == found.id, "measured again, the day makes the same proposal"
    before = rows(settings, USER_TAG), rows(settings, TAG_DAY), rows(settings, TAG_VERSION)
    run_job("derive_tags", DAYS[1], settings=settings)
    assert (rows(settings, USER_TAG), rows(settings, TAG_DAY), rows(settings, TAG_VERSION)) == before
    for day in DAYS[2:]:
        run_job("derive_tags", day, settings=settings)
    assert [held_on(settings, d) for d in DAYS] == [readers(8), readers(8), readers(11), readers(11)]
    assert [len(held_on(settings, d, "behaviour.fixed")) for d in DAYS] == [80] * 4
    versions = read_rows(Store(str(settings.lake)), TAG_VERSION, ("tag_code", "=", "behaviour.reads"))
    numbered = sorted(
        (v["version"], v["in_force_from"], v["is_current"], ">= 11" in v["declaration"]) for v in versions
    )
    assert numbered == [(1, DAYS[0], False, False), (2, DAYS[2], True, True)]
    written = rows(settings, USER_TAG), rows(settings, TAG_DAY), rows(settings, TAG_VERSION)
    for again in (DAYS[0], DAYS[2], DAYS[1]):
        run_job("derive_tags", again, settings=settings)
    assert (rows(settings, USER_TAG), rows(settings, TAG_DAY), rows(settings, TAG_VERSION)) == written, "replayed"


def test_the_trail_tells_who_decided_what_and_why(spark: SparkSession, settings: Settings) -> None:
    found = propose(settings)
    approve(settings, found.id, "Li Na", "readers grew more eager")
    store = Store(str(settings.lake))
    told = [(r["kind"], r["subject"]) for r in sorted(read_rows(store, TRAIL), key=lambda r: (r["day"], r["seq"]))]
    file = f"calibrated/{settings.hospital.name}/{found.id}.yml"
    assert told[-3:] == [("conf", file), ("approval", file), ("calibration", found.id)]
    decided = decisions(store)[found.id]
    assert (decided.verdict, decided.by, decided.why) == ("approved", "Li Na", "readers grew more eager")
    with pytest.raises(Refused, match=f"{found.id} was approved by Li Na on .*: readers grew more eager"):
        approve(settings, found.id, "Wang", "again")


@pytest.mark.parametrize(
    ("by", "why", "missing"), [("", "so", "--by"), ("Li", "  ", "--why"), (" ", "", "--by and --why")]
)
def test_nobody_decides_without_a_name_and_a_reason(
    spark: SparkSession, settings: Settings, by: str, why: str, missing: str
) -> None:
    found = propose(settings)
    for decide in (approve, reject):
        with pytest.raises(Refused, match=f"^{missing} must say something"):
            decide(settings, found.id, by, why)
    assert not calibrated_folder(settings).exists()


def test_a_rejected_proposal_never_comes_into_force(spark: SparkSession, settings: Settings) -> None:
    found = propose(settings)
    reject(settings, found.id, "Li", "a holiday week")
    with pytest.raises(Refused, match=r"was rejected by Li on .*: a holiday week"):
        approve(settings, found.id, "Wang", "why not")
    for day in DAYS[2:]:
        run_job("derive_tags", day, settings=settings)
    assert [held_on(settings, d) for d in DAYS] == [readers(8)] * 4
    assert propose(settings).id == found.id, "the same numbers are the same proposal, and rejected still"


def test_a_day_that_is_derived_cannot_be_changed_by_an_approval(spark: SparkSession, settings: Settings) -> None:
    found = propose(settings)
    with pytest.raises(Refused, match=f"days up to {DAYS[1]} are derived .* first day that is free is {DAYS[2]}"):
        approve(settings, found.id, "Li", "so", since=DAYS[1])


def test_a_proposal_for_a_rule_that_was_changed_since_is_refused(spark: SparkSession, settings: Settings) -> None:
    found = propose(settings)
    file = declare(settings)
    file.write_text(file.read_text().replace("view_content_count_30d >= 8", "view_content_count_30d >= 8 AND is_buyer"))
    with pytest.raises(Refused, match=r"^outdated: behaviour\.reads is declared otherwise than when this was measured"):
        approve(settings, found.id, "Li", "so")
    with pytest.raises(NoSuchProposal, match="no proposal 2026-04-02-00000000; the day was measured anew since"):
        approve(settings, f"{DAYS[1]}-00000000", "Li", "so")


def test_the_later_approval_of_one_number_wins_and_says_so_if_its_step_is_not_too_far(
    spark: SparkSession, settings: Settings
) -> None:
    early, late = propose(settings, DAYS[0]), propose(settings, DAYS[1])
    assert [p.proposed[0]["proposed"] for p in (early, late)] == [11, 11]
    declare(settings, "quantile: 0.3")
    lower = propose(settings, DAYS[0])
    assert lower.proposed[0]["proposed"] == 9
    with pytest.raises(Refused, match=r"outdated: behaviour\.reads is declared otherwise"):
        approve(settings, late.id, "Li", "the file says another quantile now")
    declare(settings)
    approve(settings, late.id, "Li", "first", since=DAYS[3])
    declare(settings, "quantile: 0.3")
    done = approve(settings, lower.id, "Wang", "later")
    assert done.replaced == (f"behaviour.reads rule.view_content_count_30d: 9 takes the place of 11 of {late.id}",)
    for day in DAYS[2:]:
        run_job("derive_tags", day, settings=settings)
    assert [held_on(settings, d) for d in DAYS] == [readers(8), readers(8), readers(9), readers(9)]


def test_a_second_step_from_a_number_that_has_moved_is_refused_when_it_is_too_far(
    spark: SparkSession, settings: Settings
) -> None:
    declare(settings, "quantile: 0.05")
    down = propose(settings, DAYS[0])
    assert down.proposed[0]["proposed"] == 5
    declare(settings)
    approve(settings, propose(settings).id, "Li", "first")
    declare(settings, "quantile: 0.05")
    with pytest.raises(
        Refused, match=r"is 11 by .* since, from where 5 is more than the largest step of 3; measure anew"
    ):
        approve(settings, down.id, "Wang", "later")
