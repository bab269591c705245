"""The page of groups: complete without a network, both languages, and no count too small to be told."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from group_day import DAY, group_day
from hypothesis import given
from hypothesis import strategies as st
from test_page import HAN, _Texts

from jobs.runtime.group_page.collect import chosen_days
from jobs.runtime.group_page.figures import hidden_cells
from jobs.runtime.group_page.page import publish, render
from jobs.runtime.group_page.sections import all_sections
from jobs.runtime.report.blocks import Grid, Missing


@pytest.fixture(scope="module")
def page() -> str:
    return render(group_day())


class _Words(_Texts):
    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """What is drawn holds no words."""


def read(page: str, language: str) -> str:
    texts = _Words(language)
    texts.feed(page)
    return " ".join(texts.seen)


def test_the_page_needs_no_network_and_no_program(page: str) -> None:
    assert not re.findall(r'(?:src|href)="(?!#|data:)', page)
    assert "vega" not in page.replace("vega-embed", "").replace("vegaEmbed", "").replace("#vg-", "").lower()
    assert page.count("<svg") == 2 * (1 + 4 + 2), "a migration, four profiles and two curves, in each language"


def test_each_language_reads_alone(page: str) -> None:
    assert not HAN.findall(read(page, "en"))
    assert "高价值活跃" in read(page, "zh")
    assert "High-value active" not in read(page, "zh")


def test_a_group_that_is_too_small_is_named_but_nothing_is_told_of_it(page: str) -> None:
    said = read(page, "en")
    assert "<b>Odd</b> <10 — — — — —" in said
    assert "Too few users to be shown." in said
    assert "<b>Odd</b>" not in page


def test_the_matrix_hides_small_counts_and_what_they_could_be_worked_out_from() -> None:
    matrix = next(b for b in all_sections(group_day())[1].blocks if isinstance(b, Grid))
    told = {r[0].text.en: [c.text.en for c in r[1:]] for r in matrix.rows}
    assert [h.en for h in matrix.head][1:3] == ["Silent and leaving", "Newcomers"]
    assert told["Regular care"].count("·") == 2, "three who rose, and those that would tell of them"
    assert told["Silent and leaving"][0] == "99%"
    assert "·" not in told["Newcomers"]


@given(st.dictionaries(st.tuples(st.integers(1, 4), st.integers(1, 4)), st.integers(0, 30), max_size=16))
def test_no_hidden_count_stands_alone_in_its_row(counts: dict[tuple[int, int], int]) -> None:
    hidden = hidden_cells(counts, 10)
    assert {c for c, n in counts.items() if 0 < n < 10} <= hidden
    for row in {c[0] for c in counts}:
        there = [c for c, n in counts.items() if c[0] == row and n]
        assert sum(c in hidden for c in there) != 1 or len(there) == 1


def test_drift_past_its_bound_is_said_in_a_sentence() -> None:
    assert all_sections(group_day())[3].lead.en.startswith("Users have moved away")
    assert all_sections(group_day(bounds={"share_psi": 0.5}))[3].lead.en.startswith("The groups are as")


def test_a_first_day_says_plainly_that_there_is_no_history() -> None:
    migration, stability = all_sections(group_day(flows=[], drift=[], changes=[]))[1:4:2]
    assert all(isinstance(b, Missing) for s in (migration, stability) for b in s.blocks)


def test_the_last_day_of_each_month_is_compared_and_within_one_month_the_first() -> None:
    known = [date(2026, 4, 1), date(2026, 4, 30), date(2026, 5, 7), DAY, date(2026, 6, 3), date(2026, 7, 1)]
    assert chosen_days(known, DAY) == [date(2026, 4, 30), date(2026, 5, 7), DAY]
    assert chosen_days([DAY, date(2026, 6, 3)], DAY) == [date(2026, 6, 3), DAY]
    assert chosen_days([DAY], DAY) == [DAY]


def test_latest_is_the_newest_day(tmp_path: Path) -> None:
    publish(group_day(), tmp_path)
    publish(group_day(day=date(2026, 6, 1)), tmp_path)
    assert (tmp_path / "latest.html").read_text() == (tmp_path / f"{DAY}.html").read_text()
