// One viewer's place in a fan-out: its queue, its limits, its counters.
import type { SlowViewerLimits } from '../options.ts';
import type { EndCause } from './session.ts';

/** The connection of a viewer, as little of it as the fan-out needs. Implemented by protocol plugins. */
export interface ViewerTransport {
  /** Hands bytes to the connection. They are shared with other viewers and must not be changed. */
  write(bytes: Buffer): void;
  /** Bytes handed over that the system has not taken yet. */
  queuedBytes(): number;
  /**
   * Calls back, again and again, whenever `queuedBytes()` has come down to zero after it had been high. Returns what
   * ends that.
   */
  onDrain(drained: () => void): () => void;
  /** TCP only: whether small writes leave at once (TCP_NODELAY) or may wait for an acknowledgement (RFC 896). */
  setNoDelay?(noDelay: boolean): void;
  /** Tells the client and closes the connection. */
  close(cause: EndCause): void;
}

/**
 * A connection is handed no more than this at a time; the rest waits here, where whole frames can still be dropped.
 * Above every `highWaterMark` in use, so that a connection which is full always reports when it has drained.
 */
const IN_FLIGHT_BYTES = 64 * 1024;

/** The queue of a viewer that keeps up: one for all, never filled, so that a look at it is a look at nothing else. */
const NOTHING: never[] = [];

/** Bytes are counted in units of this and a rest, both small integers: a larger number would be an object of its own. */
const COUNTER_UNIT = 2 ** 30;

/** What a viewer got and lost. Bytes are those on its wire format. */
export interface ViewerCounters {
  readonly sentBytes: number;
  readonly queuedBytes: number;
  readonly droppedPackets: number;
  readonly droppedBytes: number;
  /** How often it fell behind. */
  readonly lags: number;
}

/**
 * - `current`: it gets every packet.
 * - `lagging`: it fell behind and gets nothing until a keyframe comes and its queue is empty.
 * - `lost`: it lagged for longer than the limits allow; the fan-out closes it.
 */
export type ViewerState = 'current' | 'lagging' | 'lost';

export class Viewer {
  // First what every run touches, close together: with thousands of viewers each look at another place in memory counts.
  readonly #transport: ViewerTransport;
  /** Buffers that wait, and how many packets each holds. */
  #waiting: Buffer[] = NOTHING;
  #fault: Error | undefined;
  #sentRest = 0;
  #sentUnits = 0;
  #waitingPackets: number[] = NOTHING;
  #waitingBytes = 0;
  /** A joiner's backlog may be larger than the limits; it does not count as lagging until it is through. */
  #allowance = 0;
  #limits: SlowViewerLimits;
  #state: ViewerState = 'current';
  #droppedPackets = 0;
  #droppedBytes = 0;
  #lags = 0;
  #lagBytes = 0;
  /** What the connection had taken when it was last looked at, and since when; nothing before the first look. */
  #takenBytes: number | undefined;
  #takenAt = 0;
  readonly #ignoreDrain: () => void;

  /** Position in the pending run from which a joiner takes part; see FanOut. */
  from = 0;
  /** The set of stream headers this viewer was last given; see FanOut. */
  headersVersion = -1;
  /** Stream time at which it began to wait for a keyframe. */
  waitingSince: number | undefined;

  constructor(transport: ViewerTransport, limits: SlowViewerLimits) {
    this.#transport = transport;
    this.#limits = limits;
    this.#ignoreDrain = transport.onDrain(() => this.#pump());
  }

  get counters(): ViewerCounters {
    return {
      sentBytes: this.#sentBytes(),
      queuedBytes: this.queuedBytes,
      droppedPackets: this.#droppedPackets,
      droppedBytes: this.#droppedBytes,
      lags: this.#lags,
    };
  }

  get queuedBytes(): number {
    return this.#waitingBytes + this.#transport.queuedBytes();
  }

  /** What its transport threw: it gets nothing more, and its stream goes on without it. */
  get fault(): Error | undefined {
    return this.#fault;
  }

  setNoDelay(noDelay: boolean): void {
    this.#transport.setNoDelay?.(noDelay);
  }

  configure(limits: SlowViewerLimits): void {
    this.#limits = limits;
  }

  /** What a joiner gets first. */
  sendBacklog(runs: readonly Buffer[]): void {
    for (const run of runs) {
      this.#allowance += run.length;
      this.#put(run, 0);
    }
  }

  get state(): ViewerState {
    return this.#state;
  }

  /** Sends a run of whole packets; the bytes are shared. False if it lags now and lost the run. */
  send(run: Buffer, packets: number): boolean {
    if (this.#isClear()) {
      this.#allowance = 0;
      return this.#write(run);
    }
    if (this.#waitingBytes + run.length > this.#limits.dropAfterBytes + this.#allowance) {
      this.#lag(run, packets);
      return false;
    }
    this.#put(run, packets);
    return true;
  }

  /** Whether a viewer that waits for a keyframe can take it: one that fell behind must have caught up. */
  canResume(): boolean {
    if (this.#state === 'current') return true;
    if (this.#fault) return false;
    return this.#isClear();
  }

  /** It goes on with a keyframe. */
  resume(): void {
    this.#state = 'current';
    this.#lagBytes = 0;
    this.waitingSince = undefined;
  }

  /** Counts what passes while it lags. */
  countDropped(packets: number, bytes: number): void {
    this.#droppedPackets += packets;
    this.#droppedBytes += bytes;
    this.#lagBytes += bytes;
    if (this.#lagBytes > this.#limits.closeAfterBytes) this.#state = 'lost';
  }

  /** Whether bytes wait and the connection has taken none of them for `limitMs`. Asked about once a second. */
  stalled(now: number, limitMs: number): boolean {
    const taken = this.#sentBytes() - this.#transport.queuedBytes();
    if (taken !== this.#takenBytes || this.queuedBytes === 0) {
      this.#takenBytes = taken;
      this.#takenAt = now;
      return false;
    }
    return limitMs > 0 && now - this.#takenAt >= limitMs;
  }

  close(cause: EndCause): void {
    this.discard();
    try {
      this.#transport.close(cause);
    } catch (error) {
      this.#fault = error instanceof Error ? error : new Error(String(error));
    }
  }

  /** The end of its time: a connection that lives on must not get the rest of a stream that it has left. */
  discard(): void {
    this.#ignoreDrain();
    this.#dropWaiting();
  }

  /** Another format follows: its headers may be others, so it gets them anew. */
  forgetHeaders(): void {
    if (this.headersVersion >= 0) this.headersVersion = Infinity;
  }

  /** Hands over what still waits, then closes: the end of a stream cuts nothing off. */
  finish(cause: EndCause): void {
    for (const run of this.#waiting) this.#write(run);
    this.close(cause);
  }

  // A transport is a plugin's: one that throws must not end the flush of all others, or the publisher.
  #write(run: Buffer): boolean {
    if (this.#fault) return false;
    try {
      this.#transport.write(run);
    } catch (error) {
      this.#fault = error instanceof Error ? error : new Error(String(error));
      this.#state = 'lost';
      return false;
    }
    this.#sentRest += run.length;
    if (this.#sentRest >= COUNTER_UNIT) {
      this.#sentRest -= COUNTER_UNIT;
      this.#sentUnits++;
    }
    return true;
  }

  // All that waits is dropped, not only the newest: the viewer goes on at the live edge instead of ever later.
  #lag(run: Buffer, packets: number): void {
    this.#lags++;
    this.#state = 'lagging';
    let lost = packets;
    for (const waiting of this.#waitingPackets) lost += waiting;
    this.countDropped(lost, this.#waitingBytes + run.length);
    this.#dropWaiting();
  }

  #put(run: Buffer, packets: number): void {
    if (this.#isClear()) {
      this.#write(run);
      return;
    }
    if (this.#waiting === NOTHING) {
      this.#waiting = [];
      this.#waitingPackets = [];
    }
    this.#waiting.push(run);
    this.#waitingPackets.push(packets);
    this.#waitingBytes += run.length;
  }

  #dropWaiting(): void {
    this.#waiting = NOTHING;
    this.#waitingPackets = NOTHING;
    this.#waitingBytes = 0;
    this.#allowance = 0;
  }

  #isClear(): boolean {
    return this.#waiting === NOTHING && this.#transport.queuedBytes() < IN_FLIGHT_BYTES;
  }

  #sentBytes(): number {
    return this.#sentUnits * COUNTER_UNIT + this.#sentRest;
  }

  #pump(): void {
    let count = 0;
    while (count < this.#waiting.length && this.#transport.queuedBytes() < IN_FLIGHT_BYTES) {
      const run = this.#waiting[count++]!;
      this.#waitingBytes -= run.length;
      this.#write(run);
    }
    if (count === 0) return;
    if (count === this.#waiting.length) {
      this.#waiting = NOTHING;
      this.#waitingPackets = NOTHING;
      this.#allowance = 0;
    } else {
      this.#waiting = this.#waiting.slice(count);
      this.#waitingPackets = this.#waitingPackets.slice(count);
    }
  }
}
