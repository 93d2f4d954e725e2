// A config that a program changes stays the file that a person has written.
import * as fc from 'fast-check';
import JSON5 from 'json5';
import { expect, test } from 'vitest';
import { readConfigDocument, rewriteConfigText } from '../../../config/edit/rewrite-text.ts';

const FILE = `// The config of our server.
{
  listen: 1935, // RTMP
  hls: "enable",
  /* how much
     to keep */
  gop_num: 1,

  servers: [
    { servername: "live" }, // the main one
    // for events
    {
      servername: "event-*",
      relay: { push: ["rtmp://a/b"] },
    },
  ],
}
`;

interface Document extends Record<string, unknown> {
  servers: Record<string, unknown>[];
}

function change(text: string, edit: (document: Document) => void): string {
  const document = readConfigDocument(text) as unknown as Document;
  edit(document);
  return rewriteConfigText(text, document);
}

test('a changed value is the only thing that differs', () => {
  const text = change(FILE, (document) => Object.assign(document, { gop_num: 3 }));
  expect(text).toBe(FILE.replace('gop_num: 1', 'gop_num: 3'));
});

test('nothing changes if nothing is to change', () => {
  expect(rewriteConfigText(FILE, readConfigDocument(FILE))).toBe(FILE);
});

test('a new option comes to the end, in the style of the file', () => {
  const text = change(FILE, (document) =>
    Object.assign(document, { level: 'debug', rtmp: { chunkSize: 4096 } }),
  );
  expect(text).toBe(FILE.replace(/\n\}\n$/, '\n  level: "debug",\n  rtmp: { chunkSize: 4096 },\n}\n'));
});

test('a removed option takes its line along, and no other comment', () => {
  const text = change(FILE, (document) => {
    delete document['listen'];
    delete document['gop_num'];
  });
  expect(text).toBe(FILE.replace('  listen: 1935, // RTMP\n', '').replace('  gop_num: 1,\n', ''));
});

test('options inside an application change in their place', () => {
  const text = change(FILE, (document) => {
    const [live, event] = document.servers;
    live!['gop_num'] = 2;
    event!['relay'] = { push: ['rtmp://a/b', 'rtmp://c/d'] };
  });
  expect(text).toBe(
    FILE.replace('{ servername: "live" }', '{ servername: "live", gop_num: 2 }').replace(
      '["rtmp://a/b"]',
      '["rtmp://a/b", "rtmp://c/d"]',
    ),
  );
});

test('applications come and go without touching their neighbours', () => {
  const added = change(FILE, (document) => void document.servers.push({ servername: 'new' }));
  expect(added).toBe(FILE.replace('    },\n  ],', '    },\n    { servername: "new" },\n  ],'));
  const first = change(FILE, (document) => void document.servers.unshift({ servername: 'new' }));
  expect(first).toBe(
    FILE.replace('    { servername: "live" }', '    { servername: "new" },\n    { servername: "live" }'),
  );
  const removed = change(FILE, (document) => void document.servers.shift());
  expect(removed).toBe(FILE.replace('    { servername: "live" }, // the main one\n', ''));
});

test.each([
  ['{ }', { a: 1 }, '{ a: 1 }'],
  ['{}', { a: [1, { b: 2 }] }, '{ a: [1, { b: 2 }] }'],
  ['{ a: 1 }', { a: 1, 'b-c': 2 }, '{ a: 1, "b-c": 2 }'],
  ['{ a: 1, }', { a: 1, b: 2 }, '{ a: 1, b: 2, }'],
  ['{\n\t"a": 1\n}', { a: 1, b: true }, '{\n\t"a": 1,\n\t"b": true\n}'],
  ['{\r\n  a: 1, // x\r\n}\r\n', { a: 1, b: 2 }, '{\r\n  a: 1, // x\r\n  b: 2,\r\n}\r\n'],
  ['{\n  a: 1 // x\n}', { a: 1, b: 2 }, '{\n  a: 1, // x\n  b: 2\n}'],
  ['{ // nothing yet\n}', { a: 1 }, '{ // nothing yet\n  a: 1,\n}'],
  ['\uFEFF{ a: 1 }', { a: 2 }, '\uFEFF{ a: 2 }'],
  ["{ 'a': '${X}', b: 0x10 }", { a: '${X}', b: 17 }, "{ 'a': '${X}', b: 17 }"],
  ['{ a: [1, 2, 3] }', { a: [1, 3] }, '{ a: [1, 3] }'],
  ['{ a: [] }', { a: ['x'] }, '{ a: ["x"] }'],
  ['{ a: { b: 1 }, }', { a: 2 }, '{ a: 2, }'],
])('%j becomes %j', (text, document, expected) => {
  expect(rewriteConfigText(text, document)).toBe(expected);
});

test('whatever is changed, the text says it afterwards, and keeps its comments', () => {
  const value = fc.jsonValue({ maxDepth: 3 });
  const document = fc.dictionary(fc.constantFrom('listen', 'hls', 'gop_num', 'servers', 'new', 'a b'), value);
  fc.assert(
    fc.property(document, (next) => {
      const text = rewriteConfigText(FILE, JSON.parse(JSON.stringify(next)) as Record<string, unknown>);
      expect(JSON5.parse(text)).toEqual(JSON.parse(JSON.stringify(next)));
      expect(text).toContain('// The config of our server.\n');
      expect(text).toContain('/* how much\n     to keep */');
    }),
    { numRuns: 300 },
  );
});

test('a text that cannot be edited is left alone', () => {
  expect(() => rewriteConfigText('{ a: ', {})).toThrow(/the text of the config cannot be edited/);
  expect(() => readConfigDocument('[1]')).toThrow(/it is no object in braces/);
});
