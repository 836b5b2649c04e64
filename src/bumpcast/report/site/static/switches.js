// What can be chosen of a picture, and what its marks mean.
"use strict";
bumpcast.switches = (function () {
  const { make } = bumpcast.elements;

  function choice(label, key, values, current) {
    return make(
      "label",
      {},
      label + " ",
      make(
        "select",
        {
          "data-key": key,
          onchange: function (event) {
            bumpcast.address.set({ [key]: event.target.value });
          },
        },
        values.map(function (value) {
          return make("option", { value: value[0], selected: value[0] === current }, value[1]);
        }),
      ),
    );
  }

  function tools(histogram, overview) {
    const bins = histogram.counts.length,
      natural = bumpcast.merging.natural(bins);
    const chosen = Number(bumpcast.address.get("merge"));
    const merges = [["", natural === 1 ? "every bin" : natural + " bins as one"]].concat(
      [1, 2, 3, 4, 5, 8, 10]
        .filter(function (n) {
          return n !== natural && (n <= bins / 3 || n === chosen);
        })
        .map(function (n) {
          return [String(n), n === 1 ? "every bin" : n + " bins as one"];
        }),
    );
    const h = histogram.number;
    return make(
      "div",
      { class: "tools" },
      choice(
        "Axis",
        "y",
        [
          ["", "logarithmic"],
          ["linear", "linear"],
        ],
        bumpcast.address.get("y"),
      ),
      choice(
        "Events per",
        "per",
        [
          ["", "GeV"],
          ["bin", "bin"],
        ],
        bumpcast.address.get("per"),
      ),
      choice("Show", "merge", merges, bumpcast.address.get("merge")),
      make("span", { class: "spring" }),
      make(
        "button",
        {
          type: "button",
          title: "The numbers of the bins as CSV",
          onclick: function () {
            bumpcast.saving.save(
              bumpcast.saving.fileName(h, ".csv"),
              "text/csv",
              bumpcast.saving.csv(histogram, overview.datasets),
            );
          },
        },
        "CSV",
      ),
      make(
        "button",
        {
          type: "button",
          title: "The picture as SVG",
          onclick: function () {
            const image = document.querySelector(".histogram svg.spectrum");
            bumpcast.saving.save(
              bumpcast.saving.fileName(h, ".svg"),
              "image/svg+xml",
              bumpcast.saving.image(image),
            );
          },
        },
        "SVG",
      ),
    );
  }

  // What the marks of the picture mean, the largest data set first.
  function legend(histogram) {
    const overview = bumpcast.overview,
      real = overview.datasets.some(function (own) {
        return own.kind === "data";
      });
    const entries = [
      make(
        "li",
        {},
        make("i", { class: "key dot" }),
        real ? "data" : overview.mode === "pseudo-data" ? "pseudo-data" : "all data sets together",
      ),
    ];
    if (histogram.background) {
      entries.push(make("li", {}, make("i", { class: "key dashes" }), "background of the search"));
    }
    bumpcast.picture
      .stacked(histogram.datasets, overview.datasets)
      .reverse()
      .forEach(function (own) {
        const known = overview.datasets[own.number];
        entries.push(
          make(
            "li",
            {},
            make("i", {
              class: "key area " + known.kind,
              style: { "--colour": known.colour, backgroundColor: known.colour },
            }),
            known.label,
          ),
        );
      });
    return make("ul", { class: "legend" }, entries);
  }

  // Let the choices say what the address says.
  function update(element) {
    element.querySelectorAll(".tools select").forEach(function (select) {
      select.value = bumpcast.address.get(select.dataset.key);
      if (select.selectedIndex < 0) select.selectedIndex = 0;
    });
  }

  return { tools: tools, update: update, legend: legend };
})();
