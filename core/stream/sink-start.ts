// The start of a sink: the packets that it gets at once, and the packet that it waits for.
import { requireSynchronous } from '../call-plugin.ts';
import { canStartAt } from '../delivery/start-packet.ts';
import { restamp, type GopCache } from '../delivery/gop-cache.ts';
import type { EndCause } from '../end-cause.ts';
import type { MediaPacket } from '../media/packet.ts';
import type { DiscontinuityReason, Sink, StartPosition } from './sink.ts';

/** The part of a stream that a start is built from. */
export interface SinkSource {
  readonly gop: GopCache;
  /** Current metadata and sequence headers. */
  readonly headers: readonly MediaPacket[];
  readonly expectedTracks: { readonly video: boolean };
}

/** The packets that a sink gets at once. @param timestamp - that of headers without a group behind them */
export function backlogFor(
  from: StartPosition,
  source: SinkSource,
  timestamp: number,
): readonly MediaPacket[] {
  if (from === 'gop' && source.gop.length > 0) return [...source.gop.headers(), ...source.gop.read()];
  return from === 'gop' || from === 'headers' ? restamp(source.headers, timestamp) : [];
}

/** Holds packets back until one can be decoded; then the sink gets the headers and that packet. */
export class KeyframeStart implements Sink {
  readonly #sink: Sink;
  readonly #source: SinkSource;
  #started = false;

  constructor(sink: Sink, source: SinkSource) {
    this.#sink = sink;
    this.#source = source;
  }

  write(packet: MediaPacket): void {
    if (!this.#started) {
      const { headers, expectedTracks } = this.#source;
      if (!canStartAt(packet, expectedTracks.video)) return;
      this.#started = true;
      for (const header of restamp(headers, packet.timestamp))
        requireSynchronous(this.#sink.write(header), 'write');
    }
    // What it returns is looked at where sinks are called.
    return this.#sink.write(packet);
  }

  discontinuity(reason: DiscontinuityReason): void {
    if (this.#started) return this.#sink.discontinuity?.(reason);
  }

  pause(): void {
    if (this.#started) return this.#sink.pause?.();
  }

  end(cause: EndCause): void {
    return this.#sink.end?.(cause);
  }
}
