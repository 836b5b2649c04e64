// A histogram for other programs: its numbers as CSV, its picture as SVG.
"use strict";
bumpcast.saving = (function () {
  const STYLES = [
    "fill",
    "fill-opacity",
    "stroke",
    "stroke-width",
    "stroke-dasharray",
    "stroke-opacity",
    "opacity",
    "font-family",
    "font-size",
    "visibility",
  ];

  function quoted(text) {
    return /[",\n]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
  }

  // The bins of a histogram; the first columns are those that `bumpcast bumps spectrum` reads.
  function csv(histogram, datasets) {
    const heads = ["bin_low_GeV", "bin_high_GeV", "count", "variance"];
    const columns = [histogram.counts, histogram.variances];
    ["background", "uncertainty", "z"].forEach(function (key) {
      if (!histogram[key]) return;
      heads.push(key);
      columns.push(histogram[key]);
    });
    histogram.datasets.forEach(function (own) {
      heads.push(datasets[own.number].name);
      columns.push(own.counts);
    });
    const lines = [heads.map(quoted).join(",")];
    for (let i = 0; i < histogram.counts.length; i++) {
      const values = [histogram.edges[i], histogram.edges[i + 1]];
      columns.forEach(function (column) {
        values.push(column[i]);
      });
      lines.push(
        values
          .map(function (value) {
            return Number.isFinite(value) ? String(Number(value.toPrecision(7))) : "";
          })
          .join(","),
      );
    }
    return lines.join("\n") + "\n";
  }

  // A picture with the looks that the page's style sheets give it.
  function image(element) {
    const copy = element.cloneNode(true);
    const shown = element.querySelectorAll("*"),
      copied = copy.querySelectorAll("*");
    shown.forEach(function (each, i) {
      const style = getComputedStyle(each);
      // Attributes of their own: the page forbids styles that stand in elements.
      STYLES.forEach(function (key) {
        copied[i].setAttribute(key, style.getPropertyValue(key));
      });
    });
    copy.prepend(
      bumpcast.elements.svg("rect", {
        width: "100%",
        height: "100%",
        fill: getComputedStyle(document.querySelector(".picture")).backgroundColor,
      }),
    );
    return new XMLSerializer().serializeToString(copy);
  }

  function fileName(h, ending) {
    return (
      bumpcast.catalogue
        .name(h)
        .replace(/>=/g, "ge")
        .replace(/[^A-Za-z0-9.>]+/g, "_")
        .replace(/>/g, "_gt_")
        .replace(/^_|_$/g, "") + ending
    );
  }

  function save(name, type, text) {
    const address = URL.createObjectURL(new Blob([text], { type: type }));
    const link = bumpcast.elements.make("a", { href: address, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(function () {
      URL.revokeObjectURL(address);
    }, 10000);
  }

  return { csv: csv, image: image, save: save, fileName: fileName };
})();
