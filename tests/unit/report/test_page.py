"""The page itself: complete without a network, both languages, nothing about any person, nothing breaks it."""

from __future__ import annotations

import json
import re
from dataclasses import fields, replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from report_day import DAY, bare_day, full_day

from jobs.runtime.report import charts
from jobs.runtime.report.blocks import BarList, Chart, Grid, Missing
from jobs.runtime.report.figures import Figures
from jobs.runtime.report.page import render
from jobs.runtime.report.publish import publish
from jobs.runtime.report.sections import ORDER, all_sections
from jobs.runtime.report.sections.group_story import group_story
from jobs.runtime.report.text import LANGUAGES, Text

HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def page(cache_folder: Path) -> str:
    return render(full_day(), cache_folder)


@pytest.fixture(scope="session")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def _validated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(charts, "VALIDATE", True)


class _Texts(HTMLParser):
    """What a reader of one language sees, scripts and styles left out."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self.language, self.seen, self._hidden = language, list[str](), list[bool]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        other = tag == "span" and dict(attrs).get("lang") not in (None, self.language)
        if tag not in ("meta", "link", "br", "circle", "polyline"):
            self._hidden.append(other or tag in ("script", "style", "title", "button", "noscript"))

    def handle_endtag(self, tag: str) -> None:
        if self._hidden:
            self._hidden.pop()

    def handle_data(self, data: str) -> None:
        if not any(self._hidden) and data.strip():
            self.seen.append(data.strip())


def _seen(page: str, language: str) -> str:
    body = page[page.index("<body>") : page.index('<script type="application/json"')]
    reader = _Texts(language)
    reader.feed(body)
    return " ".join(reader.seen)


def test_the_page_needs_no_network(page: str) -> None:
    markup = re.sub(r"<script>.*?</script>", "", page, flags=re.S)
    assert not re.findall(r"""(?:src|href)=["'](?!#|data:)""", markup)
    assert "@import" not in markup
    assert len(page.encode()) < 3_000_000


def test_each_language_reads_alone(page: str) -> None:
    english, chinese = _seen(page, "en"), _seen(page, "zh")
    assert not HAN.findall(english)
    for word in ("Users", "Consultation funnel", "Tested on days", "Why candidates were refused"):
        assert word in english
        assert word not in chinese
    assert "问诊漏斗" in chinese


@pytest.mark.usefixtures("_validated")
@pytest.mark.parametrize("section", ORDER, ids=lambda s: s.__name__)
def test_charts_are_valid_in_both_languages(section: object) -> None:
    for block in section(full_day()).blocks:  # type: ignore[operator]
        if isinstance(block, Chart):
            assert set(block.specs) == set(LANGUAGES)
            assert block.specs["zh"]["datasets"]["rows"], f"{block.name} has no rows"
            assert not HAN.findall(json.dumps(block.specs["en"], ensure_ascii=False))


def test_a_full_day_has_no_gaps() -> None:
    gaps = [b.title.en for s in all_sections(full_day()) for b in s.blocks if isinstance(b, Missing)]
    assert gaps == []


def test_a_bare_day_says_plainly_what_is_missing(cache_folder: Path) -> None:
    page = render(bare_day(), cache_folder)
    assert "There are no figures of this day yet." in _seen(page, "en")
    assert "这一天还没有名单" in _seen(page, "zh")
    assert "None" not in _seen(page, "en")


@pytest.mark.parametrize("part", [f.name for f in fields(Figures) if f.default == ()])
def test_any_one_part_may_be_missing(part: str) -> None:
    assert all_sections(replace(full_day(), **{part: ()}))  # type: ignore[arg-type]


def _numbers() -> list[str]:
    found = []
    for block in (b for s in all_sections(full_day()) for b in s.blocks):
        if isinstance(block, BarList):
            found += [f"{bar.label.say('en')}: {bar.value.say('en')}" for bar in block.bars]
        if isinstance(block, Grid):
            found += [" | ".join(cell.text.say("en") for cell in row) for row in block.rows]
    return found


def test_groups_of_fewer_than_five_are_not_told() -> None:
    rows = _numbers()
    assert "Odd ones | <5 | — | — | — | — | —" in rows
    assert "No account to reach: <5" in rows
    assert "Allergic to penicillin: <5" in rows
    night = next(r for r in rows if r.startswith("Sleep at night"))
    assert night == "Sleep at night | <5 | 0 | — | — | <5 | —"
    specs = json.dumps([b.specs for s in all_sections(full_day()) for b in s.blocks if isinstance(b, Chart)])
    assert "Odd ones" not in specs


def test_removals_that_nobody_confirmed_are_told_with_how_late_they_are() -> None:
    rows = [r for r in _numbers() if r.endswith(("| open", "| overdue"))]
    assert [r.split(" | ")[1:] for r in rows] == [
        ["<5", str(DAY), "0", "open"], ["12", str(DAY.replace(day=1)), "9", "overdue"],
    ]  # fmt: skip


def test_the_self_proof_tells_tables_and_columns_that_differ_and_that_no_list_went_out(page: str) -> None:
    assert "feature.user_day | 2 | dwell_seconds (1), event_count (2)" in _numbers()
    assert "180 users, 3 tables, 26,718 rows: 2 differ." in _seen(page, "en")
    assert "自证发现 2 行不一致，名单没有发布。" in _seen(page, "zh")


def test_groups_that_came_went_or_were_renamed_are_told_with_what_they_were_called(page: str) -> None:
    told = group_story(full_day())[0]
    assert [(r[1].text.en, r[2].text.en, r[1].detail.en) for r in told.rows] == [
        ("Chronic care", "new", ""),
        ("Unnamed group 9", "new", "no naming rule holds for it"),
        ("Newcomers", "vanished", ""),
        ("Growing potential", "renamed", "“Occasional” before"),
    ]
    assert told.title.en in page
    assert group_story(bare_day()) == []


def test_a_reason_of_rejects_is_held_against_the_two_weeks_before(page: str) -> None:
    shown = _numbers()
    assert "“value” is outside of what can be believed | 88 | 12.0 | 88" in shown
    assert "The line is broken and cannot be split into columns | 55 | 55.0 | 55" in shown
    assert "Far more today than before: “value” is outside of what can be believed." in _seen(page, "en")


def test_markup_in_names_stays_text(cache_folder: Path) -> None:
    named = replace(full_day(), hospital=Text("<b>甲</b>", "</script><script>alert(1)"))
    page = render(named, cache_folder)
    assert "<b>甲</b>" not in page
    assert "<script>alert" not in page


def test_latest_is_the_newest_day_whichever_was_written_last(tmp_path: Path, cache_folder: Path) -> None:
    publish(full_day(), tmp_path, cache_folder)
    publish(replace(bare_day(), day=DAY.replace(day=1)), tmp_path, cache_folder)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["2026-06-01.html", "2026-06-29.html", "latest.html"]
    assert (tmp_path / "latest.html").read_text() == (tmp_path / "2026-06-29.html").read_text()
    before = (tmp_path / "2026-06-29.html").read_bytes()
    publish(full_day(), tmp_path, cache_folder)
    assert (tmp_path / "2026-06-29.html").read_bytes() == before
