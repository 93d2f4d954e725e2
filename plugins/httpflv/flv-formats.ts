// The wire formats of HTTP-FLV.
import { ChunkedFormat } from '../../core/http/chunked-format.ts';
import { FlvPacketFormat } from '../../core/media/flv/flv-format.ts';
import type { PacketFormat } from '../../core/media/packet-format.ts';

/** What `?only=` asks for. */
export type Only = 'audio' | 'video' | undefined;

/** Bare tags for WebSocket messages and HTTP/1.0 bodies, chunks for HTTP/1.1. */
export type Framing = 'bare' | 'chunked';

/** Viewers who share a format object share bytes. */
export class FlvFormats {
  readonly #bare = {
    all: new FlvPacketFormat(),
    audio: new FlvPacketFormat({ only: 'audio' }),
    video: new FlvPacketFormat({ only: 'video' }),
  };
  readonly #chunked = {
    all: new ChunkedFormat(this.#bare.all),
    audio: new ChunkedFormat(this.#bare.audio),
    video: new ChunkedFormat(this.#bare.video),
  };

  find(only: Only, framing: Framing): PacketFormat {
    return (framing === 'chunked' ? this.#chunked : this.#bare)[only ?? 'all'];
  }
}
