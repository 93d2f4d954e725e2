// One viewer's place in a fan-out: its queue, its limits, its counters.
import type { SlowViewerLimits } from '../options.ts';
import type { EndCause } from '../session/session.ts';

/** Where a viewer's bytes go: a socket, or anything else that takes bytes as Node's Writable does. */
export interface ViewerOutput {
  /** The bytes are shared with other viewers and must not be changed. If it throws, the viewer is closed. */
  write(bytes: Buffer): unknown;
  /** Bytes handed over that the system has not taken yet. */
  readonly writableLength: number;
}

/** The connection of a viewer, as little of it as the fan-out needs. Implemented by protocol plugins. */
export interface ViewerTransport {
  /** Always the same one. */
  readonly output: ViewerOutput;
  /**
   * Calls back, again and again, whenever what the output holds has come down to zero after it had been high. Returns
   * what ends that.
   */
  onDrain(drained: () => void): () => void;
  /**
   * TCP only, and only where that saves something: whether small writes leave at once (TCP_NODELAY) or may wait for an
   * acknowledgement (RFC 896).
   */
  readonly setNoDelay?: ((noDelay: boolean) => void) | undefined;
  /** Tells the client and closes the connection. */
  close(cause: EndCause): void;
}

/**
 * A connection is handed no more than this at a time; the rest waits in the viewer, where whole frames can still be
 * dropped. Above every `highWaterMark` in use, so that a connection which is full always reports when it has drained.
 */
export const IN_FLIGHT_BYTES = 64 * 1024;

/** Stands for the number of packets in a run that a viewer gets by itself: packets of its backlog are not counted. */
const BACKLOG = 0;

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
  readonly output: ViewerOutput;
  readonly #transport: ViewerTransport;
  readonly #ignoreDrain: () => void;
  #limits: SlowViewerLimits;
  #state: ViewerState = 'current';
  #fault: Error | undefined;
  /** Buffers that wait, and how many packets each holds. */
  #waiting: Buffer[] = [];
  #waitingPackets: number[] = [];
  #waitingBytes = 0;
  /** A joiner's backlog may be larger than the limits; it does not count as lagging until it is through. */
  #allowance = 0;
  #sentBytes = 0;
  /** Counts for all who keep up what each of them is sent, and how far it was when this one came to them. */
  #together: { readonly bytes: number } | undefined;
  #togetherFrom = 0;
  #droppedPackets = 0;
  #droppedBytes = 0;
  #lags = 0;
  #lagBytes = 0;
  /** What the connection had taken when it was last looked at, and since when; nothing before the first look. */
  #takenBytes: number | undefined;
  #takenAt = 0;

  /** Position in the pending run from which a joiner takes part; see FanOut. */
  from = 0;
  /** The set of stream headers this viewer was last given; see FanOut. */
  headersVersion = -1;
  /** Stream time at which it began to wait for a keyframe. */
  waitingSince: number | undefined;

  constructor(transport: ViewerTransport, limits: SlowViewerLimits) {
    this.output = transport.output;
    this.#transport = transport;
    this.#limits = limits;
    this.#ignoreDrain = transport.onDrain(() => this.#pump());
  }

  get counters(): ViewerCounters {
    return {
      sentBytes: this.sentBytes,
      queuedBytes: this.queuedBytes,
      droppedPackets: this.#droppedPackets,
      droppedBytes: this.#droppedBytes,
      lags: this.#lags,
    };
  }

  /** Bytes handed to the connection. */
  get sentBytes(): number {
    const together = this.#together ? this.#together.bytes - this.#togetherFrom : 0;
    return this.#sentBytes + together;
  }

  get queuedBytes(): number {
    return this.#waitingBytes + this.#heldBytes;
  }

  /** Whether nothing waits here, so that what comes next can go straight to the connection. */
  get clear(): boolean {
    return this.#waiting.length === 0 && this.output.writableLength < IN_FLIGHT_BYTES;
  }

  /** What its output threw: it gets nothing more, and its stream goes on without it. */
  get fault(): Error | undefined {
    return this.#fault;
  }

  fail(error: unknown): void {
    this.#fault = asError(error);
    this.#state = 'lost';
  }

  /** Until `countAlone`, what goes straight to its output is counted in `sent`, for it and for others. */
  countWith(sent: { readonly bytes: number }): void {
    this.#together = sent;
    this.#togetherFrom = sent.bytes;
  }

  /** @param unsentBytes - counted in `sent`, but not sent to this viewer */
  countAlone(unsentBytes = 0): void {
    this.#sentBytes = this.sentBytes - unsentBytes;
    this.#together = undefined;
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
      if (this.clear) this.#write(run);
      else this.#queue(run, BACKLOG);
    }
  }

  get state(): ViewerState {
    return this.#state;
  }

  /** Sends a run of whole packets; the bytes are shared. It may lag afterwards and have lost the run. */
  send(run: Buffer, packets: number): void {
    if (this.#fault) return;
    if (this.clear) {
      this.#allowance = 0;
      this.#write(run);
    } else if (this.#waitingBytes + run.length > this.#limits.dropAfterBytes + this.#allowance) {
      this.#lag(run, packets);
    } else this.#queue(run, packets);
  }

  /** Whether a viewer that waits for a keyframe can take it: one that fell behind must have caught up. */
  canResume(): boolean {
    if (this.#state === 'current') return true;
    return this.#fault === undefined && this.clear;
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
    const taken = this.sentBytes - this.#heldBytes;
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
      this.#fault = asError(error);
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

  /** What the connection has not passed on yet. */
  get #heldBytes(): number {
    return this.#fault ? 0 : this.output.writableLength;
  }

  // An output may be a plugin's: one that throws must not end the flush of all others, or the publisher.
  #write(run: Buffer): void {
    if (this.#fault) return;
    try {
      this.output.write(run);
      this.#sentBytes += run.length;
    } catch (error) {
      this.fail(error);
    }
  }

  // All that waits is dropped, not only the newest: the viewer goes on at the live edge instead of ever later.
  #lag(run: Buffer, packets: number): void {
    this.#lags++;
    this.#state = 'lagging';
    let lost = packets;
    for (const waiting of this.#waitingPackets) lost += waiting;
    // Headers are among what was dropped.
    if (this.#waitingPackets.includes(BACKLOG)) this.forgetHeaders();
    this.countDropped(lost, this.#waitingBytes + run.length);
    this.#dropWaiting();
  }

  #queue(run: Buffer, packets: number): void {
    this.#waiting.push(run);
    this.#waitingPackets.push(packets);
    this.#waitingBytes += run.length;
  }

  #dropWaiting(): void {
    this.#waiting = [];
    this.#waitingPackets = [];
    this.#waitingBytes = 0;
    this.#allowance = 0;
  }

  #pump(): void {
    let count = 0;
    while (count < this.#waiting.length && this.output.writableLength < IN_FLIGHT_BYTES) {
      const run = this.#waiting[count++]!;
      this.#waitingBytes -= run.length;
      this.#write(run);
    }
    if (count === 0) return;
    this.#waiting = this.#waiting.slice(count);
    this.#waitingPackets = this.#waitingPackets.slice(count);
    if (this.#waiting.length === 0) this.#allowance = 0;
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
