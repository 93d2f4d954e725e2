import * as fc from 'fast-check';
import JSON5 from 'json5';
import { describe, expect, test } from 'vitest';
import { formatSourceLine } from '../../../config/text/source-line.ts';
import { ConfigPositions } from '../../../config/text/positions.ts';
import { parseConfigText } from '../../../config/text/text.ts';
import { faultsOf } from '../fake-plugins.ts';

const faults = (text: string): string[] =>
  parseConfigText(text).faults.map(({ line, column, message }) => `${line}:${column} ${message}`);

describe('a text that is no JSON5', () => {
  test.each([
    ['{ hls: enable }', '1:8 enable needs quotes: "enable"'],
    ['{ hls: none }', '1:9 none needs quotes: "none"'],
    ['{\n a: 1\n b: 2 }', '3:2 a comma (or a colon) is missing before b'],
    ['{ a: "http://x" // note\n "b": 1 }', '2:2 a comma (or a colon) is missing before "b"'],
    ['{ a: "x\n }', '1:8 the string is not closed before the end of its line'],
    ['{ a: [1, 2', '1:11 the file ends too early; a closing }, ] or quote is missing'],
    ['{ a = 1 }', '1:5 unexpected "="; a key and its value are separated by a colon'],
    ['{ a: 1,, b: 2 }', '1:8 unexpected comma; there is nothing before it'],
    ['{ a: 1; b: 2 }', '1:7 unexpected ";"'],
  ])('%j is explained', (text, fault) => {
    expect(faults(text)).toEqual([fault]);
  });
});

describe('marks of a copied document', () => {
  test('are all named at once, with their places and what to write', () => {
    expect(faults('{\n  listen： 1935，// ，\n  “hls”： "enable"，<br/>\n  flvport: ８０11］\n｝')).toEqual([
      '2:9 full-width colon at line 2, column 9; use :',
      '2:15 full-width comma at line 2, column 15; use ,',
      '3:3 typographic opening quote at line 3, column 3; use "',
      '3:7 typographic closing quote at line 3, column 7; use "',
      '3:8 full-width colon at line 3, column 8; use :',
      '3:18 full-width comma at line 3, column 18; use ,',
      '3:19 stray <br/> at line 3, column 19; remove it',
      '4:12 full-width digit at line 4, column 12; use 8',
      '4:13 full-width digit at line 4, column 13; use 0',
      '4:16 full-width closing bracket at line 4, column 16; use ]',
      '5:1 full-width closing brace at line 5, column 1; use }',
    ]);
  });

  test('inside strings and comments are text', () => {
    const { value, faults } = parseConfigText("{ a: \"，：“”<br/>\", /* ， */ b: '’ \\'，' } // ｝");
    expect(value).toEqual({ a: '，：“”<br/>', b: "’ '，" });
    expect(faults).toEqual([]);
  });

  test('close a string that was opened with a plain quote', () => {
    expect(faults('{ a: "x”,\n b: 1 }')).toEqual([
      '1:8 typographic closing quote at line 1, column 8; use "',
    ]);
  });

  test('are refused even if nothing else is wrong, and do not hide the other faults', async () => {
    expect(await faultsOf('{ gop_num: 1，level: "info" }')).toEqual([
      'livego.json5:1:13: full-width comma at line 1, column 13; use ,',
    ]);
    expect(await faultsOf('{ gop_num: -1，lisen: 2 }')).toEqual([
      'livego.json5:1:12: gop_num: -1 is too small; it must be a whole number from 0 to 100',
      'livego.json5:1:14: full-width comma at line 1, column 14; use ,',
      'livego.json5:1:15: lisen: unknown key; did you mean "listen"?',
    ]);
  });

  test('are named beside a fault of the syntax on another line', () => {
    expect(faults('{ a: 1，\n b: no }')).toEqual([
      '1:7 full-width comma at line 1, column 7; use ,',
      '2:6 no needs quotes: "no"',
    ]);
  });
});

describe('positions', () => {
  const at = (text: string, ...path: (string | number)[]): unknown => new ConfigPositions(text).value(path);

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

  test('are unknown, and nothing worse, where the text is beyond the parser of positions', () => {
    expect(at('{ a: -.5, null: 1 }', 'a')).toBeUndefined();
  });

  test('of every value in any config lead to that value', () => {
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
});

test('the caret stands below its character, after tabs and wide characters too', () => {
  const fault = { file: 'x', line: 1, column: 6, path: '', message: '' };
  expect(formatSourceLine(fault, '\t"名" 3')).toBe('1 | \t"名" 3\n  | \t     ^');
});
