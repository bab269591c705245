"use strict";
(() => {
  const root = document.documentElement;
  function show(language) {
    root.lang = language === "zh" ? "zh-CN" : "en";
    root.dataset.language = language;
    document.title = document.querySelector(`[data-title="${language}"]`).content;
    for (const button of document.querySelectorAll("[data-switch]")) {
      button.setAttribute("aria-pressed", String(button.dataset.switch === language));
    }
    try { localStorage.setItem("cameo-language", language); } catch { /* a file may have no storage */ }
    root.dataset.ready = language;
  }
  let first = new URLSearchParams(location.search).get("lang");
  try { first = first || localStorage.getItem("cameo-language"); } catch { /* a file may have no storage */ }
  for (const button of document.querySelectorAll("[data-switch]")) {
    button.addEventListener("click", () => show(button.dataset.switch));
  }
  show(first === "en" ? "en" : "zh");
})();
