// Numbers as a reader wants them.
"use strict";
bumpcast.numbers = (function () {
  const NONE = "–";
  const formats = [];

  // A number with so many decimal places. Formats are made once: a line of a table has many.
  function fixed(value, places) {
    const known = Math.min(20, Math.max(0, places));
    if (!formats[known]) {
      formats[known] = new Intl.NumberFormat("en", {
        minimumFractionDigits: known,
        maximumFractionDigits: known,
      });
    }
    return formats[known].format(value).replace("-", "−");
  }

  function count(value) {
    if (!Number.isFinite(value)) return NONE;
    if (Number.isInteger(value)) return fixed(value, 0);
    return significant(value, 4);
  }

  // So many digits, without an exponent between a thousandth and a billion.
  function significant(value, digits) {
    if (!Number.isFinite(value)) return NONE;
    // Rounding may make it longer: 0.00998 is 0.010.
    const size = Math.abs(Number(value.toPrecision(digits)));
    if (size !== 0 && (size < 1e-3 || size >= 1e9)) return power(value, digits);
    const places = size === 0 ? 0 : Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
    return fixed(value, places);
  }

  // A value with its error, both to the second digit of the error.
  function measured(value, error) {
    if (!Number.isFinite(value)) return NONE;
    if (!(error > 0)) return significant(value, 4) + " ± 0";
    const places = 1 - Math.floor(Math.log10(error) + 1e-9);
    if (places > 6) return significant(value, 4) + " ± " + significant(error, 2);
    return fixed(value, places) + " ± " + fixed(error, places);
  }

  function superscript(exponent) {
    return String(exponent).replace(/./g, function (letter) {
      return letter === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[letter];
    });
  }

  function power(value, digits) {
    const parts = value.toExponential(digits - 1).split("e");
    return parts[0].replace("-", "−") + "·10" + superscript(Number(parts[1]));
  }

  // A probability from its decimal logarithm, which reaches further than numbers do.
  function probability(logarithm) {
    if (Number.isNaN(logarithm)) return NONE;
    if (logarithm === -Infinity) return "0";
    if (logarithm > -3) return significant(Math.pow(10, logarithm), 2);
    let exponent = Math.floor(logarithm);
    let mantissa = Math.pow(10, logarithm - exponent).toFixed(1);
    if (mantissa === "10.0") {
      mantissa = "1.0";
      exponent += 1;
    }
    return mantissa + "·10" + superscript(exponent);
  }

  function z(value) {
    return Number.isFinite(value) ? value.toFixed(2).replace("-", "−") : NONE;
  }

  function gev(value) {
    if (!Number.isFinite(value)) return NONE;
    return value >= 1000 ? fixed(value, 0) : significant(value, 3);
  }

  function duration(seconds) {
    if (!Number.isFinite(seconds)) return NONE;
    if (seconds < 120) return significant(seconds, 3) + " s";
    if (seconds < 7200) return (seconds / 60).toFixed(1) + " min";
    return (seconds / 3600).toFixed(1) + " h";
  }

  function many(number, one, more) {
    return count(number) + " " + (number === 1 ? one : more || one + "s");
  }

  return {
    NONE: NONE,
    fixed: fixed,
    count: count,
    significant: significant,
    probability: probability,
    z: z,
    gev: gev,
    duration: duration,
    many: many,
    measured: measured,
    superscript: superscript,
  };
})();
