// Requests without a session: segments and keys under URLs that are the same for all viewers.
import { andThen, Denial, type NowOrLater } from 'livego';
import type { ServedPresentation } from '../served-presentation.ts';
import type { HlsResponse } from './hls-response.ts';
import { ANSWERED, makeSession, readTarget, type RequestServices } from './services.ts';
import type { HlsUrl } from './url.ts';

type OpenUrl = Extract<HlsUrl, { kind: 'open' }>;

export class OpenRequests {
  readonly #services: RequestServices;

  constructor(services: RequestServices) {
    this.#services = services;
  }

  answer(response: HlsResponse, url: OpenUrl): NowOrLater<Denial | undefined> {
    return url.file.kind === 'key' ? this.#sendKey(response, url) : this.#sendSegment(response, url);
  }

  /** A segment is open to every client that knows its URL, unless sessions guard it. */
  #sendSegment(response: HlsResponse, url: OpenUrl): NowOrLater<Denial | undefined> {
    const target = readTarget(this.#services, response, url);
    if (target instanceof Denial) return target;
    const key = `${target.app}/${target.name}`;
    return andThen(this.#find(key), (presentation) => this.#sendOpen(response, url, key, presentation));
  }

  #sendOpen(
    response: HlsResponse,
    url: OpenUrl,
    key: string,
    presentation: ServedPresentation | undefined,
  ): NowOrLater<Denial | undefined> {
    if (!presentation) return new Denial('not-found', `nobody publishes ${key}`);
    response.concern(key);
    if (presentation.options.sessionTokens === 'all') {
      const reason = `segments belong to a session here (sessionTokens: "all"); start with ${url.stream}.m3u8`;
      return new Denial('forbidden', reason);
    }
    presentation.demand();
    return andThen(response.sendFile(presentation, url.file, 'public'), (sent) =>
      sent instanceof Denial ? sent : undefined,
    );
  }

  /** The gates are asked for each key. */
  async #sendKey(response: HlsResponse, url: OpenUrl): Promise<Denial | undefined> {
    const session = makeSession(this.#services, response, url, { token: '', player: 'new' });
    if (session instanceof Denial) return session;
    try {
      const denial = await session.enter();
      if (denial) return denial;
      response.concern(session.displayKey);
      const presentation = await this.#find(session.key);
      if (!presentation) return new Denial('not-found', `nobody publishes ${session.displayKey}`);
      const sent = await response.sendFile(presentation, url.file, 'public');
      return sent instanceof Denial ? sent : undefined;
    } finally {
      session.leave(ANSWERED);
    }
  }

  /** The presentation, also of another worker. */
  #find(key: string): NowOrLater<ServedPresentation | undefined> {
    const { workers } = this.#services;
    return workers.find(key) ?? workers.open(key);
  }
}
