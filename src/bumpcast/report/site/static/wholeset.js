// All histograms together: how many flags were to be expected, and how many there are.
"use strict";
bumpcast.wholeset = (function () {
  const { make, table } = bumpcast.elements;
  const { count, significant, probability, z, many } = bumpcast.numbers;

  function create(overview) {
    const element = make("div", { class: "page wholeset" });
    const pictures = [];

    function picture(options, caption) {
      const holder = make("div", { class: "picture" });
      pictures.push(function () {
        const width = Math.max(300, Math.floor(holder.clientWidth || 640));
        bumpcast.elements.replace(
          holder,
          bumpcast.steps.draw(Object.assign({ width: width }, options)),
        );
      });
      return make("figure", {}, holder, make("figcaption", {}, caption));
    }

    const all = bumpcast.catalogue.all;
    if (!all.searched) {
      element.append(
        make(
          "p",
          { class: "message" },
          "Nothing was searched here yet: ",
          make("code", {}, overview.commands.search),
          ", then ",
          make("code", {}, overview.commands.report),
          ".",
        ),
      );
      return { element: element, update: function () {} };
    }
    const [words, figure] = overview.whole_set
      ? expectation(overview, all, picture)
      : without(overview, all, picture);
    element.append(
      make("h2", {}, "Flags in the whole set"),
      ...words,
      make("div", { class: "figures" }, figure, probabilities(all, picture)),
    );
    function update() {
      pictures.forEach(function (draw) {
        draw();
      });
    }
    new ResizeObserver(function () {
      if (element.isConnected) update();
    }).observe(element);
    return { element: element, update: update };
  }

  const SOURCES = { simulation: "the simulated backgrounds", observed: "the observed events" };
  const UNITS = { histograms: "histograms above ", groups: "groups above " };

  function expectation(overview, all, picture) {
    const whole = overview.whole_set;
    const rows = whole.rows.map(function (row) {
      const largest = row.what === "largest";
      function number(value) {
        return largest ? z(value) : Number.isInteger(value) ? count(value) : significant(value, 3);
      }
      return [
        largest ? "largest z of all" : UNITS[row.what] + "z = " + row.threshold,
        number(row.expected),
        number(row.low) + "–" + number(row.high),
        largest ? z(row.seen) : count(row.seen),
        probability(Math.log10(row.p)),
      ];
    });
    return [
      [
        make(
          "p",
          {},
          "What background alone makes, from " +
            many(whole.replicas, "replica") +
            " of " +
            (SOURCES[whole.source] || whole.source) +
            ": whole data sets drawn again, event by event, and searched as " +
            "the data were, so that histograms which share events fluctuate together. A group is counted once.",
        ),
        table(
          "Flags expected from background alone, and seen",
          ["", "#expected", "#68 % between", "#seen", "#p-value"],
          rows,
        ),
      ],
      largest(all, whole, picture),
    ];
  }

  function without(overview, all, picture) {
    const rows = [3, 4, 5].map(function (threshold) {
      const { histograms, groups } = bumpcast.catalogue.above(threshold);
      return ["z ≥ " + threshold, count(histograms), count(groups)];
    });
    return [
      [
        make(
          "p",
          { class: "message" },
          "How many flags background alone would make is not known yet: ",
          make("code", {}, overview.commands.replicas),
          ", ",
          make("code", {}, overview.commands.whole_set),
          ", then ",
          make("code", {}, overview.commands.report),
          ". Histograms share events, so it cannot be read off the p-values one by one.",
        ),
        table("Flags seen", ["Flag", "#histograms", "#groups"], rows),
      ],
      largest(all, {}, picture),
    ];
  }

  // The largest significances of all histograms, and what is expected of them where it is known.
  function largest(all, whole, picture) {
    if (whole.z_bins) {
      return picture(
        {
          edges: whole.z_bins,
          seen: whole.z_seen,
          expected: whole.z_expected,
          log: true,
          xlabel: "largest z of a histogram",
          ylabel: "Histograms",
          label: "Largest significances of the histograms, seen and expected from background alone",
        },
        "Largest significance of each histogram: seen (points) and expected from background alone (area).",
      );
    }
    const known = Array.from(all.z).filter(Number.isFinite),
      [least, most] = range(known);
    const low = Math.min(-1, Math.floor(2 * least) / 2),
      high = Math.max(6, Math.ceil(most));
    const found = bumpcast.steps.counted(known, low, high, Math.round((high - low) * 4));
    return picture(
      {
        edges: found.edges,
        seen: found.counts,
        log: true,
        xlabel: "largest z of a histogram",
        ylabel: "Histograms",
        label: "Largest significances of the histograms",
      },
      "Largest significance of each histogram.",
    );
  }

  // The least and the largest of very many numbers.
  function range(values) {
    let least = Infinity,
      most = -Infinity;
    values.forEach(function (value) {
      least = Math.min(least, value);
      most = Math.max(most, value);
    });
    return values.length ? [least, most] : [0, 1];
  }

  function probabilities(all, picture) {
    const p = Array.from(all.log_p_histogram, function (value) {
      return Math.pow(10, value);
    });
    const found = bumpcast.steps.counted(p, 0, 1, 20);
    if (!found.all) return null;
    return picture(
      {
        edges: found.edges,
        seen: found.counts,
        xlabel: "p in the histogram",
        ylabel: "Histograms",
        expected: new Float64Array(20).fill(found.all / 20),
        label: "Probabilities of the histograms' largest significances",
      },
      "That any bin of a histogram has so large a z, without a signal. If the background's models are right, " +
        "background alone is flat (area) but for what overlapping histograms share; signals pile up at 0.",
    );
  }

  return { create: create };
})();
