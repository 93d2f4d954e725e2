// Small answers to HTTP requests.
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { DENIAL_HTTP_STATUS, type Denial } from '../session/denial.ts';

/** Sends JSON with its length. A HEAD request gets the headers alone. */
export function replyJson(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: OutgoingHttpHeaders = {},
): void {
  const bytes = Buffer.from(`${JSON.stringify(body)}\n`);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': bytes.length,
    'cache-control': 'no-store',
    ...headers,
  });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

/** `{"error":"not-found","reason":"nobody publishes live/movie"}` with the denial's HTTP status. */
export function replyDenial(
  request: IncomingMessage,
  response: ServerResponse,
  denial: Denial,
  headers: OutgoingHttpHeaders = {},
): void {
  const challenge = denial.code === 'unauthorized' ? { 'www-authenticate': 'Bearer' } : {};
  const body = { error: denial.code, reason: denial.reason };
  replyJson(request, response, DENIAL_HTTP_STATUS[denial.code], body, { ...challenge, ...headers });
}
