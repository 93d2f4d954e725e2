// The wire formats of HTTP-FLV. Viewers that share a format object share bytes.
import type { PluginContext } from 'livego';
import { ChunkedFormat } from 'livego/http';
import { FlvPacketFormat, type PacketFormat } from 'livego/media';

/** The value of `?only=`. */
export type Only = 'audio' | 'video' | undefined;

/** Bare tags for WebSocket messages and HTTP/1.0 bodies, chunks for HTTP/1.1. */
export type Framing = 'bare' | 'chunked';

export function findFormat(
  context: Pick<PluginContext, 'format'>,
  only: Only,
  framing: Framing,
): PacketFormat {
  const name = only === undefined ? 'flv' : `flv/${only}`;
  const bare = context.format(name, () => new FlvPacketFormat(only && { only }));
  return framing === 'bare' ? bare : context.format(`${name}/chunked`, () => new ChunkedFormat(bare));
}
