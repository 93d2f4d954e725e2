// The tracks of one publisher: those that segments carry, with their newest headers, and those that they cannot carry.
import type { MediaPacket, TrackHeaders } from 'livego/media';

/** A stream that has sent nothing we can carry for this long will not. */
const PATIENCE_MS = 2000;

/** `hopeless`: so far there are only tracks that segments cannot carry. */
type Verdict = 'open' | 'carried' | 'hopeless';

export class SourceTracks {
  #headers: TrackHeaders = {};
  #verdict: Verdict = 'open';
  /** Tracks that cannot be carried, in words: "av1 video". */
  readonly #left = new Set<string>();
  #leftSince: number | undefined;

  /** The newest headers of the tracks that are carried; another object when they change. */
  get headers(): TrackHeaders {
    return this.#headers;
  }

  /** Why there will be no segments; undefined while there may be some. */
  get refusal(): string | undefined {
    if (this.#verdict !== 'hopeless') return undefined;
    return `nothing that HLS can carry here (${[...this.#left].join(', ')})`;
  }

  /** Takes note of a packet that is carried. */
  carry(packet: MediaPacket): void {
    this.#verdict = 'carried';
    if (packet.kind === 'data') return;
    const present = this.#headers[packet.kind];
    // A codec without a sequence header is described by its first packet.
    const describes =
      packet.header || (packet.kind === 'audio' && packet.codec !== 'aac' && packet.codec !== present?.codec);
    if (describes) this.#headers = { ...this.#headers, [packet.kind]: packet };
  }

  /** Takes note of a packet that is left out. Returns what it is when it is the first of its kind. */
  leaveOut({ codec, kind, timestamp }: MediaPacket): string | undefined {
    const what = `${codec ?? 'unknown'} ${kind}`;
    this.#leftSince ??= timestamp;
    if (this.#verdict === 'open' && timestamp - this.#leftSince >= PATIENCE_MS) this.#verdict = 'hopeless';
    if (this.#left.has(what)) return undefined;
    this.#left.add(what);
    return what;
  }
}
