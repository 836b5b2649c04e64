// The panel of one histogram: picture, numbers, neighbours.
"use strict";
bumpcast.histogram = (function () {
  const { make, replace } = bumpcast.elements;
  const { gev, z } = bumpcast.numbers;

  // A panel, which shows one histogram after the other.
  function panel(overview) {
    const element = make("section", { class: "histogram", "aria-label": "Histogram" });
    let asked = null,
      shown = null;

    function show(h) {
      if (asked === h) return;
      asked = h;
      if (h === null) {
        shown = null;
        replace(element);
        return;
      }
      bumpcast.shards
        .histogram(h)
        .then(function (found) {
          if (asked !== h) return;
          shown = found;
          fill();
        })
        .catch(function (error) {
          if (asked === h) replace(element, make("p", { class: "message bad" }, error.message));
        });
    }

    function fill() {
      const h = shown.number;
      const holder = make("div", { class: "picture" });
      replace(
        element,
        heading(h),
        bumpcast.facts.facts(h),
        bumpcast.switches.tools(shown, overview),
        bumpcast.switches.legend(shown),
        holder,
        bumpcast.facts.details(shown),
        bumpcast.neighbours.section(h),
        hint(h, overview),
      );
      element.scrollTop = 0;
      redraw();

      function redraw() {
        const merge =
          Number(bumpcast.address.get("merge")) || bumpcast.merging.natural(shown.counts.length);
        replace(holder);
        bumpcast.switches.update(element);
        const picture = bumpcast.picture.draw(shown, {
          merge: merge,
          log: bumpcast.address.get("y") !== "linear",
          perGeV: bumpcast.address.get("per") !== "bin",
          datasets: overview.datasets,
          width: Math.max(300, Math.floor(holder.clientWidth || 600)),
          label: spoken(h),
        });
        holder.append(picture.element);
        bumpcast.pointer.watch(picture, shown, overview.datasets, holder);
        element.dataset.shown = bumpcast.catalogue.name(h);
      }
      element.redraw = redraw;
    }

    let width = 0;
    new ResizeObserver(function () {
      if (Math.abs(element.clientWidth - width) < 2) return;
      width = element.clientWidth;
      if (shown && element.redraw) element.redraw();
    }).observe(element);

    return {
      element: element,
      show: show,
      redraw: function () {
        if (shown && element.redraw) element.redraw();
      },
      get shown() {
        return shown;
      },
    };
  }

  // What a reader who does not see the picture is told.
  function spoken(h) {
    const all = bumpcast.catalogue.all;
    const name = "Spectrum of " + bumpcast.catalogue.name(h);
    if (!all.searched || !all.rank[h]) return name;
    return name + ": largest significance " + z(all.z[h]) + " at " + gev(all.mass[h]) + " GeV";
  }

  function heading(h) {
    const cut = bumpcast.catalogue.selection(h);
    return make(
      "header",
      {},
      make(
        "button",
        {
          type: "button",
          class: "back",
          title: "Back to the ranking (Esc)",
          onclick: function () {
            bumpcast.address.set({ h: null });
          },
        },
        "← Ranking",
      ),
      make(
        "h2",
        {},
        bumpcast.catalogue.variable(h),
        make(
          "small",
          {},
          " in ",
          make("b", {}, bumpcast.catalogue.state(h)),
          cut ? ", " + cut : "",
        ),
      ),
      make(
        "span",
        { class: "walk" },
        make(
          "button",
          {
            type: "button",
            title: "The one above in the ranking (↑)",
            onclick: function () {
              bumpcast.ranking.walk(-1);
            },
          },
          "↑",
        ),
        make(
          "button",
          {
            type: "button",
            title: "The next in the ranking (↓)",
            onclick: function () {
              bumpcast.ranking.walk(1);
            },
          },
          "↓",
        ),
      ),
    );
  }

  function hint(h, overview) {
    const name = bumpcast.catalogue.name(h);
    return make(
      "p",
      { class: "hint" },
      "On the command line: ",
      make("code", {}, overview.commands.show.replace(" show ", " show '" + name + "' ")),
    );
  }

  return { panel: panel };
})();
