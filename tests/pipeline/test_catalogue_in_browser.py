"""The catalogue of tags, made by its job of an invented hospital's tags, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from browser import CHROMIUM, DRIVER, open_browser
from catalogue_world import DAYS, EVIL, LAST, write_world
from pyspark.sql import SparkSession
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from features.tag import Tag
from jobs.runtime.catalogue.collect import NoTagsDerived, collect
from jobs.runtime.catalogue.figures import Catalogue, Entry
from jobs.runtime.catalogue.page import publish
from jobs.runtime.catalogue.words import OWNERS, THEMES
from jobs.runtime.declarations import load_tags, tag_themes
from jobs.runtime.job import Run, find_job
from jobs.runtime.lake import Lake
from jobs.runtime.store import Store
from tests.whole_day import small_settings

HAN = re.compile(r"[\u4e00-\u9fff]")
VISIBLE = "return [...document.querySelectorAll('.tag')].filter(t => t.offsetParent).map(t => t.id)"


@dataclass(frozen=True)
class World:
    run: Run
    tags: tuple[Tag, ...]
    catalogue: Catalogue
    page: Path

    def entry(self, code: str) -> Entry:
        return next(e for e in self.catalogue.entries if e.tag.code == code)


@pytest.fixture(scope="module")
def world(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    settings = small_settings(tmp_path_factory.mktemp("catalogue"))
    tags = load_tags(settings.conf)
    write_world(Store(str(settings.lake)), tags, users=200)
    with Lake(spark, str(settings.lake)) as lake:
        run = Run(find_job("write_catalogue"), LAST, LAST, {}, settings, lake)
        run.job.function(run)
        yield World(run, tags, collect(run), settings.catalogue / "index.html")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    with open_browser(tmp_path_factory.mktemp("browser")) as driver:
        yield driver


def _open(browser: webdriver.Chrome, world: World, asked: str = "?lang=zh") -> None:
    browser.get("about:blank")
    browser.get(f"{world.page.as_uri()}{asked}")
    assert browser.execute_script("return document.documentElement.dataset.ready") == "yes"


def _seen(browser: webdriver.Chrome) -> list[str]:
    found: list[str] = browser.execute_script(VISIBLE)
    return found


def test_every_tag_is_told_with_its_figures(world: World) -> None:
    assert [e.tag.code for e in world.catalogue.entries] == [t.code for t in world.tags]
    assert world.catalogue.users == 200
    assert world.catalogue.day == LAST
    assert world.catalogue.compared_with == DAYS[-2]
    half = world.entry("behaviour.night_owl")
    assert (half.users, half.share) == (100, 0.5)
    assert [p.share for p in half.trend] == [0.2, 0.2, 0.2, 0.2, 0.2, 0.5]
    assert half.psi == pytest.approx((0.5 - 0.2) * 0.916291 + (0.5 - 0.8) * -0.470004, abs=1e-5)
    assert {u.code for u in half.uses} >= {"elder_alone_at_night", "segment_views.yml"}


def test_few_holders_are_not_told_of(world: World) -> None:
    few = world.entry("basic.elder")
    assert (few.is_few, few.users, few.share, few.psi, few.values) == (True, None, None, None, ())
    assert few.trend[-1].share is None


def test_twins_dead_and_unused_are_proposed_but_not_of_few_users(world: World) -> None:
    found = world.catalogue.findings
    assert ("behaviour.night_owl", "behaviour.lunch_break") in found.twins
    assert "behaviour.lunch_break" in found.to_retire
    assert "behaviour.night_owl" not in found.to_retire
    assert "basic.drinker" in found.dead
    assert "basic.drinker" in found.to_retire
    assert not any("basic.elder" in group for group in found.twins)


def test_a_day_without_tags_says_what_to_do(world: World) -> None:
    early = DAYS[0] - timedelta(days=1)
    with pytest.raises(NoTagsDerived, match=f"cameo run derive_tags --day {early}"):
        collect(Run(world.run.job, early, early, {}, world.run.settings, world.run.lake))


def test_the_page_of_a_later_day_stays(world: World) -> None:
    before = world.page.read_text("utf-8")
    early = Run(world.run.job, DAYS[2], DAYS[2], {}, world.run.settings, world.run.lake)
    assert publish(collect(early), world.page.parent) == world.page
    assert world.page.read_text("utf-8") == before


def test_every_theme_and_owner_has_a_name_in_both_languages(world: World) -> None:
    assert set(tag_themes(world.run.settings.conf).values()) - THEMES.keys() == set()
    assert {t.owner for t in world.tags} - OWNERS.keys() == set()


@pytest.mark.browser
@pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="no Chromium with its driver (Debian: apt-get install chromium chromium-driver)"
)
class TestInBrowser:
    def test_it_opens_from_a_file_with_every_tag_and_without_a_complaint(
        self, browser: webdriver.Chrome, world: World
    ) -> None:
        _open(browser, world)
        assert len(_seen(browser)) == len(world.tags)
        assert browser.get_log("browser") == []
        assert "http" not in re.sub(r"http://www\.w3\.org/\S+", "", world.page.read_text("utf-8"))

    def test_search_and_filters_leave_what_fits_all_of_them(self, browser: webdriver.Chrome, world: World) -> None:
        _open(browser, world, "?lang=en")
        browser.find_element(By.ID, "search").send_keys("NIGHT 22:00")
        assert "behaviour.night_owl" in _seen(browser)
        assert all(
            "night" in code or code.startswith(("behaviour", "value", "need", "basic")) for code in _seen(browser)
        )
        assert 0 < len(_seen(browser)) < 20
        Select(browser.find_element(By.CSS_SELECTOR, "[data-filter=layer]")).select_by_value("value")
        assert "behaviour.night_owl" not in _seen(browser)
        browser.find_element(By.ID, "search").send_keys(" nothing has this")
        assert _seen(browser) == []
        assert browser.find_element(By.ID, "nothing").is_displayed()
        assert browser.find_element(By.ID, "found").text == "0"

    @pytest.mark.parametrize(("name", "of"), [("theme", "rhythm"), ("sensitivity", "health"), ("owner", "medical")])
    def test_each_filter_keeps_its_own(self, browser: webdriver.Chrome, world: World, name: str, of: str) -> None:
        _open(browser, world)
        Select(browser.find_element(By.CSS_SELECTOR, f"[data-filter={name}]")).select_by_value(of)
        said = {e.tag.code: {"theme": e.theme, "sensitivity": e.tag.sensitivity, "owner": e.tag.owner}
                for e in world.catalogue.entries}  # fmt: skip
        assert sorted(_seen(browser)) == sorted(code for code, told in said.items() if told[name] == of)

    def test_the_switch_changes_every_text_that_is_ours(self, browser: webdriver.Chrome, world: World) -> None:
        _open(browser, world, "?lang=en#behaviour.night_owl")
        text = browser.find_element(By.TAG_NAME, "body").text
        assert "Active at night" in text
        assert HAN.findall(text.replace("中文", "")) == []
        browser.find_element(By.CSS_SELECTOR, "[data-switch=zh]").click()
        assert "夜间活跃" in browser.find_element(By.ID, "behaviour.night_owl").text
        assert browser.find_element(By.TAG_NAME, "html").get_attribute("lang") == "zh-CN"
        assert "标签目录" in browser.title
        option = browser.find_element(By.CSS_SELECTOR, "[data-filter=owner] option[value=medical]")
        assert option.get_attribute("textContent") == "医学团队"

    def test_a_card_opens_by_keyboard_and_tells_what_the_tag_rests_on(
        self, browser: webdriver.Chrome, world: World
    ) -> None:
        _open(browser, world, "?lang=en")
        summary = browser.find_element(By.CSS_SELECTOR, "[id='behaviour.night_owl'] > summary")
        summary.send_keys(Keys.ENTER)
        card = browser.find_element(By.CSS_SELECTOR, "[id='behaviour.night_owl'] .card")
        assert card.is_displayed()
        for told in ("night_event_share_30d", "feature.user_day", "silver.event", "event_at", "PSI", "Growth"):
            assert told in card.text

    def test_a_link_to_a_tag_opens_it_though_it_was_sifted_out(self, browser: webdriver.Chrome, world: World) -> None:
        _open(browser, world)
        browser.find_element(By.ID, "search").send_keys("nothing has this")
        browser.execute_script("location.hash = '#value.rfm'")
        assert "value.rfm" in _seen(browser)
        assert browser.find_element(By.CSS_SELECTOR, "[id='value.rfm'] .card").is_displayed()

    def test_what_data_says_stays_text_and_nobody_is_named(self, browser: webdriver.Chrome, world: World) -> None:
        _open(browser, world, "#behaviour.top_daypart")
        card = browser.find_element(By.CSS_SELECTOR, "[id='behaviour.top_daypart'] .card")
        assert EVIL in card.text
        assert browser.execute_script("return window.evil") is None
        assert re.findall(r"\bu\d+\b", world.page.read_text("utf-8")) == []

    @pytest.mark.parametrize("language", ["zh", "en"])
    def test_a_telephone_needs_no_sideways_scrolling(
        self, browser: webdriver.Chrome, world: World, language: str
    ) -> None:
        size = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        try:
            _open(browser, world, f"?lang={language}#value.rfm_group")
            browser.execute_script("document.querySelectorAll('.tag').forEach(t => t.open = true)")
            assert browser.execute_script("return document.documentElement.scrollWidth") <= 390
        finally:
            browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
