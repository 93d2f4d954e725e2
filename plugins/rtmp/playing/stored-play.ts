// A recording that is played on a message stream: pause (7.2.2.8), seek (7.2.2.7) and its end.
import { StoredPlayer, type Playback, type StoredItem, type StoredOutput, type WatchedViewer } from 'livego';
import { encodeRun, type MediaPacket } from 'livego/media';
import type { Play, PlayOwner } from './play.ts';

/** Players that name no buffer get so much in advance. */
export const DEFAULT_BUFFER_MS = 3000;
/** Packets are sent about once a second, so a shorter buffer would run dry. */
const MIN_BUFFER_MS = 2000;

export interface StoredPlaySpec {
  readonly item: StoredItem;
  readonly playback: Playback;
  readonly startMs: number;
  /** Set by a player that asks for a part of it. */
  readonly durationMs: number | undefined;
  readonly bufferMs: number;
}

export class StoredPlay implements Play, StoredOutput {
  readonly playback: Playback;
  readonly #spec: StoredPlaySpec;
  readonly #owner: PlayOwner;
  readonly #player: StoredPlayer;
  readonly #watched: WatchedViewer;
  readonly #ignoreDrain: () => void;
  #sentBytes = 0;

  constructor(spec: StoredPlaySpec, owner: PlayOwner) {
    const { item, playback, startMs, durationMs, bufferMs } = spec;
    this.playback = playback;
    this.#spec = spec;
    this.#owner = owner;
    const now = (): number => owner.context.now();
    const endMs = durationMs === undefined ? undefined : startMs + durationMs;
    const settings = { item, output: this, now, startMs, endMs, bufferMs: atLeast(bufferMs) };
    this.#player = new StoredPlayer(settings);
    this.#watched = item.pauses.watch((cause) => {
      owner.context.peerLog.info(
        { stream: playback.displayKey },
        `${playback.displayKey}: a viewer of a recording is closed: ${cause.message}`,
      );
      owner.end(cause);
    });
    this.#ignoreDrain = owner.onDrain(() => this.#player.proceed());
  }

  get queuedBytes(): number {
    return this.#owner.socket.writableLength;
  }

  start(): void {
    this.playback.countWith(() => ({ sentBytes: this.#sentBytes, queuedBytes: this.queuedBytes }));
    // The player is told when the recording is open.
    this.#player.proceed();
  }

  pause(paused: boolean): void {
    if (this.#player.paused === paused) return;
    if (paused) this.#player.pause();
    this.#owner.status.paused(this.#spec.item.name, paused ? 'paused' : 'continues');
    if (!paused) this.#player.unpause();
  }

  seek(timeMs: number): void {
    this.#player.seek(timeMs);
  }

  /** What is sent from now on is what it wants. */
  receive(): void {}

  setBuffer(bufferMs: number): void {
    this.#player.setBuffer(atLeast(bufferMs));
  }

  tick(now: number): void {
    this.#player.proceed();
    const { queuedBytes } = this;
    this.#watched.look({ takenBytes: this.#owner.socket.bytesWritten - queuedBytes, queuedBytes }, now);
  }

  stop(): void {
    this.#ignoreDrain();
    this.#watched.leave();
    this.#player.stop();
  }

  started(timeMs: number, how: 'start' | 'seek'): void {
    const { name } = this.#spec.item;
    if (how === 'start') this.#owner.status.recordingStarts(name);
    else this.#owner.status.recordingContinues(name, timeMs);
  }

  write(packets: readonly MediaPacket[]): void {
    const format = this.#owner.format();
    const wanted = this.#owner.receives() ? packets.filter((packet) => format.accepts(packet)) : [];
    if (wanted.length === 0) return;
    const run = encodeRun(wanted, format);
    this.#sentBytes += run.length;
    this.#owner.socket.write(run);
  }

  complete(): void {
    const { name, durationMs } = this.#spec.item;
    this.#owner.status.recordingEnds(name, durationMs, this.#sentBytes);
  }

  failed(error: unknown): void {
    this.#owner.failed(error);
  }
}

function atLeast(bufferMs: number): number {
  return Math.max(MIN_BUFFER_MS, bufferMs);
}
