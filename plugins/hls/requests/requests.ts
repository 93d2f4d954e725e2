// Requests for playlists, segments and keys: read, answered by kind, or denied.
//
// The room turns requests into responses. Core's admission decides which clients get one; sessions, presentations and
// segments are made elsewhere in the plugin.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { andThen, Denial, type NowOrLater } from 'livego';
import { clientAddressOf, isSent, limitWriteTime, replyDenial, type RouteMatch } from 'livego/http';
import { EntryRequests } from './entry-requests.ts';
import { HlsResponse } from './hls-response.ts';
import { OpenRequests } from './open-requests.ts';
import type { RequestServices } from './services.ts';
import { SessionRequests } from './session-requests.ts';
import { parseHlsPath } from './url.ts';

export class HlsRequests {
  readonly #services: RequestServices;
  readonly #entry: EntryRequests;
  readonly #session: SessionRequests;
  readonly #open: OpenRequests;

  constructor(services: RequestServices) {
    this.#services = services;
    this.#entry = new EntryRequests(services);
    this.#session = new SessionRequests(services);
    this.#open = new OpenRequests(services);
  }

  /** Answers GET and HEAD. */
  answer(request: IncomingMessage, response: ServerResponse, match: RouteMatch): void | Promise<void> {
    const hlsResponse = new HlsResponse(request, response, match);
    const answered = this.#answer(hlsResponse, match.path);
    if (answered === undefined && isSent(response)) return undefined;
    const finish = (denial: Denial | undefined): void => {
      if (denial && !response.destroyed) replyDenial(request, response, denial, retryHeaders(denial));
      this.#limitWriteTime(request, response, hlsResponse);
    };
    return andThen(answered, finish);
  }

  #limitWriteTime(request: IncomingMessage, response: ServerResponse, { displayKey }: HlsResponse): void {
    const { context, state } = this.#services;
    const { writeTimeoutMs } = context.admission;
    limitWriteTime(response, writeTimeoutMs, () => {
      state.counters.count('slowReaders');
      context.peerLog.info(
        { remote: clientAddressOf(request) },
        `${displayKey}: the viewer took no byte for ${writeTimeoutMs / 1000} s (write_timeout)`,
      );
    });
  }

  #answer(response: HlsResponse, path: string): NowOrLater<Denial | undefined> {
    const url = parseHlsPath(path);
    if (!url) return new Denial('invalid', `${path} is no playlist or segment; the URL is /APP/NAME.m3u8`);
    if (url.kind === 'session') return this.#session.answer(response, url);
    return url.kind === 'open' ? this.#open.answer(response, url) : this.#entry.answer(response, url);
  }
}

/** Players that are told to try again do so soon. */
function retryHeaders({ code, retryAfterSeconds }: Denial): Record<string, string> {
  const temporary = code === 'unavailable' || code === 'limit';
  return temporary && retryAfterSeconds === undefined ? { 'retry-after': '1' } : {};
}
