// The numbers of a histogram: of its flag above the picture, of all else below it.
"use strict";
bumpcast.facts = (function () {
  const { make } = bumpcast.elements;
  const { count, gev, probability, measured, z, many, NONE } = bumpcast.numbers;

  function fact(name, value, title) {
    return make(
      "div",
      { class: "fact", title: title || null },
      make("dt", {}, name),
      make("dd", {}, value),
    );
  }

  function facts(h) {
    const all = bumpcast.catalogue.all;
    if (!all.searched) {
      return make(
        "dl",
        { class: "facts" },
        fact("entries", count(all.entries[h])),
        fact("bins", count(all.bins[h])),
        fact("range", gev(all.low[h]) + "–" + gev(all.high[h]) + " GeV"),
      );
    }
    if (!all.rank[h]) {
      return make(
        "p",
        { class: "message" },
        "Not searched: ",
        bumpcast.catalogue.reason(h) || "no significance",
      );
    }
    const level = bumpcast.columns.level(all.z[h]);
    return make(
      "dl",
      { class: "facts" },
      make("div", { class: "fact z " + level }, make("dt", {}, "z"), make("dd", {}, z(all.z[h]))),
      fact("mass", gev(all.mass[h]) + " GeV", "Middle of the bin that the signal is centred on"),
      fact("width", gev(all.width[h]) + " GeV", "Standard deviation of the signal"),
      fact(
        "p local",
        probability(all.log_p_local[h]),
        "Of so large a z in this bin, without a signal",
      ),
      fact(
        "p in the histogram",
        probability(all.log_p_histogram[h]),
        "That any bin of this histogram has so large a z, without a signal",
      ),
      fact("rank", count(all.rank[h])),
    );
  }

  // Sums over the flagged window, and what else is known of the histogram.
  function details(histogram) {
    const all = bumpcast.catalogue.all,
      h = histogram.number,
      rows = [];
    const window = bumpcast.picture.flagged(h);
    if (window) {
      const sums = inside(histogram, window);
      rows.push([
        "within ±" + bumpcast.picture.WINDOW + " widths of " + gev(all.mass[h]) + " GeV",
        count(sums.observed) +
          " observed, " +
          measured(sums.background, sums.uncertainty) +
          " expected without a signal",
      ]);
    }
    rows.push(["entries", count(all.entries[h]) + ", under- and overflow included"]);
    rows.push([
      "searched",
      many(histogram.counts.length, "bin") +
        " from " +
        gev(all.low[h]) +
        " to " +
        gev(all.high[h]) +
        " GeV",
    ]);
    if (all.searched) {
      rows.push(["model of the background", bumpcast.catalogue.model(h) || NONE]);
      rows.push([
        "spurious signal",
        Number.isFinite(all.spurious[h])
          ? "z = " + z(all.spurious[h]) + " from the model alone"
          : "not tested",
      ]);
      const leader = bumpcast.catalogue.leader(h);
      if (leader >= 0) {
        const first = bumpcast.catalogue.name(leader);
        rows.push([
          "shares its events with",
          all.members[leader] === 1
            ? "no other excess"
            : make(
                "span",
                {},
                bumpcast.address.anchor(
                  {},
                  bumpcast.filters.only({ group: first, h: null }),
                  many(all.members[leader] - 1, "other excess", "other excesses"),
                ),
                leader !== h && [", the first of them ", link(leader)],
              ),
        ]);
      }
    }
    return make(
      "dl",
      { class: "details" },
      rows.map(function (row) {
        return [make("dt", {}, row[0]), make("dd", {}, row[1])];
      }),
    );
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
    return bumpcast.address.anchor(
      {},
      { h: bumpcast.catalogue.name(h) },
      bumpcast.catalogue.name(h),
    );
  }

  return { facts: facts, details: details };
})();
