// Requests for playlists, segments and keys: whose they are, whether the gates let them in, what they get.
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServerContext } from '../../../core/plugin/context.ts';
import { Denial } from '../../../core/session/denial.ts';
import { corsHeaders } from '../../../core/http/cors.ts';
import { replyDenial } from '../../../core/http/reply.ts';
import { formatRemote } from '../../../core/net/address.ts';
import type { EndCause } from '../../../core/session/session.ts';
import type { PresentationRegistry } from '../presentations.ts';
import { HlsResponse } from './hls-response.ts';
import type { FirstPlaylist } from '../playlists/startup-delay.ts';
import type { Presentation } from '../presentation.ts';
import type { HlsOptions } from '../schema.ts';
import { limitWriteTime } from '../../../core/http/write-timeout.ts';
import { readStreamRequest } from '../../../core/http/stream-request.ts';
import { buildPlainUri, buildSessionUri, parseHlsPath, type HlsUrl } from './url.ts';
import { HlsSession } from '../hls-session.ts';

const TOKEN_BYTES = 16;
/** A viewer that was away for longer has to begin anew; until then it is let in again without noticing. */
const MEMORY_MS = 3_600_000;

const LEFT: EndCause = { code: 'left', message: 'the viewer has left' };
const ENDED: EndCause = { code: 'unpublished', message: 'the stream has ended' };
const ANSWERED: EndCause = { code: 'left', message: 'the request is answered' };

export class HlsRequests {
  readonly #context: Pick<ServerContext, 'admission' | 'ticker' | 'log'>;
  readonly #options: HlsOptions;
  readonly #catalogue: PresentationRegistry;

  constructor(
    context: Pick<ServerContext, 'admission' | 'ticker' | 'log'>,
    options: HlsOptions,
    catalogue: PresentationRegistry,
  ) {
    this.#context = context;
    this.#options = options;
    this.#catalogue = catalogue;
  }

  /** Answers GET and HEAD. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = '', query = ''] = (request.url ?? '').split(/\?(.*)/s, 2);
    const cors = corsHeaders(request, this.#options.allowOrigin);
    const url = parseHlsPath(path);
    const denial = url
      ? await this.#serve(new HlsResponse(request, response, url, query, cors))
      : new Denial('invalid', `${path} is no playlist or segment; the URL is /APP/NAME.m3u8`);
    if (denial && !response.destroyed) {
      const retry = denial.code === 'unavailable' || denial.code === 'limit' ? { 'retry-after': '1' } : {};
      replyDenial(request, response, denial, { ...cors, ...retry });
    }
    const { writeTimeoutMs } = this.#context.admission;
    limitWriteTime(response, writeTimeoutMs, () => {
      this.#catalogue.counters.slowReaders++;
      const remote = formatRemote(request.socket);
      const seconds = writeTimeoutMs / 1000;
      this.#context.log.info({ remote }, `${path}: the viewer took no byte for ${seconds} s (write_timeout)`);
    });
  }

  /** Ends sessions that have fallen silent, and forgets those that stay away. */
  sweep(now: number): void {
    for (const [token, viewer] of this.#catalogue.viewers) {
      const silent = now - viewer.lastSeen;
      const options = this.#catalogue.find(viewer.key)?.options ?? this.#options;
      if (viewer.awake && silent >= options.sessionTimeoutSeconds * 1000) viewer.leave();
      if (!viewer.awake && silent >= MEMORY_MS) this.#catalogue.viewers.delete(token);
    }
  }

  #serve(exchange: HlsResponse): Promise<Denial | undefined> | Denial | undefined {
    const { url } = exchange;
    if (url.token !== undefined) return this.#serveViewer(exchange, url.token);
    if (url.file === 'playlist') return this.#open(exchange);
    return url.file === 'key'
      ? this.#serveOpenKey(exchange, url.number)
      : this.#serveOpenSegment(exchange, url);
  }

  // Synchronous for a viewer who is known: the hot path.
  #serveViewer(exchange: HlsResponse, token: string): Promise<Denial | undefined> | Denial | undefined {
    const viewer = this.#catalogue.viewers.get(token);
    const stream = viewer && this.#catalogue.find(viewer.key)?.stream;
    // Another stream of the name is another session, of which the player need not notice.
    if (stream && viewer.attendsOther(stream)) viewer.leave(ENDED);
    if (!viewer?.admitted) return this.#admitAgain(exchange, token, viewer);
    viewer.lastSeen = this.#context.ticker.now();
    return this.#serveAdmitted(exchange, viewer);
  }

  /** A session that has timed out, or one of an earlier run of the server: whom the gates let in goes on with it. */
  async #admitAgain(
    exchange: HlsResponse,
    token: string,
    known: HlsSession | undefined,
  ): Promise<Denial | undefined> {
    const viewer = known ?? this.#makeViewer(exchange, token, 'again');
    if (viewer instanceof Denial) return viewer;
    const denial = (known ? undefined : this.#makeRoom()) ?? (await viewer.enter());
    if (denial) return denial;
    viewer.lastSeen = this.#context.ticker.now();
    const present = this.#catalogue.viewers.get(token);
    if (present && present !== viewer) {
      viewer.leave(LEFT);
      return this.#serveAdmitted(exchange, present);
    }
    this.#catalogue.viewers.set(token, viewer);
    return this.#serveAdmitted(exchange, viewer);
  }

  #serveAdmitted(
    exchange: HlsResponse,
    viewer: HlsSession,
  ): Promise<Denial | undefined> | Denial | undefined {
    const { url } = exchange;
    const presentation = this.#catalogue.find(viewer.key);
    if (url.file === 'playlist') {
      const atOnce = presentation?.ready && presentation.missingHeadStart('media') === 0;
      return atOnce
        ? this.#sendPlaylist(exchange, viewer, presentation)
        : this.#sendPlaylistLater(exchange, viewer);
    }
    if (!presentation) return new Denial('not-found', `nobody publishes ${viewer.key}`);
    presentation.demand();
    const sent =
      url.file === 'key'
        ? exchange.sendKey(presentation, url.number)
        : exchange.sendSegment(presentation, url.number);
    if (sent instanceof Denial) return sent;
    viewer.countSent(sent);
    return undefined;
  }

  async #sendPlaylistLater(exchange: HlsResponse, viewer: HlsSession): Promise<Denial | undefined> {
    const presentation = await this.#reach(exchange, viewer, 'media');
    return presentation instanceof Denial ? presentation : this.#sendPlaylist(exchange, viewer, presentation);
  }

  #sendPlaylist(exchange: HlsResponse, viewer: HlsSession, presentation: Presentation): Denial | undefined {
    presentation.demand();
    if (!presentation.ready) return notReady(presentation);
    const denial = presentation.stream && viewer.attend(presentation.stream);
    if (denial) return denial;
    const form = presentation.options.sessionTokens === 'all' ? 'session' : 'mixed';
    const kind = viewer.comes === 'again' ? (`${form}-again` as const) : form;
    viewer.countSent(exchange.sendMedia(presentation, kind, 'private, no-cache'));
    return undefined;
  }

  /** The address that players are given. */
  async #open(exchange: HlsResponse): Promise<Denial | undefined> {
    const denial = this.#makeRoom();
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    const viewer = denial ?? this.#makeViewer(exchange, token, 'first');
    if (viewer instanceof Denial) return viewer;
    const abandon = (): void => viewer.leave(LEFT);
    const { signal } = exchange;
    signal.addEventListener('abort', abandon);
    try {
      const presentation = (await viewer.enter()) ?? (await this.#reach(exchange, viewer, 'master'));
      if (presentation instanceof Denial) return presentation;
      const { stream } = presentation;
      const refusal = stream && viewer.playback?.refusal(stream);
      if (refusal) return refusal;
      if (signal.aborted) return undefined;
      if (presentation.options.sessionTokens === 'none') return await this.#sendPlain(exchange, presentation);
      if (exchange.request.method !== 'HEAD') this.#catalogue.viewers.set(token, viewer);
      const master = presentation.master(buildSessionUri(exchange.url.stream, token, exchange.query));
      exchange.sendMaster(master, 'private, no-store');
      return undefined;
    } finally {
      signal.removeEventListener('abort', abandon);
      if (this.#catalogue.viewers.get(token) !== viewer) viewer.leave(ANSWERED);
    }
  }

  /** Without sessions the media playlist is the same for everybody, and the master playlist is asked for. */
  async #sendPlain(exchange: HlsResponse, presentation: Presentation): Promise<undefined> {
    const maxAge = Math.max(1, Math.floor(presentation.targetDuration / 2));
    const query = new URLSearchParams(exchange.query);
    if (query.get('playlist') === 'master') {
      query.delete('playlist');
      const master = presentation.master(buildPlainUri(exchange.url.stream, query.toString()));
      exchange.sendMaster(master, `public, max-age=${maxAge}`);
      return;
    }
    await this.#giveHeadStart(exchange, presentation, 'media');
    if (exchange.signal.aborted) return;
    exchange.sendMedia(presentation, 'plain', `public, max-age=${maxAge}`);
  }

  #serveOpenSegment(exchange: HlsResponse, url: HlsUrl & { readonly number: number }): Denial | undefined {
    const address = readStreamRequest(exchange, this.#context.admission);
    if (address instanceof Denial) return address;
    const presentation = this.#catalogue.find(`${address.app}/${address.name}`);
    if (!presentation) return new Denial('not-found', `nobody publishes ${address.app}/${address.name}`);
    if (presentation.options.sessionTokens === 'all') {
      const reason = `segments belong to a session here (sessionTokens: "all"); begin at ${url.stream}.m3u8`;
      return new Denial('forbidden', reason);
    }
    presentation.demand();
    const sent = exchange.sendSegment(presentation, url.number);
    return sent instanceof Denial ? sent : undefined;
  }

  /** A key outside of a session: the gates are asked each time. */
  async #serveOpenKey(exchange: HlsResponse, id: number): Promise<Denial | undefined> {
    const viewer = this.#makeViewer(exchange, '', 'first');
    if (viewer instanceof Denial) return viewer;
    try {
      const denial = await viewer.enter();
      if (denial) return denial;
      const presentation = this.#catalogue.find(viewer.key);
      if (!presentation) return new Denial('not-found', `nobody publishes ${viewer.key}`);
      const sent = exchange.sendKey(presentation, id);
      return sent instanceof Denial ? sent : undefined;
    } finally {
      viewer.leave(ANSWERED);
    }
  }

  /** The presentation with its first segment; waits for a publisher and for that, so long as the options allow. */
  async #reach(
    exchange: HlsResponse,
    viewer: HlsSession,
    playlist: FirstPlaylist,
  ): Promise<Presentation | Denial> {
    const presentation = await this.#reachReady(exchange, viewer);
    if (presentation instanceof Denial) return presentation;
    await this.#giveHeadStart(exchange, presentation, playlist);
    return presentation.ready ? presentation : notReady(presentation);
  }

  async #reachReady(exchange: HlsResponse, viewer: HlsSession): Promise<Presentation | Denial> {
    const { maxHeld, holdSeconds } = this.#options;
    const present = this.#catalogue.find(viewer.key);
    if (
      present?.ready &&
      (present.stream || present.options.keepAfterEnd || exchange.url.token !== undefined)
    )
      return present;
    if (this.#catalogue.held >= maxHeld)
      return new Denial('limit', `${maxHeld} requests wait for HLS streams already (maxHeld)`);
    this.#catalogue.held++;
    try {
      const stream = await viewer.playback?.findStream();
      const presentation = this.#catalogue.find(viewer.key);
      if (!presentation || (!stream && !presentation.ready))
        return new Denial('not-found', `nobody publishes ${viewer.key}`);
      presentation.demand();
      await presentation.untilReady(holdSeconds * 1000, exchange.signal);
      return presentation.ready ? presentation : notReady(presentation);
    } finally {
      this.#catalogue.held--;
    }
  }

  /** Waits while the stream is too young. When too many wait already, to begin at once is better than not at all. */
  async #giveHeadStart(
    exchange: HlsResponse,
    presentation: Presentation,
    playlist: FirstPlaylist,
  ): Promise<void> {
    if (presentation.missingHeadStart(playlist) === 0 || this.#catalogue.held >= this.#options.maxHeld)
      return;
    this.#catalogue.held++;
    await presentation.untilHeadStart(playlist, exchange.signal);
    this.#catalogue.held--;
  }

  /** Room for one more viewer; the one that has been away for longest is forgotten for it. */
  #makeRoom(): Denial | undefined {
    const { viewers } = this.#catalogue;
    const { maxSessions } = this.#options;
    if (viewers.size < maxSessions) return undefined;
    for (const [token, viewer] of viewers) {
      if (viewer.awake) continue;
      viewers.delete(token);
      return undefined;
    }
    return new Denial('limit', `the server has ${maxSessions} HLS viewers already (maxSessions)`);
  }

  #makeViewer(exchange: HlsResponse, token: string, comes: HlsSession['comes']): HlsSession | Denial {
    const { admission, ticker } = this.#context;
    const address = readStreamRequest(exchange, admission);
    if (address instanceof Denial) return address;
    return new HlsSession(token, comes, address, admission, ticker.now());
  }
}

function notReady(presentation: Presentation): Denial {
  const { key, refusal, endedAt } = presentation;
  if (refusal !== undefined) return new Denial('not-found', refusal);
  if (endedAt !== undefined) return new Denial('not-found', `${key} has ended`);
  return new Denial('unavailable', `the first segment of ${key} is not complete yet`);
}
