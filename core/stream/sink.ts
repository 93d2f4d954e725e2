// Receivers of single packets: HLS, recordings, engines.
import type { EndCause } from '../end-cause.ts';
import type { MediaPacket } from '../media/packet.ts';

/**
 * Why packets do not continue the earlier ones. `jump`: the publisher's timestamps jumped. `source`: a provider's source has
 * been connected again. `publisher`: another publisher follows, with headers of its own.
 */
export type DiscontinuityReason = 'jump' | 'source' | 'publisher';

/** Gets every packet of one stream, in order, synchronously. It must not block and not change the packet. */
export interface Sink {
  write(packet: MediaPacket): void;
  /** The next packets do not continue the earlier ones: another publisher, or a jump in its timestamps. */
  discontinuity?(reason: DiscontinuityReason): void;
  /** The publisher disconnected. If it returns, `discontinuity` and packets follow; otherwise `end`. */
  pause?(): void;
  end?(cause: EndCause): void;
}

/**
 * The start of a sink:
 * - `gop`: with all headers and the cached groups; without a cache, like `headers`.
 * - `headers`: with all headers, then every packet.
 * - `next-keyframe`: with all headers at the next keyframe, then that; without video, at the next packet.
 * - `live`: with the next packet.
 */
export type StartPosition = 'gop' | 'headers' | 'next-keyframe' | 'live';
