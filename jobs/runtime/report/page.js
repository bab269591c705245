"use strict";
(() => {
  const { config, specs } = JSON.parse(document.getElementById("charts").textContent);
  const months = (list) => ({ months: list, shortMonths: list.map((m) => m.slice(0, 3)) });
  // Both are told: the charts' program keeps the names it was last given.
  const names = {
    zh: { dateTime: "%Y年%-m月%-d日", date: "%Y年%-m月%-d日", time: "%H:%M", periods: ["上午", "下午"],
      days: ["星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"],
      shortDays: ["日", "一", "二", "三", "四", "五", "六"],
      ...months([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map((m) => m + "月")) },
    en: { dateTime: "%-d %B %Y", date: "%-d %B %Y", time: "%H:%M", periods: ["AM", "PM"],
      days: ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"],
      shortDays: ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"],
      ...months(["January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
        "November", "December"]) },
  };
  const views = new Map();
  let turn = 0;

  async function draw(language) {
    const mine = ++turn;
    for (const place of document.querySelectorAll("[data-chart]")) {
      if (mine !== turn) return;
      const old = views.get(place);
      const options = { actions: false, renderer: "svg", config, timeFormatLocale: names[language],
        tooltip: { theme: "custom" } };
      const made = await vegaEmbed(place, specs[place.dataset.chart][language], options);
      if (old) old.finalize();
      views.set(place, made);
      place.dataset.drawn = language;
      await new Promise((next) => setTimeout(next));
    }
    document.documentElement.dataset.ready = language;
  }

  function show(language) {
    const root = document.documentElement;
    root.lang = language === "zh" ? "zh-CN" : "en";
    root.dataset.language = language;
    delete root.dataset.ready;
    document.title = document.querySelector(`[data-title="${language}"]`).content;
    for (const button of document.querySelectorAll("[data-switch]")) {
      button.setAttribute("aria-pressed", String(button.dataset.switch === language));
    }
    try { localStorage.setItem("cameo-language", language); } catch { /* a file may have no storage */ }
    return draw(language);
  }

  let first = new URLSearchParams(location.search).get("lang");
  try { first = first || localStorage.getItem("cameo-language"); } catch { /* a file may have no storage */ }
  for (const button of document.querySelectorAll("[data-switch]")) {
    button.addEventListener("click", () => show(button.dataset.switch));
  }
  show(first === "en" ? "en" : "zh");
})();
