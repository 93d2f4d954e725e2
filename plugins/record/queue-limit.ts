// Which packets are left out when the disk is too slow: from one that does not fit up to a keyframe for which there is room.
import type { MediaPacket } from 'livego/media';
import type { RecordCounters } from './state.ts';

export class QueueLimit {
  readonly #counters: RecordCounters;
  #dropping = false;

  constructor(counters: RecordCounters) {
    this.#counters = counters;
  }

  get dropping(): boolean {
    return this.#dropping;
  }

  /** @param isStart - whether decoding can start with the packet */
  drops(packet: MediaPacket, isStart: boolean, waitingBytes: number, maxBytes: number): boolean {
    if (this.#dropping && isStart && waitingBytes <= maxBytes / 2) this.#dropping = false;
    else if (this.#dropping && isStart) this.#counters.droppedGroups++;
    if (!this.#dropping && waitingBytes + packet.payload.length > maxBytes) {
      this.#dropping = true;
      this.#counters.droppedGroups++;
    }
    if (this.#dropping) this.#counters.droppedPackets++;
    return this.#dropping;
  }

  reset(): void {
    this.#dropping = false;
  }
}
