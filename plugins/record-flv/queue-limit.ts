// Which packets are left out when the disk is too slow: from one that does not fit up to a keyframe for which there is room.
import type { MediaPacket } from 'livego/media';
import type { RecordCounters } from './state.ts';

/** What may wait for the disk, of all recordings of a server. */
export const MAX_TOTAL_BYTES = 512 * 1024 * 1024;
const MIN_BYTES = 256 * 1024;

export class QueueLimit {
  readonly #counters: RecordCounters;
  #dropping = false;

  constructor(counters: RecordCounters) {
    this.#counters = counters;
  }

  get dropping(): boolean {
    return this.#dropping;
  }

  /**
   * What may wait for one of so many recordings. Together they get no more than `MAX_TOTAL_BYTES`, but each gets a little.
   */
  static share(maxBytes: number, recordings: number): number {
    return Math.min(maxBytes, Math.max(MIN_BYTES, MAX_TOTAL_BYTES / Math.max(1, recordings)));
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
