// The ranking: every kept histogram in a table, and the chosen one beside it.
"use strict";
bumpcast.ranking = (function () {
  const { make, replace, say } = bumpcast.elements;
  const { count, gev, probability, z, NONE } = bumpcast.numbers;
  // Where there is no room for a column of selections, they stand in a second line.
  const narrow = window.matchMedia("(max-width: 620px)");
  let view = null;

  // How remarkable a significance is, as a class.
  function level(value) {
    return value >= 5 ? "five" : value >= 4 ? "four" : value >= 3 ? "three" : "";
  }

  function column(key, head, kind, first, title, cell, spanned) {
    return { key: key, head: head, class: kind, sorted: first, title: title, cell: cell, spanned: spanned };
  }

  function text(write) {
    return function (h, element) { say(element, write(h)); };
  }

  function columns() {
    const all = bumpcast.catalogue.all, names = bumpcast.catalogue;
    const place = [
      column("state", "Final state", "state", "up", "Exclusive numbers of objects", text(names.state)),
      column("selection", "Selection", "selection", "up", "Extra requirement on the event", text(names.selection)),
      column("variable", "Variable", "variable", "up", "m: invariant mass, mT: transverse mass",
        function (h, element) {
          if (!element.firstChild) element.append("", make("span", { class: "cut" }));
          element.firstChild.data = names.variable(h);
          say(element.lastChild, names.selection(h));
        }),
    ];
    const size = [
      column("entries", "Entries", "number entries", "down", "Unweighted, under- and overflow included",
        text(function (h) { return count(all.entries[h]); })),
      column("bins", "Bins", "number bins", "down", "Bins of the range that is searched",
        text(function (h) { return count(all.bins[h]); })),
    ];
    if (!all.searched) {
      return place.concat(size, [
        column("low", "From", "number low", "up", "Lower end of the range, GeV", text(function (h) { return gev(all.low[h]); })),
        column("high", "To", "number high", "down", "Upper end of the range, GeV", text(function (h) { return gev(all.high[h]); })),
      ]);
    }
    return [column("rank", "#", "number rank", "up", "By the probability in the histogram, then by z",
      text(function (h) { return all.rank[h] ? count(all.rank[h]) : NONE; }))].concat(place, [
      column("z", "z", "number z", "down", "Largest significance of a signal, in standard deviations",
        function (h, element) {
          say(element, z(all.z[h]));
          element.className = "cell number z " + level(all.z[h]);
        }, true),
      column("mass", "Mass", "number mass", "up", "Where it is, GeV", text(function (h) { return gev(all.mass[h]); }), true),
      column("width", "Width", "number width", "up", "Standard deviation of the signal, GeV",
        text(function (h) { return gev(all.width[h]); }), true),
      column("log_p_local", "p local", "number plocal", "up", "Of so large a z in this bin, without a signal",
        text(function (h) { return probability(all.log_p_local[h]); }), true),
      column("log_p_histogram", "p hist.", "number phistogram", "up",
        "That any bin of this histogram has so large a z, without a signal",
        text(function (h) { return probability(all.log_p_histogram[h]); }), true),
    ], size, [
      column("group", "Group", "group", "up", "Which excesses share their events: rank of the first of them",
        text(groupText)),
    ]);
  }

  function groupText(h) {
    const all = bumpcast.catalogue.all, leader = bumpcast.catalogue.leader(h);
    if (leader < 0) return "";
    if (leader !== h) return "of #" + all.rank[leader];
    return all.members[h] > 1 ? "leads " + (all.members[h] - 1) : "alone";
  }

  // What lines are ordered by.
  function sortKey(key) {
    const all = bumpcast.catalogue.all;
    const lists = { state: all.states, selection: all.selections, variable: all.variables };
    if (lists[key]) {
      const places = bumpcast.sorting.places(lists[key].texts);
      return function (h) { return places[lists[key].of[h]]; };
    }
    if (key === "rank") return function (h) { return all.rank[h] || NaN; };
    if (key === "group") {
      return function (h) {
        const leader = bumpcast.catalogue.leader(h);
        return leader < 0 ? NaN : all.rank[leader];
      };
    }
    return function (h) { return all[key][h]; };
  }

  function create(overview) {
    const all = bumpcast.catalogue.all;
    const known = columns();
    const natural = all.searched ? "rank" : "-entries";
    const filters = bumpcast.controls.filters();
    const panel = bumpcast.histogram.panel(overview);
    const table = bumpcast.scroller({
      label: "Ranking of the histograms", class: all.searched ? "ranking" : "ranking unsearched",
      columns: known, height: function () { return narrow.matches ? 44 : 27; },
      onsort: function (chosen) {
        const falling = chosen.sorted === "down", now = bumpcast.address.get("sort") || natural;
        const first = (falling ? "-" : "") + chosen.key, second = (falling ? "" : "-") + chosen.key;
        const next = now === first ? second : first;
        bumpcast.address.set({ sort: next === natural ? "" : next });
      },
      onopen: function (h) { open(h, true); },
      spanning: function (h) {
        return all.searched && !all.rank[h] ? bumpcast.catalogue.reason(h) || "no significance" : "";
      },
    });
    const empty = make("p", { class: "message nothing", hidden: true });
    const element = make(
      "div", { class: "ranking-page" }, headline(overview), filters.element,
      make("div", { class: "both" }, make("div", { class: "list" }, table.element, empty), panel.element)
    );
    let order = null, looks = null;

    // What decides the order of the lines, and nothing else, is compared: a click on a line must
    // not sort 40 000.
    function update() {
      const keys = bumpcast.filters.KEYS.concat("sort").map(bumpcast.address.get).join("\n");
      const sort = bumpcast.address.get("sort") || natural;
      const falling = sort[0] === "-", key = falling ? sort.slice(1) : sort;
      if (keys !== order) {
        const first = order === null;
        order = keys;
        const lines = bumpcast.filters.passing(bumpcast.address.get);
        // Lines of the same key are in the order of the ranking.
        bumpcast.sorting.sort(lines, sortKey(natural.replace("-", "")), natural[0] === "-");
        const valid = known.some(function (each) { return each.key === key; });
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
      return make("p", { class: "message" }, "These histograms have not been searched yet: ",
        make("code", {}, overview.commands.search), ", then ", make("code", {}, overview.commands.report), ".");
    }
    const above = [3, 4, 5].map(function (threshold) {
      const { histograms, groups } = bumpcast.catalogue.above(threshold);
      return bumpcast.address.anchor({ class: "count " + level(threshold),
        title: "Histograms of z at least " + threshold + ", and groups of them" },
      bumpcast.filters.only({ zmin: threshold, h: null }), make("b", {}, "z ≥ " + threshold), " " + count(histograms) + (histograms ? " in " + bumpcast.numbers.many(groups, "group") : ""));
    });
    const search = overview.search;
    const skipped = search.skipped && bumpcast.address.anchor({}, bumpcast.filters.only({ show: "skipped", h: null }),
      count(search.skipped) + " skipped");
    return make("p", { class: "headline" }, count(search.searched) + " histograms searched (" + search.name + ")",
      skipped && [", ", skipped], above);
  }

  function nothingKept(overview) {
    return [bumpcast.numbers.many(overview.filled, "histogram") + " filled, none kept for a search. See ",
      make("code", {}, overview.commands.list)];
  }

  return {
    create: create, level: level,
    walk: function (by) { view.walk(by); },
    get view() { return view; },
  };
})();
