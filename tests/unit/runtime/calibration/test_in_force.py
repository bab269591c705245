"""Which calibrated numbers hold on a day, and that nothing but the number changes in a text."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.runtime.calibration.in_force import Approved, InForce, calibrated_folder, load_approved
from jobs.runtime.calibration.places import number_at, with_numbers
from jobs.runtime.conf_file import ConfError
from jobs.runtime.declarations import load_tags, load_value_tiers
from jobs.runtime.settings import Settings, load_settings, project_root

TEXT = """\
# above
- code: behaviour.a   # a comment
  name: {zh: 甲, en: "8 of them"}
  rule: >-
    x_30d >= 1 AND
    y_30d  >=  8   # still the rule
  half_life_days:  45 # days
  holds: {y_30d: 8}
"""
FILE = """\
proposal: {id}
since: {since}
{until}by: Li
why: measured
approved_at: "{at}"
numbers:
- {{of: behaviour.reads_content, number: rule.view_content_count_30d, declared: {declared}, was: 8, becomes: {becomes}}}
"""
CODE = "behaviour.reads_content"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    shutil.copytree(project_root() / "conf", tmp_path / "conf")
    return replace(load_settings("simulated"), root=tmp_path)


def approve(
    settings: Settings, name: str, since: str, becomes: float, at: str, until: str = "", declared: int = 8
) -> None:
    folder = calibrated_folder(settings)
    folder.mkdir(parents=True, exist_ok=True)
    said = f"until: {until}\n" if until else ""
    text = FILE.format(id=name, since=since, until=said, becomes=becomes, at=at, declared=declared)
    (folder / f"{name}.yml").write_text(text)


def rule(settings: Settings, day: date | None) -> str:
    tags = load_tags(settings.conf, load_approved(settings).on(day))
    return next(t for t in tags if t.code == CODE).rule_text


def test_a_number_is_changed_and_no_other_character() -> None:
    told = with_numbers(TEXT, {"rule.y_30d": 9, "half_life_days": 30})
    assert told == TEXT.replace(">=  8   #", ">=  9   #").replace("  45 #", "  30 #")


@given(st.decimals(0, 10_000, places=3).map(float))
def test_a_number_that_was_put_in_is_the_one_that_is_read(number: float) -> None:
    assert number_at(with_numbers(TEXT, {"rule.y_30d": number}), "rule.y_30d") == number


def test_without_approvals_conf_is_what_it_declares(settings: Settings) -> None:
    assert load_approved(settings) == Approved([])
    assert load_tags(settings.conf, InForce()) == load_tags(settings.conf)
    assert load_value_tiers(settings.conf, InForce()) == load_value_tiers(settings.conf)


def test_an_approval_holds_from_its_day_on_and_until_its_end(settings: Settings) -> None:
    approve(settings, "2026-06-30-00000001", "2026-07-01", 7, "2026-07-01T08:00:00+00:00", until="2026-08-01")
    days = [date(2026, 6, 30), date(2026, 7, 1), date(2026, 7, 31), date(2026, 8, 1), None]
    assert [rule(settings, d)[-1] for d in days] == ["8", "7", "7", "8", "8"]


def test_of_two_approvals_of_one_number_the_later_given_holds_from_its_day_on(settings: Settings) -> None:
    approve(settings, "2026-06-30-00000001", "2026-07-10", 7, "2026-07-01T08:00:00+08:00")
    approve(settings, "2026-05-31-00000002", "2026-07-02", 6, "2026-07-01T01:00:00+00:00")
    assert [rule(settings, date(2026, 7, d))[-1] for d in (1, 2, 10)] == ["8", "6", "6"]


def test_another_hospital_does_not_have_the_number(settings: Settings) -> None:
    approve(settings, "2026-06-30-00000001", "2026-07-01", 7, "2026-07-01T08:00:00+00:00")
    other = replace(settings, hospital=replace(settings.hospital, name="glucose"))
    assert rule(settings, None)[-1] == "7"
    assert rule(other, None)[-1] == "8"


def test_a_number_changed_by_hand_where_another_was_approved_is_refused_until_somebody_says_which(
    settings: Settings,
) -> None:
    approve(settings, "2026-06-30-00000001", "2026-07-01", 7, "2026-07-01T08:00:00+00:00", declared=9)
    said = r"2026-06-30-00000001\.yml: behaviour\.reads_content declares rule\.view_content_count_30d as 8, but was 9"
    with pytest.raises(ConfError, match=said):
        rule(settings, date(2026, 7, 1))
    approve(settings, "2026-06-30-00000001", "2026-07-01", 7, "2026-07-01T08:00:00+00:00", "2026-07-05", declared=9)
    assert [rule(settings, date(2026, 7, d))[-1] for d in (4, 5)] == ["7", "8"]


def test_an_approval_of_what_is_gone_or_named_otherwise_is_refused(settings: Settings) -> None:
    approve(settings, "2026-06-30-00000001", "2026-07-01", 7, "2026-07-01T08:00:00+00:00")
    file = calibrated_folder(settings) / "2026-06-30-00000001.yml"
    file.write_text(file.read_text().replace("rule.view_content_count_30d", "rule.view_content_count_90d"))
    with pytest.raises(ConfError, match=r"must compare view_content_count_90d.*add `until: <day>`"):
        rule(settings, date(2026, 7, 1))
    file.rename(file.with_name("2026-06-30-00000002.yml"))
    with pytest.raises(ConfError, match="expected 2026-06-30-00000002, as the file is named"):
        load_approved(settings)
