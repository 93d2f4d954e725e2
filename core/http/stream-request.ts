// The stream that an HTTP request names, and the client behind it.
import type { IncomingMessage } from 'node:http';
import type { ClientFacts } from '../client.ts';
import { clientAddressOf } from './forwarded-client.ts';
import type { StreamTarget } from '../session/requests.ts';
import { parseStreamAddress } from '../stream-address.ts';

/** Characters of a header that are kept with a client. */
const MAX_KEPT = 512;

/**
 * The stream at `/APP/NAME`; undefined if the path names none.
 * @param path - as received, without extension and query
 * @param search - as received, without the question mark
 * @param isApp - whether some leading segments name an application
 */
export function parseStreamUrl(
  path: string,
  search: string,
  isApp: (app: string) => boolean,
): StreamTarget | undefined {
  const address = parseStreamAddress({ app: '', name: search === '' ? path : `${path}?${search}` }, isApp);
  if (!address.ok) return undefined;
  const { app, name, query } = address;
  return { app, name, query };
}

/**
 * The client behind a request.
 * @param format - "flv", "hls": the protocol is called "http-flv", "https-flv", "ws-flv", "wss-flv"
 */
export function describeHttpClient(
  request: IncomingMessage,
  format: string,
  transport: 'http' | 'ws' = 'http',
): ClientFacts {
  const { socket, headers } = request;
  return {
    protocol: `${transport}${'encrypted' in socket ? 's' : ''}-${format}`,
    remote: clientAddressOf(request),
    pageUrl: (headers.referer ?? headers.origin)?.slice(0, MAX_KEPT),
    userAgent: headers['user-agent']?.slice(0, MAX_KEPT),
    authorization: headers.authorization,
    intent: 'play',
  };
}
