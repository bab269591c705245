"""Wrong tags, audiences and policies are refused with file, line, key and what would do."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from jobs.runtime.conf_file import ConfError
from jobs.runtime.declarations import (
    load_audiences,
    load_care_alerts,
    load_care_events,
    load_policy,
    load_tags,
    load_triggers,
    load_value_tiers,
)

CONF = Path(__file__).parents[3] / "conf"
TAG = """\
- code: basic.elder
  name: {zh: 老年人, en: Elder}
  meaning: {zh: 老年人, en: An elder}
  kind: rule
  rule: age_years >= 65
  owner: data
  sensitivity: personal
  purposes: [care]
  evidence: stated
  holds: {age_years: 70}
  holds_not: {age_years: 20}
"""


def _care_events(conf: Path) -> object:
    return load_care_events(conf, load_tags(conf))


def _triggers(conf: Path) -> object:
    return load_triggers(conf, load_tags(conf))


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    for name in ("policy.yml", "value_tiers.yml", "care_alerts.yml", "care_events.yml", "triggers.yml"):
        shutil.copy(CONF / name, tmp_path / name)
    for name in ("tags", "audiences", "segments"):
        shutil.copytree(CONF / name, tmp_path / name)
    return tmp_path


def tags_with(conf: Path, old: str, new: str, name: str = "basic/mine.yml") -> Path:
    shutil.rmtree(conf / "tags")
    path = conf / "tags" / name
    path.parent.mkdir(parents=True)
    assert old in TAG
    path.write_text(TAG.replace(old, new))
    return path


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("rule: age_years", "rule: age_year", 5, "unknown column 'age_year'; did you mean age_years"),
        ("rule: age_years >= 65", "rule: age_years", 5, "gives number, expected true or false"),
        ("rule: age_years >= 65", "rule: age_years / tenure_days > 1", 5, "nullif(tenure_days, 0)"),
        (
            "kind: rule",
            "kind: role",
            1,
            "'kind', one of rule, statistic, tier, preference, first, last, sequence, rfm, model, import",
        ),
        (
            "sensitivity: personal",
            "sensitivity: low",
            1,
            "sensitivity low is below that of its columns: expected personal",
        ),
        ("purposes: [care]", "purposes: [marketng]", 8, "'care', 'research', 'marketing' or 'sharing'"),
        ("holds: {age_years", "holds: {agee_years", 10, "unknown column 'agee_years'"),
        ("owner: data", "ovner: data", 6, "did you mean 'owner'"),
        ("  owner: data\n", "", 1, "the key 'owner'"),
        ("code: basic.elder", "code: need.elder", 1, "a code that begins with basic."),
        ("code: basic.elder", "code: Elder", 1, "match pattern"),
        ("evidence: stated", "evidence: stated\n  gives: x", 1, "`gives` says which value"),
        ("evidence: stated", "evidence: stated\n  half_life_days: 0", 10, "greater than or equal to 1"),
        ("evidence: stated", "evidence: stated\n  expires_day: 9", 10, "'expires_day' (did you mean 'expires_days'?)"),
        ("evidence: stated", "evidence: stated\n  guard: stopp", 10, "'warn' or 'stop'"),
        ("sensitivity: personal", "sensitivity: health", 1, "sensitivity health wants a legal_basis"),
        ("rule: age_years >= 65", "rule: age_years > 'old'", 5, "mixes number with text"),
        ("evidence: stated", "evidence: stated\n  expires_days: 9", 1, "expires_days and evidence_on go together"),
    ],
)
def test_a_wrong_tag(conf: Path, old: str, new: str, line: int, said: str) -> None:
    path = tags_with(conf, old, new)
    with pytest.raises(ConfError) as error:
        load_tags(conf)
    assert f"{path}, line {line}" in str(error.value)
    assert said in str(error.value)


def test_two_tags_with_one_code_are_told_with_both_places(conf: Path) -> None:
    first = tags_with(conf, "data", "data")
    second = conf / "tags" / "basic" / "other.yml"
    second.write_text(TAG)
    with pytest.raises(ConfError) as error:
        load_tags(conf)
    assert f"{second}, line 1" in str(error.value)
    assert f"{first}, line 1 has it" in str(error.value)


def test_all_mistakes_of_all_files_are_told_at_once(conf: Path) -> None:
    tags_with(conf, "age_years >= 65", "nothing > 1")
    (conf / "tags" / "basic" / "other.yml").write_text(TAG.replace("age_years >= 65", "nowhere > 1"))
    with pytest.raises(ConfError) as error:
        load_tags(conf)
    assert "'nothing'" in str(error.value)
    assert "'nowhere'" in str(error.value)


@pytest.mark.parametrize("name", ["odd/mine.yml", "basic/deep/mine.yml", "mine.yml"])
def test_a_tag_file_in_the_wrong_folder_is_not_passed_over(conf: Path, name: str) -> None:
    tags_with(conf, "data", "data", name)
    with pytest.raises(ConfError, match="<layer>/<theme>"):
        load_tags(conf)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("has_tag('value.silent_30_days')", "has_tag('value.silent')", "unknown tag 'value.silent'; did you mean"),
        ("has_tag('value.silent_30_days')", "bp_high_days_7d >= 1", "may not use columns of feature.user_device"),
        ("has_tag('value.silent_30_days')", "has_tag('need.short_sleep')", "tags not allowed for purpose marketing"),
        ("columns: [membership_level", "columns: [has_diabetes", "lists may not carry health columns: has_diabetes"),
        ("order_by: value_yuan", "order_by: city_tier", "column city_tier holds text, expected number"),
        ("purpose: marketing", "purpose: sharing", "not allowed for purpose sharing"),
        ("code: silent_users", "code: silent_user", "silent_users, as the file is named"),
        ("channels: [sms", "channels: [fax", "'push', 'sms', 'phone', 'wechat' or 'email'"),
    ],
)
def test_a_wrong_audience(conf: Path, old: str, new: str, said: str) -> None:
    path = conf / "audiences" / "silent_users.yml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(ConfError) as error:
        load_audiences(conf, load_tags(conf), load_policy(conf))
    assert f"{path}, line " in str(error.value)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("name", "old", "new", "load", "said"),
    [
        (
            "policy.yml",
            "rule: is_minor",
            "rule: is_mino",
            load_policy,
            "unknown column 'is_mino'; did you mean is_minor",
        ),
        (
            "policy.yml",
            "feature.user_device]",
            "feature.user_devise]",
            load_policy,
            "unknown table 'feature.user_devise'",
        ),
        ("policy.yml", "marketing:\n", "marketting:\n", load_policy, "'marketing'"),
        ("value_tiers.yml", "high: 0.15", "high: 0.25", load_value_tiers, "must add up to 1"),
        ("care_alerts.yml", "kind: bp_crisis", "kind: bp_high_3_days", load_care_alerts, "each kind once"),
        ("care_events.yml", "[basic.diabetes]", "[basic.diabete]", _care_events, "did you mean basic.diabetes"),
        ("care_events.yml", "[basic.hypertension]", "[basic.diabetes]", _care_events, "of chronic_care_need once"),
        ("triggers.yml", "feed: prescription", "feed: prescriptions", _triggers, "unknown feed 'prescriptions'"),
        ("triggers.yml", "feed: prescription", "feed: environment", _triggers, "about nobody"),
        (
            "triggers.yml",
            "metric = 'spo2'",
            "metrik = 'spo2'",
            _triggers,
            "unknown column 'metrik'; did you mean metric",
        ),
    ],
)
def test_wrong_policies(conf: Path, name: str, old: str, new: str, load: Callable[[Path], object], said: str) -> None:
    text = (conf / name).read_text()
    assert old in text
    (conf / name).write_text(text.replace(old, new))
    with pytest.raises(ConfError) as error:
        load(conf)
    assert f"{conf / name}, line " in str(error.value)
    assert said in str(error.value)
