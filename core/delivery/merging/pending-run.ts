// When a run of packets to viewers, or to a copy in another worker, is flushed: at the end of its window, or earlier where
// nothing more is due in it.
import type { MediaPacket } from '../../media/packet.ts';
import { SHORT_WINDOW_MS, type FlushScheduler, type Flushable } from './flush-scheduler.ts';
import type { PacketRhythm } from './packet-rhythm.ts';

/** A run of packets is flushed at once when it has grown to this: a larger write saves nothing. */
const FULL_RUN_BYTES = 128 * 1024;

/** The part of a stream that says how long packets may wait. */
export interface FlushSource {
  /** The part of the merge window that is left when packets have been read, in milliseconds. */
  readonly mergeWindowMs: number;
  /** Packets have waited in another process already, which has counted the delay. */
  readonly packetsHaveWaited: boolean;
  /** Tells when the next packet is due. */
  readonly rhythm: PacketRhythm;
}

/** The run being collected, from its first packet to its flush. */
export class PendingRun {
  readonly #target: Flushable;
  readonly #source: FlushSource;
  readonly #scheduler: FlushScheduler;
  /** `expecting`: it waits for a packet that is due before its window is over. */
  #state: 'empty' | 'chosen' | 'expecting' = 'empty';
  /** Of the run's first packet: monotonic milliseconds at which it came, and its stream time. */
  #since = 0;
  #firstTimestamp = 0;
  #packets: MediaPacket[] = [];
  #bytes = 0;

  constructor(target: Flushable, source: FlushSource, scheduler: FlushScheduler) {
    this.#target = target;
    this.#source = source;
    this.#scheduler = scheduler;
  }

  /** Packets in it. */
  get length(): number {
    return this.#packets.length;
  }

  /** Flushes the target when the run is full, or else decides when that is due. */
  add(packet: MediaPacket): void {
    this.#packets.push(packet);
    this.#bytes += packet.payload.length;
    if (this.#bytes >= FULL_RUN_BYTES) this.#target.flush();
    else this.#note(packet);
  }

  /** The packets, to be written or given up. The next run begins. */
  take(): readonly MediaPacket[] {
    const packets = this.#packets;
    if (packets.length === 0) return packets;
    this.#packets = [];
    this.#bytes = 0;
    this.#flushed();
    return packets;
  }

  #note({ timestamp }: MediaPacket): void {
    if (this.#state === 'chosen') return;
    if (this.#state === 'empty') {
      this.#since = performance.now();
      this.#firstTimestamp = timestamp;
    }
    this.#choose(timestamp);
  }

  #flushed(): void {
    if (this.#state === 'empty') return;
    this.#state = 'empty';
    this.#scheduler.cancel(this.#target);
    if (this.#source.packetsHaveWaited) return;
    this.#scheduler.delays.observe((performance.now() - this.#since) / 1000);
  }

  // In a short window waiting pays only where it brings another packet.
  #choose(timestamp: number): void {
    const { mergeWindowMs: window, rhythm } = this.#source;
    const short = window > 0 && window < SHORT_WINDOW_MS;
    const expecting = short && rhythm.expects(timestamp, this.#firstTimestamp + window);
    if (expecting && this.#state === 'expecting') return;
    this.#state = expecting ? 'expecting' : 'chosen';
    this.#scheduler.schedule(this.#target, short && !expecting ? 0 : window);
  }
}
