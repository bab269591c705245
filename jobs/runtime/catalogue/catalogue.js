"use strict";
(() => {
  const root = document.documentElement;
  const tags = [...document.querySelectorAll(".tag")];
  const groups = [...document.querySelectorAll("[data-group]")];
  const search = document.getElementById("search");
  const choices = [...document.querySelectorAll("[data-filter]")];

  function sift() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const tag of tags) {
      const fits = choices.every((c) => !c.value || tag.dataset[c.dataset.filter] === c.value)
        && words.every((w) => tag.dataset.text.includes(w));
      tag.hidden = !fits;
      found += fits;
    }
    for (const group of groups) group.hidden = !group.querySelector(".tag:not([hidden])");
    document.getElementById("found").textContent = found;
    document.getElementById("nothing").hidden = found > 0;
  }

  function show(language) {
    root.lang = language === "zh" ? "zh-CN" : "en";
    root.dataset.language = language;
    document.title = document.querySelector(`[data-title="${language}"]`).content;
    search.placeholder = search.dataset[language];
    for (const option of document.querySelectorAll("option")) option.textContent = option.dataset[language];
    for (const button of document.querySelectorAll("[data-switch]")) {
      button.setAttribute("aria-pressed", String(button.dataset.switch === language));
    }
    try { localStorage.setItem("cameo-language", language); } catch { /* a file may have no storage */ }
  }

  // A link to a tag opens it, whatever was sifted out before.
  function follow() {
    const tag = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!tag || !tag.matches(".tag")) return;
    if (tag.hidden) {
      search.value = "";
      for (const c of choices) c.value = "";
      sift();
    }
    tag.open = true;
    tag.scrollIntoView();
  }

  let first = new URLSearchParams(location.search).get("lang");
  try { first = first || localStorage.getItem("cameo-language"); } catch { /* a file may have no storage */ }
  for (const button of document.querySelectorAll("[data-switch]")) {
    button.addEventListener("click", () => show(button.dataset.switch));
  }
  const choose = document.getElementById("choose");
  choose.addEventListener("click", () =>
    choose.setAttribute("aria-expanded", String(choose.getAttribute("aria-expanded") === "false")));
  search.addEventListener("input", sift);
  for (const c of choices) c.addEventListener("change", sift);
  search.form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", follow);
  show(first === "en" ? "en" : "zh");
  sift();
  follow();
  root.dataset.ready = "yes";
})();
