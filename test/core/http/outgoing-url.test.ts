import { expect, test } from 'vitest';
import { splitCredentials } from '../../../core/http/outgoing-url.ts';

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

test.each([
  ['http://host/a?b=c', 'http://host/a?b=c', undefined],
  ['http://studio:secret@host/a', 'http://host/a', basic('studio:secret')],
  ['https://studio:p%40ss%3A@host:8443/', 'https://host:8443/', basic('studio:p@ss:')],
  ['http://studio:100%@host/', 'http://host/', basic('studio:100%')],
  ['http://studio@host/', 'http://host/', basic('studio:')],
])('%s is requested as %s', (text, shown, authorization) => {
  const { url, headers } = splitCredentials(text);
  expect([url.href, headers.authorization]).toEqual([shown, authorization]);
});

test('what is no URL is an error that prints none of it', () => {
  expect(() => splitCredentials('http://studio:secret@[')).toThrow(TypeError);
  expect(() => splitCredentials('http://studio:secret@[')).not.toThrow(/secret/);
});
