// The pages, the tabs that lead to them, and what is said above all of them.
"use strict";
bumpcast.main = (function () {
  const { make, replace } = bumpcast.elements;
  const PAGES = [
    { key: "ranking", title: "Ranking", create: bumpcast.ranking.create },
    { key: "whole", title: "Whole set", create: bumpcast.wholeset.create },
    { key: "states", title: "Final states", create: bumpcast.states.create },
    { key: "run", title: "Run", create: bumpcast.run.create },
  ];
  const main = document.getElementById("main");
  const views = {};
  let shown = null;

  function current() {
    const asked = bumpcast.address.get("view");
    return PAGES.some(function (page) {
      return page.key === asked;
    })
      ? asked
      : "ranking";
  }

  function note(text) {
    const element = document.getElementById("note");
    if (element.textContent !== text) element.textContent = text;
  }

  function update() {
    const key = current();
    const page = PAGES.find(function (each) {
      return each.key === key;
    });
    if (!views[key]) views[key] = page.create(bumpcast.overview);
    if (shown !== key) {
      replace(main, views[key].element);
      document.body.dataset.page = key;
      shown = key;
      document.querySelectorAll("#tabs a").forEach(function (tab) {
        if (tab.dataset.page === key) tab.setAttribute("aria-current", "page");
        else tab.removeAttribute("aria-current");
      });
    }
    PAGES.forEach(function (each, i) {
      document.querySelectorAll("#tabs a")[i].href = bumpcast.address.link({
        view: each.key === "ranking" ? null : each.key,
      });
    });
    views[key].update();
  }

  function start() {
    const overview = bumpcast.loading.present("overview");
    const stored = bumpcast.loading.present("catalogue");
    if (!overview || !stored) {
      replace(
        main,
        make(
          "p",
          { class: "message bad" },
          "The folder data of this report is missing or incomplete: copy the whole folder, or write the report again.",
        ),
      );
      return;
    }
    bumpcast.overview = overview;
    bumpcast.catalogue.open(stored);
    document.title = overview.name + " – bumpcast";
    replace(document.getElementById("title"), make("span", {}, "bumpcast"), " ", overview.name);
    replace(
      document.getElementById("tabs"),
      PAGES.map(function (page) {
        return make("a", { href: "#", "data-page": page.key }, page.title);
      }),
    );
    if (overview.missing.length) {
      const [first, ...rest] = overview.missing;
      replace(
        document.getElementById("warnings"),
        make("p", {}, make("b", {}, "Not everything is in here: "), first),
        rest.length > 0 &&
          make(
            "details",
            {},
            make("summary", {}, bumpcast.numbers.many(rest.length, "more line")),
            make(
              "ul",
              {},
              rest.map(function (line) {
                return make("li", {}, line);
              }),
            ),
          ),
      );
    }
    document.getElementById("skip").addEventListener("click", function (event) {
      event.preventDefault();
      main.focus();
    });
    bumpcast.address.listen(update);
    update();
    // For whoever measures: when the first line was on the page.
    bumpcast.started = performance.now();
  }

  return { start: start, current: current, note: note };
})();
bumpcast.main.start();
