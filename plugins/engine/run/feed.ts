// Feeds a program with a stream as FLV. One that reads too slowly loses packets up to a keyframe, and holds up nobody.
import type { Writable } from 'node:stream';
import type { Sink, StreamView } from 'livego';
import { encodeRun, FlvPacketFormat, HeldBytes, MediaPacket } from 'livego/media';
import type { RunClock } from './run-clock.ts';

/** What may wait for a program. Beyond it packets are left out, up to a keyframe at which half of it is free. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;
/** The same of all programs of a server. */
const MAX_TOTAL_BYTES = 512 * 1024 * 1024;

const FORMAT = new FlvPacketFormat();

export interface FeedSettings {
  readonly clock: RunClock;
  /** How many programs share what may wait. */
  readonly programs: () => number;
  /** Counts a change of what waits; returns how much is too much. */
  readonly hold: (change: number) => number;
  /** The run has lasted as long as it may. */
  readonly spent: () => void;
}

export class Feed implements Sink {
  readonly #stream: StreamView;
  readonly #input: Writable;
  readonly #settings: FeedSettings;
  readonly #held: HeldBytes;
  #run: MediaPacket[] = [];
  #runBytes = 0;
  #dropping = false;
  #droppedPackets = 0;

  constructor(stream: StreamView, input: Writable, settings: FeedSettings) {
    this.#stream = stream;
    this.#input = input;
    this.#settings = settings;
    this.#held = new HeldBytes(settings.hold);
    input.write(FORMAT.start(stream.expectedTracks));
  }

  get droppedPackets(): number {
    return this.#droppedPackets;
  }

  write(packet: MediaPacket): void {
    if (!FORMAT.accepts(packet) || this.#drops(packet)) return;
    const { clock, spent } = this.#settings;
    const fed = new MediaPacket(packet.info, clock.feed(packet.timestamp), packet.payload);
    this.#runBytes += FORMAT.byteLength(fed);
    // All packets of one turn of the event loop are one write.
    if (this.#run.push(fed) === 1) setImmediate(() => this.flush());
    if (clock.isSpent && this.#isStart(packet)) spent();
  }

  end(): void {
    this.flush();
  }

  flush(): void {
    const run = this.#run;
    if (run.length === 0) return;
    this.#run = [];
    this.#runBytes = 0;
    if (this.#input.writable) this.#input.write(encodeRun(run, FORMAT));
  }

  /** Nothing is fed any more. */
  close(): void {
    this.flush();
    this.#held.set(0);
  }

  // Headers are never left out: what follows them could not be decoded.
  #drops(packet: MediaPacket): boolean {
    if (packet.header) return false;
    const waiting = this.#input.writableLength + this.#runBytes;
    const share = Math.min(MAX_WAITING_BYTES, MAX_TOTAL_BYTES / Math.max(1, this.#settings.programs()));
    const most = this.#held.set(waiting) > 0 ? 0 : share;
    if (this.#dropping && this.#isStart(packet) && waiting <= most / 2) this.#dropping = false;
    if (waiting > most) this.#dropping = true;
    if (this.#dropping) this.#droppedPackets++;
    return this.#dropping;
  }

  #isStart({ keyframe, kind }: MediaPacket): boolean {
    return keyframe || (kind === 'audio' && !this.#stream.expectedTracks.video);
  }
}
