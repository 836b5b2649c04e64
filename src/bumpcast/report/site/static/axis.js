// From numbers to places on the paper, and where the ticks are.
"use strict";
bumpcast.axis = (function () {
  const significant = bumpcast.numbers.significant;

  // The round distance of ticks of which about so many fit.
  function distance(span, most) {
    const rough = span / most;
    const power = Math.pow(10, Math.floor(Math.log10(rough)));
    return (
      [1, 2, 5, 10].find(function (n) {
        return n * power >= rough;
      }) * power
    );
  }

  function linear(low, high, from, to, most) {
    const step = distance(high - low || 1, most || 6);
    const places = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    const ticks = [];
    for (let n = Math.ceil(low / step - 1e-9); n * step <= high + 1e-9 * step; n++) {
      // Adding 0 makes 0 of -0.
      ticks.push({ value: n * step, label: bumpcast.numbers.fixed(n * step + 0, places) });
    }
    const minor = [];
    for (let n = Math.ceil((5 * low) / step); (n * step) / 5 <= high; n++) {
      if (n % 5) minor.push({ value: (n * step) / 5 });
    }
    return {
      low: low,
      high: high,
      ticks: ticks,
      minor: minor,
      at: function (value) {
        return from + ((to - from) * (value - low)) / (high - low || 1);
      },
      value: function (place) {
        return low + ((high - low) * (place - from)) / (to - from);
      },
    };
  }

  // Needs 0 < low < high; what is below is drawn at its end.
  function logarithmic(low, high, from, to) {
    const start = Math.log(low),
      span = Math.log(high) - start;
    const ticks = [],
      minor = [];
    const decades = Math.ceil(span / Math.LN10);
    const stride = Math.ceil(decades / 7);
    for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
      for (let n = 1; n < 10; n++) {
        const value = n * Math.pow(10, power);
        if (value < low * 0.999 || value > high * 1.001) continue;
        if (n === 1 && power % stride === 0) {
          const plain = Math.abs(power) < 4;
          ticks.push({
            value: value,
            label: plain ? significant(value, 1) : "10" + bumpcast.numbers.superscript(power),
          });
        } else {
          minor.push({
            value: value,
            label: decades <= 2 && (n === 2 || n === 5) ? significant(value, 1) : "",
          });
        }
      }
    }
    return {
      low: low,
      high: high,
      ticks: ticks,
      minor: minor,
      at: function (value) {
        return from + (to - from) * Math.max(0, (Math.log(Math.max(value, low)) - start) / span);
      },
      value: function (place) {
        return Math.exp(start + (span * (place - from)) / (to - from));
      },
    };
  }

  return { linear: linear, logarithmic: logarithmic };
})();
