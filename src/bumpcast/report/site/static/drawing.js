// Parts of a picture: frames with ticks, steps, bands, points.
"use strict";
bumpcast.drawing = (function () {
  const svg = bumpcast.elements.svg;

  function p(value) {
    return value.toFixed(2);
  }

  // A path along the tops of bins; interrupted where a value is not known.
  function steps(edges, values, x, y) {
    let path = "",
      open = false;
    for (let i = 0; i < values.length; i++) {
      if (!Number.isFinite(values[i])) {
        open = false;
        continue;
      }
      const height = p(y.at(values[i]));
      path += (open ? "L" : "M") + p(x.at(edges[i])) + "," + height + "H" + p(x.at(edges[i + 1]));
      open = true;
    }
    return path;
  }

  // The area between two rows of values, bin by bin.
  function band(edges, low, high, x, y) {
    let path = "",
      begin = 0;
    while (begin < low.length) {
      if (!Number.isFinite(low[begin]) || !Number.isFinite(high[begin])) {
        begin += 1;
        continue;
      }
      let end = begin;
      while (end < low.length && Number.isFinite(low[end]) && Number.isFinite(high[end])) end += 1;
      path += steps(edges.slice(begin, end + 1), high.slice(begin, end), x, y);
      for (let i = end - 1; i >= begin; i--) {
        path += "L" + p(x.at(edges[i + 1])) + "," + p(y.at(low[i])) + "H" + p(x.at(edges[i]));
      }
      path += "Z";
      begin = end;
    }
    return path;
  }

  // A frame with ticks on all sides that point inwards. Options: xlabel, ylabel, and whether the
  // x axis has numbers.
  function frame(box, x, y, options) {
    const group = svg("g", { class: "frame" });
    function tick(x1, y1, x2, y2) {
      group.append(svg("line", { x1: p(x1), y1: p(y1), x2: p(x2), y2: p(y2) }));
    }
    x.ticks.concat(x.minor).forEach(function (each) {
      const length = each.label ? 6 : 3,
        at = x.at(each.value);
      tick(at, box.bottom, at, box.bottom - length);
      tick(at, box.top, at, box.top + length);
    });
    y.ticks.concat(y.minor).forEach(function (each) {
      const length = each.label ? 6 : 3,
        at = y.at(each.value);
      tick(box.left, at, box.left + length, at);
      tick(box.right, at, box.right - length, at);
    });
    if (options.numbers !== false) {
      x.ticks.forEach(function (each) {
        group.append(text(x.at(each.value), box.bottom + 16, each.label, "middle"));
      });
    }
    y.ticks.concat(y.minor).forEach(function (each) {
      if (each.label) group.append(text(box.left - 7, y.at(each.value) + 4, each.label, "end"));
    });
    group.append(
      svg("rect", {
        x: box.left,
        y: box.top,
        width: box.right - box.left,
        height: box.bottom - box.top,
      }),
    );
    if (options.xlabel) {
      group.append(text(box.right, box.bottom + 36, options.xlabel, "end", "label"));
    }
    if (options.ylabel) {
      const label = text(0, 0, options.ylabel, "end", "label");
      label.setAttribute(
        "transform",
        "translate(" + (box.left - 50) + "," + box.top + ") rotate(-90)",
      );
      group.append(label);
    }
    return group;
  }

  function text(x, y, content, anchor, kind) {
    return svg("text", { x: p(x), y: p(y), "text-anchor": anchor, class: kind || null }, content);
  }

  // Points with errors upwards and downwards; each says its bin, for whoever looks it up.
  function points(edges, values, errors, x, y) {
    const group = svg("g", { class: "points" });
    for (let i = 0; i < values.length; i++) {
      // On a logarithmic axis, nothing has no place.
      if (!Number.isFinite(values[i]) || (values[i] <= 0 && y.low > 0)) continue;
      const at = p(x.at(0.5 * (edges[i] + edges[i + 1])));
      const top = p(y.at(Math.min(values[i] + errors[i], y.high)));
      const bottom = p(y.at(Math.max(values[i] - errors[i], y.low)));
      group.append(svg("line", { x1: at, x2: at, y1: top, y2: bottom }));
      group.append(svg("circle", { cx: at, cy: p(y.at(values[i])), r: 2.6, "data-bin": i }));
    }
    return group;
  }

  return { steps: steps, band: band, frame: frame, points: points, text: text, p: p };
})();
