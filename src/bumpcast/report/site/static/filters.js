// Which histograms are shown.
"use strict";
bumpcast.filters = (function () {
  const KEYS = [
    "search",
    "state",
    "kinds",
    "selection",
    "zmin",
    "zmax",
    "mmin",
    "mmax",
    "group",
    "leaders",
    "show",
  ];
  const NO_SELECTION = "none";

  function number(text) {
    return text.trim() === "" ? NaN : Number(text);
  }

  // Of each distinct text whether it passes, so that 40 000 lines ask a list.
  function allowed(list, passes) {
    return list.texts.map(passes);
  }

  // Numbers of the histograms that pass what the address says.
  function passing(get) {
    const all = bumpcast.catalogue.all;
    const wanted = {
      words: get("search").toLowerCase().split(/\s+/).filter(Boolean),
      state: get("state"),
      kinds: get("kinds").split(",").filter(Boolean),
      selection: get("selection"),
      group: bumpcast.catalogue.find(get("group")),
    };
    const states = allowed(all.states, function (text) {
      return !wanted.state || text === wanted.state;
    });
    const selections = allowed(all.selections, function (text) {
      return !wanted.selection || (text || NO_SELECTION) === wanted.selection;
    });
    const variables = allowed(all.variables, function (text, place) {
      return wanted.kinds.every(function (kind) {
        return all.objects[place].kinds.indexOf(kind) >= 0;
      });
    });
    const inside = ranges(all, get);
    const leader = wanted.group === undefined ? -1 : bumpcast.catalogue.leader(wanted.group);
    const leadersOnly = all.leader && get("leaders") === "1";
    const show = all.searched ? get("show") : "";
    const found = [];
    for (let h = 0; h < all.size; h++) {
      if (!states[all.states.of[h]] || !selections[all.selections.of[h]]) continue;
      if (!variables[all.variables.of[h]] || !inside(h)) continue;
      if (leadersOnly && all.leader[h] && all.leader[h] - 1 !== h) continue;
      if (leader >= 0 && all.leader[h] - 1 !== leader) continue;
      if (show === "searched" && !all.rank[h]) continue;
      if (show === "skipped" && all.rank[h]) continue;
      if (wanted.words.length && !matches(h, wanted.words)) continue;
      found.push(h);
    }
    return found;
  }

  function matches(h, words) {
    const name = bumpcast.catalogue.name(h).toLowerCase();
    return words.every(function (word) {
      return name.indexOf(word) >= 0;
    });
  }

  // A test of the ranges of z and mass. Without a search, a histogram has the masses it spans.
  function ranges(all, get) {
    const z = [number(get("zmin")), number(get("zmax"))];
    const mass = [number(get("mmin")), number(get("mmax"))];
    const low = all.searched ? all.mass : all.low;
    const high = all.searched ? all.mass : all.high;
    return function (h) {
      if (all.searched && (all.z[h] < z[0] || all.z[h] > z[1])) return false;
      // A histogram without z has no place in a range of them.
      if (all.searched && !all.rank[h] && !z.concat(mass).every(Number.isNaN)) return false;
      return !(high[h] < mass[0] || low[h] > mass[1]);
    };
  }

  // The address without any filter but some.
  function only(changes) {
    const all = {};
    KEYS.forEach(function (key) {
      all[key] = null;
    });
    return Object.assign(all, changes);
  }

  return { KEYS: KEYS, only: only, NO_SELECTION: NO_SELECTION, passing: passing };
})();
