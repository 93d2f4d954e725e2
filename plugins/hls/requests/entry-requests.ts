// Requests for /APP/NAME.m3u8, the address that players are given. Each of them starts a session, unless sessions are off.
import { Denial, type EndCause } from 'livego';
import type { HlsSession } from '../hls-session.ts';
import { PLAIN_FORM } from '../playlists/stream-playlists.ts';
import type { ServedPresentation } from '../served-presentation.ts';
import type { HlsResponse } from './hls-response.ts';
import { delayStartup, reachPlaylist } from './reach.ts';
import { ANSWERED, makeSession, type RequestServices } from './services.ts';
import { buildPlainUri, buildSessionUri, type HlsUrl } from './url.ts';

const LEFT: EndCause = { code: 'left', message: 'the viewer has left' };

export class EntryRequests {
  readonly #services: RequestServices;

  constructor(services: RequestServices) {
    this.#services = services;
  }

  async answer(response: HlsResponse, url: HlsUrl): Promise<Denial | undefined> {
    const { sessions } = this.#services.state;
    const session = makeSession(this.#services, response, url, { token: '', player: 'new' });
    if (session instanceof Denial) return session;
    const { signal } = response;
    const abandon = (): void => session.leave(LEFT);
    signal.addEventListener('abort', abandon);
    try {
      return await this.#admit(response, url, session);
    } finally {
      signal.removeEventListener('abort', abandon);
      if (!sessions.has(session)) session.leave(ANSWERED);
    }
  }

  async #admit(response: HlsResponse, url: HlsUrl, session: HlsSession): Promise<Denial | undefined> {
    const denial = await session.enter();
    if (denial) return denial;
    response.concern(session.displayKey);
    const presentation = await reachPlaylist(this.#services, response, session, 'master');
    if (presentation instanceof Denial) return presentation;
    const denied = presentation.stream && session.denialFor(presentation.stream);
    if (denied) return denied;
    if (response.signal.aborted) return undefined;
    if (presentation.options.sessionTokens === 'none') return this.#sendPlain(response, url, presentation);
    session.giveToken(this.#services.state.tokens.make());
    if (response.request.method !== 'HEAD') {
      const added = await this.#services.places.add(session);
      if (added instanceof Denial) return added;
    }
    // The stream itself is under the name that the client asked for.
    const uriOf = (key: string): string =>
      buildSessionUri(key === presentation.key ? url.stream : key, session.token, response.search);
    response.sendMaster(this.#services.workers.master(presentation, uriOf), 'private, no-store');
    return undefined;
  }

  /** If there are no sessions, all viewers get the same media playlist, and the master playlist has to be asked for. */
  async #sendPlain(response: HlsResponse, url: HlsUrl, presentation: ServedPresentation): Promise<undefined> {
    const maxAge = Math.max(1, Math.floor(presentation.targetDuration / 2));
    const cacheControl = `public, max-age=${maxAge}`;
    const query = new URLSearchParams(response.search);
    if (query.get('playlist') === 'master') {
      query.delete('playlist');
      const uriOf = (key: string): string =>
        buildPlainUri(key === presentation.key ? url.stream : key, query.toString());
      response.sendMaster(this.#services.workers.master(presentation, uriOf), cacheControl);
      return;
    }
    await delayStartup(this.#services, response, presentation, 'media');
    if (!response.signal.aborted) response.sendMedia(presentation, PLAIN_FORM, cacheControl);
  }
}
