// The order of tables.
"use strict";
bumpcast.sorting = (function () {
  const words = new Intl.Collator("en", { numeric: true });

  // Distinct texts' places in their own order, so that lines compare numbers.
  function places(texts) {
    const order = texts.map(function (_, i) {
      return i;
    });
    order.sort(function (a, b) {
      return words.compare(texts[a], texts[b]);
    });
    const place = new Uint32Array(texts.length);
    order.forEach(function (text, i) {
      place[text] = i;
    });
    return place;
  }

  // Sort numbers of lines by a key, in place. What has no key, NaN, comes last either way; lines
  // of the same key stay as they were.
  function sort(lines, key, falling) {
    // By line, so that comparing two looks nothing up.
    const keys = new Float64Array(lines.reduce((most, line) => Math.max(most, line), 0) + 1);
    lines.forEach(function (line) {
      keys[line] = key(line);
    });
    const sign = falling ? -1 : 1;
    return lines.sort(function (a, b) {
      const x = keys[a],
        y = keys[b];
      if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) - Number.isNaN(y);
      return x < y ? -sign : x > y ? sign : 0;
    });
  }

  return { places: places, sort: sort };
})();
