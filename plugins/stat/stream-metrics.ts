// The metrics of single streams.
import type { Metric, MetricWriter, ServerContext, StreamView } from 'livego';
import { driftOf, type ViewersByStream } from './figures/stream-figures.ts';
import type { StatState } from './state.ts';

const LABELS = ['app', 'name'];

export class StreamMetrics {
  readonly #state: StatState;
  readonly #bytes: Metric<'counter'>;
  readonly #frames: Metric<'counter'>;
  readonly #jumps: Metric<'counter'>;
  readonly #viewers: Metric<'gauge'>;
  readonly #published: Metric<'gauge'>;
  readonly #gop: Metric<'gauge'>;
  readonly #drift: Metric<'gauge'>;
  readonly #alerts: Metric<'gauge'>;

  constructor(context: Pick<ServerContext, 'metric'>, state: StatState) {
    this.#state = state;
    const declare = <Type extends 'gauge' | 'counter'>(
      type: Type,
      name: string,
      help: string,
      label?: string,
    ) =>
      context.metric({
        name: `stat_stream_${name}`,
        type,
        help,
        labels: label === undefined ? LABELS : [...LABELS, label],
        ...(/_(seconds|bytes)(_total)?$/.test(name) && {
          unit: name.includes('seconds') ? 'seconds' : 'bytes',
        }),
      });
    this.#bytes = declare('counter', 'received_bytes_total', 'Bytes of media received.', 'kind');
    this.#frames = declare('counter', 'frames_total', 'Frames received.', 'kind');
    this.#jumps = declare('counter', 'timestamp_jumps_total', 'Jumps of the publisher’s timestamps.');
    this.#viewers = declare('gauge', 'viewers', 'Viewers.', 'protocol');
    this.#published = declare('gauge', 'published', 'Whether the stream has a publisher.');
    this.#gop = declare('gauge', 'gop_seconds', 'Time between the last two keyframes.');
    this.#drift = declare('gauge', 'drift_seconds', 'How far audio is behind video.');
    this.#alerts = declare('gauge', 'alerts', 'Alerts that are raised.');
  }

  /** Those of one worker, also of streams that live in others. */
  writeViewers(
    writer: MetricWriter,
    streams: readonly Pick<StreamView, 'key' | 'app' | 'displayKey'>[],
    viewers: ViewersByStream,
  ): void {
    for (const { key, app, displayKey } of streams) {
      const own = { app, name: displayKey.slice(app.length + 1) };
      for (const [protocol, count] of Object.entries(viewers.get(key) ?? {}))
        writer.gauge(this.#viewers, count, { ...own, protocol });
    }
  }

  write(writer: MetricWriter, stream: StreamView): void {
    const own = { app: stream.app, name: stream.displayKey.slice(stream.app.length + 1) };
    const { counters, timing } = stream;
    writer.counter(this.#bytes, counters.audioBytes, { ...own, kind: 'audio' });
    writer.counter(this.#bytes, counters.videoBytes, { ...own, kind: 'video' });
    writer.counter(this.#bytes, counters.dataBytes, { ...own, kind: 'data' });
    writer.counter(this.#frames, timing.audioFrames, { ...own, kind: 'audio' });
    writer.counter(this.#frames, timing.videoFrames, { ...own, kind: 'video' });
    writer.counter(this.#jumps, counters.timestampJumps, own);
    writer.gauge(this.#published, stream.publisher ? 1 : 0, own);
    if (timing.gopMs !== undefined) writer.gauge(this.#gop, timing.gopMs / 1000, own);
    const driftMs = driftOf(stream);
    if (driftMs !== null) writer.gauge(this.#drift, driftMs / 1000, own);
    writer.gauge(this.#alerts, this.#state.alerts.raisedOf(stream).length, own);
  }
}
