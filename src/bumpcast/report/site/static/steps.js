// A histogram of many histograms: how often something was seen, against what is expected.
"use strict";
bumpcast.steps = (function () {
  const svg = bumpcast.elements.svg;

  // Arguments: edges, seen, expected (may be absent), xlabel, ylabel, log, width, label.
  function draw(options) {
    const width = options.width;
    const box = { left: 66, right: width - 14, top: 10, bottom: 10 + Math.min(320, 0.55 * width) };
    const edges = options.edges;
    const x = bumpcast.axis.linear(edges[0], edges[edges.length - 1], box.left, box.right, 8);
    const every = Array.from(options.seen).concat(Array.from(options.expected || []));
    const most = Math.max(1, ...every);
    // What is expected less than once is shown too, as far as it is worth the room.
    const rare = every.filter(function (value) {
      return value > 1e-3;
    });
    const y = options.log
      ? bumpcast.axis.logarithmic(
          Math.min(0.3, 0.5 * Math.min(...rare)),
          3 * most,
          box.bottom,
          box.top,
        )
      : bumpcast.axis.linear(0, 1.2 * most, box.bottom, box.top, 5);
    const errors = Array.from(options.seen, Math.sqrt);
    return svg(
      "svg",
      {
        class: "spectrum",
        width: width,
        height: box.bottom + 44,
        role: "img",
        viewBox: "0 0 " + width + " " + (box.bottom + 44),
        "aria-label": options.label,
      },
      options.expected &&
        svg("path", {
          class: "area",
          d: bumpcast.drawing.band(
            edges,
            new Float64Array(edges.length - 1).fill(y.low),
            options.expected,
            x,
            y,
          ),
        }),
      options.expected &&
        svg("path", {
          class: "expected",
          d: bumpcast.drawing.steps(edges, options.expected, x, y),
        }),
      bumpcast.drawing.points(edges, options.seen, errors, x, y),
      bumpcast.drawing.frame(box, x, y, { xlabel: options.xlabel, ylabel: options.ylabel }),
    );
  }

  // Counts of numbers in equal bins between two ends; those beyond go into the last ones.
  function counted(values, low, high, bins) {
    const counts = new Float64Array(bins);
    let all = 0;
    values.forEach(function (value) {
      if (!Number.isFinite(value)) return;
      const bin = Math.floor(((value - low) / (high - low)) * bins);
      counts[Math.min(bins - 1, Math.max(0, bin))] += 1;
      all += 1;
    });
    const edges = [];
    for (let i = 0; i <= bins; i++) edges.push(low + ((high - low) * i) / bins);
    return { edges: edges, counts: counts, all: all };
  }

  return { draw: draw, counted: counted };
})();
