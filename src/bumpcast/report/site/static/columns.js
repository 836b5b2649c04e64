// The columns of the ranking: what stands in them, and what lines are ordered by.
"use strict";
bumpcast.columns = (function () {
  const { make, say } = bumpcast.elements;
  const { count, gev, probability, z, NONE } = bumpcast.numbers;

  // How remarkable a significance is, as a class.
  function level(value) {
    return value >= 5 ? "five" : value >= 4 ? "four" : value >= 3 ? "three" : "";
  }

  function column(key, head, kind, first, title, cell, spanned) {
    return {
      key: key,
      head: head,
      class: kind,
      sorted: first,
      title: title,
      cell: cell,
      spanned: spanned,
    };
  }

  function text(write) {
    return function (h, element) {
      say(element, write(h));
    };
  }

  function ranking() {
    const all = bumpcast.catalogue.all,
      names = bumpcast.catalogue;
    const place = [
      column(
        "state",
        "Final state",
        "state",
        "up",
        "Exclusive numbers of objects",
        text(names.state),
      ),
      column(
        "selection",
        "Selection",
        "selection",
        "up",
        "Extra requirement on the event",
        text(names.selection),
      ),
      column(
        "variable",
        "Variable",
        "variable",
        "up",
        "m: invariant mass, mT: transverse mass",
        function (h, element) {
          if (!element.firstChild) element.append("", make("span", { class: "cut" }));
          element.firstChild.data = names.variable(h);
          say(element.lastChild, names.selection(h));
        },
      ),
    ];
    const size = [
      column(
        "entries",
        "Entries",
        "number entries",
        "down",
        "Unweighted, under- and overflow included",
        text(function (h) {
          return count(all.entries[h]);
        }),
      ),
      column(
        "bins",
        "Bins",
        "number bins",
        "down",
        "Bins of the range that is searched",
        text(function (h) {
          return count(all.bins[h]);
        }),
      ),
    ];
    if (!all.searched) {
      return place.concat(size, [
        column(
          "low",
          "From",
          "number low",
          "up",
          "Lower end of the range, GeV",
          text(function (h) {
            return gev(all.low[h]);
          }),
        ),
        column(
          "high",
          "To",
          "number high",
          "down",
          "Upper end of the range, GeV",
          text(function (h) {
            return gev(all.high[h]);
          }),
        ),
      ]);
    }
    return [
      column(
        "rank",
        "#",
        "number rank",
        "up",
        "By the probability in the histogram, then by z",
        text(function (h) {
          return all.rank[h] ? count(all.rank[h]) : NONE;
        }),
      ),
    ].concat(
      place,
      [
        column(
          "z",
          "z",
          "number z",
          "down",
          "Largest significance of a signal, in standard deviations",
          function (h, element) {
            say(element, z(all.z[h]));
            element.className = "cell number z " + level(all.z[h]);
          },
          true,
        ),
        column(
          "mass",
          "Mass",
          "number mass",
          "up",
          "Where it is, GeV",
          text(function (h) {
            return gev(all.mass[h]);
          }),
          true,
        ),
        column(
          "width",
          "Width",
          "number width",
          "up",
          "Standard deviation of the signal, GeV",
          text(function (h) {
            return gev(all.width[h]);
          }),
          true,
        ),
        column(
          "log_p_local",
          "p local",
          "number plocal",
          "up",
          "Of so large a z in this bin, without a signal",
          text(function (h) {
            return probability(all.log_p_local[h]);
          }),
          true,
        ),
        column(
          "log_p_histogram",
          "p hist.",
          "number phistogram",
          "up",
          "That any bin of this histogram has so large a z, without a signal",
          text(function (h) {
            return probability(all.log_p_histogram[h]);
          }),
          true,
        ),
      ],
      size,
      [
        column(
          "group",
          "Group",
          "group",
          "up",
          "Which excesses share their events: rank of the first of them",
          text(groupText),
        ),
      ],
    );
  }

  function groupText(h) {
    const all = bumpcast.catalogue.all,
      leader = bumpcast.catalogue.leader(h);
    if (leader < 0) return "";
    if (leader !== h) return "of #" + all.rank[leader];
    return all.members[h] > 1 ? "leads " + (all.members[h] - 1) : "alone";
  }

  // What lines are ordered by.
  function sortKey(key) {
    const all = bumpcast.catalogue.all;
    const lists = { state: all.states, selection: all.selections, variable: all.variables };
    if (lists[key]) {
      const places = bumpcast.sorting.places(lists[key].texts);
      return function (h) {
        return places[lists[key].of[h]];
      };
    }
    if (key === "rank")
      return function (h) {
        return all.rank[h] || NaN;
      };
    if (key === "group") {
      return function (h) {
        const leader = bumpcast.catalogue.leader(h);
        return leader < 0 ? NaN : all.rank[leader];
      };
    }
    return function (h) {
      return all[key][h];
    };
  }

  return { level: level, ranking: ranking, sortKey: sortKey };
})();
