// The form of the classic servers' answers, and the host that they name in addresses.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Denial } from '../../session/denial.ts';
import { jsonParts, replyText } from './text-reply.ts';

/** `{"status":N,"data":…}` with HTTP status N. */
export function replyClassic(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  data: unknown,
): Promise<void> {
  return replyClassicJson(request, response, status, { status, data });
}

/** JSON as the classic server's encoder wrote it. */
export function replyClassicJson(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  body: unknown,
): Promise<void> {
  return replyText(request, response, { status, type: 'application/json', parts: escaped(body) });
}

/** The classic server says 403, whatever is wrong with a token. */
export function denyClassic(
  request: IncomingMessage,
  response: ServerResponse,
  { code, reason, retryAfterSeconds }: Denial,
): Promise<void> {
  if (retryAfterSeconds !== undefined) response.setHeader('retry-after', String(retryAfterSeconds));
  return replyClassic(request, response, code === 'too-many-tries' ? 429 : 403, reason);
}

/** The host that the client called this server by, without the port. */
export function calledHostOf({ headers: { host = 'localhost' } }: IncomingMessage): string {
  return host.replace(/:\d+$/, '');
}

/** These three characters are escaped. */
function* escaped(body: unknown): Generator<string> {
  for (const part of jsonParts(body))
    yield part.replaceAll('<', '\\u003c').replaceAll('>', '\\u003e').replaceAll('&', '\\u0026');
}
