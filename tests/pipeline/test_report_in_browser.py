"""The report in a real browser: it loads from a file, draws every chart, and speaks both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import CHROMIUM, DRIVER, open_browser
from group_day import group_day
from report_day import bare_day, full_day
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from jobs.runtime.group_page.page import publish as publish_groups
from jobs.runtime.report.publish import publish

HAN = re.compile(r"[\u4e00-\u9fff]")
# What a drawn chart is made of: marks with a size, of the groups that hold data and not axes.
MARKS = """
return [...document.querySelectorAll('[data-chart]')].map(place => {
  const svg = place.querySelector('svg');
  const seen = svg ? [...svg.querySelectorAll('[role="graphics-symbol"], .mark-text text')] : [];
  const marks = seen.filter(e => !e.closest('.role-axis, .role-legend'));
  const sized = marks.filter(e => { const b = e.getBoundingClientRect(); return b.width + b.height > 0; });
  const box = place.getBoundingClientRect();
  return {name: place.dataset.chart, width: box.width, height: box.height, marks: sized.length,
          text: svg ? svg.textContent : ''};
})
"""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not (CHROMIUM and DRIVER),
        reason="no Chromium with its driver (Debian: apt-get install chromium chromium-driver)",
    ),
]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    with open_browser(tmp_path_factory.mktemp("browser")) as driver:
        yield driver


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    return publish(full_day(), folder, folder / "cache")


def _open(browser: webdriver.Chrome, page: Path, language: str = "zh") -> None:
    browser.get(f"{page.as_uri()}?lang={language}")
    _wait_for(browser, language)


def _wait_for(browser: webdriver.Chrome, language: str) -> None:
    ready = "return document.documentElement.dataset.ready"
    WebDriverWait(browser, 60).until(lambda b: b.execute_script(ready) == language)


def _charts(browser: webdriver.Chrome) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = browser.execute_script(MARKS)
    return found


def _text(browser: webdriver.Chrome) -> str:
    return browser.find_element(By.TAG_NAME, "main").text


def test_every_chart_is_drawn_and_nothing_complains(browser: webdriver.Chrome, report: Path) -> None:
    _open(browser, report)
    charts = _charts(browser)
    assert len(charts) >= 14
    for chart in charts:
        assert chart["width"] > 200, chart["name"]
        assert chart["height"] > 100, chart["name"]
        assert chart["marks"] >= 3, chart["name"]
    assert browser.get_log("browser") == []


def test_the_switch_changes_every_text(browser: webdriver.Chrome, report: Path) -> None:
    _open(browser, report)
    assert "问诊漏斗" in _text(browser)
    assert browser.title == "模拟医院 · 2026-06-29 日报"
    browser.find_element(By.CSS_SELECTOR, "[data-switch=en]").click()
    _wait_for(browser, "en")
    assert "Consultation funnel" in _text(browser)
    assert not HAN.findall(_text(browser))
    assert not HAN.findall("".join(chart["text"] for chart in _charts(browser)))
    assert "report of 2026-06-29" in browser.title
    assert browser.find_element(By.TAG_NAME, "html").get_attribute("lang") == "en"
    browser.find_element(By.CSS_SELECTOR, "[data-switch=zh]").click()
    _wait_for(browser, "zh")
    assert "问诊漏斗" in _text(browser)
    assert all(chart["marks"] >= 3 for chart in _charts(browser))
    assert browser.get_log("browser") == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_telephone_needs_no_sideways_scrolling(browser: webdriver.Chrome, report: Path, language: str) -> None:
    size = {"width": 420, "height": 900, "deviceScaleFactor": 1, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        _open(browser, report, language)
        assert browser.execute_script("return document.documentElement.scrollWidth") <= 420
        assert all(chart["marks"] >= 3 and chart["width"] <= 420 for chart in _charts(browser))
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_a_bare_day_opens_too(browser: webdriver.Chrome, tmp_path: Path, report: Path) -> None:
    _open(browser, publish(bare_day(), tmp_path, report.parent / "cache"), "en")
    assert "There are no figures of this day yet." in _text(browser)
    assert _charts(browser) == []
    assert browser.get_log("browser") == []


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_of_groups_is_drawn_from_a_file_in_both_languages(
    browser: webdriver.Chrome, tmp_path: Path, width: int
) -> None:
    page = publish_groups(group_day(), tmp_path)
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        _open(browser, page)
        assert "群间迁移" in _text(browser)
        browser.find_element(By.CSS_SELECTOR, "[data-switch=en]").click()
        _wait_for(browser, "en")
        assert "Migration between groups" in _text(browser)
        assert not HAN.findall(_text(browser))
        seen = [e for e in browser.find_elements(By.TAG_NAME, "svg") if e.is_displayed()]
        assert len(seen) == 7
        assert all(e.size["width"] > 200 and e.size["height"] > 40 for e in seen)
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width
        assert browser.get_log("browser") == []
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
