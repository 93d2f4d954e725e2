// Whether a request comes from a program of this machine, and not from a page or through a proxy.
//
// A browser here may be made to ask for any site's sake: by a form (CSRF, told by Origin), or by a name of that site that
// leads here (DNS rebinding, told by Host).
import type { IncomingMessage } from 'node:http';
import { hostOf } from '../../net/address-set.ts';
import { clientAddressOf, isForwarded } from '../forwarded-client.ts';

const LOOPBACK_NAMES: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1']);

/** Headers with which proxies say that somebody else asks. */
const PROXY_HEADERS = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'] as const;

/**
 * The reason why it is not; undefined if it is.
 * @param hosts - further names of this machine
 * @param origins - origins of pages that may ask
 */
export function findForeign(
  request: IncomingMessage,
  hosts: readonly string[],
  origins: readonly string[],
): string | undefined {
  const { headers } = request;
  const address = hostOf(clientAddressOf(request));
  if (!isLoopback(address))
    return 'without a token only programs of this machine are answered; set control.tokens';
  const forwarded = PROXY_HEADERS.find((name) => headers[name] !== undefined);
  if (forwarded !== undefined && !isForwarded(request))
    return `the request came through a proxy (${forwarded}); set control.tokens`;
  const host = hostnameOf(headers.host ?? '');
  if (!LOOPBACK_NAMES.has(host) && !hosts.some((name) => name.toLowerCase() === host))
    return `"${host}" is no name of this machine; add it to control.hosts, or set control.tokens`;
  return findForeignPage(request, origins);
}

/** Browsers tell the site of a page by Origin or, with requests that need no leave such as for pictures, by Sec-Fetch-Site. */
function findForeignPage({ headers }: IncomingMessage, origins: readonly string[]): string | undefined {
  const { origin } = headers;
  if (origin !== undefined && (origins.includes(origin) || isOwn(origin, headers.host))) return undefined;
  if (origin !== undefined) return `pages of ${origin} may not ask`;
  const site = headers['sec-fetch-site'];
  return typeof site !== 'string' || OWN_SITES.has(site) ? undefined : 'pages of other sites may not ask';
}

/** A page of the same origin, or no page: the user has typed the address. */
const OWN_SITES: ReadonlySet<string> = new Set(['same-origin', 'none']);

function isLoopback(address: string): boolean {
  return /^(?:::ffff:)?127\./.test(address) || address === '::1';
}

function isOwn(origin: string, host: string | undefined): boolean {
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
}

/** Without port and brackets, in small letters. */
function hostnameOf(host: string): string {
  return hostOf(host.toLowerCase());
}
