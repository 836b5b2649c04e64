// The bins of histograms, loaded a few hundred at a time when one of them is looked at.
"use strict";
bumpcast.shards = (function () {
  // The least recently used are forgotten: a day of looking around must not fill the memory.
  const MOST = 16;
  const opened = new Map();

  function shard(number) {
    const known = opened.get(number);
    if (known) {
      opened.delete(number);
      opened.set(number, known);
      return known;
    }
    const name = "shard-" + String(number).padStart(4, "0");
    const promise = bumpcast.loading.load(name).then(unpacked);
    opened.set(number, promise);
    promise.catch(function () {
      opened.delete(number);
    });
    if (opened.size > MOST) opened.delete(opened.keys().next().value);
    return promise;
  }

  function unpacked(stored) {
    const column = bumpcast.decode.column;
    const bins = column(stored.bins);
    const found = { offsets: offsetsOf(bins), edges: column(stored.edges), datasets: [] };
    ["counts", "variances", "z", "background", "uncertainty"].forEach(function (key) {
      if (stored[key] !== undefined) found[key] = column(stored[key]);
    });
    stored.datasets.forEach(function (own) {
      const rows = column(own.rows);
      const lengths = Array.from(rows, function (row) {
        return bins[row];
      });
      found.datasets.push({
        number: own.number,
        rows: Array.from(rows),
        offsets: offsetsOf(lengths),
        counts: column(own.counts),
        variances: own.variances && column(own.variances),
      });
    });
    return found;
  }

  function offsetsOf(lengths) {
    const offsets = new Uint32Array(lengths.length + 1);
    for (let i = 0; i < lengths.length; i++) offsets[i + 1] = offsets[i] + lengths[i];
    return offsets;
  }

  // A promise of one histogram: edges, counts, variances, z, background, uncertainty, and the
  // data sets that are in it.
  function histogram(h) {
    const size = bumpcast.catalogue.all.shard;
    const row = h % size;
    return shard(Math.floor(h / size)).then(function (found) {
      const begin = found.offsets[row],
        end = found.offsets[row + 1];
      function part(column) {
        return column && column.slice(begin, end);
      }
      const counts = part(found.counts);
      return {
        number: h,
        // Each histogram before this one has an edge more than it has bins.
        edges: found.edges.slice(begin + row, end + row + 1),
        counts: counts,
        variances: part(found.variances) || counts,
        z: part(found.z),
        background: part(found.background),
        uncertainty: part(found.uncertainty),
        datasets: found.datasets
          .map(function (own) {
            return share(own, row);
          })
          .filter(Boolean),
      };
    });
  }

  function share(own, row) {
    const place = own.rows.indexOf(row);
    if (place < 0) return null;
    const begin = own.offsets[place],
      end = own.offsets[place + 1];
    const counts = own.counts.slice(begin, end);
    const variances = own.variances ? own.variances.slice(begin, end) : counts;
    return { number: own.number, counts: counts, variances: variances };
  }

  return {
    histogram: histogram,
    get size() {
      return opened.size;
    },
    MOST: MOST,
  };
})();
