// Bins are as narrow as the detector sees; for the eye, neighbours are shown as one.
"use strict";
bumpcast.merging = (function () {
  const MOST_BINS = 60;

  // How many bins to show as one unless asked otherwise.
  function natural(bins) {
    return Math.max(1, Math.ceil(bins / MOST_BINS));
  }

  function sums(column, merge) {
    if (!column) return undefined;
    const merged = new Float64Array(Math.ceil(column.length / merge));
    for (let i = 0; i < column.length; i++) merged[Math.floor(i / merge)] += column[i];
    return merged;
  }

  // A histogram with so many neighbours as one. What is not known of a part is not known of the
  // sum. A background is smooth: if it is wrong, neighbours are wrong together, and their
  // uncertainties add up.
  function merged(histogram, merge) {
    const bins = histogram.counts.length,
      edges = [];
    for (let i = 0; i < bins; i += merge) edges.push(histogram.edges[i]);
    edges.push(histogram.edges[bins]);
    return {
      number: histogram.number,
      edges: edges,
      counts: sums(histogram.counts, merge),
      variances: sums(histogram.variances, merge),
      background: sums(histogram.background, merge),
      uncertainty: sums(histogram.uncertainty, merge),
      datasets: histogram.datasets.map(function (own) {
        return {
          number: own.number,
          counts: sums(own.counts, merge),
          variances: sums(own.variances, merge),
        };
      }),
    };
  }

  // A histogram's numbers by the widths of its bins.
  function perGeV(histogram) {
    function divided(column, power) {
      return (
        column &&
        column.map(function (value, i) {
          return value / Math.pow(histogram.edges[i + 1] - histogram.edges[i], power);
        })
      );
    }
    return Object.assign({}, histogram, {
      counts: divided(histogram.counts, 1),
      variances: divided(histogram.variances, 2),
      background: divided(histogram.background, 1),
      uncertainty: divided(histogram.uncertainty, 1),
      datasets: histogram.datasets.map(function (own) {
        return Object.assign({}, own, {
          counts: divided(own.counts, 1),
          variances: divided(own.variances, 2),
        });
      }),
    });
  }

  return { natural: natural, merged: merged, perGeV: perGeV };
})();
