// A viewer that has passed the gates: it waits for the stream, joins it, leaves it.
import { checkFormat, checkTransport, watchDrain } from '../delivery/check-transport.ts';
import { Viewer, type ViewerCounters, type ViewerTransport } from '../delivery/viewer.ts';
import type { EndCause } from '../end-cause.ts';
import type { PacketFormat } from '../media/packet-format.ts';
import type { Stream } from '../stream/stream.ts';
import type { StreamView } from '../stream/stream-view.ts';
import { Denial } from './denial.ts';
import type { Session } from './session.ts';
import type { SessionView } from './session-view.ts';

/** The part of admission that a playback uses. */
export interface PlaybackHost {
  /** The stream as soon as there is one, or a denial when the wait is over. */
  findStream(session: Session, signal: AbortSignal): Promise<Stream | Denial>;
  /** The stream that a view shows; undefined once it has ended. */
  resolve(view: StreamView): Stream | undefined;
  /** For a copy of another worker's stream: see `Elsewhere.takeSeat`. Undefined where this worker counts all viewers. */
  takeSeat(stream: Stream): Promise<(() => void) | undefined> | undefined;
  started(session: Session, stream: Stream): void;
  /** The viewer passed the gates, but there is nothing for it to play. Called once. */
  denied(session: Session, denial: Denial): void;
  /** Called once. `stream` is undefined for a viewer that never joined. */
  stopped(session: Session, stream: Stream | undefined, cause: EndCause): void;
}

const LEFT_MEANWHILE = new Denial('unavailable', 'the viewer has disconnected');

export class Playback {
  readonly session: SessionView;
  readonly #session: Session;
  readonly #host: PlaybackHost;
  readonly #abort = new AbortController();
  #stream: Stream | undefined;
  #viewer: Viewer | undefined;
  #format: PacketFormat | undefined;
  #paused = false;
  #denied = false;
  /** Set while the stream counts it without sending it packets. */
  #uncount: (() => void) | undefined;
  /** Gives back the seat that it has at a copy of a stream, until it is counted there itself. */
  #leaveSeat: (() => void) | undefined;

  constructor(session: Session, host: PlaybackHost) {
    this.session = session.view;
    this.#session = session;
    this.#host = host;
    session.finishWith((cause) => this.stop(cause));
  }

  get ended(): boolean {
    return this.#abort.signal.aborted;
  }

  /** The stream's name in logs and messages: `live/movie`, or `live/***` where the name may be a secret. */
  get displayKey(): string {
    return this.#session.displayKey;
  }

  /** Waits for a publisher. Denies if none connects in time, if the stream is full, if the viewer disconnects. */
  async findStream(): Promise<StreamView | Denial> {
    const stream = await this.#host.findStream(this.#session, this.#abort.signal);
    if (this.#abort.signal.aborted) return LEFT_MEANWHILE;
    if (stream instanceof Denial) return this.#tell(stream) ?? stream;
    const full = this.#leaveSeat ? undefined : await this.#takeSeat(stream);
    return this.#tell(full ?? this.#denialFor(stream)) ?? stream.view;
  }

  /** The denial that joining the stream would get now, for protocols that must send it before they have a transport. */
  denialFor(view: StreamView): Denial | undefined {
    return this.#tell(this.#denialFor(this.#host.resolve(view)));
  }

  /** Joins: headers, metadata and the GOP cache are written before this returns. */
  start(view: StreamView, format: PacketFormat, transport: ViewerTransport): Denial | undefined {
    checkFormat(format);
    checkTransport(transport);
    const stream = this.#host.resolve(view);
    const denial = this.#tell(this.#denialFor(stream));
    if (denial || !stream) return denial;
    const viewer = new Viewer(this.#stopBeforeClose(transport), stream.options.slowViewer);
    this.#stream = stream;
    this.#format = format;
    this.#viewer = viewer;
    this.#session.countWith(() => viewer.counters);
    this.#host.started(this.#session, stream);
    // A plugin may have closed the session, or ended the stream, which did not have the viewer yet.
    if (this.ended) return undefined;
    if (stream.state === 'ended') viewer.close({ code: 'unpublished', message: 'the stream has ended' });
    else stream.join(viewer, format);
    this.#giveSeatBack();
    return undefined;
  }

  /**
   * Joins without packets, for clients that fetch files. The client is counted as a viewer with these counters, and stops
   * when the stream ends.
   */
  countViewer(view: StreamView, counters: () => Partial<ViewerCounters>): Denial | undefined {
    const stream = this.#host.resolve(view);
    const denial = this.#tell(this.#denialFor(stream));
    if (denial || !stream) return denial;
    this.#stream = stream;
    this.#uncount = stream.countViewer((cause) => this.stop(cause));
    this.#giveSeatBack();
    this.#session.countWith(counters);
    this.#host.started(this.#session, stream);
    return undefined;
  }

  /** Shows these counters in the session, for a client that is sent stored media and joins no stream. */
  countWith(counters: () => Partial<ViewerCounters>): void {
    this.#session.countWith(counters);
  }

  /** Sends nothing until `resume`. The viewer is still counted, and told when the stream ends. */
  pause(): void {
    const viewer = this.#viewer;
    if (!viewer || this.ended || this.#uncount) return;
    this.#paused = true;
    this.#leave();
    this.#uncount = this.#stream?.countViewer((cause) => viewer.close(cause));
  }

  /** Ends a pause. Continues at the next keyframe: the GOP cache would turn the viewer's clock back. */
  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#rejoin();
  }

  /** The viewer continues with another format, e.g. without video. One that has paused stays paused. */
  reformat(format: PacketFormat): void {
    checkFormat(format);
    if (!this.#paused) this.#leave();
    if (format !== this.#format) this.#viewer?.forgetHeaders();
    this.#format = format;
    if (!this.#paused) this.#rejoin();
  }

  /** The viewer has disconnected, or is about to be told. Later calls change nothing. */
  stop(cause: EndCause): void {
    if (this.#abort.signal.aborted) return;
    this.#abort.abort();
    this.#session.markEnded(cause);
    this.#leave();
    this.#giveSeatBack();
    this.#viewer?.discard();
    this.#host.stopped(this.#session, this.#stream, this.#session.ended ?? cause);
  }

  #rejoin(): void {
    if (!this.#viewer || !this.#format || this.ended) return;
    this.#leave();
    this.#viewer.resume();
    this.#stream?.join(this.#viewer, this.#format, 'next-keyframe');
  }

  #leave(): void {
    if (this.#viewer && this.#format) this.#stream?.leave(this.#viewer, this.#format);
    this.#uncount?.();
    this.#uncount = undefined;
  }

  // Plugins are told that a viewer has stopped before they are told that its stream has.
  #stopBeforeClose(transport: ViewerTransport): ViewerTransport {
    return {
      output: transport.output,
      onDrain: (drained) => watchDrain(transport, drained),
      close: (cause) => {
        this.stop(cause);
        return transport.close(cause);
      },
    };
  }

  #tell(denial: Denial | undefined): Denial | undefined {
    if (!denial || denial === LEFT_MEANWHILE || this.#denied) return denial;
    this.#denied = true;
    this.#host.denied(this.#session, denial);
    return denial;
  }

  #denialFor(stream: Stream | undefined): Denial | undefined {
    if (this.#abort.signal.aborted) return LEFT_MEANWHILE;
    if (!stream || stream.state === 'ended')
      return new Denial('not-found', `${this.displayKey} has just ended`);
    const { maxViewersPerStream } = stream.options;
    if (maxViewersPerStream === 0 || this.#leaveSeat || stream.viewerCount < maxViewersPerStream)
      return undefined;
    return this.#full(stream);
  }

  #full({ options }: Stream): Denial {
    const reason = `${this.displayKey} has ${options.maxViewersPerStream} viewers already (maxViewersPerStream)`;
    return new Denial('limit', reason);
  }

  /** Keeps one seat, also when two searches have asked for one at the same time. */
  async #takeSeat(stream: Stream): Promise<Denial | undefined> {
    const seat = this.#host.takeSeat(stream);
    if (!seat) return undefined;
    const leave = await seat;
    if (!leave) return this.#full(stream);
    if (this.#leaveSeat || this.#abort.signal.aborted) leave();
    else this.#leaveSeat = leave;
    return undefined;
  }

  #giveSeatBack(): void {
    this.#leaveSeat?.();
    this.#leaveSeat = undefined;
  }
}
