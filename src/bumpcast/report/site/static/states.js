// The final states and how many events of each data set are in them.
"use strict";
bumpcast.states = (function () {
  const { make, say } = bumpcast.elements;
  const { count, measured } = bumpcast.numbers;

  function create(overview) {
    const element = make("div", { class: "page states" }, make("p", {}, "…"));
    let table = null;

    bumpcast.loading
      .load("states")
      .then(function (stored) {
        const column = bumpcast.decode.column;
        const found = {
          names: stored.final_state,
          entries: column(stored.entries),
          yields: stored.yields.map(column),
          errors: stored.errors.map(column),
        };
        table = tableOf(found, overview);
        const unit =
          overview.mode === "raw"
            ? "Sums of the generator weights, not scaled"
            : "Events in " + overview.luminosity_fb + " fb⁻¹";
        bumpcast.elements.replace(
          element,
          make("h2", {}, bumpcast.numbers.many(found.names.length, "final state")),
          make(
            "p",
            {},
            unit +
              ", with statistical errors; entries are unweighted. A click shows a state's histograms.",
          ),
          table.element,
        );
        update();
      })
      .catch(function (error) {
        bumpcast.elements.replace(element, make("p", { class: "message bad" }, error.message));
      });

    function tableOf(found, overview) {
      const places = bumpcast.sorting.places(found.names);
      const columns = [
        {
          key: "name",
          head: "Final state",
          class: "state",
          sorted: "up",
          value: function (i) {
            return places[i];
          },
          cell: function (i, cell) {
            say(cell, found.names[i]);
          },
        },
        {
          key: "entries",
          head: "Entries",
          class: "number",
          sorted: "down",
          value: function (i) {
            return found.entries[i];
          },
          cell: function (i, cell) {
            say(cell, count(found.entries[i]));
          },
        },
      ].concat(
        overview.datasets.map(function (own, number) {
          return {
            key: own.name,
            head: own.label,
            class: "number yield",
            sorted: "down",
            title: own.kind,
            value: function (i) {
              return found.yields[number][i];
            },
            cell: function (i, cell) {
              const value = found.yields[number][i],
                error = found.errors[number][i];
              say(cell, value || error ? measured(value, error) : "–");
            },
          };
        }),
      );
      const made = bumpcast.scroller({
        label: "Final states",
        class: "states",
        columns: columns,
        height: function () {
          return 27;
        },
        onsort: function (chosen) {
          const falling = chosen.sorted === "down",
            now = bumpcast.address.get("ssort");
          const first = (falling ? "-" : "") + chosen.key;
          bumpcast.address.set({
            ssort: now === first ? (falling ? "" : "-") + chosen.key : first,
          });
        },
        onopen: function (i) {
          bumpcast.address.set(
            bumpcast.filters.only({ view: null, h: null, state: found.names[i] }),
            true,
          );
        },
      });
      made.element.style.setProperty("--yields", overview.datasets.length);
      made.columns = columns;
      made.all = found.names.map(function (_, i) {
        return i;
      });
      return made;
    }

    function update() {
      if (!table) return;
      const sort = bumpcast.address.get("ssort") || "-entries";
      const falling = sort[0] === "-",
        key = falling ? sort.slice(1) : sort;
      const column =
        table.columns.find(function (each) {
          return each.key === key;
        }) || table.columns[1];
      table.set(bumpcast.sorting.sort(table.all.slice(), column.value, falling), true);
      table.sorted(column.key, falling);
    }

    return { element: element, update: update };
  }

  return { create: create };
})();
