// What a picture says of the bin under the pointer.
"use strict";
bumpcast.pointer = (function () {
  const svg = bumpcast.elements.svg,
    make = bumpcast.elements.make;

  // Let a picture of picture.draw say its numbers in a box above it.
  function watch(picture, histogram, datasets, holder) {
    const bar = svg("rect", { class: "pointed", visibility: "hidden" });
    picture.element.append(bar);
    const box = make("div", { class: "numbers", hidden: true });
    holder.append(box);
    const { x, whole, boxes } = picture;
    const bottom = boxes[boxes.length - 1].bottom;

    function move(event) {
      const scale = picture.element.viewBox.baseVal.width / picture.element.clientWidth || 1;
      const frame = picture.element.getBoundingClientRect();
      const at = (event.clientX - frame.left) * scale;
      const mass = x.value(at);
      const edges = whole.edges;
      let bin = 0;
      while (bin < edges.length - 2 && mass >= edges[bin + 1]) bin += 1;
      if (mass < edges[0] || mass > edges[edges.length - 1]) return leave();
      const left = x.at(edges[bin]),
        right = x.at(edges[bin + 1]);
      const place = {
        x: left,
        y: boxes[0].top,
        width: right - left,
        height: bottom - boxes[0].top,
      };
      Object.keys(place).forEach(function (key) {
        bar.setAttribute(key, place[key]);
      });
      bar.setAttribute("visibility", "visible");
      bumpcast.elements.replace(box, lines(whole, histogram, datasets, bin));
      box.hidden = false;
      const width = box.offsetWidth,
        middle = (left + right) / 2 / scale;
      // On the side where there is more room.
      const beside = middle < frame.width / 2 ? middle + 14 : middle - 14 - width;
      box.style.left = Math.min(Math.max(0, beside), Math.max(0, frame.width - width)) + "px";
      box.style.top = boxes[0].top + 8 + "px";
    }

    function leave() {
      bar.setAttribute("visibility", "hidden");
      box.hidden = true;
    }

    picture.element.addEventListener("pointermove", move);
    picture.element.addEventListener("pointerdown", move);
    picture.element.addEventListener("pointerleave", leave);
  }

  // The numbers of a bin, by name.
  function lines(whole, histogram, datasets, bin) {
    const { count, gev, significant, measured, z } = bumpcast.numbers;
    const edges = whole.edges;
    const rows = [["", gev(edges[bin]) + "–" + gev(edges[bin + 1]) + " GeV"]];
    const error = Math.sqrt(whole.variances[bin]);
    rows.push(["observed", count(whole.counts[bin]) + " ± " + significant(error, 2)]);
    if (whole.background && Number.isFinite(whole.background[bin])) {
      rows.push(["background", measured(whole.background[bin], whole.uncertainty[bin])]);
    }
    if (histogram.z) rows.push(["z", zOf(histogram, edges[bin], edges[bin + 1], z)]);
    whole.datasets
      .filter(function (own) {
        return own.counts[bin];
      })
      .sort(function (a, b) {
        return b.counts[bin] - a.counts[bin];
      })
      .forEach(function (own) {
        rows.push([datasets[own.number].label, count(own.counts[bin])]);
      });
    return make(
      "table",
      {},
      rows.map(function (row) {
        return make("tr", {}, make("th", { scope: "row" }, row[0]), make("td", {}, row[1]));
      }),
    );
  }

  // The significance of a shown bin: that of its own bins, or the largest of them.
  function zOf(histogram, low, high, format) {
    let largest = NaN,
      bins = 0;
    histogram.z.forEach(function (value, i) {
      const middle = 0.5 * (histogram.edges[i] + histogram.edges[i + 1]);
      if (middle < low || middle > high) return;
      bins += 1;
      if (!(value <= largest)) largest = Number.isFinite(value) ? value : largest;
    });
    return (bins > 1 ? "up to " : "") + format(largest);
  }

  return { watch: watch };
})();
