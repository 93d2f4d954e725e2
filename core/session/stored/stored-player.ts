// Plays stored media to one viewer: as far ahead of its clock as the viewer buffers, and no faster than it reads.
//
//   opening ──▶ playing ◀──unpause── paused
//                │  ▲ └─────pause──────▶
//                │  └──seek── complete
//                └──no packets left──▶
//
import { MediaPacket } from '../../media/packet.ts';
import type { StoredItem, StoredReader } from './stored-media.ts';

/** Bytes that may wait in a viewer's connection before no more is read for it. */
const MAX_QUEUED_BYTES = 256 * 1024;

/** Packets are written in steps of at least this. Otherwise each moment that passes would be a reason for a step. */
const STEP_MS = 500;

/** The viewer's side of a playback. */
export interface StoredOutput {
  /** Bytes that the connection has not taken yet. */
  readonly queuedBytes: number;
  /** The playback continues here: at its beginning, and after each seek. `timeMs` is a keyframe's. */
  started(timeMs: number, how: 'start' | 'seek'): void;
  write(packets: readonly MediaPacket[]): void;
  /** Everything has been written. A seek may follow. */
  complete(): void;
  /** It cannot be played, or not on. A Denial tells the viewer why. */
  failed(error: unknown): void;
}

export interface StoredPlayerSettings {
  readonly item: Pick<StoredItem, 'open'>;
  readonly output: StoredOutput;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly startMs?: number;
  /** What comes later is not sent. */
  readonly endMs?: number | undefined;
  /** How far ahead of its clock the viewer gets packets. At least 500 ms. */
  readonly bufferMs: number;
}

interface Wanted {
  readonly timeMs: number;
  readonly how: 'start' | 'seek';
}

export class StoredPlayer {
  readonly #settings: StoredPlayerSettings;
  #reader: StoredReader | undefined;
  #bufferMs: number;
  /** Where to continue, as soon as the present reading is over. */
  #wanted: Wanted | undefined;
  /** Packets that were read and not written. */
  #held: readonly MediaPacket[] = [];
  #sentMs = 0;
  /** The viewer's clock: media time, and the monotonic time at which it was that. */
  #clockMs = 0;
  #clockAt = 0;
  #paused = false;
  #complete = false;
  #stopped = false;
  #running = false;

  constructor(settings: StoredPlayerSettings) {
    this.#settings = settings;
    this.#bufferMs = Math.max(STEP_MS, settings.bufferMs);
    this.#wanted = { timeMs: settings.startMs ?? 0, how: 'start' };
  }

  /** Everything has been written. */
  get complete(): boolean {
    return this.#complete;
  }

  get paused(): boolean {
    return this.#paused;
  }

  setBuffer(bufferMs: number): void {
    this.#bufferMs = Math.max(STEP_MS, bufferMs);
  }

  pause(): void {
    if (this.#paused) return;
    this.#clockMs = this.#positionMs;
    this.#paused = true;
  }

  unpause(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#clockAt = this.#settings.now();
    this.proceed();
  }

  /** Of several seeks that wait, the last counts. */
  seek(timeMs: number): void {
    this.#wanted = { timeMs: Math.max(0, timeMs), how: 'seek' };
    this.proceed();
  }

  /** Writes what is due. Called about once a second, and when the connection has drained. */
  proceed(): void {
    if (this.#running || this.#stopped) return;
    this.#running = true;
    this.#run()
      .catch((error: unknown) => {
        if (this.#stopped) return;
        this.stop();
        this.#settings.output.failed(error);
      })
      .finally(() => {
        this.#running = false;
        if (this.#stopped) return this.#close();
        // A call that came while the last packets were written.
        if (this.#isDue) this.proceed();
      });
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#held = [];
    if (!this.#running) this.#close();
  }

  async #run(): Promise<void> {
    while (this.#isDue) await this.#step();
  }

  async #step(): Promise<void> {
    const { item } = this.#settings;
    this.#reader ??= await item.open();
    if (this.#stopped) return;
    const wanted = this.#wanted;
    if (wanted) return this.#enter(this.#reader, wanted);
    if (this.#held.length === 0) {
      const read = await this.#reader.read();
      if (this.#stopped || this.#wanted) return;
      const { endMs = Infinity } = this.#settings;
      this.#held = read.filter(({ timestamp }) => timestamp <= endMs);
      if (this.#held.length === 0) return this.#finish();
    }
    // It may have been paused while it was read.
    if (this.#isDue) this.#write();
  }

  async #enter(reader: StoredReader, wanted: Wanted): Promise<void> {
    const { output, now } = this.#settings;
    const timeMs = await reader.seek(wanted.timeMs);
    // Another seek has come meanwhile: that one is told.
    if (this.#stopped || this.#wanted !== wanted) return;
    this.#wanted = undefined;
    this.#held = [];
    this.#complete = false;
    this.#sentMs = timeMs;
    this.#clockMs = timeMs;
    this.#clockAt = now();
    output.started(timeMs, wanted.how);
    output.write(reader.headers.map(({ info, payload }) => new MediaPacket(info, timeMs, payload)));
  }

  /** Of a low bitrate, one reading holds more than is due. */
  #write(): void {
    const untilMs = this.#positionMs + this.#bufferMs;
    const later = this.#held.findIndex(({ timestamp }) => timestamp > untilMs);
    const count = later < 0 ? this.#held.length : later;
    const packets = this.#held.slice(0, count);
    this.#held = this.#held.slice(count);
    this.#sentMs = later < 0 ? Math.max(this.#sentMs, packets.at(-1)?.timestamp ?? 0) : untilMs;
    if (count > 0) this.#settings.output.write(packets);
  }

  #finish(): void {
    this.#complete = true;
    this.#settings.output.complete();
  }

  /** Whether a step can be made now. A seek is made in any state: the viewer waits for its answer. */
  get #isDue(): boolean {
    if (this.#stopped) return false;
    if (this.#wanted) return true;
    if (this.#paused || this.#complete) return false;
    const { queuedBytes } = this.#settings.output;
    const aheadMs = this.#sentMs - this.#positionMs;
    return queuedBytes < MAX_QUEUED_BYTES && aheadMs <= this.#bufferMs - STEP_MS;
  }

  get #positionMs(): number {
    return this.#paused ? this.#clockMs : this.#clockMs + this.#settings.now() - this.#clockAt;
  }

  #close(): void {
    this.#reader?.close();
    this.#reader = undefined;
  }
}
