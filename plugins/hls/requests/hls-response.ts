// One request for a playlist, a segment or a key, and what it can be answered with.
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { Denial } from '../../../core/session/denial.ts';
import { replyPlaylist, replySegment } from '../../../core/http/file-reply.ts';
import { prepare } from '../../../core/http/cached-body.ts';
import type { Presentation } from '../presentation.ts';
import type { PlaylistKind } from '../playlists/stream-playlists.ts';
import type { HlsUrl } from './url.ts';

/** RFC 8216, section 4: what Safari, hls.js, VLC, ffmpeg and phones all take. */
const PLAYLIST_TYPE = 'application/vnd.apple.mpegurl';
const SEGMENT_TYPE = 'video/mp2t';
const ENCRYPTED_TYPE = 'application/octet-stream';

export class HlsResponse {
  readonly request: IncomingMessage;
  readonly url: HlsUrl;
  /** Without its question mark. */
  readonly query: string;
  readonly #response: ServerResponse;
  readonly #cors: OutgoingHttpHeaders;
  #gone: AbortController | undefined;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    url: HlsUrl,
    query: string,
    cors: OutgoingHttpHeaders,
  ) {
    this.request = request;
    this.#response = response;
    this.url = url;
    this.query = query;
    this.#cors = cors;
  }

  /** Aborted when the client has gone; made only for those who have to wait. */
  get signal(): AbortSignal {
    if (this.#gone) return this.#gone.signal;
    const gone = (this.#gone = new AbortController());
    if (this.#response.destroyed) gone.abort();
    else this.#response.once('close', () => gone.abort());
    return gone.signal;
  }

  // What these return is the number of bytes that go out, headers not counted.

  sendMedia(presentation: Presentation, kind: PlaylistKind, cacheControl: string): number {
    const reply = { type: PLAYLIST_TYPE, cacheControl, headers: this.#cors };
    return replyPlaylist(this.request, this.#response, presentation.playlist(kind), reply);
  }

  sendMaster(text: string, cacheControl: string): number {
    const playlist = prepare(text, randomBytes(6).toString('base64url'));
    const reply = { type: PLAYLIST_TYPE, cacheControl, headers: this.#cors };
    return replyPlaylist(this.request, this.#response, playlist, reply);
  }

  sendSegment(presentation: Presentation, number: number): number | Denial {
    const segment = presentation.find(number);
    if (!segment)
      return new Denial('not-found', `${presentation.key} has no segment ${number}, or not any more`);
    const { bytes, file, key } = segment.data;
    const source = { bytes, file, length: segment.byteLength };
    return replySegment(this.request, this.#response, source, {
      type: key ? ENCRYPTED_TYPE : SEGMENT_TYPE,
      etag: presentation.etagOf(segment),
      cacheControl: `${this.url.token === undefined ? 'public' : 'private'}, max-age=31536000, immutable`,
      headers: this.#cors,
    });
  }

  sendKey(presentation: Presentation, id: number): number | Denial {
    const key = presentation.findKey(id);
    if (!key) return new Denial('not-found', `${presentation.key} has no key ${id}, or not any more`);
    this.#response.writeHead(200, {
      ...this.#cors,
      'content-type': 'application/octet-stream',
      'content-length': key.length,
      'cache-control': 'private, no-store',
    });
    const body = this.request.method === 'HEAD' ? undefined : key;
    this.#response.end(body);
    return body?.length ?? 0;
  }
}
