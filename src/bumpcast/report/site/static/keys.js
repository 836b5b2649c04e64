// Keys: arrows go through the ranking, / searches, Esc goes back.
"use strict";
bumpcast.keys = (function () {
  const STEPS = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1, ArrowRight: 1, ArrowLeft: -1 };

  function typing(element) {
    return element && /^(INPUT|SELECT|TEXTAREA)$/.test(element.tagName);
  }

  function pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") return escape(event);
    if (typing(event.target)) {
      // From the search box straight on to what was found.
      if (event.target.id === "search" && event.key === "ArrowDown") event.target.blur();
      else return;
    }
    if (bumpcast.main.current() !== "ranking") return;
    if (event.key === "/") {
      event.preventDefault();
      const box = document.getElementById("search");
      box.focus();
      box.select();
      return;
    }
    const steps = { PageDown: 1, PageUp: -1 }[event.key];
    if (steps && document.activeElement.getAttribute("role") === "grid") {
      event.preventDefault();
      bumpcast.ranking.walk(steps * bumpcast.ranking.view.table.page);
    } else if (STEPS[event.key]) {
      event.preventDefault();
      bumpcast.ranking.walk(STEPS[event.key]);
    } else if (event.key === "Home" || event.key === "End") {
      event.preventDefault();
      bumpcast.ranking.walk(event.key === "Home" ? -Infinity : Infinity);
    }
  }

  function escape(event) {
    if (typing(event.target)) {
      if (event.target.id === "search" && event.target.value) {
        event.preventDefault();
        event.target.value = "";
        bumpcast.address.set({ search: "" });
      } else event.target.blur();
      return;
    }
    bumpcast.address.set({ h: "" });
  }

  document.addEventListener("keydown", pressed);
  return {};
})();
