// The kept histograms by their numbers: what they are called, and the columns of the ranking.
"use strict";
bumpcast.catalogue = (function () {
  const VARIABLE_KINDS = /(e|m|g|j|b|Z|Wh|T|HM)(\d)/g;
  let known = null;

  function listed(stored) {
    return { texts: stored.texts, of: bumpcast.decode.column(stored.of) };
  }

  // The objects of a variable such as m(e0,e1): words, and their kinds.
  function objectsOf(variable) {
    const inside = variable.slice(variable.indexOf("("));
    const words = inside.match(VARIABLE_KINDS) || [];
    return {
      words: words,
      kinds: words.map(function (word) {
        return word.replace(/\d/, "");
      }),
    };
  }

  function open(stored) {
    const column = bumpcast.decode.column;
    const found = {
      size: stored.histograms,
      shard: stored.shard,
      searched: stored.z !== undefined,
      states: listed(stored.states),
      selections: listed(stored.selections),
      variables: listed(stored.variables),
    };
    [
      "entries",
      "bins",
      "low",
      "high",
      "rank",
      "z",
      "mass",
      "width",
      "width_bins",
      "bin",
      "log_p_local",
      "log_p_histogram",
      "spurious",
      "leader",
    ].forEach(function (key) {
      if (stored[key] !== undefined) found[key] = column(stored[key]);
    });
    ["models", "reasons"].forEach(function (key) {
      if (stored[key] !== undefined) found[key] = listed(stored[key]);
    });
    found.objects = found.variables.texts.map(objectsOf);
    if (found.searched) count(found);
    known = found;
    return found;
  }

  // How many histograms each leader leads, itself included.
  function count(found) {
    found.members = new Uint32Array(found.size);
    found.leader.forEach(function (leader) {
      if (leader) found.members[leader - 1] += 1;
    });
  }

  function text(list, h) {
    return list.texts[list.of[h]];
  }

  function state(h) {
    return text(known.states, h);
  }
  function selection(h) {
    return text(known.selections, h);
  }
  function variable(h) {
    return text(known.variables, h);
  }

  function name(h) {
    const cut = selection(h);
    return state(h) + " | " + (cut ? cut + " | " : "") + variable(h);
  }

  let numbers = null;

  // The number of a histogram by its name; undefined without one.
  function find(wanted) {
    if (!numbers) {
      numbers = new Map();
      for (let h = 0; h < known.size; h++) numbers.set(name(h), h);
    }
    return numbers.get(wanted);
  }

  // How many histograms have so large a z, and in how many groups that share their events.
  function above(threshold) {
    let histograms = 0;
    const groups = new Set();
    known.z.forEach(function (z, h) {
      if (!(z >= threshold)) return;
      histograms += 1;
      groups.add(known.leader[h] ? known.leader[h] - 1 : h);
    });
    return { histograms: histograms, groups: groups.size };
  }

  function reason(h) {
    return known.reasons ? text(known.reasons, h) : "";
  }

  // Why histograms were skipped, without what is different for each, and how many each time.
  function reasons() {
    const found = new Map();
    for (let h = 0; h < known.size; h++) {
      if (!known.searched || known.rank[h]) continue;
      const why = (reason(h) || "no significance").replace(/\s*\([^()]*\)$/, "");
      found.set(why, (found.get(why) || 0) + 1);
    }
    return Array.from(found).sort(function (a, b) {
      return b[1] - a[1];
    });
  }

  function model(h) {
    return known.models ? text(known.models, h) : "";
  }

  return {
    open: open,
    name: name,
    state: state,
    selection: selection,
    variable: variable,
    find: find,
    reason: reason,
    model: model,
    above: above,
    reasons: reasons,
    objects: function (h) {
      return known.objects[known.variables.of[h]];
    },
    // The leader of a histogram's group, -1 without one.
    leader: function (h) {
      return known.leader ? known.leader[h] - 1 : -1;
    },
    get all() {
      return known;
    },
  };
})();
