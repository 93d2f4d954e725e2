// Rates of one stream over the last seconds and the last minute, from its counters once a second.
import { LivegoError, type StreamView } from 'livego';
import { describeTracks, parseMetadata, type MediaPacket } from 'livego/media';

/** Of the window that is reported as "now", and of the one that it is compared with. */
export const SHORT_SECONDS = 5;
export const LONG_SECONDS = 60;

/** A fall of the last seconds is compared with what was before; what was shortly before may be part of it. */
const RECENT_SECONDS = 20;
/** With less than this before it, a stream has no usual rates. */
const MIN_EARLIER_SECONDS = 20;

interface Sample {
  readonly at: number;
  readonly audioBytes: number;
  readonly videoBytes: number;
  readonly dataBytes: number;
  readonly audioFrames: number;
  readonly videoFrames: number;
  readonly timestampJumps: number;
}

export interface Rates {
  readonly audioKbps: number;
  readonly videoKbps: number;
  readonly totalKbps: number;
  readonly audioFrames: number;
  readonly videoFrames: number;
  readonly audioFrameBytes: number;
  readonly timestampJumps: number;
  readonly seconds: number;
}

/** The least of any five seconds of a while. */
export interface LowestRates {
  readonly totalKbps: number;
  readonly videoFrames: number;
}

const NO_RATES: Rates = {
  audioKbps: 0,
  videoKbps: 0,
  totalKbps: 0,
  audioFrames: 0,
  videoFrames: 0,
  audioFrameBytes: 0,
  timestampJumps: 0,
  seconds: 0,
};

export class StreamMeter {
  readonly #stream: StreamView;
  /** The oldest first; one more than seconds in the long window. */
  readonly #samples: Sample[] = [];
  #rates = { short: NO_RATES, long: NO_RATES };
  #metadata:
    | { readonly header: MediaPacket | undefined; readonly properties: Readonly<Record<string, unknown>> }
    | undefined;

  #tracks:
    | {
        readonly video: string | undefined;
        readonly audio: string | undefined;
        readonly headers: readonly MediaPacket[];
        readonly described: ReturnType<typeof describeTracks>;
      }
    | undefined;

  constructor(stream: StreamView) {
    this.#stream = stream;
  }

  sample(at: number): void {
    const { counters, timing } = this.#stream;
    const { audioBytes, videoBytes, dataBytes, timestampJumps } = counters;
    const { audioFrames, videoFrames } = timing;
    this.#samples.push({ at, audioBytes, videoBytes, dataBytes, audioFrames, videoFrames, timestampJumps });
    if (this.#samples.length > LONG_SECONDS + 1) this.#samples.shift();
    this.#rates = { short: this.#ratesOver(SHORT_SECONDS), long: this.#ratesOver(LONG_SECONDS) };
  }

  /** Averages of the last seconds and of the last minute, or of as much of it as there is. */
  get rates(): { readonly short: Rates; readonly long: Rates } {
    return this.#rates;
  }

  /** What its headers say of its tracks, read once. */
  get tracks(): ReturnType<typeof describeTracks> {
    const { tracks, headers } = this.#stream;
    const before = this.#tracks;
    // The list of headers is replaced when one of them changes.
    if (before?.headers === headers && before.video === tracks.video && before.audio === tracks.audio)
      return before.described;
    const described = describeTracks(tracks, headers);
    this.#tracks = { ...tracks, headers, described };
    return described;
  }

  /** What the publisher announces in onMetaData, read once. */
  get metadata(): Readonly<Record<string, unknown>> {
    const header = this.#stream.headers.find(({ kind }) => kind === 'data');
    if (header !== this.#metadata?.header)
      this.#metadata = { header, properties: header ? readMetadata(header.payload) : {} };
    return this.#metadata?.properties ?? {};
  }

  /**
   * The lowest rates of the last minute, but for its latest part: streams whose rates vary have been as low before. Undefined
   * in the first moments.
   */
  get earlierLows(): LowestRates | undefined {
    const lows = { totalKbps: Infinity, videoFrames: Infinity };
    const newest = this.#samples.length - 1 - RECENT_SECONDS;
    if (newest < MIN_EARLIER_SECONDS) return undefined;
    for (let last = newest; last >= SHORT_SECONDS; last -= SHORT_SECONDS) {
      const { totalKbps, videoFrames } = this.#ratesOver(SHORT_SECONDS, last);
      lows.totalKbps = Math.min(lows.totalKbps, totalKbps);
      lows.videoFrames = Math.min(lows.videoFrames, videoFrames);
    }
    return lows;
  }

  /** @param lastIndex - the sample that the window ends with */
  #ratesOver(windowSeconds: number, lastIndex = this.#samples.length - 1): Rates {
    const last = this.#samples[lastIndex];
    const first = this.#samples[Math.max(0, lastIndex - windowSeconds)];
    if (!first || !last || last.at <= first.at) return NO_RATES;
    const seconds = (last.at - first.at) / 1000;
    const kbps = (bytes: number): number => (bytes * 8) / 1000 / seconds;
    const audio = last.audioBytes - first.audioBytes;
    const video = last.videoBytes - first.videoBytes;
    const audioFrames = last.audioFrames - first.audioFrames;
    return {
      audioKbps: kbps(audio),
      videoKbps: kbps(video),
      totalKbps: kbps(audio + video + last.dataBytes - first.dataBytes),
      audioFrames: audioFrames / seconds,
      videoFrames: (last.videoFrames - first.videoFrames) / seconds,
      audioFrameBytes: audioFrames === 0 ? 0 : audio / audioFrames,
      timestampJumps: last.timestampJumps - first.timestampJumps,
      seconds,
    };
  }
}

/** The meters of all streams. */
export class StreamMeters {
  readonly #meters = new Map<StreamView, StreamMeter>();

  sample(streams: readonly StreamView[], now: number): void {
    const present = new Set(streams);
    for (const stream of this.#meters.keys()) if (!present.has(stream)) this.#meters.delete(stream);
    for (const stream of streams) this.of(stream).sample(now);
  }

  of(stream: StreamView): StreamMeter {
    let meter = this.#meters.get(stream);
    if (!meter) {
      meter = new StreamMeter(stream);
      this.#meters.set(stream, meter);
    }
    return meter;
  }
}

/** Longer metadata is no announcement. */
const MAX_METADATA_BYTES = 64 * 1024;

function readMetadata(payload: Buffer): Readonly<Record<string, unknown>> {
  if (payload.length > MAX_METADATA_BYTES) return {};
  try {
    return { ...parseMetadata(payload) };
  } catch (error) {
    if (error instanceof LivegoError) return {};
    throw error;
  }
}
