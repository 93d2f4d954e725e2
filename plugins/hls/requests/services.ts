// The services that requests are answered with, and the first steps of every request.
import { Denial, type EndCause, type ServerContext, type StreamTarget } from 'livego';
import { describeHttpClient, parseStreamUrl } from 'livego/http';
import type { Guests } from '../elsewhere/guests.ts';
import type { OtherWorkers } from '../elsewhere/other-workers.ts';
import type { SessionPlaces } from '../elsewhere/session-places.ts';
import { HlsSession, type FirstRequest, type PlayerOrigin } from '../hls-session.ts';
import type { HlsOptions } from '../schema.ts';
import type { HlsState } from '../state.ts';
import type { HlsResponse } from './hls-response.ts';
import type { HlsUrl } from './url.ts';

export interface RequestServices {
  readonly context: Pick<ServerContext, 'admission' | 'now' | 'log' | 'peerLog' | 'everywhere'>;
  readonly workers: OtherWorkers;
  readonly guests: Guests;
  readonly places: SessionPlaces;
  readonly options: HlsOptions;
  readonly state: HlsState;
}

/** Ends a session that was made for one request. */
export const ANSWERED: EndCause = { code: 'left', message: 'the request is answered' };

/** The stream that a request is for, by the names in its URL. */
export function readTarget(
  { context }: RequestServices,
  response: HlsResponse,
  url: HlsUrl,
): StreamTarget | Denial {
  const target = parseStreamUrl(url.stream, response.search, (app) => context.admission.hasApp(app));
  return target ?? new Denial('invalid', `${url.stream} names no stream; the URL is /APP/NAME.m3u8`);
}

/** What a session is made of. */
export function readRequest(
  services: RequestServices,
  response: HlsResponse,
  url: HlsUrl,
  { token, player }: { readonly token: string; readonly player: PlayerOrigin },
): FirstRequest | Denial {
  const target = readTarget(services, response, url);
  if (target instanceof Denial) return target;
  return { token, player, client: describeHttpClient(response.request, 'hls'), target };
}

/** A session that may still have to be admitted. */
export function makeSession(
  services: RequestServices,
  response: HlsResponse,
  url: HlsUrl,
  whose: { readonly token: string; readonly player: PlayerOrigin },
): HlsSession | Denial {
  const request = readRequest(services, response, url, whose);
  if (request instanceof Denial) return request;
  const { admission, now } = services.context;
  return new HlsSession(request, admission, now());
}
