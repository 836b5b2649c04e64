// How the histograms came about: cutflow, sessions, versions, files, failures, settings.
"use strict";
bumpcast.run = (function () {
  const { make, table } = bumpcast.elements;
  const { count, significant, duration } = bumpcast.numbers;
  const MOST_FILES = 500;

  function create(overview) {
    const element = make("div", { class: "page run" }, make("p", {}, "…"));
    bumpcast.loading
      .load("run")
      .then(function (record) {
        bumpcast.elements.replace(element, parts(record, overview));
      })
      .catch(function (error) {
        bumpcast.elements.replace(element, make("p", { class: "message bad" }, error.message));
      });
    return { element: element, update: function () {} };
  }

  function parts(record, overview) {
    const manifest = record.manifest || {};
    return [
      section("Cutflow", cutflow(record.cutflow, overview)),
      section("Search", search(overview)),
      section("Histograms", kept(overview)),
      section(
        "Run",
        manifest.status
          ? status(manifest)
          : make("p", {}, "There is no manifest of the run that can be read."),
      ),
      manifest.failures &&
        manifest.failures.length > 0 &&
        section("Failures", failures(manifest.failures)),
      manifest.sessions && section("Sessions", sessions(manifest.sessions)),
      manifest.files && section("Files", files(manifest.files)),
      record.configuration &&
        make(
          "details",
          {},
          make("summary", {}, make("h2", {}, "Configuration")),
          make("pre", {}, record.configuration),
        ),
    ];
  }

  function section(title, ...content) {
    return make("section", {}, make("h2", {}, title), content);
  }

  function pairs(entries) {
    return make(
      "dl",
      { class: "details" },
      entries.map(function (entry) {
        return [make("dt", {}, entry[0]), make("dd", {}, entry[1])];
      }),
    );
  }

  function cutflow(lines, overview) {
    const rows = lines.map(function (line) {
      const known =
        overview.datasets.find(function (own) {
          return own.name === line.dataset;
        }) || {};
      return [
        known.label || line.dataset,
        known.kind || "",
        count(line.read),
        count(line.bad),
        count(line.used),
        significant(line.sum_of_weights, 5),
        significant(line.scale, 4),
        significant(line.sum_of_weights * line.scale, 5),
      ];
    });
    const scaled =
      overview.mode === "raw"
        ? "Generator weights as they are, data sets added up unscaled."
        : overview.mode === "luminosity"
          ? "Scaled to " + overview.luminosity_fb + " fb⁻¹."
          : "Pseudo-data of " + overview.luminosity_fb + " fb⁻¹.";
    return [
      make("p", {}, scaled),
      table(
        null,
        ["Data set", "kind", "#read", "#bad", "#used", "#sum of weights", "#scale", "#expected"],
        rows,
      ),
    ];
  }

  // Settings may be nested to any depth: each gets the way to it as its name.
  function flat(value, name) {
    if (value === null || typeof value !== "object")
      return [[name, value === null ? "–" : String(value)]];
    if (
      Array.isArray(value) &&
      value.every(function (each) {
        return each === null || typeof each !== "object";
      })
    ) {
      return [[name, value.length > 20 ? value.slice(0, 20).join(", ") + ", …" : value.join(", ")]];
    }
    const found = [];
    Object.keys(value).forEach(function (key) {
      flat(value[key], name ? name + " · " + key : key).forEach(function (entry) {
        found.push(entry);
      });
    });
    return found;
  }

  function search(overview) {
    const known = overview.search;
    if (!known) {
      return make(
        "p",
        { class: "message" },
        "Nothing was searched here yet: ",
        make("code", {}, overview.commands.search),
      );
    }
    const entries = [
      ["name", known.name],
      ["searched", bumpcast.numbers.many(known.searched, "histogram")],
      ["skipped", bumpcast.numbers.many(known.skipped, "histogram")],
    ];
    if (known.others.length) {
      entries.push([
        "other searches here",
        [
          known.others.join(", "),
          " (",
          make("code", {}, overview.commands.report + " --search NAME"),
          ")",
        ],
      ]);
    }
    const reasons = bumpcast.catalogue.reasons().map(function (each) {
      return [each[0], count(each[1])];
    });
    return [
      pairs(entries.concat(flat(known.settings, ""))),
      reasons.length > 0 &&
        table("Why histograms were skipped", ["Reason", "#histograms"], reasons),
    ];
  }

  function kept(overview) {
    const rule = overview.rule;
    return [
      make(
        "p",
        {},
        count(overview.filled) +
          " filled, " +
          count(overview.kept) +
          " kept for the search: from the " +
          "maximum onward at least " +
          rule.min_events +
          " entries and more than " +
          rule.min_bins +
          " bins of at least " +
          rule.min_events_per_bin +
          " entries. ",
        make("code", {}, overview.commands.list),
        " lists them all.",
      ),
      overview.not_kept.length > 0 &&
        table(
          "Why the others are not kept",
          ["Reason", "#histograms"],
          overview.not_kept.map(function (each) {
            return [each.reason, count(each.histograms)];
          }),
        ),
    ];
  }

  function status(manifest) {
    return pairs(
      [
        ["name", manifest.name],
        ["status", manifest.status],
        ["events read", count(manifest.entries_seen) + " of " + count(manifest.entries_expected)],
        ["processor", (manifest.processor || {}).file || "–"],
        ["configuration", manifest.configuration || "–"],
        ["code", manifest.code || "–"],
      ]
        .concat(flat(manifest.seeds || {}, "seed"))
        .map(function (entry) {
          return [entry[0], String(entry[1])];
        }),
    );
  }

  function failures(found) {
    return table(
      null,
      ["Data set", "File", "#from", "#to", "Error"],
      found.map(function (each) {
        const error = each.error || {};
        return [
          String(each.dataset),
          String(each.filename),
          count(each.entrystart),
          count(each.entrystop),
          (error.type || "failed") + ": " + String(error.message || "").split("\n")[0],
        ];
      }),
    );
  }

  function sessions(found) {
    const rows = found.map(function (each) {
      return [
        each.started,
        duration(each.seconds),
        each.status,
        each.executor,
        count(each.workers),
        each.host,
        (each.command || []).join(" "),
      ].map(function (text) {
        return text === undefined || text === null ? "–" : String(text);
      });
    });
    const last = found[found.length - 1] || {};
    return [
      table(null, ["Started", "#took", "status", "executor", "#workers", "host", "command"], rows),
      last.versions && make("h3", {}, "Versions"),
      last.versions &&
        pairs(flat(last.versions, "").concat([["platform", String(last.platform || "–")]])),
    ];
  }

  function files(found) {
    const rows = found.slice(0, MOST_FILES).map(function (each) {
      return [
        String(each.dataset),
        String(each.file),
        count(each.entries),
        count(each.bytes),
        String(each.uuid),
      ];
    });
    return [
      table(null, ["Data set", "File", "#entries", "#bytes", "UUID"], rows),
      found.length > MOST_FILES &&
        make("p", {}, "and " + count(found.length - MOST_FILES) + " more, all in manifest.json"),
    ];
  }

  return { create: create };
})();
