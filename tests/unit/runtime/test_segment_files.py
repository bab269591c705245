"""Segment files: wrong ones are refused with file, line and what would do; right ones come in the order they need."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from features.segment import Segment
from jobs.runtime.conf_file import ConfError
from jobs.runtime.declarations import load_audiences, load_policy, load_segment_views, load_segments, load_tags

CONF = Path(__file__).parents[3] / "conf"
TAGS = load_tags(CONF)
SEGMENT = """\
code: {code}
name: {{zh: 甲, en: A}}
meaning: {{zh: 甲, en: A}}
owner: data
rule: {rule}
purposes: {purposes}
sensitivity: {sensitivity}
holds: {{columns: {{age_years: 70}}}}
holds_not: {{}}
"""
OLD = "age_years >= 65"


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    shutil.copy(CONF / "policy.yml", tmp_path / "policy.yml")
    (tmp_path / "segments").mkdir()
    return tmp_path


def declare(conf: Path, code: str, rule: str, purposes: str = "[care]", sensitivity: str = "personal") -> Path:
    path = conf / "segments" / f"{code}.yml"
    path.write_text(SEGMENT.format(code=code, rule=rule, purposes=purposes, sensitivity=sensitivity))
    return path


def loaded(conf: Path, instead: Path | None = None) -> dict[str, Segment]:
    return {s.code: s for s in load_segments(conf, TAGS, load_policy(conf), instead)}


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("age_year >= 65", "unknown column 'age_year'; did you mean age_years"),
        ("has_tag('basic.eldr')", "unknown tag 'basic.eldr'; did you mean basic.elder"),
        ("tag_value('value.teir') = 'high'", "unknown tag 'value.teir'; did you mean value.tier"),
        ("in_segment('olt')", "unknown segment 'olt'; did you mean old"),
        ("in_segment(old)", "in_segment wants one segment code in quotes"),
        ("age_years", "gives number, expected true or false"),
        ("tag_value('value.tier') = 3", "mixes number with text"),
        ("tag_value('value.tier')", "gives text, expected true or false"),
        ("has_diabetes", "sensitivity personal is below that of its columns: expected health"),
        ("has_tag('need.skin')", "sensitivity personal is below that of tag need.skin: expected health"),
    ],
)
def test_a_wrong_rule(conf: Path, rule: str, said: str) -> None:
    declare(conf, "old", OLD)
    path = declare(conf, "mine", rule)
    with pytest.raises(ConfError) as error:
        loaded(conf)
    assert f"{path}, line 5, key rule: " in str(error.value)
    assert said in str(error.value)


def test_what_it_rests_on_through_another_segment_counts(conf: Path) -> None:
    declare(conf, "ill", "has_diabetes", sensitivity="health")
    declare(conf, "mine", "in_segment('ill')")
    with pytest.raises(ConfError, match="below that of its columns: expected health"):
        loaded(conf)
    declare(conf, "ill", "age_years > 3", sensitivity="health")
    with pytest.raises(ConfError, match="below that of segment ill: expected health"):
        loaded(conf)


def test_nothing_is_for_a_purpose_that_what_it_rests_on_is_not_for(conf: Path) -> None:
    declare(conf, "mine", "has_tag('basic.pregnant')", "[care, marketing]", "health")
    with pytest.raises(ConfError, match=r"tag basic\.pregnant is not allowed for purpose marketing, but for care"):
        loaded(conf)
    declare(conf, "mine", OLD)
    declare(conf, "other", "in_segment('mine')", "[marketing]")
    with pytest.raises(ConfError, match="segment mine is not allowed for purpose marketing, but for care"):
        loaded(conf)
    declare(conf, "mine", "systolic_mmhg_last > 3", "[marketing]", "health")
    with pytest.raises(ConfError, match=r"marketing may not use columns of feature\.user_device"):
        loaded(conf)


def test_a_circle_is_named(conf: Path) -> None:
    for code, other in (("a", "b"), ("b", "c"), ("c", "b")):
        declare(conf, code, f"in_segment('{other}')")
    with pytest.raises(ConfError, match=r"b\.yml, line 5, key rule: .*in a circle: b -> c -> b"):
        loaded(conf)
    declare(conf, "a", "in_segment('a')")
    with pytest.raises(ConfError, match=r"a -> a$"):
        loaded(conf)


def test_a_mistake_below_is_told_once_and_where_it_is(conf: Path) -> None:
    path = declare(conf, "a", "age_year > 3")
    declare(conf, "b", "in_segment('a')")
    with pytest.raises(ConfError) as error:
        loaded(conf)
    assert str(error.value).splitlines() == [
        f"{path}, line 5, key rule: unknown column 'age_year'; did you mean age_years or age_band?"
    ]


def test_segments_come_after_those_they_ask_for_and_take_their_rules_in(conf: Path) -> None:
    declare(conf, "a", "in_segment('b') AND NOT in_segment('c')")
    declare(conf, "b", OLD)
    declare(conf, "c", "in_segment('b') AND has_tag('basic.elder')")
    found = loaded(conf)
    assert list(found) == ["b", "c", "a"]
    b = "COALESCE((age_years >= 65), FALSE)"
    elder = "COALESCE(ARRAY_CONTAINS(tag_codes, 'basic.elder'), FALSE)"
    assert found["a"].rule.sql == f"{b} AND NOT COALESCE(({b} AND {elder}), FALSE)"
    assert (found["a"].rule.columns, found["a"].rule.tags) == (("age_years",), ("basic.elder",))


def test_its_version_changes_with_the_rule_of_another(conf: Path) -> None:
    declare(conf, "a", "in_segment('b')")
    declare(conf, "b", OLD)
    before = loaded(conf)["a"].rule_version
    assert loaded(conf)["a"].rule_version == before
    declare(conf, "b", "age_years >= 66")
    assert loaded(conf)["a"].rule_version != before


def test_a_file_elsewhere_takes_the_place_of_the_one_with_its_code(conf: Path, tmp_path: Path) -> None:
    declare(conf, "a", "in_segment('b')")
    path = declare(conf, "b", OLD)
    tried = path.rename(tmp_path / "tried.yml")
    declare(conf, "b", "age_years >= 99")
    assert "age_years >= 65" in loaded(conf, tried)["a"].rule.sql


def test_an_audience_may_use_no_segment_that_is_not_for_its_purpose(conf: Path) -> None:
    (conf / "audiences").mkdir()
    text = (CONF / "audiences" / "family_doctor.yml").read_text()
    begin, end = text.index("rule: >-"), text.index("order_by:")
    path = conf / "audiences" / "family_doctor.yml"
    path.write_text(f"{text[:begin]}rule: in_segment('old')\n{text[end:]}")
    declare(conf, "old", OLD)
    with pytest.raises(ConfError, match="segments not allowed for purpose marketing: old"):
        load_audiences(conf, TAGS, load_policy(conf))
    declare(conf, "old", OLD, "[care, marketing]")
    first = load_audiences(conf, TAGS, load_policy(conf))[0]
    declare(conf, "old", "age_years >= 66", "[care, marketing]")
    assert load_audiences(conf, TAGS, load_policy(conf))[0].version != first.version


def test_what_people_see_names_tags_that_there_are(conf: Path) -> None:
    (conf / "segment_views.yml").write_text("smallest_count: 10\nprofile_tags: [basic.elder, basic.eldr]\n")
    with pytest.raises(ConfError, match=r"line 2, key profile_tags.1: .*basic.eldr; did you mean basic.elder"):
        load_segment_views(conf, TAGS)
