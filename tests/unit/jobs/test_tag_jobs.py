"""Tags through the job and the commands: tried out before, guarded after, versions kept, late facts taken."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from portrait_world import DAYS, settings_in, write_world
from pyspark.sql import SparkSession
from rich.console import Console
from typer.testing import CliRunner

from jobs.runtime.audit import append_rows, read_rows
from jobs.runtime.engine import get_engine
from jobs.runtime.job import find_job
from jobs.runtime.lake import Lake, TableMissing
from jobs.runtime.quality import StopTheDay
from jobs.runtime.run_job import run_job
from jobs.runtime.settings import Settings, project_root
from jobs.runtime.store import Store
from jobs.runtime.tag_commands.lint import held_on
from jobs.runtime.tag_commands.preview import Moved, preview
from schemas.audit import QUALITY_RESULT
from schemas.feature.user_day import USER_DAY
from schemas.gold.tag import TAG_DAY, TAG_DEFINITION, TAG_VERSION, USER_TAG
from schemas.table import Table

TAG = """\
- code: value.{name}
  name: {{zh: 甲{name}, en: A}}
  meaning: {{zh: 甲, en: A}}
  kind: rule
  rule: {rule}
  owner: data
  sensitivity: low
  purposes: [care, marketing]
  evidence: observed
  guard: {guard}
  holds: {{}}
  holds_not: {{}}
"""
SEQUENCE = """\
- code: behaviour.left
  name: {zh: 乙, en: B}
  meaning: {zh: 乙, en: B}
  kind: sequence
  first: search_count >= 1
  then_not: order_count >= 1
  within_days: 2
  expires_days: 9
  owner: data
  sensitivity: low
  purposes: [care]
  evidence: observed
  holds: [{days_ago: 3, search_count: 1}]
  holds_not: [{days_ago: 1, search_count: 1}]
"""
AUDIENCE = """\
code: mine
name: {zh: 我的, en: Mine}
meaning: {zh: 我的, en: Mine}
owner: growth
purpose: marketing
priority: 10
channels: [sms]
rule: has_tag('value.a') AND NOT has_tag('value.b')
order_by: order_count_30d
size_cap: 10
columns: [city_tier]
offer: {zh: 好, en: Good}
"""


def tag(name: str, rule: str, guard: str = "warn") -> str:
    return TAG.format(name=name, rule=rule, guard=guard)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Feature rows of four days; each test has a copy."""
    folder = tmp_path_factory.mktemp("world")
    write_world(settings_in(folder), users=60)
    return folder


def hospital(folder: Path, world: Path, tags: str, layer: str = "value") -> Settings:
    """A copy of the world, and a conf with these tags and one audience."""
    conf = folder / "root" / "conf"
    ignored = shutil.ignore_patterns("sources", "tags", "audiences", "segments")
    shutil.copytree(project_root() / "conf", conf, ignore=ignored)
    (conf / "audiences").mkdir()
    if "value.a" in tags and "value.b" in tags:
        (conf / "audiences" / "mine.yml").write_text(AUDIENCE)
    shutil.copytree(world, folder / "hospital")
    settings = replace(settings_in(folder / "hospital"), root=folder / "root")
    declare(settings, tags, layer)
    return settings


def declare(settings: Settings, tags: str, layer: str = "value") -> Path:
    file = settings.conf / "tags" / layer / "mine.yml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(tags)
    return file


def holders(settings: Settings) -> dict[str, set[str]]:
    rows = [r for r in read_rows(Store(str(settings.lake)), USER_TAG) if r["valid_to"] is None]
    return {code: {r["user_id"] for r in rows if r["tag_code"] == code} for code in {r["tag_code"] for r in rows}}


def test_a_preview_counts_what_the_job_then_does_and_writes_nothing(
    spark: SparkSession, tmp_path: Path, world: Path
) -> None:
    settings = hospital(tmp_path, world, tag("a", "order_count_30d >= 2") + tag("b", "is_buyer") + tag("c", "is_buyer"))
    run_job("derive_tags", DAYS[0], settings=settings)
    before = holders(settings)
    versions = {t.name: Store(str(settings.lake)).version(t) for t in (USER_TAG, TAG_DAY, TAG_DEFINITION, TAG_VERSION)}
    file = tmp_path / "mine.yml"
    file.write_text(tag("a", "order_count_30d >= 5") + tag("b", "is_buyer") + tag("d", "NOT is_buyer"))
    file.write_text(file.read_text() + tag("e", "NOT (NOT is_buyer)"))
    with Lake(get_engine("sail", work=settings.work), str(settings.lake)) as lake:
        found = preview(settings, lake, file, lambda said: None)
    assert {
        t.name: Store(str(settings.lake)).version(t) for t in (USER_TAG, TAG_DAY, TAG_DEFINITION, TAG_VERSION)
    } == versions
    declare(settings, file.read_text())
    run_job("derive_tags", DAYS[0], settings=settings)
    after = holders(settings)

    def moved(code: str, state: str, was: set[str], now: set[str]) -> Moved:
        return Moved(code, state, len(was), len(now), len(now - was), len(was - now))

    assert found.day == DAYS[0]
    assert found.tags == (
        moved("value.a", "changed", before["value.a"], after["value.a"]),
        moved("value.c", "removed", before["value.c"], set()),
        moved("value.d", "new", set(), after["value.d"]),
        moved("value.e", "new", set(), after["value.e"]),
    )
    assert found.tags[0].loses
    mine = [h["value.a"] - h["value.b"] for h in (before, after)]
    assert found.audiences == (moved("mine", "audience", *mine),)
    with Lake(get_engine("sail", work=settings.work), str(settings.lake)) as lake:
        assert preview(settings, lake, file, lambda said: None).tags == (), "now it is in force"
        held = held_on(lake, DAYS[0])
    assert {code: h.users for code, h in held.items()} == {code: len(users) for code, users in after.items()}
    assert held["value.a"].mark != held["value.b"].mark == held["value.e"].mark, "twins"


@pytest.mark.parametrize("guard", ["warn", "stop"])
def test_a_tag_that_nobody_holds_any_more_is_told_or_stops_the_day(
    spark: SparkSession, tmp_path: Path, world: Path, guard: str
) -> None:
    settings = hospital(tmp_path, world, tag("a", "order_count_30d >= 0", guard) + tag("c", "is_buyer", "stop"))
    run_job("derive_tags", DAYS[0], settings=settings)
    declare(settings, tag("a", "order_count_30d >= 1000", guard) + tag("c", "is_buyer", "stop"))
    said = "nobody holds it, 0 users; the day before 60 did"
    if guard == "stop":
        with pytest.raises(StopTheDay, match=rf"gold\.tag_day\.value\.a.*{said}"):
            run_job("derive_tags", DAYS[1], settings=settings)
    else:
        run_job("derive_tags", DAYS[1], settings=settings)
    rows = read_rows(Store(str(settings.lake)), QUALITY_RESULT, ("check_name", "=", "sudden_change"))
    told = [(r["column_name"], r["severity"], r["is_passed"], r["observed"], r["failing_row_count"]) for r in rows]
    assert told == [("value.a", guard, False, said, 60)]


def test_a_sequence_counts_a_late_event_from_the_day_it_was_known(
    spark: SparkSession, tmp_path: Path, world: Path
) -> None:
    settings = hospital(tmp_path, world, SEQUENCE, layer="behaviour")
    zero = {c.name: 0 for c in USER_DAY.columns}

    def day_of(user: str, event: int, known: int, **said: int) -> dict[str, Any]:
        row: dict[str, Any] = zero | said | {"actor_id": f"acc_{user}", "actor_kind": "account"}
        return row | {"event_date": DAYS[event], "known_date": DAYS[known]}

    append_rows(Store(str(settings.lake)), USER_DAY, [
        day_of("u0001", 0, 0, search_count=1), day_of("u0002", 0, 3, search_count=1),
        day_of("u0003", 0, 0, search_count=1), day_of("u0003", 1, 3, order_count=1),
        day_of("u0000", 0, 0, search_count=1),
    ])  # fmt: skip
    run_job("derive_tags", DAYS[2], settings=settings)
    first = [r["user_id"] for r in read_rows(Store(str(settings.lake)), USER_TAG)]
    assert sorted(first) == ["u0001", "u0003"], "of the others nothing was known"
    for day in (DAYS[3], DAYS[2], DAYS[1]):
        run_job("derive_tags", day, settings=settings)
    rows = read_rows(Store(str(settings.lake)), USER_TAG)
    assert sorted((r["user_id"], r["valid_from"], r["valid_to"]) for r in rows) == [
        ("u0001", DAYS[2], None),
        ("u0002", DAYS[3], None),
        ("u0003", DAYS[2], DAYS[3]),
    ], "u0000 is a robot"


def test_a_lake_of_an_older_release_gets_the_new_columns_and_its_first_versions(
    spark: SparkSession, tmp_path: Path, world: Path
) -> None:
    settings = hospital(tmp_path, world, tag("a", "is_buyer"))
    run_job("derive_tags", DAYS[0], settings=settings)
    store = Store(str(settings.lake))
    rows = read_rows(store, TAG_DEFINITION)
    kept = tuple(c for c in TAG_DEFINITION.columns if c.name not in ("expires_days", "legal_basis"))
    old = Table(TAG_DEFINITION.name, "As it was.", TAG_DEFINITION.key, kept)
    for table in (TAG_DEFINITION, TAG_VERSION):
        shutil.rmtree(store.path(table))
    before = {n: rows[0][n] for n in old.column_names}
    append_rows(Store(str(settings.lake)), old, [before, {**before, "rule_version": "0", "is_current": False}])
    for day in DAYS[:2]:
        run_job("derive_tags", day, settings=settings)
    now = {r["rule_version"]: r for r in read_rows(Store(str(settings.lake)), TAG_DEFINITION)}
    assert now == {before["rule_version"]: rows[0], "0": {**rows[0], "rule_version": "0", "is_current": False}}
    versions = read_rows(Store(str(settings.lake)), TAG_VERSION)
    assert [(r["version"], r["in_force_from"], r["is_current"]) for r in versions] == [(1, DAYS[0], True)]


def test_without_its_feature_table_a_day_says_which_job_makes_it(
    spark: SparkSession, tmp_path: Path, world: Path
) -> None:
    settings = hospital(tmp_path, world, tag("a", "is_buyer"))
    shutil.rmtree(settings.lake / "feature" / "user_value")
    with pytest.raises(TableMissing, match=r"table feature\.user_value does not exist.*`cameo run compute_features`"):
        run_job("derive_tags", DAYS[0], settings=settings)


def test_what_the_commands_say(
    spark: SparkSession, tmp_path: Path, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jobs.runtime import settings as of_settings
    from jobs.runtime.cli import app
    from jobs.runtime.tag_commands import commands

    settings = hospital(tmp_path, world, tag("a", "order_count_30d >= 2") + tag("b", "is_buyer"))
    # Whoever runs the tests may have said how wide a screen is before this.
    monkeypatch.setattr(commands, "console", Console(width=200))
    monkeypatch.setattr(of_settings, "load_settings", lambda *said: settings)

    def cameo(*words: str) -> str:
        done = CliRunner().invoke(app, ["tags", *words])
        assert done.exit_code == 0, done.output
        return done.output

    assert "2 tags and all audiences are valid" in cameo("lint")
    assert "no tags were derived yet" in cameo("lint")
    run_job("derive_tags", DAYS[0], settings=settings)
    file = declare(settings, tag("a", "order_count_30d >= 5") + tag("b", "is_buyer"))
    said = cameo("preview", str(file))
    assert "value.a" in said
    assert "value.b" not in said
    assert "by the rule alone: consent, caps and hold-outs come after" in said
    run_job("derive_tags", DAYS[1], settings=settings)
    assert "rule: order_count_30d >= 2 -> order_count_30d >= 5" in cameo("history", "value.a")
    assert f"next: cameo tags preview {file}; commit the file; derive_tags makes it version 3" in cameo(
        "rollback", "value.a", "1"
    )
    assert file.read_text() == tag("a", "order_count_30d >= 2") + tag("b", "is_buyer")
    assert "in conf, not derived yet" in cameo("history", "value.a")
    assert f"nobody held, on {DAYS[1]}" in cameo("lint")
    assert "0 added, 0 removed, 0 changed" in cameo("diff", str(file), str(file))
    assert find_job("derive_tags").takes_known_at
