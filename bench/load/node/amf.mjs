// AMF0, as far as a client's commands need it.

/** @param {...(string | number | null | Record<string, string>)} values */
export function buildAmf(...values) {
  return Buffer.concat(values.map((value) => buildValue(value)));
}

/** @param {string | number | null | Record<string, string>} value @returns {Buffer} */
function buildValue(value) {
  if (value === null) return Buffer.from([5]);
  if (typeof value === 'string') return Buffer.concat([Buffer.from([2]), buildKey(value)]);
  if (typeof value === 'number') {
    const number = Buffer.alloc(9);
    number.writeDoubleBE(value, 1);
    return number;
  }
  const fields = Object.entries(value).flatMap(([key, text]) => [buildKey(key), buildValue(text)]);
  return Buffer.concat([Buffer.from([3]), ...fields, Buffer.from([0, 0, 9])]);
}

/** @param {string} text */
function buildKey(text) {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(Buffer.byteLength(text));
  return Buffer.concat([length, Buffer.from(text)]);
}
