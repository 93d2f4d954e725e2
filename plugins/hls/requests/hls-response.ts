// One request for a playlist, a segment or a key, and the responses to it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Denial, type NowOrLater } from 'livego';
import { replyCachedBody, replyFile, type CachedBody, type RouteMatch } from 'livego/http';
import type { PlaylistForm } from '../playlists/stream-playlists.ts';
import type { ServedFile, ServedPresentation } from '../served-presentation.ts';
import type { NumberedFile } from './url.ts';

/** RFC 8216 section 4. Safari, hls.js, VLC, ffmpeg and phones all take these types. */
const PLAYLIST_TYPE = 'application/vnd.apple.mpegurl';
const SEGMENT_TYPE = 'video/mp2t';
const ENCRYPTED_TYPE = 'application/octet-stream';

export class HlsResponse {
  readonly request: IncomingMessage;
  /** The query of the URL, without its question mark. */
  readonly search: string;
  readonly #response: ServerResponse;
  #displayKey = 'the stream';
  #closed: AbortController | undefined;

  constructor(request: IncomingMessage, response: ServerResponse, { search }: RouteMatch) {
    this.request = request;
    this.search = search;
    this.#response = response;
  }

  /** The stream's name for logs and messages. They never show the URL, which may hold a key. */
  get displayKey(): string {
    return this.#displayKey;
  }

  /** The request is for this stream. */
  concern(displayKey: string): void {
    this.#displayKey = displayKey;
  }

  /** The client has disconnected. */
  get gone(): boolean {
    return this.#response.destroyed;
  }

  /** Aborts when the client disconnects before it is answered; made only for requests that have to wait. */
  get signal(): AbortSignal {
    if (this.#closed) return this.#closed.signal;
    const closed = (this.#closed = new AbortController());
    if (this.#response.destroyed) closed.abort();
    else this.#response.once('close', () => this.#response.writableFinished || closed.abort());
    return closed.signal;
  }

  /** Sends the client to another address, relative to this one, with the same query. */
  redirect(location: string): undefined {
    const query = this.search === '' ? '' : `?${this.search}`;
    const headers = {
      location: `${location}${query}`,
      'cache-control': 'private, no-store',
      'content-length': 0,
    };
    this.#response.writeHead(302, headers).end();
  }

  // Each of these returns how many bytes it sends, without headers.

  sendMedia(presentation: ServedPresentation, form: PlaylistForm, cacheControl: string): number {
    const reply = { type: PLAYLIST_TYPE, cacheControl };
    return replyCachedBody(this.request, this.#response, presentation.playlist(form), reply);
  }

  sendMaster(body: CachedBody, cacheControl: string): number {
    return replyCachedBody(this.request, this.#response, body, { type: PLAYLIST_TYPE, cacheControl });
  }

  /** @param scope - `private`: the URL is that of one viewer */
  sendFile(
    presentation: ServedPresentation,
    file: NumberedFile,
    scope: 'public' | 'private',
  ): NowOrLater<number | Denial> {
    const found = presentation.file(file);
    return found instanceof Promise
      ? found.then((later) => this.#send(later, file, scope))
      : this.#send(found, file, scope);
  }

  #send(
    found: ServedFile | Denial | undefined,
    { kind, number }: NumberedFile,
    scope: 'public' | 'private',
  ): number | Denial {
    if (!found)
      return new Denial('not-found', `${this.#displayKey} has no ${kind} ${number}, or not any more`);
    if (found instanceof Denial) return found;
    if (this.#response.destroyed) return 0;
    return found.kind === 'key' ? this.#sendKey(found.key) : this.#sendSegment(found, scope);
  }

  #sendSegment(
    { source, etag, encrypted }: Extract<ServedFile, { kind: 'segment' }>,
    scope: 'public' | 'private',
  ): number {
    return replyFile(this.request, this.#response, source, {
      type: encrypted ? ENCRYPTED_TYPE : SEGMENT_TYPE,
      etag,
      cacheControl: `${scope}, max-age=31536000, immutable`,
    });
  }

  #sendKey(key: Buffer): number {
    this.#response.writeHead(200, {
      'content-type': 'application/octet-stream',
      'content-length': key.length,
      'cache-control': 'private, no-store',
    });
    const body = this.request.method === 'HEAD' ? undefined : key;
    this.#response.end(body);
    return body?.length ?? 0;
  }
}
