// Requests for /APP/NAME.m3u8, the address that players are given. Each of them starts a session, unless sessions are off.
import { Denial, type Answered, type EndCause, type NowOrLater } from 'livego';
import { describeHttpClient } from 'livego/http';
import type { HlsSession } from '../hls-session.ts';
import { missingStartupDelay } from '../playlists/startup-delay.ts';
import { PLAIN_FORM } from '../playlists/stream-playlists.ts';
import type { ServedPresentation } from '../served-presentation.ts';
import type { HlsResponse } from './hls-response.ts';
import { delayStartup, isReached, reachPlaylist } from './reach.ts';
import { ANSWERED, makeSession, readTarget, type RequestServices } from './services.ts';
import { buildPlainUri, buildSessionUri, type HlsUrl } from './url.ts';

const LEFT: EndCause = { code: 'left', message: 'the viewer has left' };

export class EntryRequests {
  readonly #services: RequestServices;
  /** The sessions that look for a stream whose last playlist is being served, by its key. */
  readonly #looking = new Map<string, HlsSession>();

  constructor(services: RequestServices) {
    this.#services = services;
  }

  answer(response: HlsResponse, url: HlsUrl): NowOrLater<Denial | undefined> {
    const { workers, context } = this.#services;
    const target = readTarget(this.#services, response, url);
    if (target instanceof Denial) return this.#answerWithSession(response, url);
    const key = `${target.app}/${target.name}`;
    const presentation = workers.find(key);
    if (!isShared(presentation)) return this.#answerWithSession(response, url);
    const asked = context.admission.ask(describeHttpClient(response.request, 'hls'), target);
    if (asked instanceof Promise)
      return asked.then((answered) => this.#answerShared(response, url, answered));
    // At once, and the name stands for itself: nothing can have changed.
    const isAsked = !(asked instanceof Denial) && asked.key === key;
    if (!isAsked) return this.#answerShared(response, url, asked);
    response.concern(asked.displayKey);
    return this.#sendPlain(response, url, presentation);
  }

  /** Without a session for the one request. The gates are asked all the same. */
  #answerShared(
    response: HlsResponse,
    url: HlsUrl,
    answered: Answered | Denial,
  ): NowOrLater<Denial | undefined> {
    if (answered instanceof Denial) return answered;
    response.concern(answered.displayKey);
    if (response.gone) return undefined;
    const presentation = this.#services.workers.find(answered.key);
    // The name stands for another stream, or while a gate worked the stream has ended.
    if (!isShared(presentation)) return this.#answerWithSession(response, url);
    return this.#sendPlain(response, url, presentation);
  }

  async #answerWithSession(response: HlsResponse, url: HlsUrl): Promise<Denial | undefined> {
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
      if (!sessions.has(session) && this.#looking.get(session.key) !== session) session.leave(ANSWERED);
    }
  }

  async #admit(response: HlsResponse, url: HlsUrl, session: HlsSession): Promise<Denial | undefined> {
    const denial = await session.enter();
    if (denial) return denial;
    response.concern(session.displayKey);
    const { workers } = this.#services;
    const last = workers.find(session.key) ?? (await workers.findLeft(session.key));
    if (isLastForAll(last)) {
      this.#lookFor(session);
      return this.#sendPlain(response, url, last);
    }
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
    response.sendMaster(workers.masters.ofViewer(presentation, uriOf), 'private, no-store');
    return undefined;
  }

  // A viewer may make a relay pull the stream again, but no player waits for that: most ask for the end of what they play.
  #lookFor(session: HlsSession): void {
    const { key } = session;
    if (this.#looking.has(key)) return;
    this.#looking.set(key, session);
    const { context, state } = this.#services;
    state.pending
      .hold(() => session.findStream())
      .catch((error: unknown) =>
        context.log.error({ err: error, stream: key }, 'looking for a stream failed'),
      )
      .finally(() => {
        this.#looking.delete(key);
        session.leave(ANSWERED);
      });
  }

  /** If there are no sessions, all viewers get the same media playlist, and the master playlist has to be asked for. */
  #sendPlain(response: HlsResponse, url: HlsUrl, presentation: ServedPresentation): NowOrLater<undefined> {
    // A live one is wanted by its segments, which are requested as well.
    if (presentation.ended) presentation.demand();
    const maxAge = Math.max(1, Math.floor(presentation.targetDuration / 2));
    const cacheControl = `public, max-age=${maxAge}`;
    if (response.search !== '') {
      const query = new URLSearchParams(response.search);
      if (query.get('playlist') === 'master') {
        query.delete('playlist');
        const uriOf = (key: string): string =>
          buildPlainUri(key === presentation.key ? url.stream : key, query.toString());
        const address = `${url.stream}?${query.toString()}`;
        const { masters } = this.#services.workers;
        return void response.sendMaster(masters.ofAll(presentation, address, uriOf), cacheControl);
      }
    }
    if (missingStartupDelay(presentation, 'media') === 0)
      return void response.sendMedia(presentation, PLAIN_FORM, cacheControl);
    return delayStartup(this.#services, response, presentation, 'media').then(() => {
      if (!response.gone) response.sendMedia(presentation, PLAIN_FORM, cacheControl);
      return undefined;
    });
  }
}

/** Whether all viewers get the same playlist, at once, however many they are. */
function isShared(presentation: ServedPresentation | undefined): presentation is ServedPresentation {
  if (presentation?.options.sessionTokens !== 'none' || !isReached(presentation, 'master')) return false;
  const { stream } = presentation;
  return !stream || (stream.state !== 'ended' && stream.options.maxViewersPerStream === 0);
}

/** Without sessions, players that have begun cannot be told from others: all get the last playlist, and find its end. */
function isLastForAll(presentation: ServedPresentation | undefined): presentation is ServedPresentation {
  if (!presentation?.ready || !presentation.ended || presentation.stream) return false;
  return presentation.options.sessionTokens === 'none';
}
