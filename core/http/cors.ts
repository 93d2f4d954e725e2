// Cross-origin access: pages on other hosts play our streams (Fetch standard, "CORS protocol").
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { HttpResponse } from './http-response.ts';

/** JSON Schema of an `allowOrigin` option. */
export const ALLOW_ORIGIN_SCHEMA = {
  anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
  default: '*',
  description:
    'Origins whose pages may play: "*", one origin ("https://example.org"), a list of them, or "" for none.',
} as const;

/** `"*"`, one origin, several, or `""` for none. */
export type AllowOrigin = string | readonly string[];

/** Sets the headers that let the requesting page read the response; none if its origin is not allowed. */
export function setCorsHeaders(
  request: IncomingMessage,
  response: ServerResponse,
  allowOrigin: AllowOrigin,
): void {
  if (allowOrigin === '*') return allowAll(response);
  const allowed = listOrigins(allowOrigin);
  if (allowed.length === 0) return;
  if (allowed.includes('*')) return allowAll(response);
  addVary(response, 'Origin');
  const { origin } = request.headers;
  if (origin === undefined || !allowed.includes(origin)) return;
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-allow-credentials', 'true');
}

/**
 * Whether the requesting page may open a connection of another protocol. Browsers leave this check to the server (RFC 6455
 * section 10.2). A page from the server's own host may, as may any program that sends no Origin.
 */
export function mayUpgrade({ headers }: IncomingMessage, allowOrigin: AllowOrigin): boolean {
  const { origin, host } = headers;
  if (origin === undefined) return true;
  const allowed = listOrigins(allowOrigin);
  if (allowed.includes('*') || allowed.includes(origin)) return true;
  const own = hostnameOf(`http://${host}`);
  return own !== undefined && own === hostnameOf(origin);
}

/** Adds a field to the response's Vary header (RFC 9110 section 12.5.5). */
export function addVary(response: ServerResponse, field: string): void {
  response.setHeader('vary', varyWith(response, field));
}

/** The response's Vary header with one more field. */
export function varyWith(response: ServerResponse, field: string): string {
  const present = response.getHeader('vary');
  return present === undefined ? field : `${String(present)}, ${field}`;
}

/** Headers for the response to a preflight request, in addition to those of `setCorsHeaders`. */
export function preflightHeaders(request: IncomingMessage, methods: readonly string[]): OutgoingHttpHeaders {
  const requested = request.headers['access-control-request-headers'];
  return {
    allow: methods.join(', '),
    'access-control-allow-methods': methods.join(', '),
    ...(requested !== undefined && { 'access-control-allow-headers': requested }),
    'access-control-max-age': '86400',
    'content-length': '0',
  };
}

export function listOrigins(allowOrigin: AllowOrigin): readonly string[] {
  if (typeof allowOrigin !== 'string') return allowOrigin;
  return allowOrigin === '' ? [] : [allowOrigin];
}

function allowAll(response: ServerResponse): void {
  if (response instanceof HttpResponse) response.allowAllOrigins();
  else response.setHeader('access-control-allow-origin', '*');
}

function hostnameOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}
