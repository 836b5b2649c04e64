// The panel of one histogram: picture, numbers, neighbours.
"use strict";
bumpcast.histogram = (function () {
  const { make, replace, table } = bumpcast.elements;
  const { count, gev, probability, measured, z, many, NONE } = bumpcast.numbers;
  const MOST_NEIGHBOURS = 12;

  // A panel, which shows one histogram after the other.
  function panel(overview) {
    const element = make("section", { class: "histogram", "aria-label": "Histogram" });
    let asked = null, shown = null;

    function show(h) {
      if (asked === h) return;
      asked = h;
      if (h === null) {
        shown = null;
        replace(element);
        return;
      }
      bumpcast.shards.histogram(h).then(function (found) {
        if (asked !== h) return;
        shown = found;
        fill();
      }).catch(function (error) {
        if (asked === h) replace(element, make("p", { class: "message bad" }, error.message));
      });
    }

    function fill() {
      const h = shown.number;
      const holder = make("div", { class: "picture" });
      replace(element, heading(h), facts(h), tools(shown, redraw, overview), legend(shown), holder,
        details(shown), neighbours(h), hint(h, overview));
      element.scrollTop = 0;
      redraw();

      function redraw() {
        const merge = Number(bumpcast.address.get("merge")) || bumpcast.merging.natural(shown.counts.length);
        replace(holder);
        const picture = bumpcast.picture.draw(shown, {
          merge: merge, log: bumpcast.address.get("y") !== "linear",
          perGeV: bumpcast.address.get("per") !== "bin", datasets: overview.datasets,
          width: Math.max(300, Math.floor(holder.clientWidth || 600)), label: spoken(h),
        });
        holder.append(picture.element);
        bumpcast.pointer.watch(picture, shown, overview.datasets, holder);
        element.dataset.shown = bumpcast.catalogue.name(h);
      }
      element.redraw = redraw;
    }

    let width = 0;
    new ResizeObserver(function () {
      if (Math.abs(element.clientWidth - width) < 2) return;
      width = element.clientWidth;
      if (shown && element.redraw) element.redraw();
    }).observe(element);

    return {
      element: element, show: show,
      redraw: function () { if (shown && element.redraw) element.redraw(); },
      get shown() { return shown; },
    };
  }

  // What a reader who does not see the picture is told.
  function spoken(h) {
    const all = bumpcast.catalogue.all;
    const name = "Spectrum of " + bumpcast.catalogue.name(h);
    if (!all.searched || !all.rank[h]) return name;
    return name + ": largest significance " + z(all.z[h]) + " at " + gev(all.mass[h]) + " GeV";
  }

  function heading(h) {
    const cut = bumpcast.catalogue.selection(h);
    return make(
      "header", {},
      make("button", { type: "button", class: "back", title: "Back to the ranking (Esc)",
        onclick: function () { bumpcast.address.set({ h: null }); } }, "← Ranking"),
      make("h2", {}, bumpcast.catalogue.variable(h),
        make("small", {}, " in ", make("b", {}, bumpcast.catalogue.state(h)), cut ? ", " + cut : "")),
      make("span", { class: "walk" },
        make("button", { type: "button", title: "The one above in the ranking (↑)",
          onclick: function () { bumpcast.ranking.walk(-1); } }, "↑"),
        make("button", { type: "button", title: "The next in the ranking (↓)",
          onclick: function () { bumpcast.ranking.walk(1); } }, "↓"))
    );
  }

  function fact(name, value, title) {
    return make("div", { class: "fact", title: title || null },
      make("dt", {}, name), make("dd", {}, value));
  }

  function facts(h) {
    const all = bumpcast.catalogue.all;
    if (!all.searched) {
      return make("dl", { class: "facts" }, fact("entries", count(all.entries[h])),
        fact("bins", count(all.bins[h])), fact("range", gev(all.low[h]) + "–" + gev(all.high[h]) + " GeV"));
    }
    if (!all.rank[h]) {
      return make("p", { class: "message" }, "Not searched: ", bumpcast.catalogue.reason(h) || "no significance");
    }
    const level = bumpcast.ranking.level(all.z[h]);
    return make(
      "dl", { class: "facts" },
      make("div", { class: "fact z " + level }, make("dt", {}, "z"), make("dd", {}, z(all.z[h]))),
      fact("mass", gev(all.mass[h]) + " GeV", "Middle of the bin that the signal is centred on"),
      fact("width", gev(all.width[h]) + " GeV", "Standard deviation of the signal"),
      fact("p local", probability(all.log_p_local[h]), "Of so large a z in this bin, without a signal"),
      fact("p in the histogram", probability(all.log_p_histogram[h]),
        "That any bin of this histogram has so large a z, without a signal"),
      fact("rank", count(all.rank[h]))
    );
  }

  function choice(label, key, values, current) {
    return make(
      "label", {}, label + " ",
      make("select", { "data-key": key, onchange: function (event) {
        bumpcast.address.set({ [key]: event.target.value });
      } }, values.map(function (value) {
        return make("option", { value: value[0], selected: value[0] === current }, value[1]);
      }))
    );
  }

  function tools(histogram, redraw, overview) {
    const bins = histogram.counts.length, natural = bumpcast.merging.natural(bins);
    const merges = [["", natural === 1 ? "every bin" : natural + " bins as one"]].concat(
      [1, 2, 3, 4, 5, 8, 10].filter(function (n) { return n !== natural && n <= bins / 3; })
        .map(function (n) { return [String(n), n === 1 ? "every bin" : n + " bins as one"]; }));
    const h = histogram.number;
    return make(
      "div", { class: "tools" },
      choice("Axis", "y", [["", "logarithmic"], ["linear", "linear"]], bumpcast.address.get("y")),
      choice("Events per", "per", [["", "GeV"], ["bin", "bin"]], bumpcast.address.get("per")),
      choice("Show", "merge", merges, bumpcast.address.get("merge")),
      make("span", { class: "spring" }),
      make("button", { type: "button", title: "The numbers of the bins as CSV", onclick: function () {
        bumpcast.saving.save(bumpcast.saving.fileName(h, ".csv"), "text/csv",
          bumpcast.saving.csv(histogram, overview.datasets));
      } }, "CSV"),
      make("button", { type: "button", title: "The picture as SVG", onclick: function () {
        const image = document.querySelector(".histogram svg.spectrum");
        bumpcast.saving.save(bumpcast.saving.fileName(h, ".svg"), "image/svg+xml", bumpcast.saving.image(image));
      } }, "SVG")
    );

  }

  // What the marks of the picture mean, the largest data set first.
  function legend(histogram) {
    const overview = bumpcast.overview, real = overview.datasets.some(function (own) { return own.kind === "data"; });
    const entries = [make("li", {}, make("i", { class: "key dot" }),
      real ? "data" : overview.mode === "pseudo-data" ? "pseudo-data" : "all data sets together")];
    if (histogram.background) {
      entries.push(make("li", {}, make("i", { class: "key dashes" }), "background of the search"));
    }
    bumpcast.picture.stacked(histogram.datasets, overview.datasets).reverse().forEach(function (own) {
      const known = overview.datasets[own.number];
      entries.push(make("li", {}, make("i", {
        class: "key area " + known.kind, style: { "--colour": known.colour, backgroundColor: known.colour },
      }), known.label));
    });
    return make("ul", { class: "legend" }, entries);
  }

  // Sums over the flagged window, and what else is known of the histogram.
  function details(histogram) {
    const all = bumpcast.catalogue.all, h = histogram.number, rows = [];
    const window = bumpcast.picture.flagged(h);
    if (window) {
      const sums = inside(histogram, window);
      rows.push(["within ±" + bumpcast.picture.WINDOW + " widths of " + gev(all.mass[h]) + " GeV",
        count(sums.observed) + " observed, " + measured(sums.background, sums.uncertainty) + " expected without a signal"]);
    }
    rows.push(["entries", count(all.entries[h]) + ", under- and overflow included"]);
    rows.push(["searched", many(histogram.counts.length, "bin") + " from " + gev(all.low[h]) + " to " + gev(all.high[h]) + " GeV"]);
    if (all.searched) {
      rows.push(["model of the background", bumpcast.catalogue.model(h) || NONE]);
      rows.push(["spurious signal", Number.isFinite(all.spurious[h])
        ? "z = " + z(all.spurious[h]) + " from the model alone" : "not tested"]);
      const leader = bumpcast.catalogue.leader(h);
      if (leader >= 0) {
        const first = bumpcast.catalogue.name(leader);
        rows.push(["shares its events with", all.members[leader] === 1 ? "no other excess" : make("span", {},
          bumpcast.address.anchor({}, bumpcast.filters.only({ group: first, h: null }),
            many(all.members[leader] - 1, "other excess", "other excesses")),
          leader !== h && [", the first of them ", link(leader)])]);
      }
    }
    return make("dl", { class: "details" }, rows.map(function (row) {
      return [make("dt", {}, row[0]), make("dd", {}, row[1])];
    }));
  }

  function inside(histogram, window) {
    const sums = { observed: 0, background: 0, uncertainty: 0 };
    histogram.counts.forEach(function (value, i) {
      const middle = 0.5 * (histogram.edges[i] + histogram.edges[i + 1]);
      if (middle < window[0] || middle > window[1]) return;
      sums.observed += value;
      sums.background += histogram.background[i];
      sums.uncertainty += histogram.uncertainty[i];
    });
    return sums;
  }

  function link(h) {
    return bumpcast.address.anchor({}, { h: bumpcast.catalogue.name(h) }, bumpcast.catalogue.name(h));
  }

  function neighbours(h) {
    const all = bumpcast.catalogue.all, found = bumpcast.neighbours.of(h);
    if (!found.length) return make("p", { class: "message" }, "No other kept histogram shares its objects.");
    const state = bumpcast.catalogue.state(h);
    const rows = found.slice(0, MOST_NEIGHBOURS).map(function (each) {
      const other = each.number, cut = bumpcast.catalogue.selection(other);
      const name = bumpcast.address.anchor({}, { h: bumpcast.catalogue.name(other) },
        (cut ? cut + " | " : "") + bumpcast.catalogue.variable(other));
      if (!all.searched) return [name, each.shared.join(" "), count(all.entries[other])];
      return [name, each.shared.join(" "), z(all.z[other]), gev(all.mass[other]),
        each.grouped ? "same group" : each.near ? "same place" : ""];
    });
    const heads = ["Histogram", "shares"].concat(all.searched ? ["#z", "#mass [GeV]", "flag"] : ["#entries"]);
    const rest = found.length - rows.length;
    return make(
      "section", { class: "neighbours" },
      make("h3", {}, "Neighbours that share its objects"), table(null, heads, rows),
      rest > 0 && make("p", {}, bumpcast.address.anchor({}, bumpcast.filters.only({ state: state }), "and " + rest + " more: all of " + state))
    );
  }

  function hint(h, overview) {
    const name = bumpcast.catalogue.name(h);
    return make("p", { class: "hint" }, "On the command line: ",
      make("code", {}, overview.commands.show.replace(" show ", " show '" + name + "' ")));
  }

  return { panel: panel };
})();
