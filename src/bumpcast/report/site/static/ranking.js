// The ranking: every kept histogram in a table, and the chosen one beside it.
"use strict";
bumpcast.ranking = (function () {
  const { make, replace } = bumpcast.elements;
  const { count } = bumpcast.numbers;
  const { level, sortKey } = bumpcast.columns;
  // Where there is no room for a column of selections, they stand in a second line.
  const narrow = window.matchMedia("(max-width: 620px)");
  let view = null;

  function create(overview) {
    const all = bumpcast.catalogue.all;
    const known = bumpcast.columns.ranking();
    const natural = all.searched ? "rank" : "-entries";
    const filters = bumpcast.controls.filters();
    const panel = bumpcast.histogram.panel(overview);
    const table = bumpcast.scroller({
      label: "Ranking of the histograms",
      class: all.searched ? "ranking" : "ranking unsearched",
      columns: known,
      height: function () {
        return narrow.matches ? 44 : 27;
      },
      onsort: function (chosen) {
        const falling = chosen.sorted === "down",
          now = bumpcast.address.get("sort") || natural;
        const first = (falling ? "-" : "") + chosen.key,
          second = (falling ? "" : "-") + chosen.key;
        const next = now === first ? second : first;
        bumpcast.address.set({ sort: next === natural ? "" : next });
      },
      onopen: function (h) {
        open(h, true);
      },
      spanning: function (h) {
        return all.searched && !all.rank[h]
          ? bumpcast.catalogue.reason(h) || "no significance"
          : "";
      },
    });
    const empty = make("p", { class: "message nothing", hidden: true });
    const element = make(
      "div",
      { class: "ranking-page" },
      headline(overview),
      filters.element,
      make(
        "div",
        { class: "both" },
        make("div", { class: "list" }, table.element, empty),
        panel.element,
      ),
    );
    let order = null,
      looks = null;

    // What decides the order of the lines, and nothing else, is compared: a click on a line must
    // not sort 40 000.
    function update() {
      const keys = bumpcast.filters.KEYS.concat("sort").map(bumpcast.address.get).join("\n");
      const sort = bumpcast.address.get("sort") || natural;
      const falling = sort[0] === "-",
        key = falling ? sort.slice(1) : sort;
      if (keys !== order) {
        const first = order === null;
        order = keys;
        const lines = bumpcast.filters.passing(bumpcast.address.get);
        // Lines of the same key are in the order of the ranking.
        bumpcast.sorting.sort(lines, sortKey(natural.replace("-", "")), natural[0] === "-");
        const valid = known.some(function (each) {
          return each.key === key;
        });
        if (sort !== natural && valid) bumpcast.sorting.sort(lines, sortKey(key), falling);
        table.set(lines, first);
        table.sorted(key, falling);
        empty.hidden = lines.length > 0;
        replace(empty, all.size ? "No histogram passes these filters." : nothingKept(overview));
      }
      filters.update(table.lines.length);
      const wanted = chosen();
      panel.show(wanted);
      table.choose(wanted);
      document.body.classList.toggle("open", Boolean(bumpcast.address.get("h")));
      const look = ["y", "per", "merge"].map(bumpcast.address.get).join();
      if (looks !== null && look !== looks) panel.redraw();
      looks = look;
      if (bumpcast.address.get("h") && wanted !== null) table.reveal(wanted);
      warm(wanted);
    }

    // The histogram of the address, or else the first of the table.
    function chosen() {
      const name = bumpcast.address.get("h");
      if (name) {
        const h = bumpcast.catalogue.find(name);
        bumpcast.main.note(h === undefined ? "There is no kept histogram " + name + "." : "");
        return h === undefined ? null : h;
      }
      return table.lines.length ? table.lines[0] : null;
    }

    // What the arrows would show next is loaded already.
    function warm(h) {
      const place = table.lines.indexOf(h);
      [place + 1, place - 1].forEach(function (near) {
        if (place >= 0 && near >= 0 && near < table.lines.length) {
          bumpcast.shards.histogram(table.lines[near]).catch(function () {});
        }
      });
    }

    function open(h, step) {
      bumpcast.address.set({ h: bumpcast.catalogue.name(h) }, step && !bumpcast.address.get("h"));
    }

    // Go some lines further in the table.
    function walk(by) {
      const lines = table.lines;
      if (!lines.length) return;
      const place = lines.indexOf(chosen());
      const next = Math.min(lines.length - 1, Math.max(0, place < 0 ? 0 : place + by));
      open(lines[next], false);
    }

    view = { element: element, update: update, walk: walk, table: table, panel: panel };
    return view;
  }

  // What is known in two lines, before anything is clicked.
  function headline(overview) {
    const all = bumpcast.catalogue.all;
    if (!all.searched) {
      return make(
        "p",
        { class: "message" },
        "These histograms have not been searched yet: ",
        make("code", {}, overview.commands.search),
        ", then ",
        make("code", {}, overview.commands.report),
        ".",
      );
    }
    const above = [3, 4, 5].map(function (threshold) {
      const { histograms, groups } = bumpcast.catalogue.above(threshold);
      return bumpcast.address.anchor(
        {
          class: "count " + level(threshold),
          title: "Histograms of z at least " + threshold + ", and groups of them",
        },
        bumpcast.filters.only({ zmin: threshold, h: null }),
        make("b", {}, "z ≥ " + threshold),
        " " +
          count(histograms) +
          (histograms ? " in " + bumpcast.numbers.many(groups, "group") : ""),
      );
    });
    const search = overview.search;
    const skipped =
      search.skipped &&
      bumpcast.address.anchor(
        {},
        bumpcast.filters.only({ show: "skipped", h: null }),
        count(search.skipped) + " skipped",
      );
    return make(
      "p",
      { class: "headline" },
      count(search.searched) + " histograms searched (" + search.name + ")",
      skipped && [", ", skipped],
      above,
    );
  }

  function nothingKept(overview) {
    return [
      bumpcast.numbers.many(overview.filled, "histogram") + " filled, none kept for a search. See ",
      make("code", {}, overview.commands.list),
    ];
  }

  return {
    create: create,
    walk: function (by) {
      view.walk(by);
    },
    get view() {
      return view;
    },
  };
})();
