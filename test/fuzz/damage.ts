// Texts of a corpus, damaged at random: parts are cut out, repeated, replaced or put in. The same for the same seed.

export type Random = (limit: number) => number;

/** mulberry32: small, and the same everywhere. Gives whole numbers below `limit`. */
export function randomFrom(seed: number): Random {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
}

const PIECES = [
  ...[
    '/',
    '//',
    '%',
    '%00',
    '%2f',
    '..',
    '?',
    '&=',
    '\r\n',
    '\0',
    '~',
    '"',
    '[',
    '{',
    '}',
    ']',
    ',',
    ':',
    '=',
    '@',
    '-',
  ],
  ...[
    "'",
    '\\',
    '\\u0000',
    '#',
    ' ',
    '.',
    '0',
    '-1',
    '1e999',
    'null',
    'true',
    '__proto__',
    'constructor',
    '\u2028',
    '\ud800',
  ],
  ...['\ufeff', '/*', '//\n', ';', '99999999999999999999', '中', '{name}', '::1'],
];

export function damagedText(texts: readonly string[], random: Random): string {
  const pick = (): string => texts[random(texts.length)] ?? '';
  let text = pick();
  for (let cuts = 1 + random(4); cuts > 0; cuts--) {
    const at = random(text.length + 1);
    const length = random(2) === 0 ? 0 : random(20);
    text = text.slice(0, at) + piece(pick, random) + text.slice(at + length);
  }
  return text;
}

function piece(pick: () => string, random: Random): string {
  switch (random(8)) {
    case 0:
      return '';
    case 1:
      return String.fromCodePoint(random(0x110000));
    case 2:
      return pick();
    case 3: {
      const other = pick();
      return other.slice(random(other.length + 1)).slice(0, random(12));
    }
    case 4:
      return String.fromCharCode(random(128)).repeat(1 + random(3));
    default:
      return (PIECES[random(PIECES.length)] ?? '').repeat(1 + random(2));
  }
}
