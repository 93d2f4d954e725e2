import type { IncomingMessage, ServerResponse } from 'node:http';
import inject, { type InjectOptions, type Response } from 'light-my-request';
import { describe, expect, test } from 'vitest';
import { replyDenial, replyJson } from '../../../../core/http/replies/reply.ts';
import { Denial } from '../../../../core/session/denial.ts';

function answerOf(
  handler: (request: IncomingMessage, response: ServerResponse) => void,
  request: InjectOptions | string,
): Promise<Response> {
  return inject((req, res) => handler(req, res), request);
}

describe('a response', () => {
  test('to HEAD has the headers of GET and no body', async () => {
    const handler = (request: IncomingMessage, response: ServerResponse) =>
      replyJson(request, response, { body: { a: 1 } });
    const [get, head] = [await answerOf(handler, '/'), await answerOf(handler, { method: 'HEAD', url: '/' })];
    expect(get.body).toBe('{"a":1}\n');
    expect(head.body).toBe('');
    expect(head.headers['content-length']).toBe('8');
    expect(head.headers['cache-control']).toBe('no-store');
  });

  test.each([
    ['not-found', 404],
    ['unauthorized', 401],
    ['forbidden', 403],
    ['duplicate', 409],
    ['limit', 503],
    ['too-many-tries', 429],
    ['invalid', 400],
    ['unavailable', 503],
  ] as const)('to a client that is denied as %s has status %i and the reason', async (code, status) => {
    const answer = await answerOf(
      (request, response) => replyDenial(request, response, new Denial(code, 'why')),
      '/',
    );
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toEqual({ error: code, reason: 'why' });
    expect(answer.headers['www-authenticate']).toBe(code === 'unauthorized' ? 'Bearer' : undefined);
    expect(answer.headers['retry-after']).toBeUndefined();
  });

  test('to a client that is denied for a while says when it may try again', async () => {
    const denial = new Denial('too-many-tries', 'wait', 30);
    const answer = await answerOf((request, response) => replyDenial(request, response, denial), '/');
    expect(answer.headers['retry-after']).toBe('30');
  });
});
