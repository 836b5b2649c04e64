// The row of filters above the ranking; each of them writes what it says into the address.
"use strict";
bumpcast.controls = (function () {
  const make = bumpcast.elements.make;
  const KINDS = [
    ["e", "electron"],
    ["m", "muon"],
    ["g", "photon"],
    ["j", "jet"],
    ["b", "b-jet"],
    ["Z", "Z from two leptons"],
    ["Wh", "W, Z or H in one large jet"],
    ["T", "top in one large jet"],
    ["HM", "large jet of high mass"],
  ];

  function filters() {
    const all = bumpcast.catalogue.all;
    const inputs = {};

    function field(key, attributes) {
      const input = make(
        "input",
        Object.assign(
          {
            "data-key": key,
            autocomplete: "off",
            spellcheck: "false",
            oninput: function () {
              bumpcast.address.set({ [key]: input.value });
            },
          },
          attributes,
        ),
      );
      inputs[key] = input;
      return input;
    }

    function select(key, label, options) {
      const element = make(
        "select",
        {
          "data-key": key,
          "aria-label": label,
          onchange: function () {
            bumpcast.address.set({ [key]: element.value });
          },
        },
        options.map(function (each) {
          return make("option", { value: each[0] }, each[1]);
        }),
      );
      inputs[key] = element;
      return element;
    }

    const words = new Intl.Collator("en", { numeric: true });
    function texts(list) {
      return list.texts.slice().sort(words.compare);
    }
    const states = select(
      "state",
      "Final state",
      [["", "any final state"]].concat(
        texts(all.states).map(function (text) {
          return [text, text];
        }),
      ),
    );
    const selections = select(
      "selection",
      "Selection",
      [["", "any selection"]].concat(
        texts(all.selections).map(function (text) {
          return text ? [text, text] : [bumpcast.filters.NO_SELECTION, "no selection"];
        }),
      ),
    );
    const present = new Set();
    all.objects.forEach(function (each) {
      each.kinds.forEach(function (kind) {
        present.add(kind);
      });
    });
    const kinds = make(
      "span",
      { class: "kinds", role: "group", "aria-label": "Made of" },
      KINDS.filter(function (kind) {
        return present.has(kind[0]);
      }).map(function (kind) {
        return make(
          "button",
          {
            type: "button",
            "data-kind": kind[0],
            "aria-pressed": "false",
            title: "Only masses with a " + kind[1],
            onclick: function () {
              toggle(kind[0]);
            },
          },
          kind[0],
        );
      }),
    );

    function toggle(kind) {
      const chosen = bumpcast.address.get("kinds").split(",").filter(Boolean);
      const without = chosen.filter(function (each) {
        return each !== kind;
      });
      const next = without.length < chosen.length ? without : chosen.concat(kind);
      bumpcast.address.set({ kinds: next.join(",") });
    }

    function range(name, low, high, unit) {
      return make(
        "span",
        { class: "range" },
        name + " ",
        field(low, {
          type: "number",
          step: "any",
          "aria-label": name + " from",
          placeholder: "from",
        }),
        "–",
        field(high, { type: "number", step: "any", "aria-label": name + " to", placeholder: "to" }),
        unit,
      );
    }

    const leaders = make("input", {
      type: "checkbox",
      "data-key": "leaders",
      onchange: function () {
        bumpcast.address.set({ leaders: leaders.checked ? "1" : "" });
      },
    });
    const found = make("output", { class: "found" });
    const reset = make(
      "button",
      {
        type: "button",
        class: "reset",
        onclick: function () {
          bumpcast.address.set(bumpcast.filters.only({}));
        },
      },
      "Clear filters",
    );
    const element = make(
      "form",
      {
        class: "filters",
        role: "search",
        "aria-label": "Filters",
        onsubmit: function (event) {
          event.preventDefault();
        },
      },
      field("search", {
        type: "search",
        id: "search",
        "aria-label": "Search names",
        placeholder: "Search: 2m os m(m0",
        title: "Words that the name contains (key /)",
      }),
      states,
      selections,
      kinds,
      all.searched && range("z", "zmin", "zmax", ""),
      range("mass", "mmin", "mmax", " GeV"),
      all.searched &&
        make(
          "label",
          { title: "Of excesses that share their events, only the first" },
          leaders,
          " each group once",
        ),
      all.searched &&
        select("show", "Searched or skipped", [
          ["", "any outcome"],
          ["searched", "searched only"],
          ["skipped", "skipped only"],
        ]),
      reset,
      found,
    );

    // Say what the address says.
    function update(number) {
      Object.keys(inputs).forEach(function (key) {
        const value = bumpcast.address.get(key);
        if (inputs[key].value !== value && document.activeElement !== inputs[key])
          inputs[key].value = value;
      });
      leaders.checked = bumpcast.address.get("leaders") === "1";
      const chosen = bumpcast.address.get("kinds").split(",");
      kinds.querySelectorAll("button").forEach(function (button) {
        button.setAttribute("aria-pressed", chosen.indexOf(button.dataset.kind) >= 0);
      });
      reset.hidden = !bumpcast.filters.KEYS.some(function (key) {
        return bumpcast.address.get(key);
      });
      found.textContent =
        number === all.size
          ? bumpcast.numbers.many(number, "histogram")
          : bumpcast.numbers.count(number) + " of " + bumpcast.numbers.many(all.size, "histogram");
    }

    return { element: element, update: update };
  }

  return { filters: filters };
})();
