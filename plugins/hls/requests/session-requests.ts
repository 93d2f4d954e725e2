// Requests of a session: /APP/NAME/~TOKEN/… The token says whose they are, and the gates are asked once.
import { andThen, Denial, type EndCause, type NowOrLater } from 'livego';
import type { RequestSession } from '../elsewhere/guest-session.ts';
import type { HlsSession, PlayerOrigin } from '../hls-session.ts';
import type { ServedPresentation } from '../served-presentation.ts';
import type { HlsResponse } from './hls-response.ts';
import { notReady, reachPlaylist } from './reach.ts';
import { ANSWERED, makeSession, readRequest, readTarget, type RequestServices } from './services.ts';
import type { HlsUrl, NumberedFile, SessionFile } from './url.ts';

type SessionUrl = Extract<HlsUrl, { kind: 'session' }>;

const ENDED: EndCause = { code: 'unpublished', message: 'the stream has ended' };

/** Characters of a path that a session keeps. */
const MAX_KEPT_PATH = 256;

export class SessionRequests {
  readonly #services: RequestServices;

  constructor(services: RequestServices) {
    this.#services = services;
  }

  answer(response: HlsResponse, url: SessionUrl): NowOrLater<Denial | undefined> {
    const present = this.#findPresent(url.token);
    return present ? this.#serve(response, url, present) : this.#admitAndServe(response, url);
  }

  /** A session that may go on without being asked for. Its token was read when it was added, and is not read again. */
  #findPresent(token: string): RequestSession | undefined {
    const { state, workers, guests } = this.#services;
    const known = state.sessions.find(token);
    if (!known) return guests.present(token);
    const stream = workers.find(known.key)?.stream;
    // Another stream of the name is another session. Its player need not notice.
    if (stream && known.watched && known.watched !== stream) known.leave(ENDED);
    return known.active ? known : undefined;
  }

  async #admitAndServe(response: HlsResponse, url: SessionUrl): Promise<Denial | undefined> {
    const { tokens } = this.#services.state;
    const player = tokens.read(url.token);
    // Nothing is looked up or counted for a token that is none of ours.
    if (!player) return response.redirect(`../~${tokens.replace(url.token)}/${nameOf(url.file)}`);
    const session = await this.#findSession(response, url, player);
    return session instanceof Denial ? session : this.#serve(response, url, session);
  }

  #serve(response: HlsResponse, url: SessionUrl, session: RequestSession): NowOrLater<Denial | undefined> {
    session.noteRequest(this.#services.context.now());
    response.concern(session.displayKey);
    // What is known at once is sent at once, without a function for each step.
    const rendition = this.#findRendition(response, url, session);
    return rendition instanceof Promise
      ? rendition.then((found) => this.#send(response, url, session, found))
      : this.#send(response, url, session, rendition);
  }

  #send(
    response: HlsResponse,
    { file }: SessionUrl,
    session: RequestSession,
    rendition: ServedPresentation | undefined,
  ): NowOrLater<Denial | undefined> {
    return file.kind === 'playlist'
      ? this.#reachPlaylist(response, session, rendition)
      : this.#sendFile(response, session, file, rendition);
  }

  /** A session may also play the stream's copies in other qualities. */
  #findRendition(
    response: HlsResponse,
    url: SessionUrl,
    session: RequestSession,
  ): NowOrLater<ServedPresentation | undefined> {
    if (url.stream === session.ownPath) return undefined;
    const target = readTarget(this.#services, response, url);
    if (target instanceof Denial) return undefined;
    const key = `${target.app}/${target.name}`;
    if (key !== session.key) return this.#services.workers.findRendition(key, session.key);
    if (url.stream.length <= MAX_KEPT_PATH) session.ownPath = url.stream;
    return undefined;
  }

  async #findSession(
    response: HlsResponse,
    url: SessionUrl,
    player: PlayerOrigin,
  ): Promise<RequestSession | Denial> {
    const { state, guests } = this.#services;
    const known = state.sessions.find(url.token);
    if (known) return await this.#readmit(response, url, known);
    const guest = await guests.find(url.token);
    return guest ?? (await this.#admit(response, url, { token: url.token, player }));
  }

  /** A session that has timed out continues if the gates admit it. */
  async #readmit(response: HlsResponse, url: SessionUrl, known: HlsSession): Promise<HlsSession | Denial> {
    if (known.lacksRequest) {
      const request = readRequest(this.#services, response, url, known);
      if (request instanceof Denial) return request;
      known.describe(request);
    }
    return await this.#enter(known);
  }

  /** One of an earlier run of the server, or one that has been forgotten, continues if the gates admit it. */
  async #admit(
    response: HlsResponse,
    url: SessionUrl,
    whose: { readonly token: string; readonly player: PlayerOrigin },
  ): Promise<HlsSession | Denial> {
    const session = makeSession(this.#services, response, url, whose);
    if (session instanceof Denial) return session;
    return await this.#enter(session);
  }

  async #enter(session: HlsSession): Promise<HlsSession | Denial> {
    const { places, state } = this.#services;
    const denial = await session.enter();
    if (denial) return denial;
    // One that enters again may have been forgotten meanwhile.
    if (state.sessions.has(session)) return session;
    const added = await places.add(session);
    if (added instanceof Denial) session.leave(ANSWERED);
    return added;
  }

  #reachPlaylist(
    response: HlsResponse,
    session: RequestSession,
    rendition: ServedPresentation | undefined,
  ): NowOrLater<Denial | undefined> {
    const own = reachPlaylist(this.#services, response, session, 'media');
    return own instanceof Promise
      ? own.then((reached) => sendPlaylist(response, session, reached, rendition))
      : sendPlaylist(response, session, own, rendition);
  }

  #sendFile(
    response: HlsResponse,
    session: RequestSession,
    file: NumberedFile,
    rendition: ServedPresentation | undefined,
  ): NowOrLater<Denial | undefined> {
    const { workers } = this.#services;
    const found = rendition ?? workers.find(session.key) ?? workers.open(session.key);
    return found instanceof Promise
      ? found.then((presentation) => sendFile(response, session, file, presentation))
      : sendFile(response, session, file, found);
  }
}

function sendPlaylist(
  response: HlsResponse,
  session: RequestSession,
  own: ServedPresentation | Denial,
  rendition: ServedPresentation | undefined,
): Denial | undefined {
  if (own instanceof Denial) return own;
  const presentation = rendition ?? own;
  presentation.demand();
  if (!presentation.ready) return notReady(presentation, session.displayKey);
  // Its viewer, whichever quality it plays.
  const denial = own.stream && session.countFor(own.stream);
  if (denial) return denial;
  const urls = presentation.options.sessionTokens === 'all' ? 'session' : 'mixed';
  const form = { urls, player: session.player } as const;
  session.countSent(response.sendMedia(presentation, form, 'private, no-cache'));
  return undefined;
}

function sendFile(
  response: HlsResponse,
  session: RequestSession,
  file: NumberedFile,
  presentation: ServedPresentation | undefined,
): NowOrLater<Denial | undefined> {
  if (!presentation) return new Denial('not-found', `nobody publishes ${session.displayKey}`);
  presentation.demand();
  return andThen(response.sendFile(presentation, file, 'private'), (sent) => {
    if (sent instanceof Denial) return sent;
    session.countSent(sent);
    return undefined;
  });
}

function nameOf(file: SessionFile): string {
  if (file.kind === 'playlist') return 'index.m3u8';
  return `${file.number}.${file.kind === 'key' ? 'key' : 'ts'}`;
}
