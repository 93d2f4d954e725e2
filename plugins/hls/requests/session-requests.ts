// Requests of a session: /APP/NAME/~TOKEN/… The token says whose they are, and the gates are asked once.
import { Denial, type EndCause } from 'livego';
import type { RequestSession } from '../elsewhere/guest-session.ts';
import type { HlsSession } from '../hls-session.ts';
import type { HlsResponse } from './hls-response.ts';
import { notReady, reachPlaylist } from './reach.ts';
import { makeSession, type RequestServices } from './services.ts';
import type { HlsUrl, NumberedFile } from './url.ts';

type SessionUrl = Extract<HlsUrl, { kind: 'session' }>;

const ENDED: EndCause = { code: 'unpublished', message: 'the stream has ended' };

export class SessionRequests {
  readonly #services: RequestServices;

  constructor(services: RequestServices) {
    this.#services = services;
  }

  async answer(response: HlsResponse, url: SessionUrl): Promise<Denial | undefined> {
    const session = await this.#findSession(response, url);
    if (session instanceof Denial) return session;
    session.noteRequest(this.#services.context.now());
    response.concern(session.displayKey);
    const { file } = url;
    return file.kind === 'playlist'
      ? this.#sendPlaylist(response, session)
      : this.#sendFile(response, session, file);
  }

  async #findSession(response: HlsResponse, url: SessionUrl): Promise<RequestSession | Denial> {
    const { state, workers, guests } = this.#services;
    const known = state.sessions.find(url.token);
    const stream = known && workers.find(known.key)?.stream;
    // Another stream of the name is another session. Its player need not notice.
    if (stream && known.watched && known.watched !== stream) known.leave(ENDED);
    if (known?.active) return known;
    const guest = known ? undefined : await guests.find(url.token);
    return guest ?? (await this.#admit(response, url, known));
  }

  /** A session that has timed out, or one of an earlier run of the server, continues if the gates admit it. */
  async #admit(
    response: HlsResponse,
    url: SessionUrl,
    known: HlsSession | undefined,
  ): Promise<HlsSession | Denial> {
    const { state, options } = this.#services;
    const session =
      known ?? makeSession(this.#services, response, url, { token: url.token, player: 'returning' });
    if (session instanceof Denial) return session;
    const full = known ? undefined : state.sessions.makeRoom(options.maxSessions);
    return full ?? (await session.enter()) ?? state.sessions.add(session);
  }

  async #sendPlaylist(response: HlsResponse, session: RequestSession): Promise<Denial | undefined> {
    const presentation = await reachPlaylist(this.#services, response, session, 'media');
    if (presentation instanceof Denial) return presentation;
    presentation.demand();
    if (!presentation.ready) return notReady(presentation, session.displayKey);
    const denial = presentation.stream && session.countFor(presentation.stream);
    if (denial) return denial;
    const urls = presentation.options.sessionTokens === 'all' ? 'session' : 'mixed';
    const form = { urls, player: session.player } as const;
    session.countSent(response.sendMedia(presentation, form, 'private, no-cache'));
    return undefined;
  }

  async #sendFile(
    response: HlsResponse,
    session: RequestSession,
    file: NumberedFile,
  ): Promise<Denial | undefined> {
    const { workers } = this.#services;
    const presentation = workers.find(session.key) ?? (await workers.open(session.key));
    if (!presentation) return new Denial('not-found', `nobody publishes ${session.displayKey}`);
    presentation.demand();
    const sent = await response.sendFile(presentation, file, 'private');
    if (sent instanceof Denial) return sent;
    session.countSent(sent);
    return undefined;
  }
}
