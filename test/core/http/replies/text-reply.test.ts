// Long texts as responses.
import type { IncomingMessage, ServerResponse } from 'node:http';
import inject, { type Response } from 'light-my-request';
import { describe, expect, test } from 'vitest';
import { jsonParts, replyLongJson, replyText } from '../../../../core/http/replies/text-reply.ts';

function respond(
  respondTo: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  method: 'GET' | 'HEAD' = 'GET',
): Promise<Response> {
  return inject((request, response) => void respondTo(request, response), {
    method,
    url: '/',
  });
}

describe('replyText', () => {
  test('a text of a megabyte arrives whole, with its length in bytes', async () => {
    const parts = Array.from({ length: 10_000 }, (_, index) => `${index}: ${'é'.repeat(50)}\n`);
    const response = await respond((...asked) => replyText(...asked, { type: 'text/plain', parts }));
    expect(response.body).toBe(parts.join(''));
    expect(response.headers).toMatchObject({
      'content-type': 'text/plain',
      'content-length': String(Buffer.byteLength(parts.join(''))),
      'cache-control': 'no-store',
    });
  });

  test('HEAD gets the headers alone', async () => {
    const reply = { type: 'text/plain', parts: ['some', 'thing'], headers: { etag: '"1"' } };
    const response = await respond((...asked) => replyText(...asked, reply), 'HEAD');
    expect(response.body).toBe('');
    expect(response.headers).toMatchObject({ 'content-length': '9', etag: '"1"' });
  });

  test('no text is a response without a body', async () => {
    const response = await respond((...asked) =>
      replyText(...asked, { status: 404, type: 'text/plain', parts: [] }),
    );
    expect(response).toMatchObject({ statusCode: 404, body: '' });
  });
});

test.each([
  [null],
  ['text'],
  [[]],
  [{}],
  [[1, undefined, 'two', { three: [4] }]],
  [{ none: undefined, '"quoted"': 1, list: [{ a: 1 }, []], at: new Date(0), deep: { er: { list: [true] } } }],
  [Object.assign(Object.create(null) as object, { plain: 1 })],
  [{ toJSON: undefined, bytes: Buffer.from('a') }],
])('JSON in parts is the same as JSON in one: %j', (value) => {
  expect([...jsonParts(value)].join('')).toBe(JSON.stringify(value));
});

test('JSON ends with its line', async () => {
  const response = await respond((...asked) =>
    replyLongJson(...asked, { status: 201, body: { items: [1] } }),
  );
  expect(response).toMatchObject({ statusCode: 201, body: '{"items":[1]}\n' });
  expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
});
