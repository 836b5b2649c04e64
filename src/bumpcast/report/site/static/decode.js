// Columns of numbers back from the texts that columns.py made of them.
"use strict";
bumpcast.decode = (function () {
  const arrays = {
    u1: Uint8Array,
    u2: Uint16Array,
    u4: Uint32Array,
    i2: Int16Array,
    i4: Int32Array,
    f4: Float32Array,
    f8: Float64Array,
  };

  function bytesOf(text) {
    // Newer browsers have it built in, which is many times as fast.
    if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
    const letters = atob(text);
    const bytes = new Uint8Array(letters.length);
    for (let i = 0; i < letters.length; i++) bytes[i] = letters.charCodeAt(i);
    return bytes;
  }

  // A typed array of the column's numbers; NaN where nothing is known.
  function column(stored) {
    const numbers = new arrays[stored.type](bytesOf(stored.bytes).buffer);
    if (stored.step === undefined) return numbers;
    const values = new Float64Array(numbers.length);
    if (stored.lowest === undefined) {
      for (let i = 0; i < values.length; i++) {
        values[i] = numbers[i] === -32768 ? NaN : stored.step * numbers[i];
      }
      return values;
    }
    for (let i = 0; i < values.length; i++) {
      const n = numbers[i];
      values[i] = n > 1 ? Math.exp(stored.lowest + stored.step * (n - 2)) : n === 1 ? 0 : NaN;
    }
    return values;
  }

  return { column: column };
})();
