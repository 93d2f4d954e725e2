// Small responses: through Node's response object, or straight to a connection that has none.
import { STATUS_CODES, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { endSocket } from '../../net/end-socket.ts';
import { DENIAL_HTTP_STATUS, type Denial } from '../../session/denial.ts';

/** Challenges of other schemes are for other protocols. */
const HTTP_SCHEMES: ReadonlySet<string> = new Set(['Basic', 'Bearer', 'Digest']);

export const JSON_TYPE = 'application/json; charset=utf-8';

export interface JsonReply {
  /** Default: 200. */
  readonly status?: number;
  readonly body: unknown;
  readonly headers?: OutgoingHttpHeaders;
}

/** Sends JSON with its length. A HEAD request gets the headers alone. */
export function replyJson(
  request: IncomingMessage,
  response: ServerResponse,
  { status = 200, body, headers }: JsonReply,
): void {
  const bytes = Buffer.from(`${JSON.stringify(body)}\n`);
  response.writeHead(status, {
    'content-type': JSON_TYPE,
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
  replyJson(request, response, {
    status: DENIAL_HTTP_STATUS[denial.code],
    body: bodyOf(denial),
    headers: { ...headersOf(denial), ...headers },
  });
}

/** The same on a connection that asked for an upgrade: Node makes no response object for it. Ends the connection. */
export function denyUpgrade(socket: Duplex, denial: Denial): void {
  const headers = { 'content-type': JSON_TYPE, ...headersOf(denial) };
  endWithResponse(socket, DENIAL_HTTP_STATUS[denial.code], headers, `${JSON.stringify(bodyOf(denial))}\n`);
}

/** Writes a whole response onto a connection, and ends it. */
export function endWithResponse(
  socket: Duplex,
  status: number,
  headers: Readonly<Record<string, string>> = {},
  body = '',
): void {
  const fields = { connection: 'close', 'content-length': Buffer.byteLength(body), ...headers };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
  endSocket(socket);
}

function bodyOf({ code, reason }: Denial): object {
  return { error: code, reason };
}

function headersOf({ code, retryAfterSeconds, challenges }: Denial): Record<string, string> {
  const challenge = code === 'unauthorized' ? { 'www-authenticate': wwwAuthenticate(challenges) } : {};
  const seconds = Math.max(0, Math.ceil(retryAfterSeconds ?? Number.NaN));
  return { ...challenge, ...(Number.isFinite(seconds) && { 'retry-after': String(seconds) }) };
}

/** A parameter's name (RFC 9110 section 5.6.2). Any other would break the header, and is left out. */
const TOKEN = /^[!#$%&'*+.^_`|~\w-]+$/;

/** RFC 9110 section 11.6.1. A 401 needs a challenge, so there is one even if the denial has none for HTTP. */
function wwwAuthenticate(challenges: Denial['challenges']): string {
  const ours = challenges?.filter(({ scheme }) => HTTP_SCHEMES.has(scheme));
  if (!ours || ours.length === 0) return 'Bearer';
  return ours
    .map(({ scheme, parameters }) => {
      const fields = Object.entries(parameters)
        .filter(([name]) => TOKEN.test(name))
        .map(([name, value]) => `${name}="${headerText(value)}"`);
      return fields.length === 0 ? scheme : `${scheme} ${fields.join(', ')}`;
    })
    .join(', ');
}

/** The part of a text that a quoted string of a header can hold (RFC 9110 section 5.5): "?" stands for other characters. */
function headerText(text: string): string {
  return text.replaceAll(/["\\\r\n]/g, '').replaceAll(/[^\t\x20-\x7e]/gu, '?');
}
