import * as fc from 'fast-check';
import JSON5 from 'json5';
import { describe, expect, test } from 'vitest';
import { ConfigPositions } from '../../../config/text/positions.ts';

const at = (text: string, ...path: (string | number)[]): unknown => new ConfigPositions(text).value(path);

describe('positions', () => {
  test.each([
    ["{ 'a': 0xFF }", { line: 1, column: 8 }],
    ['{ a: +Infinity }', { line: 1, column: 6 }],
    ['{ /* c */ a /* d */ : 1, }', { line: 1, column: 23 }],
    ['{ // c\r\n a: [1,], }', { line: 2, column: 5 }],
    ["{ a: 'one \\\n two', }", { line: 1, column: 6 }],
    ['{ \\u0061: .5 }', { line: 1, column: 11 }],
    ['{ "名": 1, a: 2 }', { line: 1, column: 14 }],
  ])('are known in %j', (text, position) => {
    expect(JSON5.parse(text)).toHaveProperty('a');
    expect(at(text, 'a')).toEqual(position);
  });

  test('of something missing are those of what should hold it', () => {
    expect(at('{ a: { b: 1 } }', 'a', 'c', 'd')).toEqual({ line: 1, column: 3 });
  });

  test('are unknown in a text that their parser cannot read', () => {
    expect(at('{ a: -.5, null: 1 }', 'a')).toBeUndefined();
  });
});

test('positions of every value in any config lead to that value', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const text = JSON5.stringify(value, null, 2);
      const positions = new ConfigPositions(text);
      const lines = text.split('\n');
      for (const [key, inner] of Object.entries(JSON5.parse<Record<string, unknown>>(text))) {
        const position = positions.value([key]);
        if (position === undefined) return;
        const start = lines[position.line - 1]?.slice(position.column - 1) ?? '';
        expect(start.startsWith((JSON5.stringify(inner, null, 2).split('\n')[0] ?? '').slice(0, 1))).toBe(
          true,
        );
      }
    }),
  );
});
