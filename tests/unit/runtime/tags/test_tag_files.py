"""Tag files as people write them: entries found to the byte, compared, put back."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.tag_versions import all_versions, versions_now
from jobs.runtime.audit import append_rows
from jobs.runtime.conf_file import ConfError
from jobs.runtime.declarations import load_tags, tag_themes
from jobs.runtime.settings import project_root
from jobs.runtime.store import Store
from jobs.runtime.tag_commands.diff import diff_tags
from jobs.runtime.tag_commands.lint import Held, lint
from jobs.runtime.tag_commands.versions import NoSuchVersion, roll_back, versions_of
from jobs.runtime.tag_texts import entries_of, read_exactly, tag_texts
from schemas.gold.tag import TAG_VERSION

CODE = "value.refunds"
FILE = "tags/value/spending.yml"


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    shutil.copytree(project_root() / "conf", tmp_path / "conf")
    return tmp_path / "conf"


def derived(conf: Path, store: Store, known: list[dict[str, Any]], day: date) -> list[dict[str, Any]]:
    """What the lake keeps after a day."""
    rows = all_versions(versions_now(load_tags(conf), tag_themes(conf), tag_texts(conf), day), known)
    shutil.rmtree(store.path(TAG_VERSION), ignore_errors=True)
    append_rows(Store(store.root), TAG_VERSION, rows)
    return rows


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def test_every_entry_is_found_with_its_code_and_nothing_between_belongs_to_one() -> None:
    first, second = "- code: a.b\r\n  x: 1\r\n", "- code: c.d\r\n  rule: >-\r\n    a\r\n\r\n    b\r\n"
    text = f"# top\r\n{first}\r\n# of the next\r\n{second}# end"
    found = {e.code: text[e.start : e.end] for e in entries_of(Path("f.yml"), text)}
    assert found == {"a.b": first, "c.d": second}
    with pytest.raises(ConfError, match=r"f\.yml, line 1: expected a list of tags, each beginning with `- code:`"):
        entries_of(Path("f.yml"), "[{code: a.b}]")


def test_all_of_our_own_files_come_apart_and_together() -> None:
    conf = project_root() / "conf"
    assert set(tag_texts(conf)) == {t.code for t in load_tags(conf)}


def test_a_roll_back_changes_its_entry_alone_and_is_a_new_version(conf: Path, tmp_path: Path) -> None:
    store, file = Store(str(tmp_path / "lake")), conf / FILE
    first = read_exactly(file)
    known = derived(conf, store, [], date(2026, 3, 1))
    edit(file, "rule: refund_count_180d >= 2", "rule: refund_count_180d >= 3   # tighter")
    edit(file, "# Value tiers", "# Edited value tiers")
    known = derived(conf, store, known, date(2026, 3, 2))
    done = roll_back(store, conf, CODE, 1)
    assert (done.file, done.next_number) == (file, 3)
    assert read_exactly(file) == first.replace("# Value tiers", "# Edited value tiers")
    last = derived(conf, store, known, date(2026, 3, 3))
    mine = [(r["version"], str(r["in_force_from"]), r["is_current"]) for r in last if r["tag_code"] == CODE]
    assert mine == [(1, "2026-03-01", False), (2, "2026-03-02", False), (3, "2026-03-03", True)]
    told = versions_of(store, conf, CODE)
    assert told[1].changes == ("rule: refund_count_180d >= 2 -> refund_count_180d >= 3",)
    assert told[2].changes == ("rule: refund_count_180d >= 3 -> refund_count_180d >= 2",)


def test_a_tag_that_was_taken_out_comes_back_at_the_end_of_its_theme(conf: Path, tmp_path: Path) -> None:
    store, file = Store(str(tmp_path / "lake")), conf / FILE
    derived(conf, store, [], date(2026, 3, 1))
    entry = tag_texts(conf)[CODE]
    file.write_text(file.read_text().replace(entry, ""))
    without = read_exactly(file)
    assert roll_back(store, conf, CODE, 1).next_number == 1, "it is the last version still"
    assert read_exactly(file) == without + entry


def test_what_can_not_be_put_back_leaves_the_file_as_it_was(conf: Path, tmp_path: Path) -> None:
    store, file = Store(str(tmp_path / "lake")), conf / FILE
    known = derived(conf, store, [], date(2026, 3, 1))
    mine = next(r for r in known if r["tag_code"] == CODE)
    mine["declaration"] = mine["declaration"].replace("refund_count_180d", "refunds_of_old")
    shutil.rmtree(store.path(TAG_VERSION))
    append_rows(Store(store.root), TAG_VERSION, known)
    before = read_exactly(file)
    with pytest.raises(
        ConfError, match=f"version 1 of {CODE} is no longer valid, .* was left as it was:\n.*refunds_of_old"
    ):
        roll_back(store, conf, CODE, 1)
    with pytest.raises(NoSuchVersion, match=rf"has no version 7; there are: 1 \(cameo tags history {CODE}\)"):
        roll_back(store, conf, CODE, 7)
    with pytest.raises(NoSuchVersion, match=r"tag 'value.refund' was never derived here; did you mean value.refunds"):
        versions_of(store, conf, "value.refund")
    assert read_exactly(file) == before


@given(
    st.lists(
        st.sampled_from(["- code: a.{n}\n  x: 1\n", "- code: a.{n}\n  x: >-\n    one\n\n    two\n", "\n", "# c\n"])
    )
)
def test_files_of_any_making_are_cut_without_a_character_lost(parts: list[str]) -> None:
    text = "# top\n" + "".join(part.replace("{n}", f"t{i}") for i, part in enumerate(parts))
    entries = entries_of(Path("f.yml"), text)
    codes = [f"a.t{i}" for i, part in enumerate(parts) if part.startswith("-")]
    assert [e.code for e in entries] == codes
    assert all(text[e.start :].startswith(f"- code: {e.code}\n") for e in entries)
    starts, ends = [*(e.start for e in entries), len(text)], [0, *(e.end for e in entries)]
    between = "".join(text[end:start] for end, start in zip(ends, starts, strict=True))
    assert all(not line.strip() or line.startswith("#") for line in between.splitlines())


def test_a_diff_names_what_came_went_and_changed_in_files_that_are_not_valid_today(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new.yml"
    old.mkdir()
    (old / "a.yml").write_text("- code: need.a\n  name: {zh: 甲, en: A}\n  rule: gone > 1\n- code: need.b\n")
    new.write_text("- code: need.a\n  name: {zh: 乙, en: A}\n  rule: gone > 2\n  unit: days\n- code: need.c\n")
    found = diff_tags(old, new)
    assert (found.added, found.removed) == (("need.c",), ("need.b",))
    assert found.changed == {"need.a": ("name.zh: 甲 -> 乙", "rule: gone > 1 -> gone > 2", "unit: (none) -> days")}
    with pytest.raises(ConfError, match="nowhere: expected a tag file or a folder of tag files, found nothing"):
        diff_tags(tmp_path / "nowhere", new)


def test_lint_proposes_what_nothing_asks_for_and_nobody_holds_or_another_says(conf: Path) -> None:
    tags = [
        t for t in load_tags(conf) if t.code in ("value.silent_30_days", "value.refunds", "value.sharer", "value.rfm")
    ]
    held = {"value.silent_30_days": Held(9, (1, 2)), "value.refunds": Held(9, (1, 2)), "value.rfm": Held(9, (3, 4))}
    found = lint(tags, conf, held, date(2026, 3, 1))
    assert found.dead == ("value.sharer",)
    assert found.twins == (("value.silent_30_days", "value.refunds"),), "an audience asks for the first"
    assert found.unused == ("value.refunds", "value.rfm", "value.sharer")
    assert found.to_retire == ("value.refunds", "value.sharer")
    assert lint(tags, conf).dead == (), "without a lake nothing is known"
