// The wire formats of HTTP-FLV. Viewers that share a format object share bytes.
import type { PluginContext } from 'livego';
import { FLV_AUDIO_CHUNKED, FLV_CHUNKED, FLV_VIDEO_CHUNKED } from 'livego/http';
import { FLV, FLV_AUDIO, FLV_VIDEO, type PacketFormat, type SharedFormat } from 'livego/media';

/** The value of `?only=`. */
export type Only = 'audio' | 'video' | undefined;

/** Bare tags for WebSocket messages and HTTP/1.0 bodies, chunks for HTTP/1.1. */
export type Framing = 'bare' | 'chunked';

const FORMATS: Readonly<
  Record<Framing, Readonly<Record<'all' | 'audio' | 'video', SharedFormat<PacketFormat>>>>
> = {
  bare: { all: FLV, audio: FLV_AUDIO, video: FLV_VIDEO },
  chunked: { all: FLV_CHUNKED, audio: FLV_AUDIO_CHUNKED, video: FLV_VIDEO_CHUNKED },
};

export function findFormat(
  context: Pick<PluginContext, 'format'>,
  only: Only,
  framing: Framing,
): PacketFormat {
  return context.format(FORMATS[framing][only ?? 'all']);
}
