// A viewer that has passed the gates: it waits for the stream, joins it, leaves it.
import { Denial } from './denial.ts';
import type { PacketFormat } from '../media/packet-format.ts';
import type { EndCause, Session } from './session.ts';
import type { Stream } from '../stream/stream.ts';
import { Viewer, type ViewerCounters, type ViewerTransport } from '../delivery/viewer.ts';

/** What a playback needs of its surroundings. */
export interface PlaybackHost {
  /** The stream as soon as there is one, or undefined when the wait is over or the signal aborted. */
  findStream(session: Session, signal: AbortSignal): Promise<Stream | undefined>;
  started(session: Session, stream: Stream): void;
  /** `stream` and `counters` are undefined for a viewer that never joined. */
  stopped(
    session: Session,
    stream: Stream | undefined,
    cause: EndCause,
    counters: ViewerCounters | undefined,
  ): void;
}

export class Playback {
  readonly session: Session;
  readonly #host: PlaybackHost;
  readonly #abort = new AbortController();
  #stream: Stream | undefined;
  #viewer: Viewer | undefined;
  #format: PacketFormat | undefined;
  #attendance: { readonly leave: () => void; readonly counters: () => ViewerCounters } | undefined;

  constructor(session: Session, host: PlaybackHost) {
    this.session = session;
    this.#host = host;
  }

  /** What the viewer got and lost so far; undefined before it joined. */
  get counters(): ViewerCounters | undefined {
    return this.#viewer?.counters ?? this.#attendance?.counters();
  }

  /** Waits for a publisher. Undefined when none came in time, or when the playback was stopped meanwhile. */
  async findStream(): Promise<Stream | undefined> {
    const stream = await this.#host.findStream(this.session, this.#abort.signal);
    return this.#abort.signal.aborted ? undefined : stream;
  }

  /** Why `start` would refuse now, for protocols that must say so before they have a transport. */
  refusal(stream: Stream): Denial | undefined {
    if (this.#abort.signal.aborted) return new Denial('unavailable', 'the viewer has gone');
    if (stream.state === 'ended') return new Denial('not-found', `${stream.key} has just ended`);
    const { maxViewersPerStream } = stream.options;
    if (maxViewersPerStream === 0 || stream.viewerCount < maxViewersPerStream) return undefined;
    return new Denial(
      'limit',
      `${stream.key} has ${maxViewersPerStream} viewers already (maxViewersPerStream)`,
    );
  }

  /** Joins: headers, metadata and the GOP cache are written before this returns. A full stream refuses. */
  start(stream: Stream, format: PacketFormat, transport: ViewerTransport): Denial | undefined {
    const refusal = this.refusal(stream);
    if (refusal) return refusal;
    this.#stream = stream;
    this.#format = format;
    this.#viewer = new Viewer(transport, stream.options.slowViewer);
    this.#host.started(this.session, stream);
    stream.join(this.#viewer, format);
    return undefined;
  }

  /** Joins without packets, for clients that fetch files: it counts as a viewer, who got what `counters` says. */
  attend(stream: Stream, counters: () => ViewerCounters): Denial | undefined {
    const refusal = this.refusal(stream);
    if (refusal) return refusal;
    this.#stream = stream;
    this.#attendance = { leave: stream.attend(), counters };
    this.#host.started(this.session, stream);
    return undefined;
  }

  /** Packets of the meantime are left out. */
  pause(): void {
    if (this.#viewer && this.#format) this.#stream?.leave(this.#viewer, this.#format);
  }

  /** Goes on at the next keyframe: the GOP cache would take the viewer's clock back. */
  resume(): void {
    if (!this.#viewer || !this.#format || this.#stream?.state === 'ended') return;
    this.pause();
    this.#viewer.resume();
    this.#stream?.join(this.#viewer, this.#format, 'none');
  }

  /** The viewer goes on with another format, e.g. without video. */
  reformat(format: PacketFormat): void {
    this.pause();
    if (format !== this.#format) this.#viewer?.forgetHeaders();
    this.#format = format;
    this.resume();
  }

  /** The viewer has gone, or is about to be told. Safe to call twice. */
  stop(cause: EndCause): void {
    if (this.#abort.signal.aborted) return;
    this.#abort.abort();
    this.session.markEnded(cause);
    this.pause();
    this.#viewer?.discard();
    this.#attendance?.leave();
    this.#host.stopped(this.session, this.#stream, this.session.ended ?? cause, this.counters);
  }
}

/** One line for the log when a viewer has gone. */
export function describeCounters(counters: ViewerCounters | undefined): Record<string, number> {
  if (!counters) return {};
  const { sentBytes, droppedPackets, lags } = counters;
  return lags === 0 ? { sentBytes } : { sentBytes, droppedPackets, lags };
}
