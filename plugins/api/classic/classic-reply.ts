// The form of the classic servers' answers.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Denial } from 'livego';
import { LEAVES_BODY } from '../http/problem.ts';

/** `{"status":N,"data":…}` with HTTP status N; these three characters are escaped as the classic server's encoder did. */
export function replyClassic(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  data: unknown,
): void {
  replyClassicJson(request, response, status, { status, data });
}

export function replyClassicJson(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  body: unknown,
): void {
  const text = JSON.stringify(body)
    .replaceAll('<', '\\u003c')
    .replaceAll('>', '\\u003e')
    .replaceAll('&', '\\u0026');
  const bytes = Buffer.from(text);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': bytes.length,
    'cache-control': 'no-store',
    ...(LEAVES_BODY.has(status) && { connection: 'close' }),
  });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

/** The classic server says 403, whatever is wrong with a token. */
export function denyClassic(request: IncomingMessage, response: ServerResponse, denial: Denial): void {
  if (denial.retryAfterSeconds !== undefined)
    response.setHeader('retry-after', String(denial.retryAfterSeconds));
  replyClassic(request, response, denial.code === 'too-many-tries' ? 429 : 403, denial.reason);
}
