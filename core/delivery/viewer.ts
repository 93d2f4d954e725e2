// One receiver's place in a fan-out: its queue, its limits, its counters.
//
//              queue too long                 lost too much, or its output threw
//   current ────────────────────▶ lagging ────────────────────────────────────▶ lost
//      ▲                             │                                            │
//      └── keyframe, queue empty ────┘                          the fan-out closes it
//
import { callPlugin, requireSynchronous } from '../call-plugin.ts';
import { asError } from '../errors.ts';
import type { EndCause } from '../end-cause.ts';
import type { SlowViewerLimits } from '../options/options.ts';
import type { ViewerOutput, ViewerTransport } from './viewer-transport.ts';

export type { ViewerOutput, ViewerTransport } from './viewer-transport.ts';

/**
 * A connection is handed no more than this at a time; the rest waits in the viewer, where whole frames can still be
 * dropped. Above every `highWaterMark` in use, so that a connection which is full always reports when it has drained.
 */
export const IN_FLIGHT_BYTES = 64 * 1024;

/** The number of packets in a run that only one viewer gets: packets of its backlog are not counted. */
const BACKLOG = 0;
const EMPTY = Buffer.alloc(0);

/** Counts of what a viewer got and lost. Bytes are those of its wire format. */
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
 * - `lagging`: it fell behind and gets nothing until a keyframe arrives and its queue is empty.
 * - `lost`: it lagged for longer than the limits allow, or its output threw; the fan-out closes it.
 */
export type ViewerState = 'current' | 'lagging' | 'lost';

/** The stream headers that a viewer has: none yet, those of one version, or outdated ones. */
type KnownHeaders =
  | { readonly state: 'none' }
  | { readonly state: 'version'; readonly version: number }
  | { readonly state: 'stale' };

export class Viewer {
  readonly output: ViewerOutput;
  /** A delivery gets packets like a viewer, but is not counted as one. */
  readonly role: 'viewer' | 'delivery';
  readonly #transport: ViewerTransport;
  readonly #ignoreDrain: () => void;
  readonly #noteFault = (error: unknown): void => void (this.#fault = asError(error));
  #limits: SlowViewerLimits;
  #state: ViewerState = 'current';
  #fault: Error | undefined;
  #headers: KnownHeaders = { state: 'none' };
  /** Queued buffers, and the number of packets in each. */
  #waiting: Buffer[] = [];
  #waitingPackets: number[] = [];
  #waitingBytes = 0;
  /** A joiner's backlog may be larger than the limits. The viewer does not count as lagging until it has been sent. */
  #allowance = 0;
  #sentBytes = 0;
  /** The shared count of bytes sent to each viewer that is up to date, and its value when this viewer joined them. */
  #together: { readonly bytes: number } | undefined;
  #togetherFrom = 0;
  #droppedPackets = 0;
  #droppedBytes = 0;
  #lags = 0;
  #lagBytes = 0;
  /** Most bytes that the connection had taken at a look, and since when. */
  #takenBytes = -Infinity;
  #takenAt = 0;

  constructor(transport: ViewerTransport, limits: SlowViewerLimits, role: 'viewer' | 'delivery' = 'viewer') {
    this.output = transport.output;
    this.role = role;
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

  /** Buffers of a backlog that wait. Other joiners, and the fan-out, may hold the same. */
  get queuedBacklog(): readonly Buffer[] {
    if (!this.#waitingPackets.includes(BACKLOG)) return [];
    return this.#waiting.filter((_, index) => this.#waitingPackets[index] === BACKLOG);
  }

  /** Whether nothing is queued, so that the next run can go straight to the connection. */
  get clear(): boolean {
    return this.#waiting.length === 0 && this.#heldBytes < IN_FLIGHT_BYTES;
  }

  get state(): ViewerState {
    return this.#state;
  }

  /** The error that its output threw. The viewer gets nothing more, and its stream continues without it. */
  get fault(): Error | undefined {
    return this.#fault;
  }

  fail(error: unknown): void {
    this.#fault = asError(error);
    this.#state = 'lost';
  }

  /** Until `countAlone`, `sent` counts the bytes that go straight to its output, for this viewer and others. */
  countWith(sent: { readonly bytes: number }): void {
    this.#together = sent;
    this.#togetherFrom = sent.bytes;
  }

  /** @param unsentBytes - counted in `sent`, but not sent to this viewer */
  countAlone(unsentBytes = 0): void {
    this.#sentBytes = this.sentBytes - unsentBytes;
    this.#together = undefined;
  }

  configure(limits: SlowViewerLimits): void {
    this.#limits = limits;
  }

  /** The headers that must precede its next packet: all that a joiner gets, the headers alone, or none. */
  missingHeaders(version: number): 'opening' | 'headers' | 'none' {
    if (this.#headers.state === 'none') return 'opening';
    return this.#headers.state === 'version' && this.#headers.version === version ? 'none' : 'headers';
  }

  noteHeaders(version: number): void {
    this.#headers = { state: 'version', version };
  }

  /** Another format follows, and its headers may differ: the viewer gets them again. */
  forgetHeaders(): void {
    if (this.#headers.state !== 'none') this.#headers = { state: 'stale' };
  }

  /** Sends the headers and cached packets that a joiner gets first. */
  sendBacklog(runs: readonly Buffer[]): void {
    for (const run of runs) {
      this.#allowance += run.length;
      if (this.clear) this.#write(run);
      else this.#queue(run, BACKLOG);
    }
  }

  /** Sends a run of whole packets; the bytes are shared. The viewer may lag afterwards and have lost the run. */
  send(run: Buffer, packets: number): void {
    if (this.#fault) return;
    if (this.clear) {
      this.#allowance = 0;
      this.#write(run);
    } else if (this.#waitingBytes + run.length > this.#limits.dropAfterBytes + this.#allowance) {
      this.#lag(run, packets);
    } else this.#queue(run, packets);
  }

  /** Memory is short: it loses what waits for it, and continues at a keyframe like any other that lags. */
  shed(): void {
    if (this.#waiting.length > 0) this.#lag(EMPTY, 0);
  }

  /** Whether a viewer that waits for a keyframe can take it: one that fell behind must have caught up. */
  canResume(): boolean {
    if (this.#state === 'current') return true;
    return this.clear && this.#fault === undefined;
  }

  /** It continues with a keyframe. */
  resume(): void {
    this.#state = 'current';
    this.#lagBytes = 0;
  }

  /** Counts packets that it misses while it lags. */
  countDropped(packets: number, bytes: number): void {
    this.#droppedPackets += packets;
    this.#droppedBytes += bytes;
    this.#lagBytes += bytes;
    if (this.#lagBytes > this.#limits.closeAfterBytes) this.#state = 'lost';
  }

  /** Whether bytes wait and the connection has taken none of them for `limitMs`. Asked about once a second. */
  stalled(now: number, limitMs: number): boolean {
    const taken = this.sentBytes - this.#heldBytes;
    // The protocol writes to the connection as well, such as pings, so that fewer seem to be taken.
    if (taken > this.#takenBytes || this.queuedBytes === 0) {
      this.#takenBytes = taken;
      this.#takenAt = now;
      return false;
    }
    return limitMs > 0 && now - this.#takenAt >= limitMs;
  }

  close(cause: EndCause): void {
    this.discard();
    callPlugin(() => this.#transport.close(cause), this.#noteFault);
  }

  /** Drops everything queued: a connection that stays open must not get the rest of a stream that it has left. */
  discard(): void {
    this.#dropWaiting();
    callPlugin(this.#ignoreDrain, this.#noteFault);
  }

  /** Writes what still waits, then closes: the end of a stream cuts nothing off. */
  finish(cause: EndCause): void {
    for (const run of this.#waiting) this.#write(run);
    this.close(cause);
  }

  /** Bytes that the connection has not passed on yet. */
  get #heldBytes(): number {
    if (this.#fault) return 0;
    try {
      return this.output.writableLength;
    } catch (error) {
      this.fail(error);
      return 0;
    }
  }

  // An output may be a plugin's: one that throws must not end the flush of all others, or the publisher.
  #write(run: Buffer): void {
    if (this.#fault) return;
    try {
      requireSynchronous(this.output.write(run), 'write');
      this.#sentBytes += run.length;
    } catch (error) {
      this.fail(error);
    }
  }

  // Drops everything queued, not only the newest run: the viewer continues at the live edge instead of ever further behind.
  #lag(run: Buffer, packets: number): void {
    this.#lags++;
    this.#state = 'lagging';
    let lost = packets;
    for (const waiting of this.#waitingPackets) lost += waiting;
    // Headers were among the dropped packets.
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
    while (count < this.#waiting.length && this.#heldBytes < IN_FLIGHT_BYTES) {
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
