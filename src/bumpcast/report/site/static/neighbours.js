// Histograms that may show the same events: of the same final state, with an object in common.
"use strict";
bumpcast.neighbours = (function () {
  // Flags are at the same place if their masses differ by less than so many of the larger width.
  const NEAR = 2;

  // The neighbours of a histogram: number, shared objects, whether they are of its group, and
  // whether they are flagged at nearby mass. Its own group comes first, then what is near, then
  // the more significant.
  function of(h) {
    const all = bumpcast.catalogue.all;
    const own = bumpcast.catalogue.objects(h).words;
    const leader = bumpcast.catalogue.leader(h);
    const found = [];
    for (let other = 0; other < all.size; other++) {
      if (other === h || all.states.of[other] !== all.states.of[h]) continue;
      const words = bumpcast.catalogue.objects(other).words;
      const shared = words.filter(function (word) { return own.indexOf(word) >= 0; });
      if (!shared.length) continue;
      found.push({
        number: other,
        shared: shared,
        grouped: leader >= 0 && bumpcast.catalogue.leader(other) === leader,
        near: near(all, h, other),
      });
    }
    function order(each) {
      return each.grouped ? 2 : each.near ? 1 : 0;
    }
    function size(each) {
      if (!all.searched) return all.entries[each.number];
      return all.rank[each.number] ? -all.rank[each.number] : -Infinity;
    }
    return found.sort(function (a, b) {
      return order(b) - order(a) || size(b) - size(a) || a.number - b.number;
    });
  }

  function near(all, h, other) {
    if (!all.searched || !all.rank[h] || !all.rank[other]) return false;
    const widest = Math.max(all.width[h] || 0, all.width[other] || 0);
    return Math.abs(all.mass[h] - all.mass[other]) <= NEAR * widest;
  }

  return { of: of };
})();
