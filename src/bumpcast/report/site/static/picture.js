// One histogram: simulated data sets stacked, what was observed as points, the background of the
// search with its uncertainty, and below the significance on the same axis.
"use strict";
bumpcast.picture = (function () {
  const svg = bumpcast.elements.svg;
  const MARGIN = { left: 66, right: 14, top: 10, bottom: 44 };
  const GAP = 14;
  // How far the flagged window reaches, in standard deviations of the signal.
  const WINDOW = 2;

  function height(width, searched) {
    const upper = Math.max(220, Math.min(360, 0.55 * width));
    return { upper: upper, lower: searched ? Math.max(96, 0.34 * upper) : 0 };
  }

  // Simulated data sets in the order that they are stacked: signals on top, and the larger above
  // the smaller.
  function stacked(datasets, known) {
    const order = { background: 0, signal: 1 };
    function sum(own) {
      return own.counts.reduce(function (total, each) {
        return total + each;
      }, 0);
    }
    return datasets
      .filter(function (own) {
        return known[own.number].kind !== "data";
      })
      .sort(function (a, b) {
        const kinds = order[known[a.number].kind] - order[known[b.number].kind];
        return kinds || sum(a) - sum(b);
      });
  }

  // The range of masses that a flag is about; null without one.
  function flagged(h) {
    const all = bumpcast.catalogue.all;
    if (!all.searched || !all.rank[h]) return null;
    const width = Number.isFinite(all.width[h]) ? all.width[h] : 0;
    return [all.mass[h] - WINDOW * width, all.mass[h] + WINDOW * width];
  }

  // Draw into an element of some width. Arguments: the histogram as it is stored; merge, whether
  // the axis is logarithmic, whether by GeV; the data sets of the report.
  function draw(histogram, options) {
    const whole = bumpcast.merging.merged(histogram, options.merge);
    const shown = options.perGeV ? bumpcast.merging.perGeV(whole) : whole;
    const size = height(options.width, Boolean(histogram.z));
    const right = options.width - MARGIN.right;
    const box = {
      left: MARGIN.left,
      right: right,
      top: MARGIN.top,
      bottom: MARGIN.top + size.upper,
    };
    const edges = shown.edges;
    const most = Math.max(3, Math.floor((right - MARGIN.left) / 90));
    const x = bumpcast.axis.linear(edges[0], edges[edges.length - 1], box.left, box.right, most);
    const stack = stacked(shown.datasets, options.datasets);
    const y = vertical(shown, stack, options.log, box);
    const total = size.lower ? box.bottom + GAP + size.lower : box.bottom;
    const image = svg("svg", {
      class: "spectrum",
      viewBox: "0 0 " + options.width + " " + (total + MARGIN.bottom),
      width: options.width,
      height: total + MARGIN.bottom,
      role: "img",
      "aria-label": options.label,
    });
    image.append(hatching(options.datasets));
    const window = flagged(histogram.number);
    if (window) image.append(shade(window, x, box));
    image.append(drawStack(edges, stack, x, y, options.datasets));
    if (shown.background) image.append(drawBackground(shown, x, y));
    const errors = Array.from(shown.variances, Math.sqrt);
    image.append(bumpcast.drawing.points(edges, shown.counts, errors, x, y));
    const title = bumpcast.catalogue.variable(histogram.number) + " [GeV]";
    image.append(
      bumpcast.drawing.frame(box, x, y, {
        ylabel: options.perGeV ? "Events / GeV" : "Events / bin",
        xlabel: size.lower ? "" : title,
        numbers: !size.lower,
      }),
    );
    const lower = { left: box.left, right: right, top: box.bottom + GAP, bottom: total };
    if (size.lower) image.append(drawZ(histogram, lower, x, window, title));
    const boxes = size.lower ? [box, lower] : [box];
    return { element: image, x: x, y: y, boxes: boxes, whole: whole, shown: shown };
  }

  function vertical(shown, stack, log, box) {
    let least = Infinity,
      highest = 0;
    function see(value) {
      if (value > 0) least = Math.min(least, value);
      if (value > highest) highest = value;
    }
    shown.counts.forEach(function (count, i) {
      see(count);
      if (count + Math.sqrt(shown.variances[i]) > highest) {
        highest = count + Math.sqrt(shown.variances[i]);
      }
      see(
        stack.reduce(function (sum, own) {
          return sum + own.counts[i];
        }, 0),
      );
      if (shown.background) see(shown.background[i]);
    });
    if (!(highest > 0)) return bumpcast.axis.linear(0, 1, box.bottom, box.top, 5);
    if (log) {
      // A background that dies away must not press the data into the upper edge.
      const low = Math.max(0.4 * least, highest * 1e-8);
      return bumpcast.axis.logarithmic(low, 3 * highest, box.bottom, box.top);
    }
    return bumpcast.axis.linear(0, 1.12 * highest, box.bottom, box.top, 6);
  }

  // Signals are hatched, each in its own colour.
  function hatching(datasets) {
    return svg(
      "defs",
      {},
      datasets.map(function (own, number) {
        return (
          own.kind === "signal" &&
          svg(
            "pattern",
            {
              id: "hatch" + number,
              width: 6,
              height: 6,
              patternUnits: "userSpaceOnUse",
              patternTransform: "rotate(45)",
            },
            svg("rect", { width: 6, height: 6, fill: own.colour }),
            svg("line", { x1: 0, y1: 0, x2: 0, y2: 6, stroke: "white", "stroke-width": 2.4 }),
          )
        );
      }),
    );
  }

  function shade(window, x, box) {
    const left = Math.max(box.left, x.at(window[0])),
      end = Math.min(box.right, x.at(window[1]));
    return svg("rect", {
      class: "flagged",
      x: left,
      y: box.top,
      width: Math.max(2, end - left),
      height: box.bottom - box.top,
    });
  }

  function drawStack(edges, stack, x, y, datasets) {
    const group = svg("g", { class: "stack" });
    let base = new Float64Array(edges.length - 1);
    stack.forEach(function (own) {
      const top = base.map(function (value, i) {
        return value + own.counts[i];
      });
      const known = datasets[own.number];
      group.append(
        svg("path", {
          d: bumpcast.drawing.band(edges, base, top, x, y),
          "data-dataset": own.number,
          fill: known.kind === "signal" ? "url(#hatch" + own.number + ")" : known.colour,
        }),
      );
      base = top;
    });
    if (stack.length) {
      group.append(svg("path", { class: "sum", d: bumpcast.drawing.steps(edges, base, x, y) }));
    }
    return group;
  }

  function drawBackground(shown, x, y) {
    const low = shown.background.map(function (value, i) {
      return value - shown.uncertainty[i];
    });
    const high = shown.background.map(function (value, i) {
      return value + shown.uncertainty[i];
    });
    const line = bumpcast.drawing.steps(shown.edges, shown.background, x, y);
    return svg(
      "g",
      { class: "background" },
      svg("path", { class: "uncertain", d: bumpcast.drawing.band(shown.edges, low, high, x, y) }),
      // The halo keeps it apart from whatever colour is behind it.
      svg("path", { class: "halo", d: line }),
      svg("path", { class: "expected", d: line }),
    );
  }

  function drawZ(histogram, box, x, window, title) {
    const known = Array.from(histogram.z).filter(Number.isFinite);
    const low = Math.min(-2.2, Math.min(...known) - 0.4),
      high = Math.max(3.4, Math.max(...known) + 0.6);
    const y = bumpcast.axis.linear(low, high, box.bottom, box.top, 4);
    const group = svg("g", { class: "significance" });
    if (window) group.append(shade(window, x, box));
    [0, 3, 5].forEach(function (level) {
      if (level > high) return;
      group.append(
        svg("line", {
          class: "level level" + level,
          x1: box.left,
          x2: box.right,
          y1: y.at(level),
          y2: y.at(level),
        }),
      );
    });
    const zero = new Float64Array(histogram.z.length);
    group.append(
      svg("path", {
        class: "area",
        d: bumpcast.drawing.band(histogram.edges, zero, histogram.z, x, y),
      }),
    );
    group.append(
      svg("path", {
        class: "curve",
        d: bumpcast.drawing.steps(histogram.edges, histogram.z, x, y),
      }),
    );
    if (window) {
      const all = bumpcast.catalogue.all,
        h = histogram.number;
      group.append(
        svg("circle", {
          class: "largest",
          cx: x.at(all.mass[h]),
          cy: y.at(all.z[h]),
          r: 3.5,
        }),
      );
    }
    group.append(bumpcast.drawing.frame(box, x, y, { ylabel: "z", xlabel: title }));
    return group;
  }

  return { draw: draw, flagged: flagged, stacked: stacked, WINDOW: WINDOW };
})();
