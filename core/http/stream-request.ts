// Which stream a request is about, and who asks for it, as gates are told.
import type { Admission } from '../session/admission.ts';
import { Denial } from '../session/denial.ts';
import { formatRemote } from '../net/address.ts';
import { parseStreamAddress } from '../stream-address.ts';
import type { StreamRequest } from '../session/session.ts';
import type { HlsResponse } from '../../plugins/hls/requests/hls-response.ts';

export function readStreamRequest(
  { request, url, query }: HlsResponse,
  admission: Admission,
): StreamRequest | Denial {
  const wanted = { app: '', name: `${url.stream}?${query}` };
  const address = parseStreamAddress(wanted, (app) => admission.hasApp(app));
  if (!address.ok) return new Denial('invalid', `${url.stream} names no stream; the URL is /APP/NAME.m3u8`);
  const { socket, headers } = request;
  const { app, name } = address;
  return {
    client: {
      id: admission.nextId(),
      plugin: 'hls',
      protocol: 'encrypted' in socket ? 'https-hls' : 'http-hls',
      remote: formatRemote(socket),
      pageUrl: headers.referer ?? headers.origin,
      userAgent: headers['user-agent'],
    },
    app,
    name,
    query: address.query,
  };
}
