"""The card in a real browser: both languages, on a telephone, on one sheet of paper."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import portrait_card_world as world
import pytest
from browser import CHROMIUM, DRIVER, open_browser
from portrait_card_world import DAY, FIRST
from selenium import webdriver
from selenium.webdriver.common.by import By

from jobs.runtime.portrait_card.collect import Card, HeldTag, Step
from jobs.runtime.portrait_card.evidence import Fact
from jobs.runtime.portrait_card.page import page
from jobs.runtime.portrait_card.words import Words
from jobs.runtime.report.text import Text
from jobs.runtime.settings import project_root

HAN = re.compile(r"[\u4e00-\u9fff]")
FACTS = (Fact("chronic_condition_count", 2, "≥", 1.0), Fact("spend_yuan_365d", 1234.5, "≥", 1000.0))

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


def card(tags: int) -> Card:
    held = [
        HeldTag(
            code=f"{layer}.t{i}", layer=layer, name=Text(f"第{i}个标签", f"Tag number {i}"),
            meaning=Text("它的含义", "What it means"), value="high" if i % 3 else "yes", weight=1.0 if i % 9 else 0.5,
            since=FIRST, until=None if i % 9 else DAY, purposes=("care",), data_classes=("basic",), columns=(), main="",
            certainty="observed", sensitivity="low", facts=FACTS[: 1 + i % 2],
        )
        for i, layer in zip(range(tags), ("basic", "need", "behaviour", "value") * tags, strict=False)
    ]  # fmt: skip
    portrait = {
        "sex": "female", "age_band": "25-34", "province_name": "湖北省", "tenure_days": 400, "churn_probability": 0.6,
        "risk_tier": "high", "reasons_zh": ["很久没来"] * 3, "reasons_en": ["long away"] * 3, "ltv_yuan_365d": 1200,
        "value_tier": "potential", "segment_zh": "常规照护", "segment_en": "Regular care",
    }  # fmt: skip
    steps = [Step(DAY, "entered", Text("高血压", "Hypertension")), Step(FIRST, "left", Text("夜间活跃", "Night owl"))]
    return Card("u" + "0" * 31, DAY, portrait, held, [], [], steps, {}, FIRST, ())


def open_card(browser: webdriver.Chrome, folder: Path, language: str, tags: int = 40) -> str:
    out = folder / "card.html"
    words = Words.of(project_root() / "conf")
    out.write_text(page(replace(card(tags)), words, world.title(), "care"), encoding="utf-8")
    browser.get(f"{out.as_uri()}?lang={language}")
    return browser.find_element(By.TAG_NAME, "body").text


def test_the_switch_changes_every_text_and_nothing_complains(browser: webdriver.Chrome, tmp_path: Path) -> None:
    shown = open_card(browser, tmp_path, "zh")
    assert "30 天内流失概率" in shown
    assert "慢性病种数 2（≥1）" in shown
    browser.find_element(By.CSS_SELECTOR, "[data-switch=en]").click()
    shown = browser.find_element(By.TAG_NAME, "main").text
    assert "female · 25-34 · Hubei · here for 400 days" in shown
    assert "chronic conditions 2 (≥ 1)" in shown
    assert not HAN.findall(shown)
    assert browser.title == f"Portrait card · {DAY}"
    assert browser.get_log("browser") == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_telephone_needs_no_sideways_scrolling(browser: webdriver.Chrome, tmp_path: Path, language: str) -> None:
    size = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        open_card(browser, tmp_path, language)
        assert browser.execute_script("return document.documentElement.scrollWidth") == 390
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.parametrize("tags", [0, 20, 50, 80])
def test_the_card_is_printed_on_one_sheet(browser: webdriver.Chrome, tmp_path: Path, tags: int) -> None:
    for language in ("zh", "en"):
        open_card(browser, tmp_path, language, tags)
        printed = browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})["data"]
        assert len(re.findall(rb"/Type\s*/Page[^s]", base64.b64decode(printed))) == 1, language
