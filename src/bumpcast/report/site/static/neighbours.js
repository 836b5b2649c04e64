// Histograms that may show the same events: of the same final state, with an object in common.
"use strict";
bumpcast.neighbours = (function () {
  const { make, table } = bumpcast.elements;
  const { count, gev, z } = bumpcast.numbers;
  // Flags are at the same place if their masses differ by less than so many of the larger width.
  const NEAR = 2;
  const MOST_NEIGHBOURS = 12;

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
      const shared = words.filter(function (word) {
        return own.indexOf(word) >= 0;
      });
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

  function section(h) {
    const all = bumpcast.catalogue.all,
      found = of(h);
    if (!found.length)
      return make("p", { class: "message" }, "No other kept histogram shares its objects.");
    const state = bumpcast.catalogue.state(h);
    const rows = found.slice(0, MOST_NEIGHBOURS).map(function (each) {
      const other = each.number,
        cut = bumpcast.catalogue.selection(other);
      const name = bumpcast.address.anchor(
        {},
        { h: bumpcast.catalogue.name(other) },
        (cut ? cut + " | " : "") + bumpcast.catalogue.variable(other),
      );
      if (!all.searched) return [name, each.shared.join(" "), count(all.entries[other])];
      return [
        name,
        each.shared.join(" "),
        z(all.z[other]),
        gev(all.mass[other]),
        each.grouped ? "same group" : each.near ? "same place" : "",
      ];
    });
    const heads = ["Histogram", "shares"].concat(
      all.searched ? ["#z", "#mass [GeV]", "flag"] : ["#entries"],
    );
    const rest = found.length - rows.length;
    return make(
      "section",
      { class: "neighbours" },
      make("h3", {}, "Neighbours that share its objects"),
      table(null, heads, rows),
      rest > 0 &&
        make(
          "p",
          {},
          bumpcast.address.anchor(
            {},
            bumpcast.filters.only({ state: state }),
            "and " + rest + " more: all of " + state,
          ),
        ),
    );
  }

  return { of: of, section: section };
})();
