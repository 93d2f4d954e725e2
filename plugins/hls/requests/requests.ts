// Requests for playlists, segments and keys: read, answered by kind, or denied.
//
// The room turns requests into responses. Core's admission decides which clients get one; sessions, presentations and
// segments are made elsewhere in the plugin.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Denial } from 'livego';
import { clientAddressOf, limitWriteTime, replyDenial, type RouteMatch } from 'livego/http';
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
  async answer(request: IncomingMessage, response: ServerResponse, match: RouteMatch): Promise<void> {
    const hlsResponse = new HlsResponse(request, response, match);
    const denial = await this.#answer(hlsResponse, match.path);
    if (denial && !response.destroyed) replyDenial(request, response, denial, retryHeaders(denial));
    const { context, state } = this.#services;
    const { writeTimeoutMs } = context.admission;
    limitWriteTime(response, writeTimeoutMs, () => {
      state.counters.count('slowReaders');
      context.peerLog.info(
        { remote: clientAddressOf(request) },
        `${hlsResponse.displayKey}: the viewer took no byte for ${writeTimeoutMs / 1000} s (write_timeout)`,
      );
    });
  }

  #answer(response: HlsResponse, path: string): Promise<Denial | undefined> {
    const url = parseHlsPath(path);
    if (!url) {
      const reason = `${path} is no playlist or segment; the URL is /APP/NAME.m3u8`;
      return Promise.resolve(new Denial('invalid', reason));
    }
    if (url.kind === 'session') return this.#session.answer(response, url);
    return url.kind === 'open' ? this.#open.answer(response, url) : this.#entry.answer(response, url);
  }
}

/** Players that are told to try again do so soon. */
function retryHeaders({ code, retryAfterSeconds }: Denial): Record<string, string> {
  const temporary = code === 'unavailable' || code === 'limit';
  return temporary && retryAfterSeconds === undefined ? { 'retry-after': '1' } : {};
}
