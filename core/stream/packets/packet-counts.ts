// Counts the packets of one stream.
import type { MediaPacket } from '../../media/packet.ts';
import { PacketTiming } from './packet-timing.ts';
import type { StreamCounters, StreamTiming } from '../stream-view.ts';

export class PacketCounts {
  #audioBytes = 0;
  #videoBytes = 0;
  #dataBytes = 0;
  #packets = 0;
  #keyframes = 0;
  #timestampJumps = 0;
  readonly #timing = new PacketTiming();

  get all(): StreamCounters {
    return {
      audioBytes: this.#audioBytes,
      videoBytes: this.#videoBytes,
      dataBytes: this.#dataBytes,
      packets: this.#packets,
      keyframes: this.#keyframes,
      timestampJumps: this.#timestampJumps,
    };
  }

  get timing(): StreamTiming {
    return this.#timing.all;
  }

  count(packet: MediaPacket): void {
    this.#packets++;
    this.#timing.note(packet);
    if (packet.kind === 'video') {
      this.#videoBytes += packet.payload.length;
      if (packet.keyframe) this.#keyframes++;
    } else if (packet.kind === 'audio') this.#audioBytes += packet.payload.length;
    else this.#dataBytes += packet.payload.length;
  }

  countJump(): void {
    this.#timestampJumps++;
  }
}
