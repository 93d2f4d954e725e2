// A stream whose fan-outs flush when the test says so, and viewers of it.
import type { Flushable } from '../../../core/delivery/merging/flush-scheduler.ts';
import type { Viewer } from '../../../core/delivery/viewer.ts';
import type { PacketFormat } from '../../../core/media/packet-format.ts';
import { FakeTransport, FLV, streamForTest, viewerOn, type TestStream } from '../stream/stream-kit.ts';

export interface LiveStream extends TestStream {
  /** Fan-outs that have had something to write. */
  readonly scheduled: ReadonlySet<Flushable>;
  /** Writes what is pending, as the end of a window does. */
  flush(): void;
}

// The scheduler holds the fan-outs that wait: a stub of a stream would prove less than the real one.
export function live(options: Parameters<typeof streamForTest>[0] = {}): LiveStream {
  const made = streamForTest(options);
  const scheduled = new Set<Flushable>();
  const schedule = made.scheduler.schedule.bind(made.scheduler);
  made.scheduler.schedule = (target, window) => {
    scheduled.add(target);
    if (window !== 3_600_000) schedule(target, window);
  };
  const flush = (): void => {
    for (const target of scheduled) target.flush();
  };
  return { ...made, scheduled, flush };
}

export interface Joined {
  readonly transport: FakeTransport;
  readonly viewer: Viewer;
}

export function join(
  { stream }: TestStream,
  format: PacketFormat = FLV,
  transport = new FakeTransport(),
): Joined {
  const viewer = viewerOn(transport);
  stream.join(viewer, format);
  return { transport, viewer };
}
