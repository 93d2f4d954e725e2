import { describe, expect, test } from 'vitest';
import { parseConfigText } from '../../../config/text/parse-text.ts';
import { faultsOf } from '../fake-plugins.ts';

const faults = (text: string): string[] =>
  parseConfigText(text).faults.map(({ line, column, message }) => `${line}:${column} ${message}`);

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

  test('close a string that was opened with a plain quote', () => {
    expect(faults('{ a: "x”,\n b: 1 }')).toEqual([
      '1:8 typographic closing quote at line 1, column 8; use "',
    ]);
  });

  test('inside strings and comments are text', () => {
    const { value, faults } = parseConfigText("{ a: \"，：“”<br/>\", /* ， */ b: '’ \\'，' } // ｝");
    expect(value).toEqual({ a: '，：“”<br/>', b: "’ '，" });
    expect(faults).toEqual([]);
  });
});

describe('a text with marks of a copied document', () => {
  test('is rejected even if nothing else is wrong, and its other faults are named as well', async () => {
    expect(await faultsOf('{ gop_num: 1，level: "info" }')).toEqual([
      'livego.json5:1:13: full-width comma at line 1, column 13; use ,',
    ]);
    expect(await faultsOf('{ gop_num: -1，lisen: 2 }')).toEqual([
      'livego.json5:1:12: gop_num: -1 is too small; it must be a whole number from 0 to 100',
      'livego.json5:1:14: full-width comma at line 1, column 14; use ,',
      'livego.json5:1:15: lisen: unknown key; did you mean "listen"?',
    ]);
  });

  test('is rejected for its syntax as well, if that is wrong on another line', () => {
    expect(faults('{ a: 1，\n b: no }')).toEqual([
      '1:7 full-width comma at line 1, column 7; use ,',
      '2:6 no needs quotes: "no"',
    ]);
  });
});
