// Whoever wants the packets of a stream one by one: HLS, recordings, relays.
import type { MediaPacket } from '../media/packet.ts';
import type { EndCause } from '../session/session.ts';

/** Gets every packet of one stream, in order, synchronously. It must not block and not change the packet. */
export interface Sink {
  write(packet: MediaPacket): void;
  /** What follows does not continue what came before: another publisher, or a jump in its timestamps. */
  discontinuity?(): void;
  /** The publisher went away; it may return (then `discontinuity` and packets follow), else `end` does. */
  pause?(): void;
  end?(cause: EndCause): void;
}

/** What a sink that comes late gets first: all headers and the cached groups, the headers alone, or nothing. */
export type Replay = 'gop' | 'headers' | 'none';
