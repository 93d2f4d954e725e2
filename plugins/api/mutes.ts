// Streams whose sound is replaced by silence.
import { Denial, type PluginContext, type StreamView } from 'livego';
import { SilentAudio } from 'livego/media';

const MAX_MUTES = 10_000;

/** Muted streams by key, live or not: a mute outlives its stream. */
export class Mutes {
  #keys = new Set<string>();

  get isEmpty(): boolean {
    return this.#keys.size === 0;
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /** True if that changed something. */
  set(key: string, muted: boolean): boolean {
    if (this.#keys.has(key) === muted) return false;
    if (!muted) return this.#keys.delete(key);
    if (this.#keys.size >= MAX_MUTES) throw new Denial('limit', `${MAX_MUTES} streams are muted already`);
    this.#keys.add(key);
    return true;
  }

  toSave(): readonly string[] {
    return [...this.#keys];
  }

  restore(keys: readonly string[]): void {
    this.#keys = new Set(keys);
  }
}

/** Keeps the streams of one instance as the mutes say. */
export class Muting {
  readonly #context: Pick<PluginContext, 'alter' | 'streams'>;
  readonly #mutes: Mutes;
  readonly #muted = new Map<StreamView, () => void>();

  constructor(context: Pick<PluginContext, 'alter' | 'streams'>, mutes: Mutes) {
    this.#context = context;
    this.#mutes = mutes;
  }

  /** A stream starts. */
  begin(stream: StreamView): void {
    if (this.#mutes.has(stream.key)) this.#mute(stream);
  }

  /** The mutes may be others now. */
  refresh(): void {
    for (const stream of this.#context.streams()) {
      if (this.#mutes.has(stream.key)) this.#mute(stream);
      else this.#unmute(stream);
    }
  }

  end(stream: StreamView): void {
    this.#muted.delete(stream);
  }

  /** Mutes or unmutes a stream, live or not. */
  set(key: string, muted: boolean): void {
    if (this.#mutes.set(key, muted)) this.refresh();
  }

  #unmute(stream: StreamView): void {
    this.#muted.get(stream)?.();
    this.#muted.delete(stream);
  }

  #mute(stream: StreamView): void {
    if (this.#muted.has(stream)) return;
    const silent = new SilentAudio(stream.headers);
    const unmute = this.#context.alter(stream, (packet) => silent.alter(packet));
    this.#muted.set(stream, unmute);
  }
}
