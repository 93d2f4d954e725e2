// Hidden secrets that come back: they find their places, or are not written.
import { expect, test } from 'vitest';
import { startApi } from './api-kit.ts';
import { changeOf, DOCUMENT, MERGE_PATCH, TEXT_TYPES } from '../../../plugins/api/config/new-text.ts';

const FILE = `{
  control: { tokens: [{ token: "the-operators-token", name: "ops" }, { token: "the-readers-token", name: "looks" }] },
  notify: { secret: "the-notify-secret" }, // a comment
  title: "five stars: ***",
}
`;

function change(type: string, body: unknown): string {
  const bodyText = typeof body === 'string' ? body : JSON.stringify(body);
  return changeOf({ bodyType: type, bodyText }, [DOCUMENT, MERGE_PATCH, ...TEXT_TYPES], [])(FILE);
}

const hidden = expect.objectContaining({ status: 422, code: 'hidden' }) as object;

function fault(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

test('a token that stands elsewhere keeps its secret', () => {
  const tokens = [
    { token: '***', name: 'looks' },
    { token: '***', name: 'ops', role: 'reader' },
  ];
  const text = change(MERGE_PATCH, { control: { tokens } });
  expect(text.replaceAll(/\s+/g, ' ')).toMatch(
    /token: "the-readers-token", name: "looks".*token: "the-operators-token", name: "ops", role: "reader"/,
  );
});

test('one of them, under another name, does not get the secret of another', () => {
  const tokens = [{ token: '***', name: 'another' }];
  expect(fault(() => change(MERGE_PATCH, { control: { tokens } }))).toEqual(hidden);
});

test.each([
  ['a patch', MERGE_PATCH, { auth: { sign: { secret: '***' } } }],
  ['a patch of an address', MERGE_PATCH, { notify: { url: 'http://***@example.org' } }],
  ['a text', 'text/plain', FILE.replace('the-notify-secret', '***')],
  ['a text of JSON', 'application/json5', '{ "notify": { "secret": "***" } }'],
])('%s with what was hidden is not written', (_what, type, body) => {
  expect(fault(() => change(type, body))).toEqual(hidden);
});

test('stars that the file has are no secret, and a text with faults is told its faults later', () => {
  const text = FILE.replace('a comment', 'another comment');
  expect(change('text/plain', text)).toBe(text);
  expect(change('text/plain', '{ "secret": "***"')).toBe('{ "secret": "***"');
});

test('a reader may not check or plan a config, which loads the plugins that it names', async () => {
  const token = 'a-token-for-those-who-look';
  const { ask } = await startApi({ config: { control: { tokens: [{ token, role: 'reader' }] } } });
  const request = {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': MERGE_PATCH },
    payload: '{"plugins":["./plugin.mjs"]}',
  } as const;
  for (const action of ['check', 'plan'])
    expect((await ask(`/api/v1/config:${action}`, request)).statusCode).toBe(403);
  expect((await ask('/api/v1/server', { headers: request.headers })).statusCode).toBe(200);
});
