"""Every phrase of the four layers is said by a tag."""

from pathlib import Path

import pytest

from jobs.runtime.conf_file import ConfError
from jobs.runtime.declarations import load_tag_phrases, load_tags
from jobs.runtime.settings import project_root

CONF = project_root() / "conf"
TAGS = load_tags(CONF)
# Who is excluded is nobody, and holds no tag: docs/how-to/see-who-is-kept-out.md tells them.
WAITING = {"机器人、测试账号与枢纽设备"}


def test_every_phrase_has_a_tag_but_for_those_that_are_known_to_wait() -> None:
    assert {p.zh for p in load_tag_phrases(CONF, TAGS) if not p.tags} == WAITING


def test_every_tag_of_the_first_two_layers_is_asked_for_by_a_phrase() -> None:
    said = {code for p in load_tag_phrases(CONF, TAGS) for code in p.tags}
    # Facts about the account, not about the person; and one-offs of the check-up that no phrase names.
    beyond = {
        "basic.registration_channel", "basic.new_user", "basic.old_user", "basic.has_parent_bound",
        "basic.family_holder", "need.high_uric_acid", "need.high_cholesterol", "need.overweight", "need.liver_values",
        "need.migraine", "need.pre_hypertension", "need.elder_multiple_chronic", "need.newest_health_fact",
    }  # fmt: skip
    assert {t.code for t in TAGS if t.layer in ("basic", "need")} - said == beyond


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("- {zh: 性别, en: sex, layer: basic, tags: [basic.sexx]}", "did you mean basic.sex"),
        (
            "- {zh: 性别, en: sex, layer: basic, tags: []}\n- {zh: 性别, en: x, layer: basic, tags: []}",
            "each phrase once",
        ),
        ("- {zh: 性别, en: sex, layer: moods, tags: []}", "layer"),
    ],
)
def test_a_wrong_phrase_is_told_with_file_and_line(tmp_path: Path, line: str, says: str) -> None:
    (tmp_path / "tag_phrases.yml").write_text(line, encoding="utf-8")
    with pytest.raises(ConfError, match=says) as told:
        load_tag_phrases(tmp_path, TAGS)
    assert "tag_phrases.yml, line " in str(told.value)
