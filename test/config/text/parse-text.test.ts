import { describe, expect, test } from 'vitest';
import { parseConfigText } from '../../../config/text/parse-text.ts';

const faults = (text: string): string[] =>
  parseConfigText(text).faults.map(({ line, column, message }) => `${line}:${column} ${message}`);

describe('a text that is not JSON5', () => {
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
