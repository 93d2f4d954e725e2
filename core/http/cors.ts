// Cross-origin access: pages on other hosts play our streams (Fetch standard, "CORS protocol").
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';

/** JSON Schema of an `allowOrigin` option. */
export const ALLOW_ORIGIN_SCHEMA = {
  anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
  default: '*',
  description:
    'Origins whose pages may play: "*", one origin ("https://example.org"), a list of them, or "" for none.',
} as const;

/** `"*"`, one origin, several, or `""` for none. */
export type AllowOrigin = string | readonly string[];

/** Headers for an answer to this request; empty if its origin may not read it. */
export function corsHeaders(request: IncomingMessage, allow: AllowOrigin): OutgoingHttpHeaders {
  const allowed = typeof allow === 'string' ? [allow] : allow;
  if (allowed.includes('*')) return { 'access-control-allow-origin': '*' };
  const { origin } = request.headers;
  if (origin === undefined || !allowed.includes(origin)) return { vary: 'Origin' };
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    vary: 'Origin',
  };
}

/** Headers for the answer to a preflight (OPTIONS). */
export function preflightHeaders(
  request: IncomingMessage,
  allow: AllowOrigin,
  methods: readonly string[],
): OutgoingHttpHeaders {
  const requested = request.headers['access-control-request-headers'];
  return {
    ...corsHeaders(request, allow),
    allow: methods.join(', '),
    'access-control-allow-methods': methods.join(', '),
    ...(requested !== undefined && { 'access-control-allow-headers': requested }),
    'access-control-max-age': '86400',
    'content-length': '0',
  };
}
